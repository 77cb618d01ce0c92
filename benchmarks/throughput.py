"""Requests per second: ours, schemathesis's, and the most that a client without anything to do gets.

Each server is met by every tool in turn, several rounds long; a ratio is the median of the ratios within each
round. The requests of a whole command are counted by the server and divided by the time from start to end
of the process; for the property phase they are counted in the evidence while checks explore. What
sends ready-made requests repeats those of a recorded run, with as many threads or connections as ours has.

    python -m benchmarks.throughput [--rounds 5] [--seconds 3] [--json FILE] [--svg FILE]
"""

import argparse
import base64
import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from benchmarks.charts import bars
from benchmarks.harness import Benchmark, Budget, interleaved, markdown, ratio, say
from benchmarks.measured_servers import SERVERS, NotInstalledError, Server
from benchmarks.measured_tools import conformance, description, ran, schemathesis
from conformance.config import connection
from conformance.config.settings import Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.attempts import Kind
from conformance.engine.runner import collected
from conformance.evidence.evidence_file import FILE
from conformance.processes.reference_process import ACCOUNT
from conformance.testkit import hypothesis_profiles
from conformance.transport.connection_pool import Pool
from conformance.transport.direct import Line

WHOLE: Final = "conformance run"
PROPERTIES: Final = "conformance run, property phase"
CLIENT: Final = "httpx.Client, ready-made requests"
LINES: Final = "our connections alone, ready-made requests"
WRK: Final = "wrk, ready-made requests"
WORKERS: Final = (1, 2, 4)
_CONCURRENCY: Final = Limits().concurrency
_PER_SECOND: Final = re.compile(r"Requests/sec:\s+([\d.]+)")
_LUA: Final = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Row:
    """What one tool did with one server."""

    server: str
    tool: str
    per_second: float | None
    ratio: float | None
    """How many times as fast the whole command of ours is."""
    phase_ratio: float | None
    """How many times as fast its property phase is."""
    note: str | None = None


def measured(options: argparse.Namespace) -> list[Row]:
    """Measure every tool over every server."""
    return [row for name in SERVERS for row in _compared(name, options)]


def table(rows: Sequence[Row]) -> str:
    """Return the rates, and how they compare."""
    return markdown(
        ("server", "tool", "requests/s", "conformance run is", "its property phase is"),
        [(row.server, row.tool, *_told(row)) for row in rows],
    )


