"""junit.xml is valid and readable by other tools, with any findings and any response content.

junit.xsd states what Ant, Jenkins (its junit step and the strict schema of its xUnit plugin), GitLab and the
reporters for GitHub require or read.
"""

from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from reports.formats import junit
from tests.support.run_records import HOSTILE, REQUIREMENTS, finding, record, requirement

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "junit.xsd"))
RESULTS = {
    "passed": None,
    "warned": None,
    "failed": Failure,
    "error": Error,
    "inconclusive": Error,
    "not-applicable": Skipped,
    "waived": Skipped,
}
HOSTILE_TEXTS = {**HOSTILE, "bidirectional override": "a\u202eb\u2066c"}


def junit_root(folder: Path, *requirements: dict[str, Any], **members: Any) -> Any:
    """Return the root of the file written for a record, after validation against the schema."""
    junit.write(record(*requirements, **members), folder / "junit.xml")
    tree = etree.parse(folder / "junit.xml")
    SCHEMA.assertValid(tree)
    return tree.getroot()


def junitparser_cases(folder: Path, *requirements: dict[str, Any], **members: Any) -> list[Any]:
    """Return the test cases as junitparser reads them."""
    junit_root(folder, *requirements, **members)
    (suite,) = JUnitXml.fromfile(str(folder / "junit.xml"))
    return list(suite)


def test_there_is_one_case_for_each_requirement(tmp_path: Path) -> None:
    cases = junitparser_cases(tmp_path, *REQUIREMENTS)
    assert [case.name for case in cases] == [entry["id"] for entry in REQUIREMENTS]
    assert [case.classname for case in cases] == [
        f"conformance.video.{entry['operation']}" for entry in REQUIREMENTS
    ]
    assert {case.time for case in cases} == {0.25}


@pytest.mark.parametrize("entry", REQUIREMENTS, ids=lambda entry: entry["id"])
def test_each_verdict_has_its_result(tmp_path: Path, entry: dict[str, Any]) -> None:
    (case,) = junitparser_cases(tmp_path, entry)
    kind = RESULTS[entry["verdict"]]
    assert [type(result) for result in case.result] == ([kind] if kind else [])
    assert all(result.type == entry["verdict"] for result in case.result)
    assert all((entry["reason"] or "") in result.message for result in case.result)


def test_a_warning_is_in_the_output_of_a_passing_case(tmp_path: Path) -> None:
    (case,) = junitparser_cases(tmp_path, requirement("warned", findings=[finding()]))
    assert case.is_passed
    assert case.system_out.startswith("warned  VC-CREATE-WARNED (must)  It is kept.\n")


@pytest.mark.parametrize("requirements", [REQUIREMENTS, []], ids=["many", "none"])
def test_totals_agree_with_the_cases(tmp_path: Path, requirements: list[dict[str, Any]]) -> None:
    root = junit_root(tmp_path, *requirements)
    totals = {"tests": "testcase", "failures": "failure", "errors": "error"}
    for element, counted in ((root, totals), (root[0], {**totals, "skipped": "skipped"})):
        for name, tag in counted.items():
            assert element.get(name) == str(len(list(root.iter(tag))))
    assert root[0].get("time") == "1.500"


@pytest.mark.parametrize(
    "seconds, text", [(0, "0.000"), (1e-05, "0.000"), (0.25, "0.250"), (12345678.9, "12345678.900")]
)
def test_times_are_decimal_numbers(tmp_path: Path, seconds: float, text: str) -> None:
    root = junit_root(tmp_path, requirement(seconds=seconds), seconds=seconds)
    assert {element.get("time") for element in root.iter("testcase", "testsuite", "testsuites")} == {text}


@pytest.mark.parametrize(
    "started",
    ["2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.678901+00:00", "2026-01-02T05:04:05.1+02:00"],
)
def test_the_timestamp_is_in_utc_without_offset(tmp_path: Path, started: str) -> None:
    assert junit_root(tmp_path, started=started)[0].get("timestamp") == "2026-01-02T03:04:05"


def test_the_properties_describe_the_run(tmp_path: Path) -> None:
    root = junit_root(tmp_path, requirement(), verdict="conforms", seed=7)
    assert {entry.get("name"): entry.get("value") for entry in root.iter("property")} == {
        "suite": "conference-conformance 0.1.0",
        "target": "https://api.example",
        "profiles": "video, fabric",
        "effort": "standard",
        "seed": "7",
        "overall status": "partial",
        "summary": "1 requirement",
        "limitation 1": "Partial: seed 7 generates different random cases than the default.",
    }


