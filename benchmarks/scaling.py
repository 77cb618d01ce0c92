"""Scaling of time and memory with requests, schema members, worker processes and shards.

- Requests: the checks of creates with 1, 10 and 100 times as many random cases, once in one run (without
  start-up) and once in a fuzz campaign (with the start-up of each round).
- Members: strategies for a create body whose members are repeated under other names: random bodies, objects
  with a single member, and pairs of members.
- Processes: one run with several workers.
- Shards: all shards of a run, concurrently against one server.

    python -m benchmarks.scaling [--cases 333] [--times 1 10 100] [--rounds 5] [--json FILE] [--svg FILE]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.charts import bars
from benchmarks.harness import Benchmark, Budget, log, markdown
from benchmarks.measured_tools import conformance, environment, read_record, run_command
from benchmarks.servers.measured_servers import Server, reference
from benchmarks.workloads.wide_schema import PARTS

REQUESTS: Final = "requests of one run"
CAMPAIGN: Final = "requests of a fuzz campaign"
MEMBERS: Final = "members"
PROCESSES: Final = "processes of one run"
SHARDS: Final = "shards"
_SELECT: Final = "VC-CREATE-CONFORMING,VC-CONF-*,VC-CREATE-RESPONSE-*"
_MIB: Final = 1024 * 1024
_REQUESTS_PER_CASE: Final = 3  # create, get, delete


@dataclass(frozen=True)
class Row:
    """Time and memory for one size."""

    quantity: str
    times: int
    size: float | None = None
    """Number of requests or members."""
    seconds: float | None = None
    milliseconds_each: float | None = None
    peak: float | None = None
    """Peak memory in MiB."""
    note: str | None = None


def measure(options: argparse.Namespace) -> list[Row]:
    """Measure all quantities, each for several rounds."""
    with reference() as server, tempfile.TemporaryDirectory() as folder:
        return [
            *_requests(server, Path(folder), options),
            *_members(Path(folder), options),
            *_processes(server, Path(folder), options),
            *_shards(server, Path(folder), options),
        ]


def table(rows: Sequence[Row]) -> str:
    """Return time and memory as a table."""
    return markdown(
        ("quantity", "factor", "size", "seconds", "ms each", "peak MiB", ""),
        [
            (
                row.quantity,
                f"{row.times} x",
                _number(row.size, 0),
                _number(row.seconds, 2),
                _number(row.milliseconds_each, 2),
                _number(row.peak, 0),
                row.note or "",
            )
            for row in rows
        ],
    )


def plot(rows: Sequence[Row]) -> str:
    """Plot time and memory relative to the smallest size of each quantity."""
    first = {row.quantity: row for row in reversed(rows)}
    labels = [f"{row.quantity} x {row.times}" for row in rows]
    series = {
        "time for each": [
            _ratio(row.milliseconds_each, first[row.quantity].milliseconds_each) for row in rows
        ],
        "memory": [_ratio(row.peak, first[row.quantity].peak) for row in rows],
    }
    return bars("relative to the smallest size", labels, series, logarithmic=True)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Return the budgets: the largest size relative to the smallest."""
    results = []
    for quantity in (REQUESTS, CAMPAIGN):
        smallest, *_, largest = [row for row in rows if row.quantity == quantity]
        ratios = {
            "time for each": (_ratio(largest.milliseconds_each, smallest.milliseconds_each), 1.1),
            "peak memory": (_ratio(largest.peak, smallest.peak), 1.2),
        }
        results += [
            Budget(f"{quantity}, {largest.size:.0f} / {smallest.size:.0f}: {measure_name}", figure, limit)
            for measure_name, (figure, limit) in ratios.items()
            if figure
        ]
    return results


def _ratio(figure: float | None, first: float | None) -> float | None:
    return figure / first if figure and first else None


def _number(figure: float | None, digits: int) -> str:
    return "" if figure is None else f"{figure:.{digits}f}"


def _row(quantity: str, times: int, size: float, seconds: float, **more: Any) -> Row:
    return Row(quantity, times, size, round(seconds, 3), round(1000 * seconds / size, 3), **more)


