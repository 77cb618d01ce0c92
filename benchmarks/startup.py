"""What has to be waited for before anything happens: help, versions, and the first request of a run.

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
from benchmarks.measured_tools import conformance, description, environment, ran, schemathesis

HELP: Final = "conformance --help"
CLICK: Final = 'python -c "import click"'
FIRST: Final = "conformance run: its first request"
THEIR_VERSION: Final = "schemathesis --version"
THEIR_FIRST: Final = "schemathesis run: its first request"
_PATIENCE: Final = 60.0  # seconds for the first request


@dataclass(frozen=True)
class Row:
    """How long something takes to begin."""

    what: str
    seconds: float
    ratio: float
    """How many times as long as the import of click alone."""


def measured(options: argparse.Namespace) -> list[Row]:
    """Measure all of them, round by round."""
    with tempfile.TemporaryDirectory() as folder:
        told = description(Path(folder))
        figures = interleaved(
            {
                CLICK: _whole([sys.executable, "-c", "import click"], folder),
                HELP: _whole([sys.executable, "-m", "conformance", "--help"], folder),
                FIRST: partial(_first, lambda origin: conformance("run", "--target", origin), folder),
                THEIR_VERSION: _whole(["schemathesis", "--version"], folder),
                THEIR_FIRST: partial(_first, lambda origin: schemathesis(told, origin), folder),
            },
            options.rounds,
        )
    return [
        Row(what, round(median(each), 3), round(ratio(each, figures[CLICK]), 2))
        for what, each in figures.items()
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the times."""
    return markdown(
        ("what", "seconds", "x import click"),
        [(row.what, f"{row.seconds:.2f}", f"{row.ratio:.1f}") for row in rows],
    )


def plot(rows: Sequence[Row]) -> str:
    """Draw the times."""
    return bars("seconds", [row.what for row in rows], {"seconds": [row.seconds for row in rows]})


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Compare with what was promised."""
    found = {row.what: row for row in rows}
    return [
        Budget(f"{HELP} / {CLICK}", found[HELP].ratio, 2),
        Budget(f"{FIRST}, seconds", found[FIRST].seconds, 1.5),
    ]


def _whole(line: Sequence[str], folder: str) -> Callable[[], float]:
    return lambda: ran(line, folder).seconds


def _first(line: Callable[[str], Sequence[str]], folder: str) -> float:
    """Return how long a command takes to send anything; it is ended then, whatever it asked for."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_PATIENCE)
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        clock = time.perf_counter()
        process = subprocess.Popen(
            line(origin), env=environment(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with process:
            try:
                with listening.accept()[0] as connection:
                    connection.settimeout(_PATIENCE)
                    connection.recv(1)
                    return time.perf_counter() - clock
            finally:
                process.kill()


BENCHMARK: Final = Benchmark("start", __doc__ or "", Row, measured, table, plot, budgets)

if __name__ == "__main__":
    BENCHMARK.main()
