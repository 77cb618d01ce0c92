"""What CI systems read after a command, and the access of other users to it."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import ENVIRONMENT, reference_server
from tests.support.texts.workflow_commands import commands

FAULT = "date-only-becomes-end-of-day"
REQUIREMENT = "VC-CREATE-DATE-ONLY"
OPTIONS = ("--select", f"{REQUIREMENT},VC-GET-UNKNOWN-ID", "--effort", "smoke", "--output", "out")
PRIVATE = {"evidence.ndjson", "ledger.ndjson"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder, with the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def summary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
    return folder / "summary"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server("--fault", FAULT) as address:
        yield address


@pytest.mark.parametrize("options", [(), ("--quiet",), ("--workers", "2")], ids=["plain", "quiet", "workers"])
def test_a_run_in_a_job_of_github_has_annotations_and_a_summary(
    origin: str, summary: Path, options: tuple[str, ...]
) -> None:
    result = invoke_without_traceback("run", "--target", origin, *OPTIONS, *options)
    assert result.exit_code == 1, result.output
    (command,) = commands(result.stdout)
    assert (command.name, command.properties) == ("error", {"title": f"{REQUIREMENT} (must)"})
    assert "\nrerun: conformance run " in command.data
    assert summary.read_bytes() == Path("out/summary.md").read_bytes()


def test_merged_reports_have_annotations_and_a_summary(origin: str, folder: Path, summary: Path) -> None:
    invoke_without_traceback("run", "--target", origin, *OPTIONS)
    summary.unlink()
    result = invoke_without_traceback("report", "out")
    assert [command.name for command in commands(result.stdout)] == ["error"]
    assert summary.read_bytes() == (folder / "out/summary.md").read_bytes()


def test_a_summary_that_cannot_be_written_does_not_change_the_exit_code(
    origin: str, folder: Path, monkeypatch: pytest.MonkeyPatch, summary: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))
    result = invoke_without_traceback(
        "run", "--target", origin, "--select", "VC-GET-UNKNOWN-ID", "--output", "out"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == (
        f"conformance: note: the step summary was not written: {folder}: Is a directory"
    )
    assert not summary.exists()


def test_a_failed_preflight_is_an_annotation(folder: Path, summary: Path) -> None:
    result = invoke_without_traceback("run", "--target", "http://127.0.0.1:9", *OPTIONS)
    assert result.exit_code == 2
    (command,) = commands(result.stdout)
    assert command.properties == {"title": "conference-conformance: not started"}
    assert "cannot be reached" in command.data
    assert summary.read_bytes() == (folder / "out/summary.md").read_bytes()


def test_the_code_quality_report_is_always_written(origin: str) -> None:
    invoke_without_traceback("run", "--target", origin, *OPTIONS)
    (issue,) = json.loads(Path("out/gl-code-quality-report.json").read_bytes())
    assert (issue["check_name"], issue["severity"]) == (REQUIREMENT, "critical")
    line = Path("out/results.json").read_text().splitlines()[issue["location"]["lines"]["begin"] - 1]
    assert line == f'   "id": "{REQUIREMENT}",'


@pytest.mark.parametrize(
    "umask, file, directory, options",
    [(0o022, 0o644, 0o755, ()), (0o077, 0o600, 0o700, ()), (0o027, 0o640, 0o750, ("--workers", "2"))],
    ids=["022", "077", "027 workers"],
)
def test_reports_follow_the_umask_and_evidence_is_private(
    origin: str, umask: int, file: int, directory: int, options: tuple[str, ...]
) -> None:
    before = os.umask(umask)
    try:
        result = invoke_without_traceback("run", "--target", origin, *OPTIONS, *options)
    finally:
        os.umask(before)
    assert result.exit_code == 1, result.output
    for path in (Path("out"), *Path("out").rglob("*")):
        is_executable = path.is_dir() or path.suffix == ".sh"
        expected = directory if is_executable else 0o600 if path.name in PRIVATE else file
        assert stat.S_IMODE(path.stat().st_mode) == expected, path
    assert Path("out/worker-1/evidence.ndjson" if options else "out/evidence.ndjson").is_file()
