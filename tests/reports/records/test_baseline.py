"""The baseline of a run: known failures, changes, and what is not compared."""

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from reports.formats import badge, html_report, junit, markdown_summary
from reports.formats.terminal.console import Detail
from reports.formats.terminal.run_output import print_record
from reports.presentation.known_failures import is_known
from reports.records import exit_codes, results_file
from reports.records.baseline import Baseline, sentences
from reports.records.merge import merge_records
from reports.records.overall_status import caveats, explanation, overall_status, tally
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.shard_records import entry, record

MUST, OTHER = "VC-CREATE-DATE-ONLY", "VC-CREATE-FULL"
SHOULD = "FCR-RES-DISPLAY-NAMES-AGREE"
SYMPTOM = "returned: a date-time is returned as another day"
OTHER_SYMPTOM = "returned: a date-time is returned as null"
OTHER_AREA = "server-error: a create causes a server error"


def compared(was: str, now: str, identifier: str = MUST, **members: Any) -> dict[str, Any]:
    """Return the entry of a requirement that had and has a verdict, with its change."""
    baseline = Baseline.of(record(entry(identifier, was)), catalogue())
    return baseline.compared(entry(identifier, now, **members), same_requests=True)


@pytest.mark.parametrize(
    "was, now, change, known",
    [
        ("passed", "passed", "same", False),
        ("failed", "failed", "known", True),
        ("warned", "warned", "known", True),
        ("inconclusive", "inconclusive", "known", True),
        ("passed", "failed", "worse", False),
        ("passed", "warned", "worse", False),
        ("passed", "inconclusive", "worse", False),
        ("not-applicable", "failed", "worse", False),
        ("inconclusive", "failed", "worse", False),
        ("inconclusive", "warned", "worse", False),
        ("warned", "failed", "worse", False),
        ("failed", "passed", "better", False),
        ("inconclusive", "passed", "better", False),
        ("failed", "warned", "better", True),
        ("failed", "inconclusive", "other", True),
        ("failed", "waived", "other", False),
        ("failed", "not-applicable", "other", False),
        ("not-applicable", "passed", "other", False),
    ],
)
def test_a_change_follows_from_both_verdicts(was: str, now: str, change: str, *, known: bool) -> None:
    result = compared(was, now)
    assert (result["baseline"], is_known(result)) == ({"verdict": was, "change": change}, known)


def test_an_undecided_should_is_not_worse() -> None:
    assert compared("passed", "inconclusive", SHOULD)["baseline"]["change"] == "other"
    assert not is_known(compared("passed", "inconclusive", SHOULD))


def test_internal_errors_are_not_compared() -> None:
    assert "baseline" not in compared("error", "failed")
    assert "baseline" not in compared("failed", "error")


def test_a_violation_that_the_baseline_waived_is_known() -> None:
    waived = entry(MUST, "waived", reason="waived: failed, waived until 2026-12-31: fixed in 2.1")
    baseline = Baseline.of(record(waived), catalogue())
    assert is_known(baseline.compared(entry(MUST, "failed"), same_requests=True))


@pytest.mark.parametrize(
    "was, now, same_requests, known",
    [
        (SYMPTOM, SYMPTOM, True, True),
        (SYMPTOM, OTHER_SYMPTOM, True, False),
        (SYMPTOM, OTHER_SYMPTOM, False, True),
        (SYMPTOM, OTHER_AREA, False, False),
        (None, OTHER_AREA, True, True),
    ],
)
def test_a_failure_with_another_symptom_is_new(
    was: str | None, now: str, *, same_requests: bool, known: bool
) -> None:
    failed = entry(MUST, "failed", **({"symptom": was} if was else {}))
    baseline = Baseline.of(record(failed), catalogue())
    result = baseline.compared(entry(MUST, "failed", symptom=now), same_requests=same_requests)
    assert is_known(result) is known
    assert result["baseline"]["change"] == ("known" if known else "worse")


@pytest.mark.parametrize("member, value", [("seed", 7), ("effort", "thorough"), ("select", MUST)])
def test_other_settings_send_other_requests(member: str, value: Any) -> None:
    baseline = Baseline.of(record(entry(MUST)), catalogue())
    same = record(entry(MUST), property_based_only=None)
    assert baseline.sends_same_requests_as(same)
    assert baseline.sends_same_requests_as({**same, "target": {"origin": "https://b", "reference": False}})
    assert not baseline.sends_same_requests_as({**same, member: value})


def test_requirements_that_this_version_does_not_know_are_left_out() -> None:
    unknown = entry(OTHER, id="VC-CREATE-OLD-RULE")
    assert Baseline.of(record(entry(MUST), unknown), catalogue()).verdicts == {MUST: "passed"}


