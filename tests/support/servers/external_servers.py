"""Servers that are started as processes on a free port, and runs of the suite against them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

CREDENTIALS: Final = {
    "SIGNALWIRE_PROJECT_ID": "7f3a1c52-94be-4d06-8e2f-b1c07d5a6e98",
    "SIGNALWIRE_API_TOKEN": "PTq4Zt7mXw2kVb9rLc5nHs8dJf3gYp6uAe",
}
_STARTUP_TIMEOUT: Final = 60.0  # seconds until a server listens


def free_port() -> int:
    """Return a port on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running_server(
    command: Sequence[str],
    port: int,
    *,
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[str]:
    """Start a server that listens on a port, and yield its address; end the process afterwards."""
    with subprocess.Popen(
        command,
        env=os.environ | CREDENTIALS | dict(variables or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    ) as process:
        try:
            _wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def record_of_run(origin: str, *options: str) -> dict[str, Any]:
    """Run the suite against a server, and return the record."""
    with TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "conformance",
            "run",
            "--target",
            origin,
            "--output",
            f"{folder}/out",
        ]
        environment = os.environ | CREDENTIALS
        subprocess.run([*command, *options], env=environment, check=False, capture_output=True, cwd=folder)
        record: dict[str, Any] = json.loads((Path(folder) / "out" / "results.json").read_text())
        return record


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _STARTUP_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen; exit status {process.poll()}")
