"""Wall time over a distant target: how much it costs beyond requests x latency / concurrency.

The reference server waits before each answer. The requests of a run are those that it counts; the whole
command is timed, from the start of the process to its end.

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
from benchmarks.measured_servers import Server, reference
from benchmarks.measured_tools import conformance, ran, record

LATENCIES: Final = (0, 10, 50, 200)  # milliseconds
_FACTORS: Final = {1: 1.15, 16: 1.5}  # by concurrency: what a run may cost beside its requests
_PROMISED: Final = 50  # milliseconds
_BESIDES: Final = 3.0  # seconds, and so much for everything else


@dataclass(frozen=True)
class Row:
    """Runs with one concurrency over one latency."""

    latency: float  # milliseconds
    concurrency: int
    requests: int
    seconds: float
    least: float
    """The seconds that the requests take where nothing else costs any."""

    @property
    def budget(self) -> float:
        """Return how many seconds a run may take."""
        return _FACTORS[self.concurrency] * self.least + _BESIDES


def measured(options: argparse.Namespace) -> list[Row]:
    """Measure every latency with one request at a time, and with many."""
    how = {1: ("--select", options.select), 16: ("--effort", options.effort)}
    requests: dict[str, int] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        measures: dict[str, Callable[[], float]] = {}
        for latency in options.latencies:
            server = stack.enter_context(reference(latency))
            for concurrency, more in how.items():
                own = ("--concurrency", str(concurrency), *more)
                name = _name(latency, concurrency)
                measures[name] = partial(_timed, server, Path(folder), own, requests, name)
        seconds = interleaved(measures, options.rounds)
    return [
        _row(latency, concurrency, requests, seconds) for latency in options.latencies for concurrency in how
    ]


def table(rows: Sequence[Row]) -> str:
    """Return what was needed beside what the requests take."""
    return markdown(
        ("latency", "concurrency", "requests", "requests x latency / concurrency", "wall time", "at most"),
        [
            (
                f"{row.latency:g} ms",
                str(row.concurrency),
                str(row.requests),
                f"{row.least:.1f} s",
                f"{row.seconds:.1f} s",
                f"{row.budget:.1f} s",
            )
            for row in sorted(rows, key=lambda row: (row.concurrency, row.latency))
        ],
    )


def plot(rows: Sequence[Row]) -> str:
    """Draw wall time and least time over latency."""
    latencies = sorted({row.latency for row in rows})
    series = dict(_series(rows))
    return bars("seconds of a run", [f"{each:g} ms" for each in latencies], series)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Compare with what was promised for one latency."""
    return [
        Budget(f"{row.latency:g} ms, concurrency {row.concurrency}: seconds", row.seconds, row.budget)
        for row in rows
        if row.latency == _PROMISED
    ]


def _timed(server: Server, folder: Path, own: Sequence[str], requests: dict[str, int], name: str) -> float:
    results = folder / "results"
    line = conformance("run", "--target", server.origin, *own, "--output", str(results))
    seconds = ran(line, folder).seconds
    requests[name] = record(results)["requests"]
    return seconds


def _row(
    latency: float, concurrency: int, requests: Mapping[str, int], seconds: Mapping[str, Sequence[float]]
) -> Row:
    name = _name(latency, concurrency)
    least = requests[name] * latency / 1000 / concurrency
    return Row(latency, concurrency, requests[name], round(median(seconds[name]), 2), round(least, 2))


def _name(latency: float, concurrency: int) -> str:
    return f"{latency:g} ms, concurrency {concurrency}"


def _series(rows: Sequence[Row]) -> Iterator[tuple[str, list[float | None]]]:
    for concurrency in sorted({row.concurrency for row in rows}):
        own = sorted((row for row in rows if row.concurrency == concurrency), key=lambda row: row.latency)
        yield f"{own[0].requests} requests, concurrency {concurrency}", [row.seconds for row in own]
        yield f"the least with {concurrency}", [row.least for row in own]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--latencies", type=float, nargs="+", default=LATENCIES, metavar="MS")
    parser.add_argument("--effort", default="smoke", help="of the runs with many requests at a time")
    parser.add_argument("--select", default="VC-CREATE-QUALITY-*", help="for those with one at a time")


BENCHMARK: Final = Benchmark("latency", __doc__ or "", Row, measured, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
