"""The command as a process in its own folder: its output, exit code and files."""

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, Account
from tests.support.fake_targets import ENVIRONMENT
from tests.support.forked_command import TIMEOUT, run_forked

COMMAND = [sys.executable, "-c", "from conformance.cli.main import main; main()"]
QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")
OUT = "conformance-results"


@dataclass(frozen=True)
class CommandRun:
    """A finished command: its exit code, its output, and its working directory."""

    code: int
    out: str
    err: str
    folder: Path

    @cached_property
    def results(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.folder / OUT / "results.json").read_text())
        return record

    @cached_property
    def evidence(self) -> list[dict[str, Any]]:
        lines = (self.folder / OUT / "evidence.ndjson").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def verdicts(self) -> dict[str, str]:
        return {entry["id"]: entry["verdict"] for entry in self.results["requirements"]}


def command_environment(variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in {PROJECT_VARIABLE, TOKEN_VARIABLE}
    }
    return {**inherited, "COLUMNS": "200", **variables}


def run_conformance(folder: Path, *arguments: str, variables: Mapping[str, str] = ENVIRONMENT) -> CommandRun:
    """Run the command in a process that has already imported the suite."""
    folder.mkdir(exist_ok=True)
    done = run_forked(folder, ["conformance", *arguments], command_environment(variables))
    return CommandRun(done.returncode, done.stdout, done.stderr, folder)


def run_command(
    folder: Path, *arguments: str, variables: Mapping[str, str] = ENVIRONMENT, command: list[str] = COMMAND
) -> CommandRun:
    """Run the command in a new interpreter."""
    folder.mkdir(exist_ok=True)
    process = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=command_environment(variables),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return CommandRun(process.returncode, process.stdout, process.stderr, folder)


def credential_spellings(account: Account) -> list[str]:
    plain = [account.token, f"{account.project}:{account.token}", f"{account.token}:{account.project}"]
    encoded = [base64.b64encode(text.encode()).decode() for text in plain]
    quoted = [urllib.parse.quote(text, safe="") for text in [*plain, *encoded]]
    return [*plain, *encoded, *quoted, json.dumps(account.token)[1:-1]]