def plot(rows: Sequence[Row]) -> str:
    """Draw the rates."""
    tools = list(dict.fromkeys(row.tool for row in rows))
    rates = {(row.server, row.tool): row.per_second for row in rows}
    series = {f"{server} server": [rates.get((server, tool)) for tool in tools] for server in SERVERS}
    return bars("requests per second", tools, series, logarithmic=True)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Compare with what was promised, over the reference server."""
    found = {row.tool: row for row in rows if row.server == "reference"}
    two, ready = found.get(_theirs(2)), found.get(CLIENT)
    told = []
    for which, each in (("conformance run", "ratio"), ("its property phase", "phase_ratio")):
        if two and getattr(two, each):
            told.append(Budget(f"{which} / {two.tool}", getattr(two, each), 8, at_least=True))
        if ready and getattr(ready, each):
            told.append(Budget(f"{which} / {ready.tool}", getattr(ready, each), 0.6, at_least=True))
    return told


def _told(row: Row) -> tuple[str, str, str]:
    if row.per_second is None:
        return row.note or "", "", ""
    whole, phase = (f"{each:.2f} x" if each else "" for each in (row.ratio, row.phase_ratio))
    return f"{row.per_second:.0f}", whole, phase


def _theirs(workers: int) -> str:
    return f"schemathesis run --workers {workers}"


def _compared(name: str, options: argparse.Namespace) -> list[Row]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(SERVERS[name]())
        except NotInstalledError as lacking:
            return [Row(name, WHOLE, None, None, None, str(lacking))]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rates = _rates(server, folder, options)
    whole, phase = rates[WHOLE], rates[PROPERTIES]
    rows = [
        Row(
            name,
            tool,
            round(median(figures), 1),
            None if tool == WHOLE else round(ratio(whole, figures), 3),
            None if tool in {WHOLE, PROPERTIES} else round(ratio(phase, figures), 3),
        )
        for tool, figures in rates.items()
    ]
    return rows if WRK in rates else [*rows, Row(name, WRK, None, None, None, "wrk is not installed")]


def _rates(server: Server, folder: Path, options: argparse.Namespace) -> Mapping[str, Sequence[float]]:
    """Return what each tool sent in a second, round by round."""
    described = description(folder)
    ours = _Ours(server, folder, options.effort)
    say(f"{server.name}: recording a run")
    ours.rate()
    ready = [_request(server.origin, line) for line in _lines(ours.evidence)]
    measures: dict[str, Callable[[], float]] = {WHOLE: ours.rate, PROPERTIES: ours.phase}
    for workers in options.workers:
        few = ("--max-examples", str(options.examples), "--no-shrink", "--warnings", "off", "--seed", "1")
        line = schemathesis(described, server.origin, *few, "--workers", str(workers))
        measures[_theirs(workers)] = _commanded(server, folder, line)
    measures[CLIENT] = lambda: _flood(_client(), ready, options.seconds)
    measures[LINES] = lambda: _flood(_connections(), ready, options.seconds)
    program = shutil.which("wrk")
    if program is not None:
        told = folder / "requests"
        told.write_bytes(b"".join(map(_raw, ready)))
        threads = ("-t1", f"-c{_CONCURRENCY}", f"-d{options.seconds}s")
        line = [program, *threads, "-s", str(_LUA), server.origin, "--", str(told)]
        measures[WRK] = lambda: _per_second(ran(line, folder).said)
    return interleaved(measures, options.rounds)


class _Ours:
    """Runs of ours over one server; the last one can be looked into.

    Each has a folder of its own, as in a job: some file systems take long to make files where as many were
    deleted a moment ago.
    """

    def __init__(self, server: Server, folder: Path, effort: str) -> None:
        self.evidence = folder
        self._server = server
        self._folder = folder
        self._effort = effort

    def rate(self) -> float:
        """Return how many requests a second a whole command sent."""
        output = tempfile.mkdtemp(dir=self._folder)
        self.evidence = Path(output) / FILE
        own = ("--target", self._server.origin, "--effort", self._effort, "--output", output)
        return _commanded(self._server, self._folder, conformance("run", *own))()

    def phase(self) -> float:
        """Return how many requests a second went out while checks explored, in the last run."""
        lines, exploring = list(_lines(self.evidence)), _exploring()
        spans = [_span(line) for line in lines if line["check"] in exploring]
        began, ended = min(span[0] for span in spans), max(span[1] for span in spans)
        return sum(began <= _span(line)[0] <= ended for line in lines) / (ended - began)


@cache
def _exploring() -> frozenset[str]:
    """Return the names of the checks that explore; those that send covering arrays are directed ones."""
    with hypothesis_profiles.kept():
        checks = collected(Settings(Target(httpx.URL("http://target"), ACCOUNT))).checks
    return frozenset(check.name for check in checks if check.kind is Kind.EXPLORING)


def _commanded(server: Server, folder: Path, line: Sequence[str]) -> Callable[[], float]:
    """Return what measures a whole command by the requests that the server counts."""

    def rate() -> float:
        before = server.requests
        seconds = ran(line, folder).seconds
        return (server.requests - before) / seconds

    return rate


def _lines(evidence: Path) -> Iterator[Mapping[str, Any]]:
    """Yield what was exchanged."""
    for line in evidence.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if "number" in told:
            yield told


def _span(line: Mapping[str, Any]) -> tuple[float, float]:
    began = datetime.fromisoformat(line["started"]).timestamp()
    return began, began + line["seconds"]


def _request(origin: str, line: Mapping[str, Any]) -> httpx.Request:
    """Make a recorded request once more, with the good credentials."""
    told = line["request"]
    body = told["body"].encode() if "body" in told else base64.b64decode(told["base64"])
    password = base64.b64encode(f"{ACCOUNT.project}:{ACCOUNT.token}".encode()).decode()
    headers = [*told["headers"], ("authorization", f"Basic {password}"), ("accept", "application/json")]
    return httpx.Request(told["method"], f"{origin}{told['target']}", headers=headers, content=body or None)


@contextmanager
def _client() -> Iterator[Callable[[httpx.Request], httpx.Response]]:
    """Give what sends by httpx as it comes, with a connection for each thread."""
    limits = httpx.Limits(max_connections=_CONCURRENCY, max_keepalive_connections=_CONCURRENCY)
    with httpx.Client(limits=limits, trust_env=False) as client:
        yield client.send


@contextmanager
def _connections() -> Iterator[Callable[[httpx.Request], httpx.Response]]:
    """Give what sends by the connections that a run has, and does nothing else."""
    tls = connection.tls(Connection(), used=False)
    with closing(Pool(lambda: Line(tls))) as pool:
        yield pool.handle_request


def _flood(
    sending: AbstractContextManager[Callable[[httpx.Request], httpx.Response]],
    requests: Sequence[httpx.Request],
    seconds: float,
) -> float:
    """Send them over and over, as many at a time as a run does, and return how many go in a second."""
    ends = time.perf_counter() + seconds
    taken = threading.local()

    def sender(first: int) -> int:
        taken.sent = 0
        while time.perf_counter() < ends:
            for request in islice(requests, first, None, _CONCURRENCY):
                response = send(request)
                response.read()
                response.close()
                taken.sent += 1
                if time.perf_counter() >= ends:
                    break
        return int(taken.sent)

    clock = time.perf_counter()
    with sending as send, ThreadPoolExecutor(_CONCURRENCY) as threads:
        sent = sum(threads.map(sender, range(_CONCURRENCY)))
    return sent / (time.perf_counter() - clock)


def _raw(request: httpx.Request) -> bytes:
    """Return a request as it goes over the wire, behind a line with its length."""
    head = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)
    fields = b"".join(b"%s: %s\r\n" % pair for pair in request.headers.raw)
    written = head + fields + b"\r\n" + request.read()
    return b"%d\n%s" % (len(written), written)


def _per_second(said: str) -> float:
    found = _PER_SECOND.search(said)
    if found is None:
        raise RuntimeError(f"wrk told no rate: {said}")
    return float(found.group(1))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=int, default=3, help="to send ready-made requests in a round")
    parser.add_argument("--effort", default="standard", help="of our runs")
    parser.add_argument("--examples", type=int, default=20, help="of schemathesis, for an operation")
    parser.add_argument("--workers", type=int, nargs="*", default=WORKERS, help="of schemathesis")


BENCHMARK: Final = Benchmark("throughput", __doc__ or "", Row, measured, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
