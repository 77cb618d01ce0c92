"""CPU time of a run by phase, and responses evaluated per second.

The figures are those of `conformance run -v`. The threads of a run mostly wait for responses, so the sum is
less than the wall time. Start-up before the first request is not included. Responses evaluated per second:
the requests of the run divided by the CPU time of the phase "judging".

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
from benchmarks.harness import Benchmark, log, markdown
from benchmarks.measured_tools import conformance, read_record, run_command
from benchmarks.servers.measured_servers import Server, reference

EFFORTS: Final = ("smoke", "standard")


@dataclass(frozen=True)
class Row:
    """CPU time of one phase of a run."""

    effort: str
    phase: str
    seconds: float
    share: float
    per_second: float | None
    """Requests of the run divided by the seconds of this phase."""


def measure(options: argparse.Namespace) -> list[Row]:
    """Run with each effort in turn, for several rounds."""
    records: dict[str, list[Mapping[str, Any]]] = {effort: [] for effort in options.efforts}
    with reference() as server, tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            for effort in options.efforts:
                records[effort].append(_run(server, Path(folder), effort))
                log(f"round {number + 1} of {options.rounds}: {effort}: {records[effort][-1]['cpu_seconds']}")
    return [row for effort in options.efforts for row in _rows(effort, records[effort])]


def table(rows: Sequence[Row]) -> str:
    """Return the CPU times as a table."""
    return markdown(
        ("phase", "effort", "seconds", "share", "requests per second"),
        [
            (row.phase, row.effort, f"{row.seconds:.2f}", f"{row.share:.0%}", f"{row.per_second or 0:.0f}")
            for row in rows
        ],
    )


def plot(rows: Sequence[Row]) -> str:
    """Plot the shares."""
    phases = list(dict.fromkeys(row.phase for row in rows))
    shares = {(row.effort, row.phase): 100 * row.share for row in rows}
    efforts = list(dict.fromkeys(row.effort for row in rows))
    series = {effort: [shares.get((effort, phase)) for phase in phases] for effort in efforts}
    return bars("share of the CPU time of a run, %", phases, series)


def _run(server: Server, folder: Path, effort: str) -> Mapping[str, Any]:
    results = folder / "results"
    arguments = ("--target", server.origin, "--effort", effort, "--output", str(results))
    run_command(conformance("run", *arguments), folder)
    return read_record(results)


def _rows(effort: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
    phases = [record["cpu_seconds"] for record in records]
    seconds = {phase: median(times[phase] for times in phases) for phase in phases[0]}
    total = sum(seconds.values())
    requests = median(record["requests"] for record in records)
    return [
        Row(
            effort,
            phase,
            round(time, 3),
            round(time / total, 3),
            round(requests / time, 1) if time else None,
        )
        for phase, time in seconds.items()
    ]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--efforts", nargs="+", choices=("smoke", "standard", "thorough"), default=EFFORTS)


BENCHMARK: Final = Benchmark("phases", __doc__ or "", Row, measure, table, plot, options=_options)

if __name__ == "__main__":
    BENCHMARK.main()
