"""Output of a run: its amount, and characters that a terminal cannot show."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli.main import main
from tests.support.command_line import invoke

pytestmark = pytest.mark.usefixtures("empty_folder")

NAME = "VC-CREATE-NAME-MAXLENGTH"
QUICK = ("run", "--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")


def test_a_quiet_run_prints_only_the_verdict() -> None:
    result = invoke(*QUICK, "--quiet")
    (line,) = result.output.splitlines()
    assert line.startswith("partial: 1 requirement, ")
    assert result.exit_code == 0


def test_a_verbose_run_prints_every_requirement() -> None:
    result = invoke(*QUICK, "--verbose")
    lines = result.output.splitlines()
    assert lines[3].startswith("passed  API-AUTH-BASIC-ACCEPT (must)  A request with the Project ID")
    heads = {line.split()[0] for line in lines if line}
    assert {"operation", "latency", "slowest", "versions", "partial:"} <= heads


def test_quiet_and_verbose_cannot_be_combined() -> None:
    result = invoke(*QUICK, "-q", "-v")
    assert result.exit_code == 2
    assert "cannot be combined" in result.output


@pytest.mark.parametrize("amount", [(), ("--quiet",), ("--verbose",)])
def test_an_invalid_selection_is_always_printed(amount: tuple[str, ...]) -> None:
    result = invoke("run", "--select", "VC-NONE", *amount)
    assert result.exit_code == 2
    assert "VC-NONE" in result.output


ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
RUN_WITH_FINDING = ("run", "--effort", "smoke", "--fault", "date-only-becomes-end-of-day", "--select")


@pytest.mark.parametrize(
    "arguments, environment",
    [
        (["list"], ASCII),
        (["list"], C_LOCALE),
        (["explain", NAME], ASCII),
        ([*RUN_WITH_FINDING, "VC-CREATE-DATE-*"], C_LOCALE),
        ([*RUN_WITH_FINDING, "API-*,VC-CREATE-DATE-ONLY", "-v"], ASCII),
    ],
    ids=["list-ascii", "list-C", "explain-ascii", "run-C", "run verbosely-ascii"],
)
def test_characters_that_the_terminal_cannot_encode_are_escaped(
    arguments: list[str], environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}
    assert done.stdout.isascii()
    assert b"Traceback" not in done.stderr


def test_a_quiet_run_prints_one_line_per_failure(tmp_path: Path) -> None:
    options = (
        "--effort",
        "smoke",
        "--fault",
        "date-only-becomes-end-of-day",
        "--select",
        "VC-CREATE-DATE-ONLY",
    )
    result = invoke("run", *options, "-q")
    headline, verdict = result.output.splitlines()
    assert headline.startswith("failed  VC-CREATE-DATE-ONLY (must)  A date without a time ")
    assert verdict.startswith("does not conform: 1 must, 0 should and 0 may of 1 requirement violated ")
    attachments = list((tmp_path / "conformance-results" / "allure-results").glob("*-attachment.txt"))
    assert len(attachments) >= 3
    assert result.exit_code == 1


def test_standard_output_may_be_an_object_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    with pytest.raises(SystemExit):
        main(["list", "--select", NAME])
    assert screen.getvalue().startswith(NAME)
