"""Every report is made of one record, stays valid and is inert whatever the target wrote into it."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports.formats import terminal
from reports.presentation import waiver_messages
from reports.presentation.failure_text import failure_text
from reports.presentation.sanitize import escape_unprintable
from reports.records import results_file
from tests.support.run_records import EACH, HOSTILE, LEFTOVER, finding, record, requirement

LABELS = ("sent", "expected", "received", "why", "source", "curl", "rerun")


def shown(made: dict[str, Any], *, width: int = 200) -> str:
    said = io.StringIO()
    terminal.print_record(made, Console(file=said, width=width, color_system=None), "out")
    return said.getvalue()


def test_a_block_answers_in_the_order_in_which_people_ask() -> None:
    told = failure_text(requirement("failed", findings=[finding(), finding()], reason="flaky: once"))
    head, *lines = told.splitlines()
    assert head == "failed  VC-CREATE-FAILED (must)  It is kept."
    assert [line.split()[0] for line in lines] == [*LABELS, *LABELS, "reason"]


def test_terminal_shows_a_failure_in_the_documented_order() -> None:
    said = shown(record(requirement("failed", findings=[finding("x")], reason="a reason")))
    lines = said.splitlines()
    assert lines[0] == "failed  VC-CREATE-FAILED (must)  It is kept."
    assert [line.split()[0] for line in lines[1:9]] == [*LABELS, "reason"]
    assert lines[1] == "  sent      sent x"
    assert lines[5] == "  source    a page (https://docs.example/page)"


def test_terminal_shows_failures_before_warnings_and_errors() -> None:
    said = shown(record(*reversed(EACH)))
    heads = [line.split()[0] for line in said.splitlines() if re.match(r"^\w+  VC-", line)]
    assert heads == ["failed", "failed", "warned", "error", "inconclusive"]
    assert "VC-CREATE-PASSED" not in said
    assert "capitals are kept" not in said


def test_terminal_does_not_break_a_line_that_is_to_be_copied() -> None:
    curl = f"curl {'x' * 300} end"
    long = requirement("failed", sentence=f"It {'is ' * 50}kept.", findings=[finding(curl=curl)])
    said = shown(record(long), width=80)
    assert f"  curl      {curl}\n" in said
    assert said.startswith(f"failed  VC-CREATE-FAILED (must)  {long['sentence']}\n")


def test_terminal_shows_twenty_findings_and_counts_the_rest() -> None:
    many = [requirement("failed", id=f"VC-N-{number}", findings=[finding()]) for number in range(23)]
    said = shown(record(*many))
    assert said.count("failed  VC-N-") == 20
    assert "… and 3 more in out/results.json" in said


def test_terminal_folds_what_has_the_same_cause_under_what_leads() -> None:
    many = [requirement("failed", id=f"VC-N-{number}", findings=[finding()]) for number in range(6)]
    ids = [each["id"] for each in many]
    said = shown(record(*many, causes=[{"cause": "c", "primary": ids[3], "related": [*ids[:3], *ids[4:]]}]))
    assert said.count("failed  VC-N-") == 1
    assert said.startswith("failed  VC-N-3 ")
    assert "  also      VC-N-0, VC-N-1, VC-N-2 and 2 more\n" in said
    assert "6 of 6 requirements violated (1 root cause)," in said


def test_terminal_groups_what_is_undecided_by_its_reason() -> None:
    alike = [requirement("inconclusive", id=f"VC-N-{number}", reason="budget: spent") for number in range(5)]
    other = requirement("inconclusive", id="VC-OTHER-ONE", reason=None)
    said = shown(record(*alike, other))
    assert "inconclusive  VC-N-0, VC-N-1, VC-N-2 and 2 more: budget: spent\n" in said
    assert "inconclusive  VC-OTHER-ONE: \n" in said


def test_terminal_sums_up_by_operation() -> None:
    get = requirement("passed", operation="VC-GET")
    lines = shown(record(*EACH, get)).splitlines()
    head = next(line for line in lines if line.startswith("operation"))
    rows = {line.split()[0]: line.split()[1:] for line in lines[lines.index(head) + 1 :][:2]}
    assert head.split()[1:] == [
        "passed",
        "failed",
        "warned",
        "inconclusive",
        "not-applicable",
        "waived",
        "error",
    ]
    assert rows == {"VC-CREATE": [*"1211111"], "VC-GET": ["2", *"······"]}


def test_terminal_ends_with_verdict_and_exit_code() -> None:
    said = shown(record(*EACH)).splitlines()[-1]
    assert said == (
        "does not conform: 3 of 9 requirements violated (3 root causes), 1,918 requests, 1.5 s"
        " (exit code 1); reports in out/"
    )


@pytest.mark.parametrize(
    "verdict", ["conforms", "does-not-conform", "inconclusive", "error", "interrupted", "not-started"]
)
def test_terminal_knows_every_verdict(verdict: str) -> None:
    said = shown(record(verdict=verdict)).splitlines()[-1]
    assert said.startswith(verdict.replace("-", " "))


@pytest.mark.parametrize("verdict", ["conforms", "not-started"])
def test_terminal_says_why_a_run_did_not_begin(verdict: str) -> None:
    said = shown(record(notes=["Check --target."], verdict=verdict))
    assert ("Check --target.\n" in said) is (verdict == "not-started")


def test_terminal_lists_what_was_left_behind() -> None:
    said = shown(record(verdict="conforms", exit_code=5, leftovers=[LEFTOVER]))
    assert "left behind: /api/video/conferences/made-1 cc-mine\n" in said


@pytest.mark.parametrize(
    "state, told",
    [
        ("applied", "waived VC-A until 2026-12-31: mended in 2.1"),
        ("passes", "waiver of VC-A until 2026-12-31: requirement passes; remove the waiver"),
        ("expired", "waiver of VC-A until 2026-12-31: expired; fix the target or extend the waiver"),
        ("unused", "waiver of VC-A until 2026-12-31: not needed in this run"),
    ],
)
def test_terminal_tells_what_became_of_a_waiver(state: str, told: str) -> None:
    waiver = waiver_messages.entry("VC-A", "mended in 2.1", "2026-12-31", state)
    assert told in shown(record(waivers=[waiver]))


@pytest.mark.parametrize("name", HOSTILE)
def test_terminal_shows_hostile_text_as_text(name: str) -> None:
    text = HOSTILE[name]
    leftover = {"collection": "/c", "id": text, "name": text}
    hostile = requirement("failed", reason=text, findings=[finding(text)])
    undecided = requirement("inconclusive", reason=text)
    said = shown(record(hostile, undecided, leftovers=[leftover]))
    assert said.count(escape_unprintable(text)) >= 10
    assert all(each.isprintable() or each == "\n" for each in said)


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    texts = [requirement("failed", id=name, reason=text) for name, text in HOSTILE.items()]
    made = record(*EACH, *texts)
    results_file.write(made, tmp_path / "results.json")
    assert results_file.read(tmp_path / "results.json") == made


def test_results_are_ascii_and_end_in_a_line_break(tmp_path: Path) -> None:
    results_file.write(record(requirement(reason="é\ud800\x1b😀")), tmp_path / "results.json")
    written = (tmp_path / "results.json").read_bytes()
    assert written.isascii()
    assert b"\x1b" not in written
    assert written.endswith(b"}\n")


def test_results_that_are_cut_short_cannot_be_read(tmp_path: Path) -> None:
    results_file.write(record(*EACH), tmp_path / "results.json")
    whole = (tmp_path / "results.json").read_bytes()
    (tmp_path / "results.json").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(results_file.UnusableResultsError, match="is not valid JSON, or incomplete"):
        results_file.read(tmp_path / "results.json")
