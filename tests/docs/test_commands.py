"""Every command in the documentation exits with the code that the page states, 0 if it states none.

The commands of a page run in their order in one folder, against a reference server. Runs are narrowed to a
few requirements, which changes neither their options nor their exit codes.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from conformance.processes import reference_process
from tests.docs.pages import DOCS, ROOT_PAGES, Block, blocks, name
from tests.test_readme import EXAMPLE, README, SET_UP, shell

NOT_RUN: Final = {
    "export ": "sets credentials of a real account",
    "python3 -m venv": "installs packages; tests/test_readme.py runs both set-up commands",
    "python -m benchmarks": "takes an hour; tests/test_benchmarks.py runs each benchmark at its smallest",
    ".venv/bin/tox": "runs this test",
    "conformance compare https://staging": "needs two accounts; tests/cli/test_live_comparison.py runs it",
    "npx ": "needs Node.js and npm packages; tests/mocks starts these mocks",
    "conformance run --target http://127.0.0.1:4010": "needs a mock of npm; tests/mocks runs it",
}
TESTED_ELSEWHERE: Final = {
    "README.md": "tests/test_readme.py",
    "docs/how-to/certify.md": "tests/certificate/test_documentation.py",
}
PAGES: Final = [
    page
    for page in (*ROOT_PAGES, *sorted(DOCS.rglob("*.md")))
    if name(page) not in TESTED_ELSEWHERE and any(block.language in {"sh", "toml"} for block in blocks(page))
]
HELP_ONLY: Final = {"conformance fuzz --target": "takes hours; with --help, only its options are checked"}
NARROWED: Final = {
    ".venv/bin/": "",
    "uvx --from . ": "",
    "pipx run --spec . ": "",
    "VC-GET-*": "VC-GET-ST*",
    "VC-CREATE-NAME-*": "VC-CREATE-NAME-UNIQUE",
}
SELECTED: Final = "VC-GET-STATUS"
BIN: Final = Path(sys.executable).parent
STATED: Final = re.compile(r"\s+# exit code (\d+)$")
WORKFLOW: Final = DOCS / "tutorial" / "first-ci-job.md"


@pytest.fixture(scope="module")
def server() -> Iterator[reference_process.RunningServer]:
    with reference_process.reference_server() as running:
        yield running


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_commands_of_a_page_exit_as_stated(
    page: Path, tmp_path: Path, server: reference_process.RunningServer
) -> None:
    for block in blocks(page):
        if block.language == "toml":
            save_settings(block, tmp_path, server)
        for command in block.commands if block.language == "sh" else ():
            if not command.startswith(tuple(NOT_RUN)):
                run(command, tmp_path, server)


def save_settings(block: Block, folder: Path, server: reference_process.RunningServer) -> None:
    """Save a configuration file for the commands that follow, and check that it is valid."""
    (folder / "conformance.toml").write_text(block.text.replace(EXAMPLE, server.address), encoding="utf-8")
    run("conformance doctor", folder, server)


def run(command: str, folder: Path, server: reference_process.RunningServer) -> None:
    stated = STATED.search(command)
    local = narrowed(STATED.sub("", command).replace(EXAMPLE, server.address))
    if local.startswith("conformance serve --port"):
        serve(local, folder)
        return
    done = shell(f"{on_path()}\n{local}", folder, server)
    assert done.returncode == int(stated[1] if stated else 0), f"{local}\n{done.stdout}{done.stderr}"


def on_path() -> str:
    return f"export PATH={BIN}:$PATH"


def narrowed(command: str) -> str:
    """Return a command that does the same for fewer requirements."""
    for long, short in NARROWED.items():
        command = command.replace(long, short)
    if command.startswith("conformance run") and "--select" not in command:
        command += f" --select {SELECTED}"
    return f"{command} --help" if command.startswith(tuple(HELP_ONLY)) else command


def serve(command: str, folder: Path, environment: dict[str, str] | None = None) -> None:
    """Start a server, wait until it listens, and stop it."""
    with listening(command, folder, environment or {}):
        pass


class listening:  # noqa: N801 - a context manager
    """A server that a command starts, and its address."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        free_port = re.sub(r"--port \d+( &)?", "--port 0", command)
        self._process = subprocess.Popen(
            ["bash", "-c", f"{on_path()}\nexec {free_port}"],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("ready "):
                return line.split()[1]
        raise AssertionError(f"no line begins with ready; exit code {self._process.wait()}")

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate()


def test_the_steps_of_the_ci_job_succeed(tmp_path: Path) -> None:
    workflow: Any = yaml.safe_load(next(block.text for block in blocks(WORKFLOW) if block.language == "yaml"))
    job = workflow["jobs"]["conformance"]
    lines = [line for step in job["steps"] for line in step.get("run", "").splitlines()]
    [start] = [line for line in lines if line.startswith("conformance serve")]
    [test] = [line for line in lines if line.startswith("conformance run")]
    with listening(start, tmp_path, job["env"]) as address:
        local = narrowed(re.sub(r"http://127\.0\.0\.1:\d+", address, test))
        settings = " ".join(f"{variable}={value}" for variable, value in job["env"].items())
        done = shell(f"{on_path()}\n{settings} {local}", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "conformance-results" / "summary.md").exists()


def test_set_up_is_that_of_the_readme() -> None:
    commands = [
        command
        for page in PAGES
        for block in blocks(page)
        if block.language == "sh"
        for command in block.commands
        if command.startswith("python3 -m venv")
    ]
    assert [command for command in commands if command not in SET_UP and "pre-commit" not in command] == []


def test_the_readme_names_each_command() -> None:
    help_text = shell(f"{on_path()}\nconformance --help", DOCS).stdout.partition("Commands:")[2]
    commands = re.findall(r"^  (\w+) ", help_text, re.MULTILINE)
    table = README.partition("## Commands")[2].partition("##")[0]
    assert [command for command in commands if not re.search(rf"`{command}\b", table)] == []
