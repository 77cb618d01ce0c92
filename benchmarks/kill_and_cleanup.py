"""Kill runs at random requests and clean up after each: what is left, and was anything of others touched?

python benchmarks/kill_and_cleanup.py [KILLS]
"""

import random
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.support.fake_targets import reference
from tests.support.killed_runs import FOREIGN, create, killed_and_cleaned, similar

_LATENCY: Final = 15  # ms: many creates are under way whenever the run is killed
_REQUESTS: Final = 1000  # a run with --effort smoke sends some more


def main() -> None:
    """Print a line for each kill, and the sums."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    drawn = random.Random(kills)
    sums: Counter[str] = Counter()
    with reference("--latency", str(_LATENCY)) as origin, TemporaryDirectory() as folder:
        create(origin, similar(FOREIGN))
        for number in range(kills):
            wanted = drawn.randint(1, _REQUESTS)
            done = killed_and_cleaned(origin, Path(folder, str(number)), wanted)
            print(
                f"killed after {done.requests} requests: {done.there} there, {done.left} left, "
                f"{done.touched} of others touched, cleanup exit {done.code}",
                flush=True,
            )
            sums.update(there=done.there, left=done.left, touched=done.touched, failed=done.code != 0)
    print(f"{kills} kills: {dict(sums)}")


if __name__ == "__main__":
    main()
