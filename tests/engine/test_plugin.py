"""The checks under pytest itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import reference_process
from conformance.runtime import folder_lock


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with reference_process.reference_server() as running:
        yield running.address


def under_pytest(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        PROJECT_VARIABLE: reference_process.ACCOUNT.project,
        TOKEN_VARIABLE: reference_process.ACCOUNT.token,
    }
    alone = ("-p", "no:schemathesis", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *alone, "-p", "conformance.plugin", "--pyargs", "conformance"]
    return subprocess.run(
        [*command, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_checks_can_be_chosen_by_keyword(tmp_path: Path, server: str) -> None:
    done = under_pytest(tmp_path, "--target", server, "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "conformance-results" / "results.json").read_text())
    assert [entry["id"] for entry in record["requirements"]] == ["VC-CREATE-DATE-ONLY"]


def test_check_names_do_not_depend_on_the_folder_of_the_project(tmp_path: Path, server: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    done = under_pytest(project, "--target", server, "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = (project / "conformance-results" / "evidence.ndjson").read_text()
    names = {json.loads(line).get("check") for line in evidence.splitlines()} - {None, "preflight"}
    assert names == {"video/test_join_times.py::test_a_date_without_a_time_denotes_midnight_utc"}


def test_allure_hears_of_the_requirement_behind_each_test(tmp_path: Path) -> None:
    folder, chosen = tmp_path / "allure", ("-k", "midnight", "--alluredir", "allure")
    with reference_process.reference_server(("--fault", "date-only-becomes-end-of-day")) as faulty:
        done = under_pytest(tmp_path, *chosen, "--target", faulty.address)
    assert done.returncode == 1, done.stdout + done.stderr
    (told,) = (json.loads(path.read_text()) for path in folder.glob("*-result.json"))
    assert told["fullName"] == "conference-conformance#VC-CREATE-DATE-ONLY"
    assert told["status"] == "failed"
    assert told["attachments"][0]["name"] == "finding"


def test_a_target_has_to_be_named(tmp_path: Path) -> None:
    done = under_pytest(tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--target is required" in done.stderr


def test_a_folder_in_use_is_a_usage_error(tmp_path: Path, server: str) -> None:
    (tmp_path / "out").mkdir()
    with folder_lock.locked(tmp_path / "out"):
        done = under_pytest(tmp_path, "--target", server, "--output", "out", "-k", "midnight")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "another run is using out" in done.stderr


def test_processes_of_xdist_are_a_usage_error(tmp_path: Path, server: str) -> None:
    done = under_pytest(tmp_path, "--target", server, "-k", "midnight", "-n", "2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "use `conformance run --workers N` instead" in done.stderr


def test_files_of_others_are_a_usage_error(tmp_path: Path, server: str) -> None:
    (tmp_path / "results.json").write_text("mine")
    done = under_pytest(tmp_path, "--target", server, "--output", ".", "-k", "midnight")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "not written by this suite" in done.stderr
    assert (tmp_path / "results.json").read_text() == "mine"


def test_nothing_is_written_but_the_output_folder(tmp_path: Path, server: str) -> None:
    under_pytest(tmp_path, "--target", server, "-k", "midnight or conforming")
    assert [each.name for each in tmp_path.iterdir()] == ["conformance-results"]


def test_what_cannot_be_used_is_told_with_its_mend(tmp_path: Path, server: str) -> None:
    done = under_pytest(tmp_path, "--target", server, "--effort", "lots")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "unknown effort 'lots'; available: smoke, standard, thorough" in done.stderr
