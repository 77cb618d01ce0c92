"""The servers that tools are measured over: processes of their own on this machine, which count requests."""

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

from benchmarks.counting_server import COUNT
from benchmarks.measured_tools import environment
from spec.operations import operation

REFERENCE, NODE = "reference", "node"
_SOURCE = Path(__file__).with_name("node_server.mjs")
_READY = "ready "
_PATIENCE = 10.0  # seconds to end


class NotInstalledError(RuntimeError):
    """What a server needs is not on this machine."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    name: str
    origin: str

    @property
    def requests(self) -> int:
        """Return how many requests have come to it."""
        return int(httpx.get(f"{self.origin}{COUNT}", trust_env=False).json())


@contextmanager
def reference(latency: float = 0.0) -> Iterator[Server]:
    """Run the reference server, which waits so many milliseconds before each answer."""
    line = [sys.executable, "-m", "benchmarks.counting_server", "--latency", str(latency)]
    with _running(REFERENCE, line) as server:
        yield server


@contextmanager
def node() -> Iterator[Server]:
    """Run the small server in another runtime, which keeps little of the API and is fast."""
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
def _running(name: str, line: Sequence[str]) -> Iterator[Server]:
    process = subprocess.Popen(
        line, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield Server(name, _address(process))
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def _address(process: "subprocess.Popen[str]") -> str:
    for line in process.stdout or ():
        if line.startswith(_READY):
            return line.removeprefix(_READY).strip()
    raise RuntimeError(f"a server ended with status {process.wait()} before it was ready")
