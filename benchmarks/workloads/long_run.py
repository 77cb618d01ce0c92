"""A run with a number of random cases: `python -m benchmarks.workloads.long_run`.

Runs in its own process, so that the peak memory is that of the run alone. Prints requests, seconds and peak
memory as a JSON object.
"""

import argparse
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import Target
from conformance.engine.runner import run
from conformance.processes.reference_process import ACCOUNT

_STATUS: Final = Path("/proc/self/status")
_PEAK: Final = "VmHWM:"
_KIB: Final = 1024
_UNDECIDED: Final = frozenset({"error", "inconclusive"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the checks and print the costs."""
    options = _options().parse_args(arguments)
    settings = Settings(
        Target(httpx.URL(options.target), ACCOUNT), select=options.select, output=options.output
    )
    with patch.object(Effort, "examples", options.cases):
        record = run(settings)
    costs = {
        "requests": record["requests"],
        "seconds": record["seconds"],
        "peak": peak(),
        "verdict": record["verdict"],
        "ended": _ended(record),
        "cpu_seconds": record.get("cpu_seconds", {}),
    }
    sys.stdout.write(json.dumps(costs) + "\n")


def peak() -> int:
    """Return the peak memory of this process in bytes.

    On Linux, getrusage would include the memory of the process before it executed this program.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(_PEAK)) * _KIB
    maximum = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return maximum if sys.platform == "darwin" else maximum * _KIB


def _ended(record: Mapping[str, Any]) -> str | None:
    """Return why the run did not complete, or None."""
    if record["verdict"] == "conforms":
        return None
    reasons = (entry["reason"] for entry in record["requirements"] if entry["verdict"] in _UNDECIDED)
    return str(next(filter(None, reasons), record["verdict"]))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, metavar="ORIGIN")
    parser.add_argument("--cases", type=int, required=True, help="cases of each property-based check")
    parser.add_argument("--select", default="", help="requirements to decide")
    parser.add_argument("--output", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
