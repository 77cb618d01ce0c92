"""What grows when a run does: time and memory for more requests, members of a schema, processes and shards.

Requests: a random check of creates with 1, 10 and 100 times as many cases, and all that judges what is
answered, once in one run, timed from the first request to the record, start-up aside, and once by exploring,
which is run after run, each a process of its own, start-up and all. Members: the create body of a
conference, each member again under other names; random bodies are drawn of it, objects with each member
alone are built, and those with each pair of members. Processes: one run with so many workers. Shards: one run
in so many parts, all at once, over one server.

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
from benchmarks.harness import Benchmark, Budget, markdown, say
from benchmarks.measured_servers import Server, reference
from benchmarks.measured_tools import conformance, environment, ran, record
from benchmarks.wide_schema import PARTS

REQUESTS: Final = "requests of one run"
EXPLORED: Final = "requests of an exploration"
MEMBERS: Final = "members"
PROCESSES: Final = "processes of one run"
SHARDS: Final = "shards"
_SELECT: Final = "VC-CREATE-CONFORMING,VC-CONF-*,VC-CREATE-RESPONSE-*"
_MIB: Final = 1024 * 1024
_FOR_A_CASE: Final = 3  # requests: a create, a get, a delete


@dataclass(frozen=True)
class Row:
    """One size, and what it costs."""

    what: str
    times: int
    size: float | None = None
    """How many there are of it."""
    seconds: float | None = None
    each: float | None = None
    """Milliseconds for each of them."""
    peak: float | None = None
    """MiB of memory at the most."""
    note: str | None = None


def measured(options: argparse.Namespace) -> list[Row]:
    """Measure all of it, each several rounds long."""
    with reference() as server, tempfile.TemporaryDirectory() as folder:
        return [
            *_requests(server, Path(folder), options),
            *_members(Path(folder), options),
            *_processes(server, Path(folder), options),
            *_shards(server, Path(folder), options),
        ]


def table(rows: Sequence[Row]) -> str:
    """Return what each size costs."""
    return markdown(
        ("what", "times", "size", "seconds", "ms for each", "peak MiB", ""),
        [
            (
                row.what,
                f"{row.times} x",
                _told(row.size, 0),
                _told(row.seconds, 2),
                _told(row.each, 2),
                _told(row.peak, 0),
                row.note or "",
            )
            for row in rows
        ],
    )


def plot(rows: Sequence[Row]) -> str:
    """Draw how time and memory grow, each by its smallest size."""
    first = {row.what: row for row in reversed(rows)}
    labels = [f"{row.what} x {row.times}" for row in rows]
    series = {
        "time for each": [_grown(row.each, first[row.what].each) for row in rows],
        "memory": [_grown(row.peak, first[row.what].peak) for row in rows],
    }
    return bars("growth, by the smallest of each", labels, series, logarithmic=True)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Compare the longest with the shortest."""
    told = []
    for what in (REQUESTS, EXPLORED):
        least, *_, most = [row for row in rows if row.what == what]
        grown = {
            "time for each": (_grown(most.each, least.each), 1.1),
            "peak of memory": (_grown(most.peak, least.peak), 1.2),
        }
        told += [
            Budget(f"{what}, {most.size:.0f} / {least.size:.0f}: {of}", figure, limit)
            for of, (figure, limit) in grown.items()
            if figure
        ]
    return told


def _grown(figure: float | None, first: float | None) -> float | None:
    return figure / first if figure and first else None


def _told(figure: float | None, digits: int) -> str:
    return "" if figure is None else f"{figure:.{digits}f}"


def _row(what: str, times: int, size: float, seconds: float, **more: Any) -> Row:
    return Row(what, times, size, round(seconds, 3), round(1000 * seconds / size, 3), **more)


