"""The pytest plugin: checks run by the pytest command."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from conformance.config.selection import selected_requirements
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import reference_process
from conformance.runtime import folder_lock
from tests.support.forked_command import run_forked
from tests.support.texts.workflow_commands import commands

REPEATING_PLUGIN = """
import pytest

@pytest.fixture
def repetition(request):
    return request.param

def pytest_generate_tests(metafunc):
    metafunc.fixturenames.append("repetition")
    metafunc.parametrize("repetition", range(2), indirect=True)

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.reverse()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with reference_process.reference_server() as reference:
        yield reference.address


def run_pytest(
    folder: Path, *options: str, variables: Mapping[str, str] = MappingProxyType({})
) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        **variables,
        PROJECT_VARIABLE: reference_process.ACCOUNT.project,
        TOKEN_VARIABLE: reference_process.ACCOUNT.token,
    }
    disabled_plugins = ("-p", "no:schemathesis", "-p", "no:cacheprovider")
    plugin = ("-p", "conformance.plugin", "--pyargs", "conformance")
    return run_forked(folder, ["pytest", *disabled_plugins, *plugin, *options], environment)


def read_record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "conformance-results" / "results.json").read_text())
    return record


def test_checks_can_be_selected_by_keyword(tmp_path: Path, server: str) -> None:
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [entry["id"] for entry in read_record(tmp_path)["requirements"]] == ["VC-CREATE-DATE-ONLY"]


def test_a_selection_of_passive_checks_runs_the_checks_that_it_needs(tmp_path: Path, server: str) -> None:
    selection = ("--select", "VC-CREATE-STATUS", "--select", "FCR-ROOM-ID", "--exclude", "FCR-*")
    done = run_pytest(tmp_path, "--target", server, *selection)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "conformance-results" / "results.json").read_text())
    assert [entry["id"] for entry in record["requirements"]] == ["VC-CREATE-STATUS"]
    assert f"1 passed, {len(record['unscored'])} skipped" in done.stdout


def test_passive_checks_selected_by_keyword_run_the_checks_that_they_need(
    tmp_path: Path, server: str
) -> None:
    done = run_pytest(tmp_path, "--target", server, "--effort", "smoke", "-k", "VC-CREATE-QUALITY-ECHO")
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_names_do_not_depend_on_the_folder_of_the_project(tmp_path: Path, server: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    done = run_pytest(project, "--conformance-target", server, "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = (project / "conformance-results" / "evidence.ndjson").read_text()
    names = {json.loads(line).get("check") for line in evidence.splitlines()} - {None, "preflight"}
    assert names == {"video/test_join_times.py::test_a_date_without_a_time_denotes_midnight_utc"}


def test_allure_results_name_the_requirement_of_a_test(tmp_path: Path) -> None:
    folder, arguments = tmp_path / "allure", ("-k", "midnight", "--alluredir", "allure")
    with reference_process.reference_server(("--fault", "date-only-becomes-end-of-day")) as faulty_server:
        done = run_pytest(tmp_path, *arguments, "--conformance-target", faulty_server.address)
    assert done.returncode == 1, done.stdout + done.stderr
    (result,) = (json.loads(path.read_text()) for path in folder.glob("*-result.json"))
    assert result["fullName"] == "conference-conformance#VC-CREATE-DATE-ONLY"
    assert result["status"] == "failed"
    assert result["attachments"][0]["name"] == "finding"


def test_a_target_is_required(tmp_path: Path) -> None:
    done = run_pytest(tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--conformance-target is required" in done.stderr


def test_a_target_that_is_not_ready_in_time_is_exit_2(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--target", "http://127.0.0.1:1", "--wait", "200ms", "-k", "midnight")
    assert done.returncode == 2
    assert "http://127.0.0.1:1 is not ready after 0.2 s (--wait): ConnectError" in done.stdout


def test_a_folder_in_use_is_a_usage_error(tmp_path: Path, server: str) -> None:
    (tmp_path / "out").mkdir()
    with folder_lock.locked(tmp_path / "out"):
        done = run_pytest(
            tmp_path, "--conformance-target", server, "--conformance-output", "out", "-k", "midnight"
        )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "another run is using out" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("-k", "nosuchname"),
        ("--select", "VC-CREATE-NAMES"),
        ("--collect-only",),
        ("--no-such-option",),
        ("none.py",),
    ],
    ids=" ".join,
)
def test_pytest_without_a_run_leaves_earlier_results_unchanged(
    tmp_path: Path, server: str, options: tuple[str, ...]
) -> None:
    (tmp_path / "conformance-results").mkdir()
    for name in ("results.json", ".conformance-output", "evidence.ndjson"):
        (tmp_path / "conformance-results" / name).write_text("earlier")
    run_pytest(tmp_path, "--target", server, *options)
    assert {
        path.name: path.read_text() for path in (tmp_path / "conformance-results").iterdir()
    } == dict.fromkeys(("results.json", ".conformance-output", "evidence.ndjson"), "earlier")


def test_a_job_of_github_has_annotations_and_a_summary(tmp_path: Path) -> None:
    with reference_process.reference_server(("--fault", "date-only-becomes-end-of-day")) as faulty_server:
        done = run_pytest(
            tmp_path,
            *("--target", faulty_server.address, "-k", "midnight"),
            variables={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")},
        )
    (command,) = commands(done.stdout)
    assert (command.name, command.properties) == ("error", {"title": "VC-CREATE-DATE-ONLY (must)"})
    assert (tmp_path / "summary").read_bytes() == (tmp_path / "conformance-results/summary.md").read_bytes()


def test_worker_processes_of_xdist_are_a_usage_error(tmp_path: Path, server: str) -> None:
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight", "-n", "2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "use `conformance run --workers N` instead" in done.stderr


def test_worker_processes_in_the_configuration_of_the_project_are_a_usage_error(
    tmp_path: Path, server: str
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -n auto\n")
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert not (tmp_path / "conformance-results").exists()
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight", "-n", "0")
    assert done.returncode == 0, done.stdout + done.stderr


def test_checks_that_pytest_did_not_run_are_inconclusive(tmp_path: Path) -> None:
    with reference_process.reference_server(("--fault", "date-only-becomes-end-of-day")) as faulty_server:
        selected = ("-x", "-k", "midnight or join_from or color")
        done = run_pytest(tmp_path, *selected, "--conformance-target", faulty_server.address)
    assert done.returncode == 1, done.stdout + done.stderr
    record = read_record(tmp_path)
    verdicts = {entry["verdict"] for entry in record["requirements"]}
    assert (record["verdict"], verdicts) == ("does-not-conform", {"passed", "failed", "inconclusive"})
    reasons = {entry["reason"] for entry in record["requirements"] if entry["verdict"] == "inconclusive"}
    assert reasons == {"not-run: pytest stopped before this check"}


def test_a_run_without_checks_does_not_start(tmp_path: Path, server: str) -> None:
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "nosuchname")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout
    assert "pytest deselected all checks" in done.stdout
    assert not (tmp_path / "conformance-results").exists()


def test_the_checks_that_pytest_selects_are_the_selection_of_the_run(tmp_path: Path, server: str) -> None:
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight or rejected_name_in_use")
    assert done.returncode == 0, done.stdout + done.stderr
    record = read_record(tmp_path)
    selected = selected_requirements(tuple(record["profiles"]), record["select"])
    assert {entry["id"] for entry in record["requirements"]} == {entry.id for entry in selected}


def test_checks_are_collected_whatever_the_names_of_the_tests_of_the_project(
    tmp_path: Path, server: str
) -> None:
    names = "[pytest]\npython_files = check_*.py\npython_functions = check_*\n"
    (tmp_path / "pytest.ini").write_text(names)
    done = run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(read_record(tmp_path)["requirements"]) == 1


def test_options_of_the_project_take_precedence(tmp_path: Path, server: str) -> None:
    options = "".join(f"    parser.addoption('--{name}')\n" for name in ("target", "output", "config"))
    (tmp_path / "conftest.py").write_text(f"def pytest_addoption(parser):\n{options}")
    own = ("--target", "x", "--output", "y", "--config", "z", "--effort", "smoke")
    done = run_pytest(tmp_path, *own, "--conformance-target", server, "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_record(tmp_path)["effort"] == "smoke"


def test_options_without_prefix_are_accepted(tmp_path: Path, server: str) -> None:
    done = run_pytest(tmp_path, "--target", server, "--output", "out", "-k", "midnight")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "results.json").is_file()


def test_a_known_failure_of_the_baseline_is_an_expected_failure(tmp_path: Path) -> None:
    options = ("--select", "VC-CREATE-DATE-ONLY,VC-CREATE-MINIMAL", "--conformance-effort", "smoke")
    with reference_process.reference_server(["--fault", "date-only-becomes-end-of-day"]) as server:
        target = ("--target", server.address)
        first = run_pytest(tmp_path, *target, *options, "--output", "known")
        second = run_pytest(tmp_path, *target, *options, "--conformance-baseline", "known")
    assert (first.returncode, second.returncode) == (1, 0)
    assert "1 passed, 1 xfailed" in second.stdout
    assert "Known failures: VC-CREATE-DATE-ONLY." in second.stdout
    assert "no new failures: 1 must" in second.stdout


def test_a_check_that_another_plugin_repeats_or_reorders_is_decided_once(tmp_path: Path, server: str) -> None:
    (tmp_path / "conftest.py").write_text(REPEATING_PLUGIN)
    done = run_pytest(
        tmp_path, "--conformance-target", server, "-k", "midnight or no_response_is_a_server_error"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ids = [entry["id"] for entry in read_record(tmp_path)["requirements"]]
    assert ids == ["VC-CREATE-DATE-ONLY", "API-ERR-NO-5XX"]
    assert (
        '::test_a_date_without_a_time_denotes_midnight_utc"'
        in (tmp_path / "conformance-results" / "evidence.ndjson").read_text()
    )


def test_foreign_files_in_the_output_folder_are_a_usage_error(tmp_path: Path, server: str) -> None:
    (tmp_path / "results.json").write_text("mine")
    done = run_pytest(tmp_path, "--conformance-target", server, "--conformance-output", ".", "-k", "midnight")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "not written by this suite" in done.stderr
    assert (tmp_path / "results.json").read_text() == "mine"


def test_only_the_output_folder_is_written(tmp_path: Path, server: str) -> None:
    run_pytest(tmp_path, "--conformance-target", server, "-k", "midnight or conforming")
    assert [path.name for path in tmp_path.iterdir()] == ["conformance-results"]


def test_an_invalid_option_is_a_usage_error_with_its_fix(tmp_path: Path, server: str) -> None:
    done = run_pytest(tmp_path, "--conformance-target", server, "--conformance-effort", "lots")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "unknown effort 'lots'; available: smoke, standard, thorough" in done.stderr


def test_a_missing_capability_is_declared_with_an_option(tmp_path: Path, server: str) -> None:
    selection = ("--conformance-target", server, "--conformance-select", "VC-GET-STATUS,VC-SESSION-ID")
    done = run_pytest(tmp_path, *selection, "--conformance-without", "active-session")
    record = read_record(tmp_path)
    assert (done.returncode, record["without"]) == (0, ["active-session"])
    assert record["overall_status"] == "partial"
    rejected = run_pytest(tmp_path, *selection, "--conformance-without", "stat")
    assert "without: unknown capability 'stat'; did you mean 'state'?" in rejected.stdout + rejected.stderr
