"""Allure results: identical for a requirement in every run, and valid files with any response content."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports.formats.allure import attachments, properties_text, source_urls, write
from reports.presentation.sanitize import MAX_CHARACTERS
from spec.catalogue import catalogue
from tests.support.run_records import HOSTILE, finding, record, requirement

FAULT = "date-only-becomes-end-of-day"
VIOLATED = "VC-CREATE-DATE-ONLY"
SELECTED = f"{VIOLATED},VC-CREATE-DISPLAY-NAME-*,API-ERR-403-ENVELOPE,FCR-CREATE-NAME-*"
LEVELS = {"must": "critical", "should": "normal", "may": "minor"}
STEP = {
    "number": 7,
    "request": {
        "method": "POST",
        "target": "/api/x",
        "credential": "valid credentials",
        "headers": [["a", "b"], ["c", "d"]],
        "body": '{"e":1}',
        "truncated": 0,
    },
    "response": {"status": 404, "headers": [["f", "g"]], "body": "no", "truncated": 12},
    "failure": None,
}


def results_by_id(folder: Path) -> dict[str, dict[str, Any]]:
    """Return all results of a folder by requirement id, read as strict UTF-8 and JSON."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*-result.json")]
    return {result["fullName"].partition("#")[2]: result for result in results}


