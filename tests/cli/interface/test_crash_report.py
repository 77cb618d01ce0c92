"""Unexpected errors of a command: a short message, and a report."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from conformance.cli.interface import crash_report
from conformance.cli.main import main
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.runtime.tracebacks import CRASH_REPORT
from tests.support.fake_targets import ENVIRONMENT

pytestmark = pytest.mark.usefixtures("empty_folder")


@click.command(cls=crash_report.CrashSafeCommand)
@click.option("--verbose", is_flag=True)
@click.option("--api-token-file")
@click.option("--output")
def failing_command(**_: Any) -> None:
    raise ZeroDivisionError(
        f"[bold] {os.environ[TOKEN_VARIABLE]} {os.environ[PROJECT_VARIABLE]} PTfromTheFile\nmore \x1b[2J"
    )


def test_an_unexpected_error_is_a_short_message_and_a_report() -> None:
    Path("token").write_text("PTfromTheFile\n")
    Path("out").mkdir()
    result = CliRunner().invoke(failing_command, ["--api-token-file", "token", "--output", "out"])
    assert result.exit_code == 4
    first, second = result.output.splitlines()
    assert first.endswith("ZeroDivisionError: [bold] [secret] [project] [secret]")
    assert str(Path("out", CRASH_REPORT)) in second
    report = Path("out", CRASH_REPORT).read_text()
    assert "Python 3" in report
    assert "conformance/cli/interface/crash_report.py:" in report
    assert stat.S_IMODE(Path("out", CRASH_REPORT).stat().st_mode) == 0o600
    for secret in (*ENVIRONMENT.values(), "PTfromTheFile"):
        assert secret not in report + result.output


def certificate_in_the_folder() -> None:
    Path("out").mkdir()
    Path("out/certificate.json").touch()


def folder_in_place_of_the_report() -> None:
    Path("out", CRASH_REPORT).mkdir(parents=True)


@pytest.mark.parametrize(
    "prepare",
    [Path, certificate_in_the_folder, folder_in_place_of_the_report],
    ids=lambda function: function.__name__,
)
def test_a_crash_report_without_a_folder_is_printed(
    prepare: Callable[[], object],
) -> None:
    prepare()
    before = sorted(Path().rglob("*"))
    result = CliRunner().invoke(failing_command, ["--output", "out"])
    assert result.exit_code == 4
    assert "conformance/cli/interface/crash_report.py:" in result.output
    assert "\x1b" not in result.output
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("switch", ["--verbose", crash_report.DEBUG])
def test_the_complete_traceback_is_available_on_request(monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    if switch == crash_report.DEBUG:
        monkeypatch.setenv(switch, "1")
    result = CliRunner().invoke(failing_command, [switch] if switch.startswith("--") else [])
    assert isinstance(result.exception, ZeroDivisionError)


def test_every_command_is_crash_safe() -> None:
    assert all(isinstance(command, crash_report.CrashSafeCommand) for command in main.commands.values())
