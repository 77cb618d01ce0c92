"""Start of the vendor servers, and runs of the suite against them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final

import pytest

FOLDER: Final = Path(__file__).parent / "servers"
SERVERS: Final = ("django", "express", "falcon", "fastapi", "fastify", "flask", "go", "koa", "node")
CREDENTIALS: Final = {
    "SIGNALWIRE_PROJECT_ID": "7f3a1c52-94be-4d06-8e2f-b1c07d5a6e98",
    "SIGNALWIRE_API_TOKEN": "PTq4Zt7mXw2kVb9rLc5nHs8dJf3gYp6uAe",
}
CONFERENCE: Final = "c22d24f6-5a47-4597-9a23-c7d01e696b92"  # exists in every server, with an active session
_PATIENCE: Final = 30.0  # seconds until a server listens


@cache
def record_of_final_version(server: str) -> dict[str, Any]:
    """Run the suite against the final version of a server and return the record."""
    with _running(server) as origin:
        return _record(origin, effort="standard")


@cache
def record_of_first_draft(server: str) -> dict[str, Any]:
    """Run the suite against the first draft of a server and return the record."""
    with _running(server, FIRST_DRAFT="yes") as origin:
        return _record(origin, effort="smoke")


@contextmanager
def _running(server: str, **variables: str) -> Iterator[str]:
    port = _free_port()
    command = _command(server)
    environment = os.environ | CREDENTIALS | {"DEMO_CONFERENCE": CONFERENCE, "PORT": str(port)} | variables
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _command(server: str) -> list[str]:
    script = FOLDER / f"{server}_server"
    if script.with_suffix(".py").exists():
        return [sys.executable, str(script.with_suffix(".py"))]
    if script.with_suffix(".js").exists():
        return ["node", str(script.with_suffix(".js"))]
    return [_built(script.with_suffix(".go"))]


@cache
def _built(source: Path) -> str:
    """Compile a server in Go and return its path; skip the test without Go."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    output = Path(mkdtemp(prefix="vendor-server-")) / source.stem
    subprocess.run(["go", "build", "-o", output, source], check=True)
    return str(output)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen; exit status {process.poll()}")


def _record(origin: str, *, effort: str) -> dict[str, Any]:
    with TemporaryDirectory() as output:
        command = [
            *(sys.executable, "-m", "conformance", "run", "--target", origin, "--active-session", CONFERENCE),
            *("--effort", effort, "--output", output),
        ]
        subprocess.run(command, env=os.environ | CREDENTIALS, check=False, capture_output=True, cwd=output)
        record: dict[str, Any] = json.loads((Path(output) / "results.json").read_text())
        return record
