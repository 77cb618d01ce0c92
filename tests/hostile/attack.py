"""One run against one hostile server: its exit code, its time, its memory, and what it says."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.credentials import PROJECT, TOKEN
from conformance.proving.server import PROJECT as PROJECT_ID
from conformance.proving.server import TOKEN as API_TOKEN
from tests.hostile import certificates
from tests.hostile.servers import Hostile
from tests.hostile.sockets import serving

TIMEOUT: Final = 1.0
MAX_SECONDS: Final = 8.0
SELECTED: Final = "VC-CREATE-NAME-*,VC-GET-*,VC-CONF-*,API-*"
_OVERHEAD: Final = (
    15.0  # seconds to start, to watch over the silence, to clean up and to write, on a busy machine
)
WITHIN: Final = MAX_SECONDS + TIMEOUT + _OVERHEAD
MEMORY: Final = 300.0  # MB


@dataclass(frozen=True)
class Came:
    """What came of a run."""

    server: Hostile
    code: int
    seconds: float
    memory: float  # MB at its peak
    said: str
    record: dict[str, Any] | None
    junit: str = field(repr=False, default="")

    @property
    def told(self) -> str:
        """Return the line from which the user learns what happened."""
        lines = [each.strip() for each in self.said.splitlines() if each.strip()]
        signs = ("cannot be reached", "is no", "gave no", "is busy", "refused", "stopped", "goes on", "spent")
        found = [each for each in lines[1:] if any(sign in each for sign in signs)]
        worst = [each for each in lines if each.startswith("failed")]
        return (found[:1] or worst[:1] or lines[-1:] or [""])[0]


def attacked(server: Hostile, more: tuple[str, ...] = ()) -> Came:
    """Run the suite as a user would, against the server."""
    with tempfile.TemporaryDirectory() as folder, _listening(server, Path(folder)) as (origin, trust):
        output = Path(folder, "out")
        command = [sys.executable, "-m", "conformance", "run", "--target", origin, "--output", str(output)]
        command += ["--effort", "smoke", "--select", SELECTED, "--timeout", str(TIMEOUT)]
        command += ["--max-seconds", str(MAX_SECONDS), *trust, *more]
        said = Path(folder, "said")
        started = time.monotonic()
        code, memory = _measured(command, said, folder)
        seconds = time.monotonic() - started
        results, junit = output / "results.json", output / "junit.xml"
        record = json.loads(results.read_text(encoding="utf-8")) if results.exists() else None
        return Came(
            server,
            code,
            seconds,
            memory,
            said.read_text(encoding="utf-8", errors="replace"),
            record,
            junit.read_text(encoding="utf-8") if junit.exists() else "",
        )


@contextmanager
def _listening(server: Hostile, folder: Path) -> Iterator[tuple[str, list[str]]]:
    served, authority = (
        certificates.written(server.certificate, folder) if server.certificate else (None, None)
    )
    with serving(server.answer(), served) as origin:
        yield origin, ["--ca", authority] if authority else []


def _measured(command: list[str], said: Path, folder: str) -> tuple[int, float]:
    """Return the exit code and the peak of the memory of one process."""
    environment = {**os.environ, PROJECT: PROJECT_ID, TOKEN: API_TOKEN, "COLUMNS": "200"}
    with said.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss / 1024
