"""A run against a hostile server: its exit code, duration, peak memory and output."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from reports.records.exit_codes import INCONCLUSIVE, NONCONFORMANT, USAGE_ERROR
from tests.support.forked_command import start_forked
from tests.support.hostile import certificates
from tests.support.hostile.raw_server import serving
from tests.support.hostile.servers import HostileServer
from tests.support.secrets import secret_canaries

TIMEOUT: Final = 2.0
MAX_SECONDS: Final = 16.0
SELECTION: Final = "VC-CREATE-NAME-*,VC-GET-*,VC-CONF-*,API-*"
_OVERHEAD: Final = 45.0  # seconds to start and to write, beside other runs on a busy machine
_SAMPLING_INTERVAL: Final = 0.03  # seconds between two measurements of the memory
MAX_DURATION: Final = 2 * MAX_SECONDS + TIMEOUT + _OVERHEAD  # clean-up may take as long again
MAX_MEMORY: Final = 300.0  # MB


@dataclass(frozen=True)
class HostileRun:
    """The results of a run against a hostile server."""

    server: HostileServer
    exit_code: int
    seconds: float
    memory: float  # MB, the peak
    output: str  # standard output and standard error
    record: dict[str, Any] | None
    junit: str = field(repr=False, default="")
    leaks: tuple[tuple[str, str], ...] = ()  # file or stream, and a part of a secret in it

    @property
    def message(self) -> str:
        """Return the line of the output that states the result."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        record = self.record or {"notes": [], "requirements": []}
        if self.exit_code == USAGE_ERROR:
            return str(record["notes"][0]).split("\n")[0]
        verdict = {NONCONFORMANT: "failed", INCONCLUSIVE: "inconclusive"}.get(self.exit_code, "")
        return next((line for line in lines if verdict and line.startswith(verdict)), lines[-1])


def run_against(server: HostileServer, options: tuple[str, ...] = ()) -> HostileRun:
    """Run the suite as a user would, against the server."""
    with tempfile.TemporaryDirectory() as folder, _serve(server, Path(folder)) as (origin, trust):
        results = Path(folder, "out")
        command = ["conformance", "run", "--target", origin, "--output", str(results)]
        command += ["--effort", "smoke", "--select", SELECTION, "--timeout", str(TIMEOUT)]
        command += ["--max-seconds", str(MAX_SECONDS), *trust, *options]
        output = Path(folder, "output")
        started = time.monotonic()
        exit_code, memory = _run_command(command, output, Path(folder))
        seconds = time.monotonic() - started
        record_file, junit = results / "results.json", results / "junit.xml"
        record = json.loads(record_file.read_text(encoding="utf-8")) if record_file.exists() else None
        return HostileRun(
            server,
            exit_code,
            seconds,
            memory,
            output.read_text(encoding="utf-8", errors="replace"),
            record,
            junit.read_text(encoding="utf-8") if junit.exists() else "",
            tuple(secret_canaries.leaks(secret_canaries.written_texts(Path(folder)))),
        )


@contextmanager
def _serve(server: HostileServer, folder: Path) -> Iterator[tuple[str, list[str]]]:
    certificate, authority = (
        certificates.write_certificate(server.certificate, folder) if server.certificate else (None, None)
    )
    with server.responder() as respond, serving(respond, certificate) as origin:
        yield origin, ["--ca", authority] if authority else []


def _run_command(command: list[str], output: Path, folder: Path) -> tuple[int, float]:
    """Return the exit code and the peak memory (MB) of a command."""
    environment = {
        **os.environ,
        PROJECT_VARIABLE: secret_canaries.PROJECT,
        TOKEN_VARIABLE: secret_canaries.TOKEN,
        "COLUMNS": "200",
    }
    process = start_forked(folder, command, environment, (output, output))
    peak = 0.0
    while process.exitcode is None:
        peak = max(peak, _peak_memory(process.pid))
        process.join(_SAMPLING_INTERVAL)
    return process.exitcode, peak


def _peak_memory(process: int | None) -> float:
    """Return the peak memory (MB) of a process, without that of the process that it was forked from."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
