"""gl-code-quality-report.json has the members that GitLab reads, with fingerprints that do not change."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports.formats import code_quality
from reports.records import results_file
from tests.support.run_records import (
    HOSTILE,
    REQUIREMENTS,
    finding,
    full_record,
    record,
    requirement,
    with_hostile_text,
)

# What GitLab's documentation of the format requires.
FORMAT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/.]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"minimum": 1}},
                    },
                },
            },
        },
    },
}


def issues(folder: Path, result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the issues written for a record, after validation."""
    code_quality.write(result, folder / "gl-code-quality-report.json")
    content: list[dict[str, Any]] = json.loads((folder / "gl-code-quality-report.json").read_bytes())
    Draft202012Validator(FORMAT).validate(content)
    return content


def test_each_requirement_that_is_not_met_is_an_issue_with_the_severity_of_its_level(tmp_path: Path) -> None:
    found = issues(tmp_path, record(*REQUIREMENTS, requirement("warned", id="VC-CREATE-MAY", level="may")))
    assert {issue["check_name"]: issue["severity"] for issue in found} == {
        "VC-CREATE-FAILED": "critical",
        "VC-CREATE-OTHER": "critical",
        "VC-CREATE-WARNED": "minor",
        "VC-CREATE-INCONCLUSIVE": "major",
        "VC-CREATE-ERROR": "major",
        "VC-CREATE-MAY": "info",
    }


def test_a_run_that_conforms_has_no_issues(tmp_path: Path) -> None:
    assert issues(tmp_path, record(REQUIREMENTS[0])) == []


def test_a_run_that_did_not_start_is_an_issue(tmp_path: Path) -> None:
    members = {"verdict": "not-started", "exit_code": 2, "footer": {"complete": False}}
    (issue,) = issues(tmp_path, record(notes=["Check --target."], **members))
    assert (issue["check_name"], issue["severity"]) == ("run", "blocker")
    assert issue["description"] == "The run did not complete (not started). Check --target."


def test_an_undecided_should_is_no_issue(tmp_path: Path) -> None:
    assert issues(tmp_path, record(requirement("inconclusive", level="should", reason="outage: lost"))) == []


def test_the_description_has_the_sentence_and_the_difference(tmp_path: Path) -> None:
    (issue,) = issues(tmp_path, record(requirement("failed", findings=[finding(problem="join_from: wrong")])))
    assert issue["description"] == "VC-CREATE-FAILED failed: It is kept. join_from: wrong"
    (issue,) = issues(tmp_path, record(requirement("failed")))
    assert issue["description"].endswith("received: join_from is the instant 2041-05-06T23:59:59Z")


def test_fingerprints_depend_on_the_requirement_alone(tmp_path: Path) -> None:
    def fingerprints(result: dict[str, Any]) -> dict[str, str]:
        return {issue["check_name"]: issue["fingerprint"] for issue in issues(tmp_path, result)}

    first = fingerprints(full_record())
    other = record(
        requirement("failed", findings=[finding("other values")], reason="flaky: once"),
        target={"origin": "https://another.example", "reference": False},
    )
    assert len({*first.values()}) == len(first) == 5
    assert fingerprints(other) == {"VC-CREATE-FAILED": first["VC-CREATE-FAILED"]}
    assert first["VC-CREATE-FAILED"].startswith("778f0b8ce68a2d24")


def test_the_location_is_the_requirement_in_the_record(tmp_path: Path) -> None:
    result = full_record()
    results_file.write(result, tmp_path / "results.json")
    lines = (tmp_path / "results.json").read_text().splitlines()
    for issue in issues(tmp_path, result):
        assert issue["location"]["path"] == "results.json"
        assert lines[issue["location"]["lines"]["begin"] - 1] == f'   "id": "{issue["check_name"]}",'


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_printable(tmp_path: Path, text: str) -> None:
    found = issues(tmp_path, with_hostile_text(full_record(), text))
    assert len(found) == 5
    for issue in found:
        assert issue["description"].isprintable()
        assert len(issue["description"]) < 2_000
        assert issue["check_name"].isprintable()
