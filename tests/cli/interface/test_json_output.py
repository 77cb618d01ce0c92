"""Commands with --json print one JSON document, with the exit codes that they have without it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from spec.catalogue import catalogue
from tests.support.bundles import run_reference
from tests.support.fake_targets import ENVIRONMENT, free_port

FAULT = "date-only-becomes-end-of-day"
SELECTED = "VC-CREATE-DATE-ONLY"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the output folders of a passing and of a failing run."""
    folder = tmp_path_factory.mktemp("json")
    run_reference(folder / "passed", select=SELECTED)
    run_reference(folder / "failed", faults=[FAULT], select=SELECTED)
    return folder / "passed", folder / "failed"


def document(*arguments: str | Path, exit_code: int = 0) -> Any:
    done = CliRunner().invoke(main, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    members = json.loads(done.stdout)
    assert members.pop("schema_version") == 1
    return members


def test_list_contains_the_members_of_each_requirement() -> None:
    listed = document("list", "--select", "VC-CREATE-DATE-*")["requirements"]
    assert [item["id"] for item in listed] == [name for name in catalogue() if "VC-CREATE-DATE-" in name]
    assert listed[0] == document("explain", listed[0]["id"])


def test_explain_contains_empty_values() -> None:
    explained = document("explain", "vc-create-status")
    assert (explained["id"], explained["level"], explained["covers"]) == (
        "VC-CREATE-STATUS",
        "must",
        list(catalogue()["VC-CREATE-STATUS"].covers),
    )
    assert explained["precondition"] == ""


def test_compare_contains_the_changed_verdicts(folders: tuple[Path, Path]) -> None:
    passed, failed = folders
    compared = document("compare", passed, failed, exit_code=1)
    assert [change["id"] for change in compared["worse"]] == [SELECTED]
    assert document("compare", passed, passed)["worse"] == []


def test_verify_contains_the_status_and_the_problems(folders: tuple[Path, Path]) -> None:
    passed, failed = folders
    verified = document("verify", passed)
    assert (verified["status"], verified["valid"], verified["problems"]) == ("partial", True, [])
    assert (verified["counts"]["passed"], verified["certificate"]) == (1, {})
    script = next(failed.glob("findings/*/reproduce.sh"))
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    changed = document("verify", failed, exit_code=1)
    assert changed["problems"] == [f"{script.relative_to(failed)} differs from results.json"]


def test_doctor_contains_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    examined = document("doctor")
    assert examined["can_start"] is True
    assert {step["status"] for step in examined["steps"]} <= {"ok", "warning"}
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    failed = document("doctor", "--target", f"http://127.0.0.1:{free_port()}", exit_code=2)
    assert (failed["can_start"], failed["steps"][-1]["status"]) == (False, "failed")


def test_a_usage_error_leaves_standard_output_empty() -> None:
    for arguments in (["explain", "VC-NONE"], ["list", "--select", "VC-NONE"], ["doctor", "--profile", "x"]):
        done = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr
