"""junit.xml keeps its schema and is read by others, whatever was found and whatever the target wrote."""

from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from reports.formats import junit
from tests.support.run_records import EACH, HOSTILE, finding, record, requirement

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "junit.xsd"))
RESULTS = {
    "passed": None,
    "warned": None,
    "failed": Failure,
    "error": Error,
    "inconclusive": Skipped,
    "not-applicable": Skipped,
    "waived": Skipped,
}
NASTY = {**HOSTILE, "turned round": "a\u202eb\u2066c"}


def as_junit(folder: Path, *requirements: dict[str, Any], **members: Any) -> Any:
    """Return the root of the file that is made of a record, when it keeps the schema."""
    junit.write(record(*requirements, **members), folder / "junit.xml")
    read = etree.parse(folder / "junit.xml")
    SCHEMA.assertValid(read)
    return read.getroot()


def read_by_others(folder: Path, *requirements: dict[str, Any], **members: Any) -> list[Any]:
    """Return the cases as junitparser reads them."""
    as_junit(folder, *requirements, **members)
    (suite,) = JUnitXml.fromfile(str(folder / "junit.xml"))
    return list(suite)


def test_there_is_one_case_for_each_requirement(tmp_path: Path) -> None:
    cases = read_by_others(tmp_path, *EACH)
    assert [case.name for case in cases] == [each["id"] for each in EACH]
    assert [case.classname for case in cases] == [each["operation"] for each in EACH]
    assert {case.time for case in cases} == {0.25}


@pytest.mark.parametrize("each", EACH, ids=lambda each: each["id"])
def test_each_verdict_has_its_result(tmp_path: Path, each: dict[str, Any]) -> None:
    (case,) = read_by_others(tmp_path, each)
    kind = RESULTS[each["verdict"]]
    assert [type(result) for result in case.result] == ([kind] if kind else [])
    assert all(result.type == each["verdict"] for result in case.result)
    assert all((each["reason"] or "") in result.message for result in case.result)


def test_what_is_warned_of_stands_in_the_output_of_a_passing_case(tmp_path: Path) -> None:
    (case,) = read_by_others(tmp_path, requirement("warned", findings=[finding()]))
    assert case.is_passed
    assert case.system_out.startswith("warned  VC-CREATE-WARNED (must)  It is kept.\n")


@pytest.mark.parametrize("requirements", [EACH, []], ids=["many", "none"])
def test_totals_agree_with_the_cases(tmp_path: Path, requirements: list[dict[str, Any]]) -> None:
    root = as_junit(tmp_path, *requirements)
    totals = {"tests": "testcase", "failures": "failure", "errors": "error"}
    for element, counted in ((root, totals), (root[0], {**totals, "skipped": "skipped"})):
        for name, tag in counted.items():
            assert element.get(name) == str(len(list(root.iter(tag))))
    assert root[0].get("time") == "1.500"


@pytest.mark.parametrize(
    "seconds, text", [(0, "0.000"), (1e-05, "0.000"), (0.25, "0.250"), (12345678.9, "12345678.900")]
)
def test_times_are_decimal_numbers(tmp_path: Path, seconds: float, text: str) -> None:
    root = as_junit(tmp_path, requirement(seconds=seconds), seconds=seconds)
    assert {each.get("time") for each in root.iter("testcase", "testsuite", "testsuites")} == {text}


@pytest.mark.parametrize(
    "started",
    ["2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.678901+00:00", "2026-01-02T05:04:05.1+02:00"],
)
def test_the_timestamp_is_in_utc_without_saying_so(tmp_path: Path, started: str) -> None:
    assert as_junit(tmp_path, started=started)[0].get("timestamp") == "2026-01-02T03:04:05"


def test_what_was_run_stands_in_the_properties(tmp_path: Path) -> None:
    root = as_junit(tmp_path, verdict="conforms", seed=7)
    assert {each.get("name"): each.get("value") for each in root.iter("property")} == {
        "suite": "conference-conformance 0.1.0",
        "target": "https://api.example",
        "profiles": "video, fabric",
        "effort": "standard",
        "seed": "7",
        "verdict": "conforms",
    }


def test_a_requirement_that_took_no_time_that_is_known_took_none(tmp_path: Path) -> None:
    timeless = requirement()
    del timeless["seconds"]
    assert [case.time for case in read_by_others(tmp_path, timeless)] == [0]


@pytest.mark.parametrize("verdict", ["interrupted", "not-started", "error"])
def test_a_run_that_did_not_end_has_an_error_that_says_so(tmp_path: Path, verdict: str) -> None:
    undecided = requirement("inconclusive", reason="not-observed: no exchange of this run shows it")
    notes = ["cannot be reached: Check --target.", "another"]
    told = read_by_others(tmp_path, undecided, verdict=verdict, notes=notes, footer={"complete": False})
    assert [case.name for case in told] == ["VC-CREATE-INCONCLUSIVE", "run"]
    (result,) = told[-1].result
    assert isinstance(result, Error)
    assert result.message == verdict
    assert result.text == "\n".join(notes)


def test_an_empty_record_has_no_cases(tmp_path: Path) -> None:
    assert read_by_others(tmp_path) == []


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("verdict", RESULTS)
def test_hostile_text_stays_text(tmp_path: Path, name: str, verdict: str) -> None:
    text = NASTY[name]
    members = dict.fromkeys(("reason", "sentence", "source", "operation", "id"), text)
    hostile = requirement(verdict, **members, findings=[finding(text)])
    origin = {"origin": text, "reference": False}
    incomplete = {"complete": False}
    root = as_junit(tmp_path, hostile, notes=[text], target=origin, effort=text, footer=incomplete)
    assert len(root[0]) == 3
    assert (tmp_path / "junit.xml").stat().st_size < 1_000_000
    for each in root.iter():
        assert all(letter.isprintable() or letter in "\n\t" for letter in each.text or "")


def test_what_xml_cannot_hold_is_spelled_out(tmp_path: Path) -> None:
    told = requirement("failed", findings=[finding("<é😀> ]]> \0\x1b\ud800\ufffe\u202e end")])
    (failure,) = as_junit(tmp_path, told).iter("failure")
    assert "sent      sent <é😀> ]]> \\x00\\x1b\\ud800\\ufffe\\u202e end\n" in failure.text


def test_the_message_is_the_sentence_with_its_reason(tmp_path: Path) -> None:
    root = as_junit(tmp_path, requirement("failed"), requirement("error", reason="suite: KeyError"))
    messages = [each.get("message") for each in root.iter("failure", "error")]
    assert messages == ["It is kept.", "It is kept. suite: KeyError"]
