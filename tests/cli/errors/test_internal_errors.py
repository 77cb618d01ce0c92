"""Internal errors of checks and reports: each has a message and exit code 4, and no finding is lost."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.attempts import Check
from conformance.engine.session.run_session import RunSession
from conformance.mutation import in_process_server
from reports import report_files
from reports.records.results_file import read_validated
from tests.support.bundles import run_reference
from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import reference_server

pytestmark = pytest.mark.usefixtures("empty_folder")
QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server() as address:
        yield address


def broken_check(*_: object, **__: object) -> None:
    raise LookupError(f"about {in_process_server.TOKEN} and {in_process_server.PROJECT}\nwith a second line")


def test_an_exception_in_a_check_is_recorded_with_a_trace_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.testkit.expect.not_found", broken_check)
    record = run_reference(tmp_path / "out", select="VC-GET-*")
    assert (record["verdict"], record["exit_code"]) == ("error", 4)
    errors = [entry for entry in record["requirements"] if entry["verdict"] == "error"]
    assert errors
    for entry in errors:
        assert entry["reason"] == "suite: LookupError"
        assert entry["trace"][0] == "LookupError: about [secret] and [project]"
        assert entry["trace"][1].startswith("conformance/engine/attempts.py:")
        assert any(line.startswith("conformance/checks/video/test_") for line in entry["trace"])
    assert all("trace" not in entry for entry in record["requirements"] if entry not in errors)
    read_validated(tmp_path / "out" / "results.json")
    for path in [path for path in (tmp_path / "out").rglob("*") if path.is_file()]:
        assert in_process_server.TOKEN not in path.read_text()
    assert "conformance/engine/attempts.py:" in (tmp_path / "out" / "report.html").read_text()
    assert "conformance/engine/attempts.py:" in (tmp_path / "out" / "junit.xml").read_text()


def test_an_exception_in_a_report_is_an_internal_error(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "_WRITERS", {**report_files._WRITERS, "badge.svg": broken_check})  # noqa: SLF001 - simulates an error in badge
    result = invoke_without_traceback("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert "out/badge.svg cannot be created: LookupError" in result.output
    assert Path("out/report.html").exists()


@pytest.mark.parametrize(
    "name, function",
    [
        ("report.html", "reports.formats.html_report._template"),
        ("allure-results", "reports.formats.allure.source_urls"),
    ],
)
def test_an_exception_in_a_report_does_not_prevent_the_others(
    origin: str, monkeypatch: pytest.MonkeyPatch, name: str, function: str
) -> None:
    monkeypatch.setattr(function, broken_check)
    result = invoke_without_traceback("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert f"out/{name} cannot be created: LookupError" in result.output
    assert not Path("out", name).exists()
    assert [entry["verdict"] for entry in read_validated(Path("out/results.json"))["requirements"]] == [
        "passed"
    ]


def test_an_internal_error_affects_only_its_check(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = RunSession.decide

    def fail_for_one_check(session: RunSession, check: Check) -> Any:
        return broken_check() if check.requirement.id == "VC-GET-ID-MATCH" else decide(session, check)

    monkeypatch.setattr(RunSession, "decide", fail_for_one_check)
    selection = "VC-GET-ID-MATCH,VC-GET-UNKNOWN-ID"
    result = invoke_without_traceback(
        "run", "--target", origin, "--output", "out", "--effort", "smoke", "--select", selection
    )
    assert result.exit_code == 4
    assert "LookupError" in result.output
    verdicts = {
        entry["id"]: entry["verdict"] for entry in read_validated(Path("out/results.json"))["requirements"]
    }
    assert verdicts == {"VC-GET-ID-MATCH": "error", "VC-GET-UNKNOWN-ID": "passed"}


def test_an_internal_error_in_a_thread_is_reported(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_in_thread(*_: object) -> None:
        if threading.current_thread().name == "watch":
            broken_check()

    monkeypatch.setattr(
        "conformance.engine.passive.runner.PassiveCheckRunner.process_full_window", fail_in_thread
    )
    result = invoke_without_traceback(
        "run", "--target", origin, "--output", "out", "--effort", "smoke", "--select", "VC-GET-*"
    )
    assert result.exit_code == 4
    assert "LookupError" in result.output
    verdicts = {entry["verdict"] for entry in read_validated(Path("out/results.json"))["requirements"]}
    assert "passed" in verdicts
    assert "error" not in verdicts


def test_a_run_without_collected_checks_is_an_internal_error(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.engine.pytest_hooks.selected_requirements", lambda *_: ())
    result = invoke_without_traceback("run", "--target", origin, *QUICK)
    assert result.exit_code == 4
    assert "the suite could not start: SuiteError: no check was collected" in result.output


@pytest.mark.parametrize(
    "arguments, fix",
    [
        (["--select", ","], "--select ',' matches no requirement"),
        (["--select", " , ,"], "matches no requirement"),
        (["--select", ""], "--select: '' is not a selection"),
        (
            ["--select", "VC-NOTHING-*"],
            "--select: no requirement matches 'VC-NOTHING-*' in the selected profiles",
        ),
        (["--profile", "video", "--select", "FCR-CREATE-*"], "in the selected profiles"),
        (["--active-session", ""], "--active-session: '' is not a non-empty string"),
        (["--target", ""], "--target: '' is not a non-empty string"),
        (["--profile", "vidoe"], "did you mean 'video'?"),
        (["--config", "missing.toml"], "missing.toml cannot be read: No such file"),
        (["--config", "."], ". is a folder, not a regular file"),
        (["--config", "broken.toml"], "broken.toml is not valid TOML"),
        (["--config", "many.toml"], "many.toml: concurrency = 'many' is not an integer from 1 to 256"),
    ],
)
def test_a_usage_error_is_exit_2_with_its_fix(origin: str, arguments: list[str], fix: str) -> None:
    Path("broken.toml").write_text("concurrency = = 3")
    Path("many.toml").write_text('concurrency = "many"')
    result = invoke_without_traceback("run", "--target", origin, *arguments)
    assert result.exit_code == 2
    assert fix in result.output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_configuration_file_is_reported() -> None:
    Path("secret.toml").touch(mode=0)
    assert "Permission denied" in invoke_without_traceback("run", "--config", "secret.toml").output
