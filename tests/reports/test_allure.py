"""Allure's results say the same of a requirement in every run, and stay files whatever a target writes."""

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
BROKEN = "VC-CREATE-DATE-ONLY"
SELECTED = f"{BROKEN},VC-CREATE-DISPLAY-NAME-*,API-ERR-403-ENVELOPE,FCR-CREATE-NAME-*"
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


def written(folder: Path) -> dict[str, dict[str, Any]]:
    """Return all results of a folder by requirement; strict UTF-8 and JSON."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*-result.json")]
    return {result["fullName"].partition("#")[2]: result for result in results}


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run twice over a faulty server, in two folders, one of them with settings of Allure's own."""
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


def test_two_runs_give_a_requirement_the_same_ids(twice: tuple[Path, Path]) -> None:
    names = ("fullName", "historyId", "testCaseId", "name", "titlePath", "labels", "links", "status")
    first, second = (
        {id_: {name: told.get(name) for name in names} for id_, told in written(folder).items()}
        for folder in twice
    )
    assert first == second
    assert len({told["historyId"] for told in first.values()}) == len(first)


def test_each_requirement_of_the_record_has_one_result(twice: tuple[Path, Path]) -> None:
    for folder in twice:
        told = json.loads((folder.parent / "results.json").read_text())["requirements"]
        assert written(folder).keys() == {each["id"] for each in told}
        assert len(list(folder.glob("*-result.json"))) == len(told) > 10
        assert not list(folder.glob("*-container.json"))


def test_results_say_nothing_of_the_machine(twice: tuple[Path, Path]) -> None:
    checkout = str(Path(__file__).parents[2])
    for path in twice[0].iterdir():
        text = path.read_text(encoding="utf-8")
        assert checkout not in text
        assert " object at 0x" not in text
    assert "host" not in {name for told in written(twice[0]).values() for name in labels(told)}
    assert all(socket.gethostname() not in labels(told).values() for told in written(twice[0]).values())


def test_results_stand_under_part_operation_and_requirement(twice: tuple[Path, Path]) -> None:
    parts = {"VC": "Video conferences", "FCR": "Fabric conference rooms", "API": "Both"}
    for id_, told in written(twice[0]).items():
        entry = catalogue()[id_]
        given = labels(told)
        assert given["epic"] == parts[id_.partition("-")[0]]
        assert (given["feature"], given["story"]) == (entry.operation, id_)
        assert (given["level"], given["severity"]) == (entry.level, LEVELS[entry.level])
        assert told["name"] == f"{id_} {entry.sentence}"
        assert entry.sentence in told["description"]
        assert entry.source in told["description"]
        assert "Observations: " in told["description"]
        assert [link["url"] for link in told.get("links", [])] == source_urls(entry.source)


def test_what_is_kept_needs_no_attachment(twice: tuple[Path, Path]) -> None:
    for told in written(twice[0]).values():
        assert bool(told.get("attachments")) is (told["status"] == "failed")


def test_what_is_broken_has_its_exchange_attached(twice: tuple[Path, Path]) -> None:
    told = written(twice[0])[BROKEN]
    attached = {
        each["name"].split()[0]: (twice[0] / each["source"]).read_text() for each in told["attachments"]
    }
    assert {each["type"] for each in told["attachments"]} == {"text/plain"}
    assert told["statusDetails"]["message"].startswith("failed: join_from is the instant ")
    assert attached["finding"] == told["statusDetails"]["trace"]
    assert attached["request"].startswith("POST /api/video/conferences\n(valid credentials)\ncontent-type: ")
    assert '"join_from": "' in attached["request"]
    assert attached["response"].startswith("200 OK\n")
    assert "T23:59:59Z" in attached["response"]


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
    (told,) = written(tmp_path).values()
    assert told["status"] == status
    assert told["statusDetails"]["message"] == f"{verdict}: a: reason"


def test_a_result_takes_as_long_as_its_check(tmp_path: Path) -> None:
    write(record(requirement(seconds=1.5)), tmp_path, {})
    (told,) = written(tmp_path).values()
    assert told["stop"] - told["start"] == 1500
    assert "statusDetails" not in told


def test_a_result_ends_when_its_requirement_was_decided(tmp_path: Path) -> None:
    kept = requirement(seconds=1.5)
    write(record(kept), tmp_path, {kept["id"]: 1_700_000_000_000})
    (told,) = written(tmp_path).values()
    assert (told["start"], told["stop"]) == (1_699_999_998_500, 1_700_000_000_000)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_spoils_no_result(tmp_path: Path, text: str) -> None:
    hostile = requirement("failed", reason=text, findings=[finding(text)])
    write(record(hostile), tmp_path, {})
    (told,) = written(tmp_path).values()
    for member in ("message", "trace"):
        assert inert_and_bounded(told["statusDetails"][member])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_attached_as_text(text: str) -> None:
    message = {"headers": [[text, text]], "body": text, "truncated": 0}
    step = {
        "number": 1,
        "request": {**message, "method": text, "target": text, "credential": text},
        "response": {**message, "status": 999},
        "failure": None,
    }
    unanswered = {**step, "response": None, "failure": text}
    told = dict(attachments(requirement("failed", findings=[finding(text, steps=[step, unanswered])])))
    assert told.keys() == {"finding", "request 1", "response 1"}
    assert all(inert_and_bounded(each) for each in told.values())


def inert_and_bounded(text: str) -> bool:
    text.encode("utf-8")
    assert all(each.isprintable() or each in "\n\t" for each in text)
    return len(text) <= 10 * MAX_CHARACTERS


def test_an_exchange_is_attached_as_it_would_be_written_on_paper() -> None:
    unanswered = {**STEP, "number": 8, "response": None, "failure": "ReadError: reset"}
    told = dict(attachments(requirement("failed", findings=[finding(steps=[STEP, unanswered])])))
    assert told["request 7"] == 'POST /api/x\n(valid credentials)\na: b\nc: d\n\n{"e":1}'
    assert told["response 7"] == "404 Not Found\nf: g\n\nno\n… and 12 more characters"
    assert told["response 8"] == "no response: ReadError: reset"


def test_a_source_may_name_several_addresses() -> None:
    source = "a page (https://a.test/b); another: https://c.test/d#e. Again (https://a.test/b), ftp://no"
    assert source_urls(source) == ["https://a.test/b", "https://c.test/d#e"]
    assert source_urls("page 5") == []


def test_every_category_knows_its_verdict(tmp_path: Path) -> None:
    write(record(), tmp_path, {})
    told = json.loads((tmp_path / "categories.json").read_text())
    assert [(each["name"], each["matchedStatuses"]) for each in told] == [
        ("Nonconformance", ["failed"]),
        ("Warned", ["skipped"]),
        ("Inconclusive", ["unknown"]),
        ("Internal error", ["broken"]),
    ]


def test_the_environment_says_what_was_run_against_what(tmp_path: Path) -> None:
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
