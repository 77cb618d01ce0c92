"""The servers of the benchmarks: local processes that count requests."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.measured_tools import environment
from benchmarks.servers.counting_server import COUNT
from spec.operations import operation

REFERENCE, NODE = "reference", "node"
_SOURCE = Path(__file__).with_name("node_server.mjs")
_READY = "ready "
_TIMEOUT = 10.0  # seconds for the process to exit


class NotInstalledError(RuntimeError):
    """A program that a server needs is not installed."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    origin: str

    @property
    def requests(self) -> int:
        """Return the number of requests so far."""
        return int(httpx.get(f"{self.origin}{COUNT}", trust_env=False).json())


@contextmanager
def reference(latency: float = 0.0) -> Iterator[Server]:
    """Run the reference server with a delay of each response, in milliseconds."""
    command = [sys.executable, "-m", "benchmarks.servers.counting_server", "--latency", str(latency)]
    with _running(REFERENCE, command) as server:
        yield server


@contextmanager
def node() -> Iterator[Server]:
    """Run a fast server in Node.js that implements a small part of the API."""
    program = shutil.which("node")
    if program is None:
        raise NotInstalledError("node is not installed")
    schemas = {operation(name).path: operation(name).request for name in ("VC-CREATE", "FCR-CREATE")}
    with TemporaryDirectory() as folder:
        rules = Path(folder, "rules.json")
        rules.write_text(json.dumps(schemas), encoding="utf-8")
        with _running(NODE, [program, str(_SOURCE), str(rules)]) as server:
            yield server


SERVERS: Mapping[str, Callable[[], AbstractContextManager[Server]]] = {REFERENCE: reference, NODE: node}


@contextmanager
def _running(name: str, command: Sequence[str]) -> Iterator[Server]:
    process = subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield Server(name, _address(process))
        finally:
            process.terminate()
            process.wait(_TIMEOUT)


def _address(process: "subprocess.Popen[str]") -> str:
    for line in process.stdout or ():
        if line.startswith(_READY):
            return line.removeprefix(_READY).strip()
    raise RuntimeError(f"a server exited with status {process.wait()} before it was ready")
