"""Commands with standard streams that are closed, full or without a reader: the exit code stands."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command_processes import COMMAND, OUT, QUICK, TIMEOUT, environment

RUN = ("run", *QUICK)
LEAVING = """
import os, subprocess, sys
reading, writing = os.pipe()
process = subprocess.Popen(sys.argv[1:], stdout=writing, stderr=subprocess.PIPE)
os.close(writing)
os.close(reading)
errors = process.communicate()[1]
sys.stderr.buffer.write(errors)
sys.exit(process.returncode)
"""


def shell(
    folder: Path, redirection: str, *arguments: str, given: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command whose standard streams a shell has redirected."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments],
        cwd=folder,
        env=environment(given or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def without_reader(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command whose standard output is a pipe that nobody reads."""
    return subprocess.run(
        [COMMAND[0], "-c", LEAVING, *COMMAND, *arguments],
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "1</dev/null", "2>/dev/full"])
def test_a_stream_that_cannot_be_used_changes_no_exit_code(tmp_path: Path, redirection: str) -> None:
    done = shell(tmp_path, redirection, *RUN)
    assert (done.returncode, done.stderr) == (0, "")
    record = json.loads((tmp_path / OUT / "results.json").read_text())
    assert record["exit_code"] == 0
    lines = (tmp_path / OUT / "evidence.ndjson").read_text().splitlines()
    assert all(json.loads(line) for line in lines)  # nothing was printed into a file of the run


def test_neither_does_it_change_that_of_a_failure(tmp_path: Path) -> None:
    failing = ("run", "--effort", "smoke", "--fault", "get-203", "--select", "VC-GET-STATUS")
    codes = {shell(tmp_path, redirection, *failing).returncode for redirection in ("", ">&- 2>&- <&-")}
    assert len(codes) == 1
    assert without_reader(tmp_path, *failing).returncode in codes


def test_an_output_that_is_full_is_an_error_of_its_own_and_the_files_are_written(tmp_path: Path) -> None:
    done = shell(tmp_path, ">/dev/full", *RUN)
    assert done.returncode == 4
    assert done.stderr == "conformance: standard output cannot be written to: No space left on device\n"
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
def test_a_reader_who_leaves_is_not_an_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = without_reader(tmp_path, *arguments)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_usage_error_keeps_its_exit_code(tmp_path: Path) -> None:
    assert shell(tmp_path, ">&- 2>&-", "run", "--no-such-option").returncode == 2
    assert without_reader(tmp_path, "run", "--target", "ftp://x").returncode == 2


def test_a_pipe_that_does_not_block_gets_all_of_the_output(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen([*COMMAND, "list"], stdout=writing, cwd=tmp_path, env=environment({})) as process:
        os.close(writing)
        with os.fdopen(reading) as file:
            lines = file.readlines()
    assert process.returncode == 0
    assert len(lines) > 500


@pytest.mark.parametrize(
    "given",
    [
        {"PYTHONOPTIMIZE": "1"},
        {"PYTHONOPTIMIZE": "2"},
        {"PYTHONWARNINGS": "error"},
        {"COLUMNS": "0"},
        {"COLUMNS": "\u00b2", "LINES": "-1"},
        {"TMPDIR": "/nonexistent", "HOME": "/nonexistent"},
        {"SSLKEYLOGFILE": "/nonexistent/keys"},
    ],
    ids=str,
)
def test_variables_of_the_environment_change_neither_the_verdict_nor_the_screen(
    tmp_path: Path, given: Mapping[str, str]
) -> None:
    done = shell(tmp_path, "", *RUN, given=given)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"(exit code 0); reports in {OUT}/" in done.stdout.splitlines()[-1]


def test_a_working_directory_that_was_deleted_is_a_usage_error(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *COMMAND, "run"],
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 2
    assert "the current directory is not accessible" in done.stderr
