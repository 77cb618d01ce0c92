"""Kill runs at random requests, clean up after each, and count leftovers and changed foreign resources.

python benchmarks/kill_and_cleanup.py [KILLS]
"""

import random
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.support.fake_targets import reference_server
from tests.support.killed_runs import FOREIGN, create, kill_and_clean_up, similar_names

_LATENCY: Final = 15  # ms, so that many creates are pending when the run is killed
_REQUESTS: Final = 1000  # fewer than a run with --effort smoke sends


def main() -> None:
    """Print a line for each kill, and the totals."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    generator = random.Random(kills)
    totals: Counter[str] = Counter()
    with reference_server("--latency", str(_LATENCY)) as origin, TemporaryDirectory() as folder:
        create(origin, similar_names(FOREIGN))
        for number in range(kills):
            requests = generator.randint(1, _REQUESTS)
            result = kill_and_clean_up(origin, Path(folder, str(number)), requests)
            print(
                f"killed after {result.requests} requests: {result.there} existing, {result.left} left, "
                f"{result.touched} foreign ones changed, clean-up exit code {result.code}",
                flush=True,
            )
            totals.update(
                there=result.there, left=result.left, touched=result.touched, failed=result.code != 0
            )
    print(f"{kills} kills: {dict(totals)}")


if __name__ == "__main__":
    main()