def label_values(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run twice against a faulty server, each with an Allure test plan, and return the result folders."""
    folders = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    for folder in folders:
        (folder / "plan.json").write_text('{"tests": []}')
        arguments = ("--effort", "smoke", "--select", SELECTED, "--fault", FAULT)
        subprocess.run(
            [sys.executable, "-m", "conformance", "run", *arguments],
            cwd=folder,
            env={**os.environ, "ALLURE_TESTPLAN_PATH": str(folder / "plan.json")},
            capture_output=True,
            check=False,
        )
    first, second = (folder / "conformance-results" / "allure-results" for folder in folders)
    return first, second


def test_the_ids_of_a_requirement_are_the_same_in_two_runs(two_runs: tuple[Path, Path]) -> None:
    names = ("fullName", "historyId", "testCaseId", "name", "titlePath", "labels", "links", "status")
    first, second = (
        {id_: {name: result.get(name) for name in names} for id_, result in results_by_id(folder).items()}
        for folder in two_runs
    )
    assert first == second
    assert len({result["historyId"] for result in first.values()}) == len(first)


def test_each_requirement_of_the_record_has_one_result(two_runs: tuple[Path, Path]) -> None:
    for folder in two_runs:
        requirements = json.loads((folder.parent / "results.json").read_text())["requirements"]
        assert results_by_id(folder).keys() == {entry["id"] for entry in requirements}
        assert len(list(folder.glob("*-result.json"))) == len(requirements) > 10
        assert not list(folder.glob("*-container.json"))


def test_results_contain_nothing_specific_to_the_machine(two_runs: tuple[Path, Path]) -> None:
    checkout = str(Path(__file__).parents[3])
    for path in two_runs[0].iterdir():
        text = path.read_text(encoding="utf-8")
        assert checkout not in text
        assert " object at 0x" not in text
    assert "host" not in {
        name for result in results_by_id(two_runs[0]).values() for name in label_values(result)
    }
    assert all(
        socket.gethostname() not in label_values(result).values()
        for result in results_by_id(two_runs[0]).values()
    )


def test_results_are_grouped_by_part_operation_and_requirement(two_runs: tuple[Path, Path]) -> None:
    parts = {"VC": "Video conferences", "FCR": "Fabric conference rooms", "API": "Both"}
    for id_, result in results_by_id(two_runs[0]).items():
        entry = catalogue()[id_]
        values = label_values(result)
        assert values["epic"] == parts[id_.partition("-")[0]]
        assert (values["feature"], values["story"]) == (entry.operation, id_)
        assert (values["level"], values["severity"]) == (entry.level, LEVELS[entry.level])
        assert result["name"] == f"{id_} {entry.sentence}"
        assert entry.sentence in result["description"]
        assert entry.source in result["description"]
        assert "Observations: " in result["description"]
        assert [link["url"] for link in result.get("links", [])] == source_urls(entry.source)


def test_only_failed_results_have_attachments(two_runs: tuple[Path, Path]) -> None:
    for result in results_by_id(two_runs[0]).values():
        assert bool(result.get("attachments")) is (result["status"] == "failed")


def test_the_exchange_of_a_violated_requirement_is_attached(two_runs: tuple[Path, Path]) -> None:
    result = results_by_id(two_runs[0])[VIOLATED]
    texts = {
        attachment["name"].split()[0]: (two_runs[0] / attachment["source"]).read_text()
        for attachment in result["attachments"]
    }
    assert {attachment["type"] for attachment in result["attachments"]} == {"text/plain"}
    assert result["statusDetails"]["message"].startswith('failed: join_from: sent "')
    assert texts["finding"] == result["statusDetails"]["trace"]
    assert texts["request"].startswith("POST /api/video/conferences\n(valid credentials)\ncontent-type: ")
    assert '"join_from": "' in texts["request"]
    assert texts["response"].startswith("200 OK\n")
    assert "T23:59:59Z" in texts["response"]


@pytest.mark.parametrize(
    "verdict, status",
    [
        ("passed", "passed"),
        ("failed", "failed"),
        ("warned", "skipped"),
        ("inconclusive", "unknown"),
        ("not-applicable", "skipped"),
        ("waived", "skipped"),
        ("error", "broken"),
    ],
)
def test_each_verdict_has_its_status(tmp_path: Path, verdict: str, status: str) -> None:
    write(record(requirement(verdict, reason="a: reason")), tmp_path, {})
    (result,) = results_by_id(tmp_path).values()
    assert result["status"] == status
    assert result["statusDetails"]["message"] == f"{verdict}: a: reason"


def test_the_duration_of_a_result_is_that_of_its_check(tmp_path: Path) -> None:
    write(record(requirement(seconds=1.5)), tmp_path, {})
    (result,) = results_by_id(tmp_path).values()
    assert result["stop"] - result["start"] == 1500
    assert "statusDetails" not in result


def test_a_result_ends_when_its_requirement_is_decided(tmp_path: Path) -> None:
    passed = requirement(seconds=1.5)
    write(record(passed), tmp_path, {passed["id"]: 1_700_000_000_000})
    (result,) = results_by_id(tmp_path).values()
    assert (result["start"], result["stop"]) == (1_699_999_998_500, 1_700_000_000_000)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_results_with_hostile_text_are_valid(tmp_path: Path, text: str) -> None:
    hostile = requirement("failed", reason=text, findings=[finding(text)])
    write(record(hostile), tmp_path, {})
    (result,) = results_by_id(tmp_path).values()
    for member in ("message", "trace"):
        assert is_printable_and_bounded(result["statusDetails"][member])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_attached_as_text(text: str) -> None:
    message = {"headers": [[text, text]], "body": text, "truncated": 0}
    step = {
        "number": 1,
        "request": {**message, "method": text, "target": text, "credential": text},
        "response": {**message, "status": 999},
        "failure": None,
    }
    without_response = {**step, "response": None, "failure": text}
    texts = dict(attachments(requirement("failed", findings=[finding(text, steps=[step, without_response])])))
    assert texts.keys() == {"finding", "request 1", "response 1"}
    assert all(is_printable_and_bounded(attached) for attached in texts.values())


def is_printable_and_bounded(text: str) -> bool:
    text.encode("utf-8")
    assert all(character.isprintable() or character in "\n\t" for character in text)
    return len(text) <= 10 * MAX_CHARACTERS


def test_an_exchange_is_attached_as_plain_http() -> None:
    without_response = {**STEP, "number": 8, "response": None, "failure": "ReadError: reset"}
    texts = dict(attachments(requirement("failed", findings=[finding(steps=[STEP, without_response])])))
    assert texts["request 7"] == 'POST /api/x\n(valid credentials)\na: b\nc: d\n\n{"e":1}'
    assert texts["response 7"] == "404 Not Found\nf: g\n\nno\n… and 12 more characters"
    assert texts["response 8"] == "no response: ReadError: reset"


def test_all_urls_of_a_source_are_extracted() -> None:
    source = "a page (https://a.test/b); another: https://c.test/d#e. Again (https://a.test/b), ftp://no"
    assert source_urls(source) == ["https://a.test/b", "https://c.test/d#e"]
    assert source_urls("page 5") == []


def test_every_category_matches_one_status(tmp_path: Path) -> None:
    write(record(), tmp_path, {})
    categories = json.loads((tmp_path / "categories.json").read_text())
    assert [(category["name"], category["matchedStatuses"]) for category in categories] == [
        ("Nonconformance", ["failed"]),
        ("Warned", ["skipped"]),
        ("Inconclusive", ["unknown"]),
        ("Internal error", ["broken"]),
    ]


def test_the_environment_lists_suite_target_and_options(tmp_path: Path) -> None:
    write(record(), tmp_path, {})
    assert (tmp_path / "environment.properties").read_text().splitlines() == [
        r"suite=conference-conformance\ 0.1.0",
        f"spec={'0' * 64}",
        r"target=https\://api.example",
        r"profiles=video,\ fabric",
        "effort=standard",
        "seed=none",
        "engine.hypothesis=6.0.0",
    ]


@pytest.mark.parametrize(
    "value, line",
    [
        ("a\nb=c", r"x=a\u000ab\=c"),
        ("\\", r"x=\\"),
        ("é😀\ud800\0\x1b", r"x=\u00e9\ud83d\ude00\ud800\u0000\u001b"),
        ("# !", r"x=\#\ \!"),
        ("\u202e", r"x=\u202e"),
    ],
)
def test_a_property_stays_on_its_line(value: str, line: str) -> None:
    assert properties_text({"x": value}) == f"{line}\n"
