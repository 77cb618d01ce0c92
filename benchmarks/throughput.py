"""Requests per second of this suite, of schemathesis, and of clients that only send recorded requests.

Every tool runs against each server in turn, for several rounds; a ratio is the median of the ratios within
each round. For a whole command, the server counts the requests, and the time is that of the process. For the
property phase, requests are counted in the evidence while property-based checks run. The clients that only
send requests repeat those of a recorded run, with the concurrency of a run.

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
from benchmarks.harness import Benchmark, Budget, interleaved, log, markdown, ratio
from benchmarks.measured_tools import conformance, run_command, schemathesis, write_description
from benchmarks.servers.measured_servers import SERVERS, NotInstalledError, Server
from conformance.config import connection
from conformance.config.settings import Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.attempts import CheckKind
from conformance.engine.runner import collect_checks
from conformance.evidence.evidence_file import FILE_NAME
from conformance.processes.reference_process import ACCOUNT
from conformance.testkit import hypothesis_profiles
from conformance.transport.connection_pool import ConnectionPool
from conformance.transport.direct import DirectTransport

COMMAND: Final = "conformance run"
PROPERTIES: Final = "conformance run, property phase"
CLIENT: Final = "httpx.Client, recorded requests"
DIRECT: Final = "direct connections, recorded requests"
WRK: Final = "wrk, recorded requests"
WORKERS: Final = (1, 2, 4)
_CONCURRENCY: Final = Limits().concurrency
_PER_SECOND: Final = re.compile(r"Requests/sec:\s+([\d.]+)")
_LUA: Final = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Row:
    """Throughput of one tool with one server."""

    server: str
    tool: str
    per_second: float | None
    ratio: float | None
    """Throughput of the whole command of this suite relative to this tool."""
    phase_ratio: float | None
    """Throughput of its property phase relative to this tool."""
    note: str | None = None


def measure(options: argparse.Namespace) -> list[Row]:
    """Measure every tool with every server."""
    return [row for name in SERVERS for row in _rows(name, options)]


def table(rows: Sequence[Row]) -> str:
    """Return rates and ratios as a table."""
    return markdown(
        ("server", "tool", "requests/s", "conformance run is", "its property phase is"),
        [(row.server, row.tool, *_cells(row)) for row in rows],
    )


def plot(rows: Sequence[Row]) -> str:
    """Plot the rates."""
    tools = list(dict.fromkeys(row.tool for row in rows))
    rates = {(row.server, row.tool): row.per_second for row in rows}
    series = {f"{server} server": [rates.get((server, tool)) for tool in tools] for server in SERVERS}
    return bars("requests per second", tools, series, logarithmic=True)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Return the budgets for the reference server."""
    by_tool = {row.tool: row for row in rows if row.server == "reference"}
    schemathesis_row, client_row = by_tool.get(_schemathesis_name(2)), by_tool.get(CLIENT)
    results = []
    for name, field in (("conformance run", "ratio"), ("its property phase", "phase_ratio")):
        if schemathesis_row and (figure := getattr(schemathesis_row, field)):
            results.append(Budget(f"{name} / {schemathesis_row.tool}", figure, 8, at_least=True))
        if client_row and (figure := getattr(client_row, field)):
            results.append(Budget(f"{name} / {client_row.tool}", figure, 0.6, at_least=True))
    return results


def _cells(row: Row) -> tuple[str, str, str]:
    if row.per_second is None:
        return row.note or "", "", ""
    command, phase = (f"{figure:.2f} x" if figure else "" for figure in (row.ratio, row.phase_ratio))
    return f"{row.per_second:.0f}", command, phase


def _schemathesis_name(workers: int) -> str:
    return f"schemathesis run --workers {workers}"


def _rows(name: str, options: argparse.Namespace) -> list[Row]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(SERVERS[name]())
        except NotInstalledError as error:
            return [Row(name, COMMAND, None, None, None, str(error))]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rates = _rates(server, folder, options)
    command, phase = rates[COMMAND], rates[PROPERTIES]
    rows = [
        Row(
            name,
            tool,
            round(median(figures), 1),
            None if tool == COMMAND else round(ratio(command, figures), 3),
            None if tool in {COMMAND, PROPERTIES} else round(ratio(phase, figures), 3),
        )
        for tool, figures in rates.items()
    ]
    return rows if WRK in rates else [*rows, Row(name, WRK, None, None, None, "wrk is not installed")]


def _rates(server: Server, folder: Path, options: argparse.Namespace) -> Mapping[str, Sequence[float]]:
    """Return the requests per second of each tool, round by round."""
    description = write_description(folder)
    runs = _Runs(server, folder, options.effort)
    log(f"{server.name}: recording a run")
    runs.rate()
    requests = [_request(server.origin, line) for line in _read_exchanges(runs.evidence)]
    measures: dict[str, Callable[[], float]] = {COMMAND: runs.rate, PROPERTIES: runs.phase}
    for workers in options.workers:
        arguments = (
            "--max-examples",
            str(options.examples),
            "--no-shrink",
            "--warnings",
            "off",
            "--seed",
            "1",
        )
        line = schemathesis(description, server.origin, *arguments, "--workers", str(workers))
        measures[_schemathesis_name(workers)] = _command_rate(server, folder, line)
    measures[CLIENT] = lambda: _flood(_client(), requests, options.seconds)
    measures[DIRECT] = lambda: _flood(_connections(), requests, options.seconds)
    program = shutil.which("wrk")
    if program is not None:
        request_file = folder / "requests"
        request_file.write_bytes(b"".join(map(_raw, requests)))
        threads = ("-t1", f"-c{_CONCURRENCY}", f"-d{options.seconds}s")
        line = [program, *threads, "-s", str(_LUA), server.origin, "--", str(request_file)]
        measures[WRK] = lambda: _per_second(run_command(line, folder).output)
    return interleaved(measures, options.rounds)


class _Runs:
    """Runs of this suite against one server; the evidence of the last one is available.

    Each run has its own directory: some file systems create files slowly where many were just deleted.
    """

    def __init__(self, server: Server, folder: Path, effort: str) -> None:
        self.evidence = folder
        self._server = server
        self._folder = folder
        self._effort = effort

    def rate(self) -> float:
        """Return the requests per second of a whole command."""
        output = tempfile.mkdtemp(dir=self._folder)
        self.evidence = Path(output) / FILE_NAME
        arguments = ("--target", self._server.origin, "--effort", self._effort, "--output", output)
        return _command_rate(self._server, self._folder, conformance("run", *arguments))()

    def phase(self) -> float:
        """Return the requests per second while property-based checks were running, in the last run."""
        exchanges, check_names = list(_read_exchanges(self.evidence)), _property_based_checks()
        spans = [_span(exchange) for exchange in exchanges if exchange["check"] in check_names]
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        return sum(start <= _span(exchange)[0] <= end for exchange in exchanges) / (end - start)


@cache
def _property_based_checks() -> frozenset[str]:
    """Return the names of the property-based checks."""
    with hypothesis_profiles.preserved_profile():
        checks = collect_checks(Settings(Target(httpx.URL("http://target"), ACCOUNT))).checks
    return frozenset(check.name for check in checks if check.kind is CheckKind.PROPERTY_BASED)


def _command_rate(server: Server, folder: Path, line: Sequence[str]) -> Callable[[], float]:
    """Return a function that measures a command by the requests that the server counts."""

    def rate() -> float:
        before = server.requests
        seconds = run_command(line, folder).seconds
        return (server.requests - before) / seconds

    return rate


def _read_exchanges(evidence: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the exchanges of an evidence file."""
    for line in evidence.read_text(encoding="utf-8").splitlines():
        exchange = json.loads(line)
        if "number" in exchange:
            yield exchange


def _span(exchange: Mapping[str, Any]) -> tuple[float, float]:
    start = datetime.fromisoformat(exchange["started"]).timestamp()
    return start, start + exchange["seconds"]


def _request(origin: str, exchange: Mapping[str, Any]) -> httpx.Request:
    """Return a recorded request with valid credentials."""
    data = exchange["request"]
    body = data["body"].encode() if "body" in data else base64.b64decode(data["base64"])
    password = base64.b64encode(f"{ACCOUNT.project}:{ACCOUNT.token}".encode()).decode()
    headers = [*data["headers"], ("authorization", f"Basic {password}"), ("accept", "application/json")]
    return httpx.Request(data["method"], f"{origin}{data['target']}", headers=headers, content=body or None)


@contextmanager
def _client() -> Iterator[Callable[[httpx.Request], httpx.Response]]:
    """Yield the send function of an httpx client with a connection per thread."""
    limits = httpx.Limits(max_connections=_CONCURRENCY, max_keepalive_connections=_CONCURRENCY)
    with httpx.Client(limits=limits, trust_env=False) as client:
        yield client.send


@contextmanager
def _connections() -> Iterator[Callable[[httpx.Request], httpx.Response]]:
    """Yield the send function of the connection pool that a run uses."""
    tls = connection.tls_context(Connection(), load_system_authorities=False)
    with closing(ConnectionPool(lambda: DirectTransport(tls))) as pool:
        yield pool.handle_request


def _flood(
    client: AbstractContextManager[Callable[[httpx.Request], httpx.Response]],
    requests: Sequence[httpx.Request],
    seconds: float,
) -> float:
    """Send requests repeatedly with the concurrency of a run, and return the requests per second."""
    deadline = time.perf_counter() + seconds
    counter = threading.local()

    def sender(first: int) -> int:
        counter.sent = 0
        while time.perf_counter() < deadline:
            for request in islice(requests, first, None, _CONCURRENCY):
                response = send(request)
                response.read()
                response.close()
                counter.sent += 1
                if time.perf_counter() >= deadline:
                    break
        return int(counter.sent)

    clock = time.perf_counter()
    with client as send, ThreadPoolExecutor(_CONCURRENCY) as threads:
        sent = sum(threads.map(sender, range(_CONCURRENCY)))
    return sent / (time.perf_counter() - clock)


def _raw(request: httpx.Request) -> bytes:
    """Return the bytes of a request, after a line with their length."""
    head = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)
    fields = b"".join(b"%s: %s\r\n" % pair for pair in request.headers.raw)
    data = head + fields + b"\r\n" + request.read()
    return b"%d\n%s" % (len(data), data)


def _per_second(output: str) -> float:
    match = _PER_SECOND.search(output)
    if match is None:
        raise RuntimeError(f"wrk printed no rate: {output}")
    return float(match.group(1))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=int, default=3, help="seconds per round for recorded requests")
    parser.add_argument("--effort", default="standard", help="effort of the runs")
    parser.add_argument("--examples", type=int, default=20, help="examples per operation of schemathesis")
    parser.add_argument(
        "--workers", type=int, nargs="*", default=WORKERS, help="numbers of workers of schemathesis"
    )


BENCHMARK: Final = Benchmark("throughput", __doc__ or "", Row, measure, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
