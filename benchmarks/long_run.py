"""A run with more random cases than any effort sends, and what it needed: `python -m benchmarks.long_run`.

It is a process of its own, so that its peak of memory is that of the run alone. It prints one JSON object.
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
_UNENDED: Final = frozenset({"error", "inconclusive"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, and say how much it was."""
    options = _options().parse_args(arguments)
    settings = Settings(
        Target(httpx.URL(options.target), ACCOUNT), select=options.select, output=options.output
    )
    with patch.object(Effort, "examples", options.cases):
        record = run(settings)
    told = {
        "requests": record["requests"],
        "seconds": record["seconds"],
        "peak": peak(),
        "verdict": record["verdict"],
        "ended": _ended(record),
        "phases": record.get("phases", {}),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def peak() -> int:
    """Return the most bytes of memory that this process ever held.

    Linux tells it of the program that runs; getrusage would tell as much as the process had before it became
    this program.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(_PEAK)) * _KIB
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * _KIB


def _ended(record: Mapping[str, Any]) -> str | None:
    """Return why the run did not come to its end; None where it did."""
    if record["verdict"] == "conforms":
        return None
    reasons = (each["reason"] for each in record["requirements"] if each["verdict"] in _UNENDED)
    return str(next(filter(None, reasons), record["verdict"]))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, metavar="ORIGIN")
    parser.add_argument("--cases", type=int, required=True, help="of each random check")
    parser.add_argument("--select", default="", help="requirements to decide")
    parser.add_argument("--output", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
