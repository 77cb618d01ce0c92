"""The tools that are measured, as their users run them: each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.http.credentials import PROJECT, TOKEN
from conformance.processes.reference_process import ACCOUNT
from spec.data_files import document

PATIENCE = 900.0  # seconds for one run of one tool


@dataclass(frozen=True)
class Ran:
    """What came of a command, and how long it took."""

    code: int
    seconds: float
    said: str


def conformance(command: str, *options: str) -> list[str]:
    """Return the line that runs one of our own commands."""
    return [sys.executable, "-m", "conformance", command, *options]


def schemathesis(description: Path, origin: str, *options: str) -> list[str]:
    """Return the line that runs schemathesis over a described server."""
    account = f"{ACCOUNT.project}:{ACCOUNT.token}"
    return ["schemathesis", "run", str(description), "--url", origin, "--auth", account, *options]


def environment() -> Mapping[str, str]:
    """Return what a tool finds set: our credentials, this interpreter's programs, this very code.

    What is installed has been compiled; so is this code, after it ran once.
    """
    own = {PROJECT: ACCOUNT.project, TOKEN: ACCOUNT.token}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    told = {**os.environ, **own, "PATH": path, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    told.pop("PYTHONDONTWRITEBYTECODE", None)
    return told


def ran(line: Sequence[str], folder: str | Path, patience: float = PATIENCE) -> Ran:
    """Run a command to its end in a folder; give it up when it takes longer than there is patience."""
    clock = time.perf_counter()
    ended = subprocess.run(
        line, env=environment(), cwd=folder, capture_output=True, text=True, timeout=patience, check=False
    )
    return Ran(ended.returncode, time.perf_counter() - clock, ended.stdout + ended.stderr)


def record(folder: Path) -> dict[str, Any]:
    """Return what a run of ours says of itself."""
    told: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return told


def description(folder: Path) -> Path:
    """Write one OpenAPI document with the operations of both profiles."""
    video, fabric = (json.loads(json.dumps(document(name))) for name in ("video", "fabric"))
    video["paths"] |= fabric["paths"]
    for kind, parts in fabric["components"].items():
        video["components"].setdefault(kind, {}).update(parts)
    path = folder / "openapi.json"
    path.write_text(json.dumps(video), encoding="utf-8")
    return path
