"""Start of mock servers that read a published document, and runs of the suite against them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from conformance.cli.published_spec import document_text
from spec.data_files import NAMES
from tests.support.servers.external_servers import free_port, record_of_run, running_server

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


@cache
def record_of(mock: str, document: str) -> dict[str, Any]:
    """Run the suite against a mock that reads one of the documents, and return the record."""
    with TemporaryDirectory() as folder, _running(MOCKS[mock], document, Path(folder)) as origin:
        return record_of_run(origin, "--profile", document, "--mock", "--effort", MOCKS[mock].effort)


@contextmanager
def _running(mock: Mock, name: str, folder: Path) -> Iterator[str]:
    document, port = folder / f"{name}.yaml", free_port()
    document.write_text(document_text(name, "yaml", mock.version), encoding="utf-8")
    command = [part.format(port=port, document=document) for part in mock.command]
    with running_server(command, port, folder=FOLDER) as origin:
        yield origin
