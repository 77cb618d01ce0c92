"""Where the time of a run goes, and how fast answers are judged.

The profile is that of `conformance run -v`: the time that the run had the processor, by what for. Its threads
take turns, and wait for answers most of the time, so it adds up to less than the time from start to end.
Start-up before the first request is not in it. Answers judged per second: the requests of the run by the time
that judging had the processor.

    python -m benchmarks.phases [--efforts smoke standard] [--rounds 5] [--json FILE] [--svg FILE]
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.charts import bars
from benchmarks.harness import Benchmark, markdown, say
from benchmarks.measured_servers import Server, reference
from benchmarks.measured_tools import conformance, ran, record

EFFORTS: Final = ("smoke", "standard")


@dataclass(frozen=True)
class Row:
    """What one phase of a run has the processor for."""

    effort: str
    phase: str
    seconds: float
    share: float
    per_second: float | None
    """Requests of the run by the seconds of this phase."""


def measured(options: argparse.Namespace) -> list[Row]:
    """Run with each effort in turn, several rounds long."""
    records: dict[str, list[Mapping[str, Any]]] = {effort: [] for effort in options.efforts}
    with reference() as server, tempfile.TemporaryDirectory() as folder:
        for turn in range(options.rounds):
            for effort in options.efforts:
                records[effort].append(_run(server, Path(folder), effort))
                say(f"round {turn + 1} of {options.rounds}: {effort}: {records[effort][-1]['phases']}")
    return [row for effort in options.efforts for row in _rows(effort, records[effort])]


def table(rows: Sequence[Row]) -> str:
    """Return the profile."""
    return markdown(
        ("phase", "effort", "seconds", "share", "requests per second of it"),
        [
            (row.phase, row.effort, f"{row.seconds:.2f}", f"{row.share:.0%}", f"{row.per_second or 0:.0f}")
            for row in rows
        ],
    )


def plot(rows: Sequence[Row]) -> str:
    """Draw the shares."""
    phases = list(dict.fromkeys(row.phase for row in rows))
    shares = {(row.effort, row.phase): 100 * row.share for row in rows}
    efforts = list(dict.fromkeys(row.effort for row in rows))
    series = {effort: [shares.get((effort, phase)) for phase in phases] for effort in efforts}
    return bars("share of the processor's time of a run, %", phases, series)


def _run(server: Server, folder: Path, effort: str) -> Mapping[str, Any]:
    results = folder / "results"
    own = ("--target", server.origin, "--effort", effort, "--output", str(results))
    ran(conformance("run", *own), folder)
    return record(results)


def _rows(effort: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
    phases = [each["phases"] for each in records]
    seconds = {phase: median(each[phase] for each in phases) for phase in phases[0]}
    whole = sum(seconds.values())
    requests = median(each["requests"] for each in records)
    return [
        Row(
            effort, phase, round(each, 3), round(each / whole, 3), round(requests / each, 1) if each else None
        )
        for phase, each in seconds.items()
    ]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--efforts", nargs="+", choices=("smoke", "standard", "thorough"), default=EFFORTS)


BENCHMARK: Final = Benchmark("phases", __doc__ or "", Row, measured, table, plot, options=_options)

if __name__ == "__main__":
    BENCHMARK.main()
