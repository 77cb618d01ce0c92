"""The overall status, which every surface shows, and the counts behind it."""

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from reports import report_files
from reports.formats.terminal.run_output import print_record
from reports.records import comparison, results_file
from reports.records.overall_status import limitations, overall_status, tally, with_overall_status
from reports.records.results_file import UnusableResultsError
from tests.support.run_records import LEFTOVER, WAIVER, record, requirement

PASSED = requirement("passed")
INCONCLUSIVE = requirement("inconclusive", level="should", reason="budget: spent")
RECORDS: dict[str, dict[str, Any]] = {
    "conforms": record(PASSED),
    "conforms with waivers": record(PASSED, waivers=[WAIVER]),
    "partial": record(PASSED, effort="smoke"),
    "does not conform": record(PASSED, requirement("failed")),
    "inconclusive": record(INCONCLUSIVE, verdict="inconclusive", exit_code=3),
    "error": record(requirement("error"), verdict="error", exit_code=4),
    "interrupted": record(PASSED, verdict="interrupted", exit_code=130),
    "not started": record(verdict="not-started", exit_code=2, notes=["no server"]),
}


def terminal_output(result: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_record(result, console, "out")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("status", RECORDS)
def test_every_surface_shows_the_overall_status(tmp_path: Path, status: str) -> None:
    result = with_overall_status(RECORDS[status])
    report_files.write(result, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text())["overall_status"] == status
    assert terminal_output(result).splitlines()[-1].startswith(f"{status}: ")
    assert (tmp_path / "summary.md").read_text().splitlines()[0].endswith(f": {status}")
    assert f"<title>{status}: " in (tmp_path / "report.html").read_text()
    assert f"conference API: {status}" in (tmp_path / "badge.svg").read_text()
    properties = ET.parse(tmp_path / "junit.xml").iter("property")
    assert {entry.get("name"): entry.get("value") for entry in properties}["overall status"] == status


def test_every_surface_shows_the_same_counts(tmp_path: Path) -> None:
    flaky = requirement("warned", id="VC-GET-FLAKY", reason="flaky: not reproduced in 12 retries")
    warned = [requirement("warned", id=f"VC-N-{level}", level=level) for level in ("should", "may")]
    result = record(PASSED, requirement("failed"), *warned, flaky, INCONCLUSIVE)
    violated = "1 must, 1 should and 1 may of 6 requirements violated (4 root causes)"
    text = f"{violated}, 1 not reproduced, 1 inconclusive"
    assert tally(result) == text
    report_files.write(result, tmp_path)
    assert f"does not conform: {text}, 1,918 requests" in terminal_output(result)
    for name in ("summary.md", "report.html", "junit.xml"):
        assert text in (tmp_path / name).read_text()


def test_a_record_without_a_decided_requirement_is_inconclusive() -> None:
    assert overall_status(record(verdict="conforms")) == "inconclusive"
    assert overall_status(record(INCONCLUSIVE, verdict="conforms")) == "inconclusive"


@pytest.mark.parametrize(
    "result, problem",
    [
        (record(verdict="conforms"), "the verdict is conforms, but no requirement was decided"),
        (record(INCONCLUSIVE), "the verdict is conforms, but no requirement was decided"),
        (record(PASSED, exit_code=1), "the verdict is conforms, which contradicts the exit code 1"),
    ],
)
def test_a_record_whose_verdict_is_not_that_of_its_requirements_is_not_valid(
    tmp_path: Path, result: dict[str, Any], problem: str
) -> None:
    results_file.write(result, tmp_path / "results.json")
    with pytest.raises(UnusableResultsError, match=problem):
        results_file.read_validated(tmp_path / "results.json")


def test_a_record_without_a_decided_requirement_cannot_be_compared() -> None:
    undecided = record(INCONCLUSIVE, verdict="inconclusive", exit_code=3)
    with pytest.raises(comparison.NothingToCompareError, match="A contains no decided requirement"):
        comparison.compare_records(undecided, undecided)


def test_a_comparison_shows_the_overall_status_of_both_runs() -> None:
    compared = comparison.compare_records(RECORDS["partial"], RECORDS["does not conform"])
    assert [compared[run]["overall_status"] for run in ("a", "b")] == ["partial", "does not conform"]


def test_the_terminal_shows_what_limits_a_partial_run() -> None:
    partial = RECORDS["partial"]
    assert list(limitations(partial)) == ["Partial: effort smoke sends fewer requests than effort standard."]
    assert next(limitations(partial)) in terminal_output(partial)


def test_leftover_resources_are_no_limitation_but_make_a_run_partial() -> None:
    left = record(PASSED, leftovers=[LEFTOVER], exit_code=5)
    assert (overall_status(left), list(limitations(left))) == ("partial", [])
