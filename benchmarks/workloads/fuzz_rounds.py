"""A fuzz campaign with a number of requests: `python -m benchmarks.workloads.fuzz_rounds`.

Runs in its own process, so that the peak memory is that of the largest process of the campaign. Prints
requests, seconds and peak memory as a JSON object.
"""

import argparse
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.measured_tools import conformance, read_record, run_command

_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # unit of getrusage in bytes


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the campaign and print its costs."""
    options = _options().parse_args(arguments)
    arguments = ("--target", options.target, "--select", options.select, "--output", str(options.output))
    limits = ("--effort", "thorough", "--corpus", "", "--max-requests", str(options.requests))
    completed = run_command(conformance("fuzz", *arguments, *limits), Path.cwd())
    costs = {
        "requests": read_record(options.output)["requests"],
        "seconds": completed.seconds,
        "peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _UNIT,
        "ended": None if completed.code in {0, 3} else f"exit {completed.code}",
    }
    sys.stdout.write(json.dumps(costs) + "\n")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, metavar="ORIGIN")
    parser.add_argument("--requests", type=int, required=True, help="total number")
    parser.add_argument("--select", default="", help="requirements to decide")
    parser.add_argument("--output", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
