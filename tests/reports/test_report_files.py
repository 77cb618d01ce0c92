"""Every report is derived from one record, and is valid and inert with any response content."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports.formats.terminal.run_output import print_record
from reports.presentation import waiver_messages
from reports.presentation.failure_text import failure_text
from reports.presentation.sanitize import escape_unprintable
from reports.records import results_file
from tests.support.run_records import HOSTILE, LEFTOVER, REQUIREMENTS, finding, record, requirement

LABELS = ("sent", "expected", "received", "why", "source", "curl", "rerun")


def printed(result: dict[str, Any], *, width: int = 200) -> str:
    output = io.StringIO()
    print_record(result, Console(file=output, width=width, color_system=None), "out")
    return output.getvalue()


def test_a_failure_text_has_its_fields_in_the_documented_order() -> None:
    text = failure_text(requirement("failed", findings=[finding(), finding()], reason="flaky: once"))
    head, *lines = text.splitlines()
    assert head == "failed  VC-CREATE-FAILED (must)  It is kept."
    assert [line.split()[0] for line in lines] == [*LABELS, *LABELS, "reason"]


def test_terminal_shows_a_failure_in_the_documented_order() -> None:
    output = printed(record(requirement("failed", findings=[finding("x")], reason="a reason")))
    lines = output.splitlines()
    assert lines[0] == "failed  VC-CREATE-FAILED (must)  It is kept."
    assert [line.split()[0] for line in lines[1:9]] == [*LABELS, "reason"]
    assert lines[1] == "  sent      sent x"
    assert lines[5] == "  source    a page (https://docs.example/page)"


def test_terminal_shows_failures_before_warnings_and_errors() -> None:
    output = printed(record(*reversed(REQUIREMENTS)))
    heads = [line.split()[0] for line in output.splitlines() if re.match(r"^\w+  VC-", line)]
    assert heads == ["failed", "failed", "warned", "error", "inconclusive"]
    assert "VC-CREATE-PASSED" not in output
    assert "capitals are kept" not in output


def test_terminal_does_not_wrap_long_lines() -> None:
    curl = f"curl {'x' * 300} end"
    long = requirement("failed", sentence=f"It {'is ' * 50}kept.", findings=[finding(curl=curl)])
    output = printed(record(long), width=80)
    assert f"  curl      {curl}\n" in output
    assert output.startswith(f"failed  VC-CREATE-FAILED (must)  {long['sentence']}\n")


def test_terminal_shows_twenty_findings_and_counts_the_rest() -> None:
    requirements = [requirement("failed", id=f"VC-N-{number}", findings=[finding()]) for number in range(23)]
    output = printed(record(*requirements))
    assert output.count("failed  VC-N-") == 20
    assert "… and 3 more of level must, see out/report.html" in output


def test_terminal_groups_findings_under_the_primary_requirement_of_a_root_cause() -> None:
    requirements = [requirement("failed", id=f"VC-N-{number}", findings=[finding()]) for number in range(6)]
    ids = [entry["id"] for entry in requirements]
    output = printed(
        record(*requirements, causes=[{"cause": "c", "primary": ids[3], "related": [*ids[:3], *ids[4:]]}])
    )
    assert output.count("failed  VC-N-") == 1
    assert output.startswith("failed  VC-N-3 ")
    assert "  also      VC-N-0, VC-N-1, VC-N-2 and 2 more\n" in output
    assert "6 must, 0 should and 0 may of 6 requirements violated (1 root cause)," in output


def test_terminal_groups_undecided_requirements_by_reason() -> None:
    same_reason = [
        requirement("inconclusive", id=f"VC-N-{number}", reason="budget: spent") for number in range(5)
    ]
    other = requirement("inconclusive", id="VC-OTHER-ONE", reason=None)
    output = printed(record(*same_reason, other))
    assert "inconclusive  VC-N-0, VC-N-1, VC-N-2 and 2 more: budget: spent\n" in output
    assert "inconclusive  VC-OTHER-ONE: \n" in output


def test_terminal_counts_verdicts_by_operation() -> None:
    get = requirement("passed", operation="VC-GET")
    lines = printed(record(*REQUIREMENTS, get)).splitlines()
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
    last_line = printed(record(*REQUIREMENTS)).splitlines()[-1]
    assert last_line == (
        "does not conform: 2 must, 1 should and 0 may of 9 requirements violated (3 root causes), "
        "1 inconclusive, 1 waived, 1 error, 1,918 requests, 1.5 s"
        " (exit code 1); reports in out/"
    )


@pytest.mark.parametrize(
    "verdict", ["conforms", "does-not-conform", "inconclusive", "error", "interrupted", "not-started"]
)
def test_terminal_prints_every_verdict(verdict: str) -> None:
    last_line = printed(record(requirement("passed"), verdict=verdict)).splitlines()[-1]
    assert last_line.startswith(verdict.replace("-", " "))


@pytest.mark.parametrize("verdict", ["conforms", "not-started"])
def test_terminal_prints_why_a_run_did_not_start(verdict: str) -> None:
    output = printed(record(notes=["Check --target."], verdict=verdict))
    assert ("Check --target.\n" in output) is (verdict == "not-started")


def test_terminal_lists_leftover_resources() -> None:
    output = printed(record(verdict="conforms", exit_code=5, leftovers=[LEFTOVER]))
    assert "left behind: /api/video/conferences/made-1 cc-mine\n" in output


@pytest.mark.parametrize(
    "state, line",
    [
        ("applied", "waived VC-A until 2026-12-31: fixed in 2.1"),
        (
            "passes",
            "waiver of VC-A until 2026-12-31: no longer needed: requirement passes; remove the waiver",
        ),
        ("expired", "waiver of VC-A until 2026-12-31: expired; fix the target or extend the waiver"),
        ("unused", "waiver of VC-A until 2026-12-31: not needed in this run"),
    ],
)
def test_terminal_prints_the_state_of_a_waiver(state: str, line: str) -> None:
    members = {"requirement": "VC-A", "reason": "fixed in 2.1", "expires": "2026-12-31"}
    waiver = waiver_messages.entry(members, state)
    assert line in printed(record(waivers=[waiver]))


@pytest.mark.parametrize("name", HOSTILE)
def test_terminal_escapes_hostile_text(name: str) -> None:
    text = HOSTILE[name]
    leftover = {"collection": "/c", "id": text, "name": text}
    hostile = requirement("failed", reason=text, findings=[finding(text)])
    undecided = requirement("inconclusive", reason=text)
    output = printed(record(hostile, undecided, leftovers=[leftover]))
    assert output.count(escape_unprintable(text)) >= 9  # commands may have several lines
    assert all(character.isprintable() or character == "\n" for character in output)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    texts = [requirement("failed", id=name, reason=text) for name, text in HOSTILE.items()]
    result = record(*REQUIREMENTS, *texts)
    results_file.write(result, tmp_path / "results.json")
    assert results_file.read(tmp_path / "results.json") == result


def test_results_are_ascii_and_end_in_a_line_break(tmp_path: Path) -> None:
    results_file.write(record(requirement(reason="é\ud800\x1b😀")), tmp_path / "results.json")
    content = (tmp_path / "results.json").read_bytes()
    assert content.isascii()
    assert b"\x1b" not in content
    assert content.endswith(b"}\n")


def test_truncated_results_are_rejected(tmp_path: Path) -> None:
    results_file.write(record(*REQUIREMENTS), tmp_path / "results.json")
    whole = (tmp_path / "results.json").read_bytes()
    (tmp_path / "results.json").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(results_file.UnusableResultsError, match="is not valid JSON, or incomplete"):
        results_file.read(tmp_path / "results.json")
