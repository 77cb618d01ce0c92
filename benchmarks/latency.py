"""Wall time of a run against a target with high latency.

The reference server waits before each response. The time of the whole process is compared with the minimum:
number of requests x latency / concurrency.

    python -m benchmarks.latency [--latencies 0 10 50 200] [--rounds 5] [--json FILE] [--svg FILE]
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.charts import bars
from benchmarks.harness import Benchmark, Budget, interleaved, markdown
from benchmarks.measured_tools import conformance, read_record, run_command
from benchmarks.servers.measured_servers import Server, reference

LATENCIES: Final = (0, 10, 50, 200)  # milliseconds
_FACTORS: Final = {1: 1.15, 16: 1.5}  # limit relative to the minimum, by concurrency
_BUDGET_LATENCY: Final = 50  # milliseconds
_FIXED_SECONDS: Final = 3.0  # for everything except requests


@dataclass(frozen=True)
class Row:
    """Runs with one concurrency at one latency."""

    latency: float  # milliseconds
    concurrency: int
    requests: int
    seconds: float
    minimum: float
    """Seconds that the requests take without any overhead."""

    @property
    def budget(self) -> float:
        """Return the maximum duration of a run in seconds."""
        return _FACTORS[self.concurrency] * self.minimum + _FIXED_SECONDS


def measure(options: argparse.Namespace) -> list[Row]:
    """Measure every latency with one request at a time and with many."""
    selections = {1: ("--select", options.select), 16: ("--effort", options.effort)}
    requests: dict[str, int] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        measures: dict[str, Callable[[], float]] = {}
        for latency in options.latencies:
            server = stack.enter_context(reference(latency))
            for concurrency, selection in selections.items():
                arguments = ("--concurrency", str(concurrency), *selection)
                name = _name(latency, concurrency)
                measures[name] = partial(_timed, server, Path(folder), arguments, requests, name)
        seconds = interleaved(measures, options.rounds)
    return [
        _row(latency, concurrency, requests, seconds)
        for latency in options.latencies
        for concurrency in selections
    ]


def table(rows: Sequence[Row]) -> str:
    """Return wall times and their limits as a table."""
    return markdown(
        ("latency", "concurrency", "requests", "requests x latency / concurrency", "wall time", "at most"),
        [
            (
                f"{row.latency:g} ms",
                str(row.concurrency),
                str(row.requests),
                f"{row.minimum:.1f} s",
                f"{row.seconds:.1f} s",
                f"{row.budget:.1f} s",
            )
            for row in sorted(rows, key=lambda row: (row.concurrency, row.latency))
        ],
    )


def plot(rows: Sequence[Row]) -> str:
    """Plot wall time and minimum time by latency."""
    latencies = sorted({row.latency for row in rows})
    series = dict(_series(rows))
    return bars("seconds of a run", [f"{latency:g} ms" for latency in latencies], series)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Return the budgets for one latency."""
    return [
        Budget(f"{row.latency:g} ms, concurrency {row.concurrency}: seconds", row.seconds, row.budget)
        for row in rows
        if row.latency == _BUDGET_LATENCY
    ]


def _timed(
    server: Server, folder: Path, arguments: Sequence[str], requests: dict[str, int], name: str
) -> float:
    results = folder / "results"
    line = conformance("run", "--target", server.origin, *arguments, "--output", str(results))
    seconds = run_command(line, folder).seconds
    requests[name] = read_record(results)["requests"]
    return seconds


def _row(
    latency: float, concurrency: int, requests: Mapping[str, int], seconds: Mapping[str, Sequence[float]]
) -> Row:
    name = _name(latency, concurrency)
    minimum = requests[name] * latency / 1000 / concurrency
    return Row(latency, concurrency, requests[name], round(median(seconds[name]), 2), round(minimum, 2))


def _name(latency: float, concurrency: int) -> str:
    return f"{latency:g} ms, concurrency {concurrency}"


def _series(rows: Sequence[Row]) -> Iterator[tuple[str, list[float | None]]]:
    for concurrency in sorted({row.concurrency for row in rows}):
        matching = sorted(
            (row for row in rows if row.concurrency == concurrency), key=lambda row: row.latency
        )
        yield f"{matching[0].requests} requests, concurrency {concurrency}", [row.seconds for row in matching]
        yield f"minimum, concurrency {concurrency}", [row.minimum for row in matching]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--latencies", type=float, nargs="+", default=LATENCIES, metavar="MS")
    parser.add_argument("--effort", default="smoke", help="effort of the runs with 16 concurrent requests")
    parser.add_argument(
        "--select", default="VC-CREATE-QUALITY-*", help="requirements of the runs with one request at a time"
    )


BENCHMARK: Final = Benchmark("latency", __doc__ or "", Row, measure, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
