"""Every command that the README shows does what it says there."""

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
    """Run a line as a user would, in a folder of its own."""
    account = (
        {PROJECT_VARIABLE: reference_process.ACCOUNT.project, TOKEN_VARIABLE: reference_process.ACCOUNT.token}
        if server
        else {}
    )
    environment = {**os.environ, **account}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_readme_shows_two_commands_that_do_all_set_up() -> None:
    assert [line.rpartition("&& ")[2] for line in SET_UP] == [".venv/bin/conformance run", ".venv/bin/pytest"]


def test_the_first_command_installs_and_runs_on_a_fresh_machine(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    left_out = shutil.ignore_patterns(".*", "conformance-results", "__pycache__", "node_modules")
    shutil.copytree(ROOT, fresh, ignore=left_out)
    done = shell(SET_UP[0], fresh)
    assert done.returncode == 0, done.stderr
    assert "conforms" in done.stdout


@pytest.mark.parametrize("line", RUN)
def test_a_command_ends_as_the_readme_says(
    line: str, tmp_path: Path, server: reference_process.RunningServer
) -> None:
    local = line.replace(".venv/bin/", f"{Path(sys.executable).parent}/").replace(EXAMPLE, server.address)
    done = shell(local.replace(" ID", f" {server.live_conference_id}"), tmp_path, server)
    assert done.returncode == ("--fault" in line), done.stdout + done.stderr


def test_the_settings_of_the_readme_are_settings(
    tmp_path: Path, server: reference_process.RunningServer
) -> None:
    [settings] = re.findall(r"^```toml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    (tmp_path / "conformance.toml").write_text(settings.replace(EXAMPLE, server.address))
    command = Path(sys.executable).parent / "conformance"
    done = shell(f"{command} run --select VC-CREATE-MINIMAL", tmp_path, server)
    assert done.returncode == 0, done.stdout + done.stderr
