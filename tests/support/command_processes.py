"""The command as a process of its own, in a folder of its own: what it says and what it leaves there."""

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

COMMAND = [sys.executable, "-c", "from conformance.cli.main import main; main()"]
QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")
OUT = "conformance-results"
TIMEOUT = 60


@dataclass(frozen=True)
class CommandRun:
    """A finished command: how it ended, what it said, and the folder it ran in."""

    code: int
    out: str
    err: str
    folder: Path

    @cached_property
    def results(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / OUT / "results.json").read_text())
        return read

    @cached_property
    def evidence(self) -> list[dict[str, Any]]:
        lines = (self.folder / OUT / "evidence.ndjson").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def verdicts(self) -> dict[str, str]:
        return {each["id"]: each["verdict"] for each in self.results["requirements"]}


def command_environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in {PROJECT_VARIABLE, TOKEN_VARIABLE}
    }
    return {**kept, "COLUMNS": "200", **given}


def run_conformance(
    folder: Path, *arguments: str, given: Mapping[str, str] = ENVIRONMENT, command: list[str] = COMMAND
) -> CommandRun:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=command_environment(given),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return CommandRun(done.returncode, done.stdout, done.stderr, folder)


def credential_spellings(account: Account) -> list[str]:
    plain = [account.token, f"{account.project}:{account.token}", f"{account.token}:{account.project}"]
    encoded = [base64.b64encode(text.encode()).decode() for text in plain]
    quoted = [urllib.parse.quote(text, safe="") for text in [*plain, *encoded]]
    return [*plain, *encoded, *quoted, json.dumps(account.token)[1:-1]]