def test_a_requirement_without_a_duration_has_time_zero(tmp_path: Path) -> None:
    timeless = requirement()
    del timeless["seconds"]
    assert [case.time for case in junitparser_cases(tmp_path, timeless)] == [0]


@pytest.mark.parametrize("verdict", ["interrupted", "not-started", "error"])
def test_an_incomplete_run_has_an_error_case(tmp_path: Path, verdict: str) -> None:
    undecided = requirement("inconclusive", reason="not-observed: no exchange of this run shows it")
    notes = ["cannot be reached: Check --target.", "another"]
    cases = junitparser_cases(tmp_path, undecided, verdict=verdict, notes=notes, footer={"complete": False})
    assert [(case.classname, case.name) for case in cases] == [
        ("conformance.video.VC-CREATE", "VC-CREATE-INCONCLUSIVE"),
        ("conformance.run", "run"),
    ]
    (result,) = cases[-1].result
    assert isinstance(result, Error)
    assert result.message == verdict.replace("-", " ")
    assert result.text == "\n".join(notes)


def test_an_empty_record_has_no_cases(tmp_path: Path) -> None:
    assert junitparser_cases(tmp_path) == []


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
@pytest.mark.parametrize("verdict", RESULTS)
def test_hostile_text_is_escaped(tmp_path: Path, name: str, verdict: str) -> None:
    text = HOSTILE_TEXTS[name]
    members = dict.fromkeys(("reason", "sentence", "source", "operation", "id"), text)
    hostile = requirement(verdict, **members, findings=[finding(text)])
    origin = {"origin": text, "reference": False}
    incomplete = {"complete": False}
    root = junit_root(tmp_path, hostile, notes=[text], target=origin, effort=text, footer=incomplete)
    assert len(root[0]) == 3
    assert (tmp_path / "junit.xml").stat().st_size < 1_000_000
    for element in root.iter():
        assert all(character.isprintable() or character in "\n\t" for character in element.text or "")


def test_characters_that_xml_cannot_contain_are_escaped(tmp_path: Path) -> None:
    failed = requirement("failed", findings=[finding("<é😀> ]]> \0\x1b\ud800\ufffe\u202e end")])
    (failure,) = junit_root(tmp_path, failed).iter("failure")
    assert "sent      sent <é😀> ]]> \\x00\\x1b\\ud800\\ufffe\\u202e end\n" in failure.text


def test_the_message_is_the_sentence_with_its_reason(tmp_path: Path) -> None:
    root = junit_root(tmp_path, requirement("failed"), requirement("error", reason="suite: KeyError"))
    messages = [entry.get("message") for entry in root.iter("failure", "error")]
    difference = (
        "Expected: join_from is the instant 2041-05-06T00:00:00Z; received: join_from is the instant "
    )
    assert messages == [f"It is kept. {difference}2041-05-06T23:59:59Z", "It is kept. suite: KeyError"]


def test_the_message_has_the_problem_of_a_finding_instead_if_it_is_known(tmp_path: Path) -> None:
    failed = requirement("failed", findings=[finding(problem='join_from: sent "a", received "b"')])
    (failure,) = junit_root(tmp_path, failed).iter("failure")
    assert failure.get("message") == 'It is kept. join_from: sent "a", received "b"'


@pytest.mark.parametrize(
    "operation, package",
    [("VC-GET", "video"), ("FCR-CREATE", "fabric"), ("API-ERR", "shared"), ("", "shared")],
)
def test_the_class_of_a_case_is_the_operation_in_the_package_of_its_api(
    tmp_path: Path, operation: str, package: str
) -> None:
    (case,) = junitparser_cases(tmp_path, requirement(operation=operation))
    assert case.classname == f"conformance.{package}.{operation}"


@pytest.mark.parametrize(
    "members, read_only, kind",
    [
        ({"level": "must", "reason": "outage: lost"}, False, Error),
        ({"level": "must", "reason": "outage: lost"}, True, Error),
        ({"level": "must", "reason": "read-only: not sent"}, True, Skipped),
        ({"level": "should", "reason": "outage: lost"}, False, Skipped),
    ],
)
def test_an_inconclusive_requirement_is_an_error_if_it_makes_the_run_inconclusive(
    tmp_path: Path, members: dict[str, Any], *, read_only: bool, kind: type
) -> None:
    undecided = requirement("inconclusive", **members)
    (case,) = junitparser_cases(tmp_path, undecided, read_only=read_only)
    assert [type(result) for result in case.result] == [kind]


def test_the_suite_names_the_record_wherever_it_is(tmp_path: Path) -> None:
    assert junit_root(tmp_path, requirement())[0].get("file") == "results.json"
