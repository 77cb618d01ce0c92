"""Every command in the README ends with the exit code that the README states."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import reference_process

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
LINES = [line for block in BLOCKS for line in block.splitlines()]
SET_UP = [line for line in LINES if line.startswith("python3 -m venv")]
RUN = [line for line in LINES if line.startswith(".venv/bin/conformance")]
EXAMPLE = "https://example.signalwire.com"


@pytest.fixture(scope="module")
def server() -> Iterator[reference_process.RunningServer]:
    with reference_process.reference_server() as running:
        yield running


def shell(
    line: str, folder: Path, server: reference_process.RunningServer | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a line in a folder, with the commands of this environment and the credentials of the server."""
    account = (
        {PROJECT_VARIABLE: reference_process.ACCOUNT.project, TOKEN_VARIABLE: reference_process.ACCOUNT.token}
        if server
        else {}
    )
    environment = {**os.environ, **account}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_two_commands_do_all_set_up() -> None:
    assert [line.rpartition("&& ")[2] for line in SET_UP] == [".venv/bin/conformance run", ".venv/bin/pytest"]


def test_the_first_command_installs_and_runs_on_a_fresh_machine(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    left_out = shutil.ignore_patterns(".*", "build", "conformance-results", "__pycache__", "node_modules")
    shutil.copytree(ROOT, fresh, ignore=left_out)
    done = shell(SET_UP[0], fresh)
    assert done.returncode == 0, done.stderr
    assert "conforms" in done.stdout


@pytest.mark.parametrize("line", RUN)
def test_a_command_exits_as_stated(
    line: str, tmp_path: Path, server: reference_process.RunningServer
) -> None:
    local = line.replace(".venv/bin/", f"{Path(sys.executable).parent}/").replace(EXAMPLE, server.address)
    done = shell(local.replace(" ID", f" {server.live_conference_id}"), tmp_path, server)
    assert done.returncode == ("--fault" in line), done.stdout + done.stderr
