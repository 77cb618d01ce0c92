"""Command lines of the measured tools, and their execution as processes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes.reference_process import ACCOUNT
from spec.data_files import api_description

COMMAND_TIMEOUT = 900.0  # seconds


@dataclass(frozen=True)
class CommandResult:
    """Exit code, duration and output of a command."""

    code: int
    seconds: float
    output: str


def conformance(command: str, *options: str) -> list[str]:
    """Return the command line of a command of this suite."""
    return [sys.executable, "-m", "conformance", command, *options]


def schemathesis(description: Path, origin: str, *options: str) -> list[str]:
    """Return the command line of schemathesis for a server."""
    account = f"{ACCOUNT.project}:{ACCOUNT.token}"
    return ["schemathesis", "run", str(description), "--url", origin, "--auth", account, *options]


def environment() -> Mapping[str, str]:
    """Return the environment of a tool: credentials, and the programs and modules of this interpreter.

    Bytecode is written, so that this code is compiled like installed code.
    """
    credentials = {PROJECT_VARIABLE: ACCOUNT.project, TOKEN_VARIABLE: ACCOUNT.token}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    modules = os.pathsep.join(filter(None, sys.path))
    variables = {**os.environ, **credentials, "PATH": path, "PYTHONPATH": modules}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


def run_command(line: Sequence[str], folder: str | Path, timeout: float = COMMAND_TIMEOUT) -> CommandResult:
    """Run a command in a directory, for at most `timeout` seconds."""
    clock = time.perf_counter()
    completed = subprocess.run(
        line, env=environment(), cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
    )
    return CommandResult(
        completed.returncode, time.perf_counter() - clock, completed.stdout + completed.stderr
    )


def read_record(folder: Path) -> dict[str, Any]:
    """Return the results.json of a run."""
    record: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return record


def write_description(folder: Path) -> Path:
    """Write one OpenAPI document with the operations of both profiles."""
    video, fabric = (json.loads(json.dumps(api_description(name))) for name in ("video", "fabric"))
    video["paths"] |= fabric["paths"]
    for kind, parts in fabric["components"].items():
        video["components"].setdefault(kind, {}).update(parts)
    path = folder / "openapi.json"
    path.write_text(json.dumps(video), encoding="utf-8")
    return path
