"""Commands whose standard streams are closed, full or without a reader."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command_processes import COMMAND, OUT, QUICK, command_environment
from tests.support.forked_command import TIMEOUT

RUN = ("run", *QUICK)
CLOSE_PIPE_AND_RUN = """
import os, subprocess, sys
read_end, write_end = os.pipe()
process = subprocess.Popen(sys.argv[1:], stdout=write_end, stderr=subprocess.PIPE)
os.close(write_end)
os.close(read_end)
errors = process.communicate()[1]
sys.stderr.buffer.write(errors)
sys.exit(process.returncode)
"""


def shell(
    folder: Path, redirection: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command with a redirection of the shell."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments],
        cwd=folder,
        env=command_environment(variables or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def without_reader(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command whose standard output is a pipe without a reader."""
    return subprocess.run(
        [COMMAND[0], "-c", CLOSE_PIPE_AND_RUN, *COMMAND, *arguments],
        cwd=folder,
        env=command_environment({}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("redirection", ["<&-", ">&- 2>&- <&-", "1</dev/null", "2>/dev/full"])
def test_an_unusable_stream_does_not_change_the_exit_code(tmp_path: Path, redirection: str) -> None:
    result = shell(tmp_path, redirection, *RUN)
    assert (result.returncode, result.stderr) == (0, "")
    record = json.loads((tmp_path / OUT / "results.json").read_text())
    assert record["exit_code"] == 0
    lines = (tmp_path / OUT / "evidence.ndjson").read_text().splitlines()
    assert all(json.loads(line) for line in lines)  # no output was written to a file of the run


def test_an_unusable_stream_does_not_change_the_exit_code_of_a_failed_run(tmp_path: Path) -> None:
    failing_run = ("run", "--effort", "smoke", "--fault", "get-203", "--select", "VC-GET-STATUS")
    codes = {shell(tmp_path, redirection, *failing_run).returncode for redirection in ("", ">&- 2>&- <&-")}
    assert len(codes) == 1
    assert without_reader(tmp_path, *failing_run).returncode in codes


def test_a_full_standard_output_is_an_internal_error_and_the_files_are_written(tmp_path: Path) -> None:
    result = shell(tmp_path, ">/dev/full", *RUN)
    assert result.returncode == 4
    assert result.stderr == "conformance: standard output cannot be written to: No space left on device\n"
    assert json.loads((tmp_path / OUT / "results.json").read_text())["exit_code"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("run", "--help"),
        ("list",),
        ("explain", "VC-CREATE-DATE-ONLY"),
        ("serve", "--list"),
        ("serve", "--help"),
        ("doctor",),
        RUN,
    ],
)
def test_a_closed_pipe_is_not_an_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = without_reader(tmp_path, *arguments)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_usage_error_keeps_its_exit_code(tmp_path: Path) -> None:
    assert shell(tmp_path, ">&- 2>&-", "run", "--no-such-option").returncode == 2
    assert without_reader(tmp_path, "run", "--target", "ftp://x").returncode == 2


def test_a_non_blocking_pipe_receives_the_complete_output(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with subprocess.Popen(
        [*COMMAND, "list"], stdout=write_end, cwd=tmp_path, env=command_environment({})
    ) as process:
        os.close(write_end)
        with os.fdopen(read_end) as file:
            lines = file.readlines()
    assert process.returncode == 0
    assert len(lines) > 500


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error", "COLUMNS": "0"},
        {"PYTHONOPTIMIZE": "1", "COLUMNS": "\u00b2", "LINES": "-1"},
        {"TMPDIR": "/nonexistent", "HOME": "/nonexistent", "SSLKEYLOGFILE": "/nonexistent/keys"},
    ],
    ids=str,
)
def test_environment_variables_do_not_affect_the_verdict_and_the_output(
    tmp_path: Path, variables: Mapping[str, str]
) -> None:
    result = shell(tmp_path, "", *RUN, variables=variables)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"(exit code 0); reports in {OUT}/" in result.stdout.splitlines()[-1]


def test_a_working_directory_that_was_deleted_is_a_usage_error(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    result = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *COMMAND, "run"],
        cwd=folder,
        env=command_environment({}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 2
    assert "the current directory is not accessible" in result.stderr
