"""Start of mock servers that read a published document, and runs of the suite against them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from conformance.cli.published_spec import document_text
from spec.data_files import NAMES

FOLDER: Final = Path(__file__).parent
TOOLS: Final = FOLDER / "node_modules" / ".bin"
_PRISM: Final = (str(TOOLS / "prism"), "mock", "-h", "127.0.0.1", "-p", "{port}")
_MOCKOON: Final = (
    str(TOOLS / "mockoon-cli"),
    "start",
    "--disable-log-to-file",
    "--disable-admin-api",
    "--faker-seed",
    "1",
)


@dataclass(frozen=True)
class Mock:
    """A mock server: its command, the OpenAPI version that it reads, and the effort of a run against it."""

    command: tuple[str, ...]
    version: str = "3.1"
    effort: str = "standard"


MOCKS: Final = {
    "prism": Mock((*_PRISM, "{document}")),
    "prism-dynamic": Mock((*_PRISM, "-d", "{document}")),
    "openapi-backend": Mock(("node", str(FOLDER / "backend.mjs"), "{document}", "{port}"), version="3.0"),
    # It validates no request, so that most requests are sent again to confirm a finding.
    "mockoon": Mock(
        (*_MOCKOON, "--hostname", "127.0.0.1", "--port", "{port}", "--data", "{document}"), effort="smoke"
    ),
}
RUNS: Final = [(mock, document) for mock in MOCKS for document in NAMES]
_CREDENTIALS: Final = {
    "SIGNALWIRE_PROJECT_ID": "7f3a1c52-94be-4d06-8e2f-b1c07d5a6e98",
    "SIGNALWIRE_API_TOKEN": "PTq4Zt7mXw2kVb9rLc5nHs8dJf3gYp6uAe",
}
_PATIENCE: Final = 60.0  # seconds until a mock listens


@cache
def record_of(mock: str, document: str) -> dict[str, Any]:
    """Run the suite against a mock that reads one of the documents, and return the record."""
    with TemporaryDirectory() as folder, _running(MOCKS[mock], document, Path(folder)) as origin:
        command = (
            *(sys.executable, "-m", "conformance", "run", "--target", origin, "--profile", document),
            *("--mock", "--effort", MOCKS[mock].effort, "--output", f"{folder}/results"),
        )
        subprocess.run(command, env=os.environ | _CREDENTIALS, check=False, capture_output=True, cwd=folder)
        record: dict[str, Any] = json.loads((Path(folder) / "results" / "results.json").read_text())
        return record


@contextmanager
def _running(mock: Mock, name: str, folder: Path) -> Iterator[str]:
    document, port = folder / f"{name}.yaml", _free_port()
    document.write_text(document_text(name, "yaml", mock.version), encoding="utf-8")
    arguments = [part.format(port=port, document=document) for part in mock.command]
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=FOLDER
    ) as process:
        try:
            _wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


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
