"""Fuzzing of the parsers of this suite with damaged files.

`python benchmarks/invalid_files.py --seconds 600` prints a line per parser, and the seed of each crash.
"""

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the parsers and mutations of the tests

from tests.support.texts.file_parsers import is_accepted, parsers


def main() -> None:
    """Fuzz until the time limit; exit with 1 after a crash."""
    options = _parser().parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    crashes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as bundle, tempfile.TemporaryDirectory() as folder:
        parsers_by_name = parsers(Path(bundle))
        deadline, seed = time.monotonic() + options.seconds, options.seed
        while time.monotonic() < deadline:
            seed += 1
            for name in options.only or parsers_by_name:
                parser = parsers_by_name[name]
                data = parser.change(parser.valid_file, Random(seed))
                try:
                    outcome = "read" if is_accepted(parser, data, Path(folder)) else "rejected"
                except Exception as error:  # the result that this tool searches for
                    outcome = "crashed"
                    _note(crashes, name, seed, error)
                counts[name, outcome] += 1
    for (name, outcome), count in sorted(counts.items()):
        print(f"{name:<12} {outcome:<8} {count}")
    for crash, count in crashes.items():
        print(f"{count} times  {crash}")
    sys.exit(1 if crashes else 0)


def _note(crashes: Counter[str], name: str, seed: int, error: Exception) -> None:
    """Print a crash when it first occurs."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    crash = f"{name}: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
    if crash not in crashes:
        print(f"seed {seed}  {crash}")
        traceback.print_exception(error, limit=-6)
    crashes[crash] += 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=["config", "evidence", "results", "certificate"])
    return parser


if __name__ == "__main__":
    main()
