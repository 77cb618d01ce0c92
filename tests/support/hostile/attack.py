"""One run against one hostile server: its exit code, its time, its memory, and what it says."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from reports.records.exit_codes import INCONCLUSIVE, NONCONFORMANT, USAGE_ERROR
from tests.support import secret_canaries
from tests.support.hostile import certificates
from tests.support.hostile.servers import Hostile
from tests.support.hostile.sockets import serving

TIMEOUT: Final = 2.0
MAX_SECONDS: Final = 16.0
SELECTED: Final = "VC-CREATE-NAME-*,VC-GET-*,VC-CONF-*,API-*"
_OVERHEAD: Final = 15.0  # seconds to start, to clean up and to write, on a busy machine
_BETWEEN: Final = 0.03  # seconds between two looks at the memory
WITHIN: Final = 2 * MAX_SECONDS + TIMEOUT + _OVERHEAD  # clean-up may take as long again
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
    leaks: tuple[tuple[str, str], ...] = ()  # where a part of a secret stands in what was said or written

    @property
    def told(self) -> str:
        """Return the line from which the user learns what happened."""
        lines = [each.strip() for each in self.said.splitlines() if each.strip()]
        record = self.record or {"notes": [], "requirements": []}
        if self.code == USAGE_ERROR:
            return str(record["notes"][0]).split("\n")[0]
        told = {NONCONFORMANT: "failed", INCONCLUSIVE: "inconclusive"}.get(self.code, "")
        return next((each for each in lines if told and each.startswith(told)), lines[-1])


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
            tuple(secret_canaries.found(secret_canaries.written(Path(folder)))),
        )


@contextmanager
def _listening(server: Hostile, folder: Path) -> Iterator[tuple[str, list[str]]]:
    served, authority = (
        certificates.written(server.certificate, folder) if server.certificate else (None, None)
    )
    with server.answering() as answer, serving(answer, served) as origin:
        yield origin, ["--ca", authority] if authority else []


def _measured(command: list[str], said: Path, folder: str) -> tuple[int, float]:
    """Return the exit code and the peak of the memory of one process."""
    environment = {
        **os.environ,
        PROJECT_VARIABLE: secret_canaries.PROJECT,
        TOKEN_VARIABLE: secret_canaries.TOKEN,
        "COLUMNS": "200",
    }
    with said.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environment)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(_BETWEEN)
    return process.returncode, peak


def _peak(process: int) -> float:
    """Return the most memory that a process ever had; its own, and not that of the one it was forked from."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
