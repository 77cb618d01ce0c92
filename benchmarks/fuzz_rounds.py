"""An exploration of so many requests, and what it needed: `python -m benchmarks.fuzz_rounds`.

It is started by a process of its own, which sees the peak of memory of the largest process that took part. It
prints one JSON object.
"""

import argparse
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.measured_tools import conformance, ran, record

_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # bytes that getrusage counts by


def main(arguments: Sequence[str] | None = None) -> None:
    """Explore, and say how much it was."""
    options = _options().parse_args(arguments)
    own = ("--target", options.target, "--select", options.select, "--output", str(options.output))
    far = ("--effort", "thorough", "--max-requests", str(options.requests))
    ended = ran(conformance("fuzz", *own, *far), Path.cwd())
    told = {
        "requests": record(options.output)["requests"],
        "seconds": ended.seconds,
        "peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _UNIT,
        "ended": None if ended.code in {0, 3} else f"exit {ended.code}",
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, metavar="ORIGIN")
    parser.add_argument("--requests", type=int, required=True, help="altogether")
    parser.add_argument("--select", default="", help="requirements to decide")
    parser.add_argument("--output", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