def _requests(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Send increasing numbers of random cases, in one run and in a fuzz campaign."""
    arguments = ("--target", server.origin, "--select", _SELECT, "--output", str(folder / "scaling"))

    def one_run(cases: int) -> list[str]:
        return ["benchmarks.workloads.long_run", "--cases", str(cases), *arguments]

    def campaign(cases: int) -> list[str]:
        return ["benchmarks.workloads.fuzz_rounds", "--requests", str(cases * _REQUESTS_PER_CASE), *arguments]

    for quantity, command in ((REQUESTS, one_run), (CAMPAIGN, campaign)):
        runs: dict[int, list[Mapping[str, Any]]] = {times: [] for times in options.times}
        for number in range(options.rounds):
            for times in options.times:
                line = [sys.executable, "-m", *command(options.cases * times)]
                output = run_command(line, folder).output
                runs[times].append(json.loads(output))
                log(f"round {number + 1} of {options.rounds}: {quantity}, {times} x: {output.strip()}")
        for times, results in runs.items():
            yield _request_row(quantity, times, results)


def _request_row(quantity: str, times: int, results: Sequence[Mapping[str, Any]]) -> Row:
    requests, seconds, peak = (
        median(result[name] for result in results) for name in ("requests", "seconds", "peak")
    )
    note = next((result["ended"] for result in results if result["ended"]), None)
    return _row(quantity, times, requests, seconds, peak=round(peak / _MIB, 1), note=note)


def _members(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Build the strategies of increasingly large schemas, and generate from them."""
    for part in PARTS:
        for times in options.members:
            line = [sys.executable, "-m", "benchmarks.workloads.wide_schema", part, str(times)]
            try:
                results = [
                    json.loads(run_command(line, folder, options.timeout).output)
                    for _ in range(options.rounds)
                ]
            except subprocess.TimeoutExpired:
                log(f"{part}, members x {times}: timed out")
                yield Row(f"{MEMBERS}, {part}", times, note=f"more than {options.timeout:g} s")
                continue
            members, seconds = (median(result[name] for result in results) for name in ("members", "seconds"))
            log(f"{part}, {members} members: {seconds:.2f} s")
            yield _row(f"{MEMBERS}, {part}", times, members, seconds)


def _processes(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Run with several workers."""
    for workers in options.shards:
        runs = [
            _run(server, folder / f"workers-{workers}", options.effort, workers)
            for _ in range(options.rounds)
        ]
        requests, seconds = (median(figures) for figures in zip(*runs, strict=True))
        log(f"{workers} processes: {seconds:.2f} s")
        yield _row(PROCESSES, workers, requests, seconds)


def _run(server: Server, output: Path, effort: str, workers: int) -> tuple[int, float]:
    """Return the number of requests of all workers, and the seconds of the command."""
    arguments = ("--workers", str(workers), "--effort", effort, "--output", str(output))
    result = run_command(conformance("run", "--target", server.origin, *arguments), output.parent)
    return read_record(output)["requests"], result.seconds


def _shards(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Run all shards of a run concurrently."""
    for shards in options.shards:
        runs = [_run_shards(server, folder, shards, options.effort) for _ in range(options.rounds)]
        requests, seconds = (median(figures) for figures in zip(*runs, strict=True))
        log(f"{shards} shards: {seconds:.2f} s")
        yield _row(SHARDS, shards, requests, seconds)


def _run_shards(server: Server, folder: Path, shards: int, effort: str) -> tuple[int, float]:
    """Return the number of requests of all shards, and the seconds until the last has ended."""
    outputs = [folder / f"shard-{number}" for number in range(1, shards + 1)]
    clock = time.perf_counter()
    with ExitStack() as stack:
        for number, output in enumerate(outputs, 1):
            arguments = ("--shard", f"{number}/{shards}", "--effort", effort, "--output", str(output))
            line = conformance("run", "--target", server.origin, *arguments)
            null = subprocess.DEVNULL
            stack.enter_context(subprocess.Popen(line, env=environment(), stdout=null, stderr=null))
    seconds = time.perf_counter() - clock
    return sum(read_record(output)["requests"] for output in outputs), seconds


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=333, help="random cases of the smallest run")
    parser.add_argument("--times", type=int, nargs="+", default=(1, 10, 100), help="factors for the cases")
    parser.add_argument("--members", type=int, nargs="+", default=(1, 4, 16), help="factors for the members")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one schema")
    parser.add_argument(
        "--shards", type=int, nargs="+", default=(1, 2, 4), help="numbers of workers and shards"
    )
    parser.add_argument("--effort", default="standard", help="effort of the runs with processes or shards")


BENCHMARK: Final = Benchmark("scaling", __doc__ or "", Row, measure, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