def _requests(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Send more and more random cases: in one run, and by exploring."""
    own = ("--target", server.origin, "--select", _SELECT, "--output", str(folder / "longer"))

    def once(cases: int) -> list[str]:
        return ["benchmarks.long_run", "--cases", str(cases), *own]

    def exploring(cases: int) -> list[str]:
        return ["benchmarks.fuzz_rounds", "--requests", str(cases * _FOR_A_CASE), *own]

    for what, line in ((REQUESTS, once), (EXPLORED, exploring)):
        runs: dict[int, list[Mapping[str, Any]]] = {times: [] for times in options.times}
        for turn in range(options.rounds):
            for times in options.times:
                said = ran([sys.executable, "-m", *line(options.cases * times)], folder).said
                runs[times].append(json.loads(said))
                say(f"round {turn + 1} of {options.rounds}: {what}, {times} x: {said.strip()}")
        for times, told in runs.items():
            yield _sent(what, times, told)


def _sent(what: str, times: int, told: Sequence[Mapping[str, Any]]) -> Row:
    requests, seconds, peak = (
        median(each[name] for each in told) for name in ("requests", "seconds", "peak")
    )
    note = next((each["ended"] for each in told if each["ended"]), None)
    return _row(what, times, requests, seconds, peak=round(peak / _MIB, 1), note=note)


def _members(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Build the strategies of larger and larger schemas, and draw from them."""
    for part in PARTS:
        for times in options.members:
            line = [sys.executable, "-m", "benchmarks.wide_schema", part, str(times)]
            try:
                told = [json.loads(ran(line, folder, options.patience).said) for _ in range(options.rounds)]
            except subprocess.TimeoutExpired:
                say(f"{part}, members x {times}: given up")
                yield Row(f"{MEMBERS}, {part}", times, note=f"more than {options.patience:g} s")
                continue
            members, seconds = (median(each[name] for each in told) for name in ("members", "seconds"))
            say(f"{part}, {members} members: {seconds:.2f} s")
            yield _row(f"{MEMBERS}, {part}", times, members, seconds)


def _processes(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Run with so many workers."""
    for workers in options.shards:
        runs = [
            _run(server, folder / f"workers-{workers}", options.effort, workers)
            for _ in range(options.rounds)
        ]
        requests, seconds = (median(each) for each in zip(*runs, strict=True))
        say(f"{workers} processes: {seconds:.2f} s")
        yield _row(PROCESSES, workers, requests, seconds)


def _run(server: Server, place: Path, effort: str, workers: int) -> tuple[int, float]:
    """Return how many requests all workers sent, and how long the command took."""
    own = ("--workers", str(workers), "--effort", effort, "--output", str(place))
    told = ran(conformance("run", "--target", server.origin, *own), place.parent)
    return record(place)["requests"], told.seconds


def _shards(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Run all shards of so many at once."""
    for shards in options.shards:
        runs = [_side_by_side(server, folder, shards, options.effort) for _ in range(options.rounds)]
        requests, seconds = (median(each) for each in zip(*runs, strict=True))
        say(f"{shards} shards: {seconds:.2f} s")
        yield _row(SHARDS, shards, requests, seconds)


def _side_by_side(server: Server, folder: Path, shards: int, effort: str) -> tuple[int, float]:
    """Return how many requests all shards sent, and how long it took until the last had ended."""
    places = [folder / f"shard-{number}" for number in range(1, shards + 1)]
    clock = time.perf_counter()
    with ExitStack() as stack:
        for number, place in enumerate(places, 1):
            own = ("--shard", f"{number}/{shards}", "--effort", effort, "--output", str(place))
            line = conformance("run", "--target", server.origin, *own)
            quiet = subprocess.DEVNULL
            stack.enter_context(subprocess.Popen(line, env=environment(), stdout=quiet, stderr=quiet))
    seconds = time.perf_counter() - clock
    return sum(record(place)["requests"] for place in places), seconds


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=333, help="of the smallest run")
    parser.add_argument("--times", type=int, nargs="+", default=(1, 10, 100), help="as many cases")
    parser.add_argument("--members", type=int, nargs="+", default=(1, 4, 16), help="as many members")
    parser.add_argument("--patience", type=float, default=60, help="seconds for one schema")
    parser.add_argument("--shards", type=int, nargs="+", default=(1, 2, 4))
    parser.add_argument("--effort", default="standard", help="of processes and shards")


BENCHMARK: Final = Benchmark("growth", __doc__ or "", Row, measured, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
