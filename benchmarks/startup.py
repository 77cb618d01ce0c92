"""Start-up time: help, versions, and the first request of a run.

python -m benchmarks.startup [--rounds 5] [--json FILE] [--svg FILE]
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.charts import bars
from benchmarks.harness import Benchmark, Budget, interleaved, markdown, ratio
from benchmarks.measured_tools import conformance, environment, run_command, schemathesis, write_description

HELP: Final = "conformance --help"
CLICK: Final = 'python -c "import click"'
FIRST_REQUEST: Final = "conformance run: first request"
SCHEMATHESIS_VERSION: Final = "schemathesis --version"
SCHEMATHESIS_FIRST_REQUEST: Final = "schemathesis run: first request"
_TIMEOUT: Final = 60.0  # seconds until the first request


@dataclass(frozen=True)
class Row:
    """Start-up time of a command."""

    command: str
    seconds: float
    ratio: float
    """Relative to the import of click alone."""


def measure(options: argparse.Namespace) -> list[Row]:
    """Measure all commands, round by round."""
    with tempfile.TemporaryDirectory() as folder:
        api_description = write_description(Path(folder))
        figures = interleaved(
            {
                CLICK: _total([sys.executable, "-c", "import click"], folder),
                HELP: _total([sys.executable, "-m", "conformance", "--help"], folder),
                FIRST_REQUEST: partial(
                    _time_to_first_request, lambda origin: conformance("run", "--target", origin), folder
                ),
                SCHEMATHESIS_VERSION: _total(["schemathesis", "--version"], folder),
                SCHEMATHESIS_FIRST_REQUEST: partial(
                    _time_to_first_request, lambda origin: schemathesis(api_description, origin), folder
                ),
            },
            options.rounds,
        )
    return [
        Row(command, round(median(seconds), 3), round(ratio(seconds, figures[CLICK]), 2))
        for command, seconds in figures.items()
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the times as a table."""
    return markdown(
        ("command", "seconds", "x import click"),
        [(row.command, f"{row.seconds:.2f}", f"{row.ratio:.1f}") for row in rows],
    )


def plot(rows: Sequence[Row]) -> str:
    """Plot the times."""
    return bars("seconds", [row.command for row in rows], {"seconds": [row.seconds for row in rows]})


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Return the budgets."""
    by_command = {row.command: row for row in rows}
    return [
        Budget(f"{HELP} / {CLICK}", by_command[HELP].ratio, 2),
        Budget(f"{FIRST_REQUEST}, seconds", by_command[FIRST_REQUEST].seconds, 1.5),
    ]


def _total(command: Sequence[str], folder: str) -> Callable[[], float]:
    return lambda: run_command(command, folder).seconds


def _time_to_first_request(command: Callable[[str], Sequence[str]], folder: str) -> float:
    """Return the seconds until a command sends its first byte, and kill it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_TIMEOUT)
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        clock = time.perf_counter()
        process = subprocess.Popen(
            command(origin),
            env=environment(),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with process:
            try:
                with listening.accept()[0] as connection:
                    connection.settimeout(_TIMEOUT)
                    connection.recv(1)
                    return time.perf_counter() - clock
            finally:
                process.kill()


BENCHMARK: Final = Benchmark("startup", __doc__ or "", Row, measure, table, plot, budgets)

if __name__ == "__main__":
    BENCHMARK.main()
