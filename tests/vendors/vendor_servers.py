"""Start of the vendor servers, and runs of the suite against them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import pytest

from tests.support.servers.external_servers import free_port, record_of_run, running_server

FOLDER: Final = Path(__file__).parent / "servers"
SERVERS: Final = ("django", "express", "falcon", "fastapi", "fastify", "flask", "go", "koa", "node")
CONFERENCE: Final = "c22d24f6-5a47-4597-9a23-c7d01e696b92"  # exists in every server, with an active session


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
    port = free_port()
    variables = {"DEMO_CONFERENCE": CONFERENCE, "PORT": str(port), **variables}
    with running_server(_command(server), port, variables=variables) as origin:
        yield origin


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


def _record(origin: str, *, effort: str) -> dict[str, Any]:
    return record_of_run(origin, "--active-session", CONFERENCE, "--effort", effort)