def run_record(
    first: dict[str, Any], *entries: dict[str, Any], code: int = exit_codes.CONFORMS, **members: Any
) -> dict[str, Any]:
    """Return the record of a run with a baseline."""
    baseline = Baseline.of(first, catalogue())
    results = [baseline.compared(result, same_requests=True) for result in entries]
    verdict = exit_codes.verdict_of(code, has_known_failures=any(map(is_known, results)))
    whole = record(*results, verdict=verdict, exit_code=code, **members)
    return {**whole, "baseline": baseline.summary(whole)}


KNOWN = run_record(record(entry(MUST, "failed"), entry(OTHER)), entry(MUST, "failed"), entry(OTHER))


def test_a_run_with_known_failures_only_does_not_conform_plainly() -> None:
    assert (KNOWN["verdict"], overall_status(KNOWN)) == ("no-new-failures", "no new failures")
    assert explanation(KNOWN).startswith("Every failure is known from the baseline: 1 must, ")
    assert tally(KNOWN).endswith(", 1 known")
    assert f"Known failures: {MUST}." in list(caveats(KNOWN))
    assert "no new failures" in badge.badge(KNOWN)


def test_a_record_with_a_baseline_is_valid_and_read_again(tmp_path: Path) -> None:
    assert validation_errors(results_schema(), KNOWN) == []
    results_file.write(KNOWN, tmp_path / "results.json")
    assert results_file.read_validated(tmp_path / "results.json") == KNOWN


def test_a_verdict_without_known_failures_is_not_accepted(tmp_path: Path) -> None:
    plain = {**record(entry(MUST)), "verdict": "no-new-failures"}
    results_file.write(plain, tmp_path / "results.json")
    with pytest.raises(results_file.UnusableResultsError, match="contradicts the exit code 0"):
        results_file.read_validated(tmp_path / "results.json")


def test_known_failures_are_skipped_in_junit(tmp_path: Path) -> None:
    junit.write(KNOWN, tmp_path / "junit.xml")
    suites = ET.parse(tmp_path / "junit.xml").getroot()
    assert suites.get("failures") == "0"
    [skipped] = suites.iter("skipped")
    assert skipped.get("type") == "known-failed"
    assert (skipped.get("message") or "").startswith("known failure: A date without a time")


def printed(content: dict[str, Any], detail: Detail = Detail.NORMAL) -> str:
    output = io.StringIO()
    print_record(content, Console(file=output, width=80, color_system=None), "out", detail)
    return output.getvalue()


def test_terminal_prints_a_known_failure_on_one_line() -> None:
    output = printed(KNOWN)
    assert f"known  failed  {MUST}: " in output
    assert "\n  sent " not in output
    assert "no new failures: 1 must" in output
    assert MUST in printed(KNOWN, Detail.QUIET)


def test_pages_list_known_failures_in_a_section_of_their_own() -> None:
    markdown, html = markdown_summary.markdown(KNOWN), html_report.html(KNOWN)
    assert "## Known failures" in markdown
    assert "## Failures" not in markdown
    assert '<h2 id="known">Known failures</h2>' in html
    assert '<h2 id="failed">' not in html


def test_changes_and_what_is_not_compared_are_named() -> None:
    first = record(entry(MUST, "failed"), entry(SHOULD), entry("VC-GET-STATUS", "failed"))
    content = run_record(
        first, entry(MUST), entry(OTHER, "failed"), entry("VC-GET-STATUS", "failed"), code=1, seed=7
    )
    assert list(sentences(content))[1:] == [
        "Known failures: VC-GET-STATUS.",
        f"Better than in the baseline: {MUST} (failed -> passed).",
        "The baseline and this run differ in seed: null and 7.",
        f"Not tested or not decided in the baseline, so a failure is new: {OTHER}.",
        f"Tested only in the baseline: {SHOULD}.",
    ]
    assert overall_status(content) == "does not conform"


def test_without_a_baseline_nothing_is_said() -> None:
    assert list(sentences(record(entry(MUST, "failed")))) == []


def test_the_worst_shard_decides_whether_a_failure_is_known() -> None:
    first = record(entry(MUST, "failed", symptom=SYMPTOM), entry(OTHER), entry(SHOULD, "warned"))

    def shard(number: int, symptom: str) -> dict[str, Any]:
        failed = entry(MUST, "failed", symptom=symptom)
        own = entry(OTHER if number == 1 else SHOULD)
        place = {"number": number, "of": 2}
        return run_record(first, failed, own, shard=place, prefix=f"0000000{number}")

    selection = [catalogue()[name] for name in (MUST, OTHER, SHOULD)]
    merged = merge_records([shard(1, SYMPTOM), shard(2, SYMPTOM)], selection)
    assert (merged["exit_code"], merged["verdict"]) == (0, "no-new-failures")
    assert merged["baseline"]["only_in_baseline"] == []
    assert merged["baseline"]["differences"] == []
    assert validation_errors(results_schema(), merged) == []
    worse = merge_records([shard(1, SYMPTOM), shard(2, OTHER_SYMPTOM)], selection)
    assert (worse["exit_code"], worse["verdict"]) == (1, "does-not-conform")
