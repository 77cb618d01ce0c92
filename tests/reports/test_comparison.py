"""A comparison tells what got worse, as somebody who has to mend it wants to know it."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from reports.presentation.sanitize import escape_unprintable
from reports.records.comparison import (
    NothingToCompareError,
    compare_records,
    print_comparison,
    to_json,
    to_markdown,
)
from tests.support.run_records import HOSTILE
from tests.support.shard_records import entry, finding, record

MUST, OTHER = "VC-CREATE-DATE-ONLY", "VC-CREATE-FULL"
SHOULD = "FCR-CREATE-PERSISTED"


def group(was: str | None, now: str | None, identifier: str = MUST) -> str | None:
    """Return the group that a requirement is in, None where it did not change."""
    there = entry(OTHER)
    first = record(there, *([entry(identifier, was)] if was else []))
    second = record(there, *([entry(identifier, now)] if now else []))
    made = compare_records(first, second)
    return next((each for each in ("worse", "better", "otherwise") if made[each]), None)


@pytest.mark.parametrize(
    "was, now",
    [
        ("passed", "failed"),
        ("passed", "warned"),
        ("passed", "waived"),
        ("passed", "inconclusive"),
        ("passed", "error"),
        ("not-applicable", "failed"),
        ("not-applicable", "inconclusive"),
        ("waived", "failed"),
        ("warned", "failed"),
        ("warned", "inconclusive"),
        ("inconclusive", "failed"),
        ("failed", "error"),
    ],
)
def test_what_got_worse(was: str, now: str) -> None:
    assert group(was, now) == "worse"


@pytest.mark.parametrize(
    "was, now",
    [
        ("failed", "passed"),
        ("failed", "warned"),
        ("error", "failed"),
        ("inconclusive", "passed"),
        ("inconclusive", "warned"),
        ("warned", "passed"),
        ("waived", "passed"),
        ("not-applicable", "passed"),
    ],
)
def test_what_got_better(was: str, now: str) -> None:
    assert group(was, now) == "better"


@pytest.mark.parametrize(
    "was, now",
    [
        (None, "failed"),
        ("failed", None),
        ("passed", "not-applicable"),
        ("failed", "not-applicable"),
        ("failed", "inconclusive"),
        ("error", "inconclusive"),
        ("failed", "waived"),
        ("inconclusive", "waived"),
    ],
)
def test_what_changed_otherwise(was: str | None, now: str | None) -> None:
    assert group(was, now) == "otherwise"


def test_what_may_be_otherwise_is_merely_not_decided_any_more() -> None:
    assert group("passed", "inconclusive", SHOULD) == "otherwise"
    assert group("not-applicable", "inconclusive", SHOULD) == "otherwise"
    assert group("passed", "warned", SHOULD) == "worse"


@pytest.mark.parametrize("verdict", ["passed", "failed", "inconclusive"])
def test_what_did_not_change_is_not_told(verdict: str) -> None:
    assert group(verdict, verdict) is None


def worsened(text: str = "x", **members: Any) -> dict[str, Any]:
    failed = entry(MUST, "failed", findings=[finding(text)], **members)
    return compare_records(record(entry(OTHER), entry(MUST)), record(entry(OTHER), failed))


def shown(made: dict[str, Any]) -> str:
    said = io.StringIO()
    print_comparison(made, Console(file=said, width=80, color_system=None))
    return said.getvalue()


def test_what_got_worse_is_shown_with_its_finding() -> None:
    lines = shown(worsened()).splitlines()
    assert lines[0].startswith(f"worse  {MUST} (must)  passed -> failed  A date without a time")
    labels = [line.split()[0] for line in lines[1:8]]
    assert labels == ["sent", "expected", "received", "why", "source", "curl", "rerun"]
    assert lines[-1] == "1 worse, 0 better, 0 other changes  (conforms -> conforms)"


def test_new_and_gone_are_named_so() -> None:
    said = shown(compare_records(record(entry(MUST)), record(entry(OTHER, "failed"))))
    assert f"other  {OTHER} (must)  new: failed" in said
    assert f"other  {MUST} (must)  removed: was passed" in said


def test_a_long_list_is_cut_on_the_screen_alone() -> None:
    made = worsened()
    made = {**made, "worse": made["worse"] * 23}
    assert shown(made).count(f"worse  {MUST}") == 20
    assert "… and 3 more worse; use --output FILE for the complete list" in shown(made)
    assert to_markdown(made).count(f"**{MUST}**") == 23


@pytest.mark.parametrize(
    "members, told",
    [
        ({"effort": "standard"}, "effort: smoke and standard"),
        ({"select": "VC-*"}, "select:  and VC-*"),
        ({"seed": 0}, "seed: null and 0"),
        ({"suite": {**record()["suite"], "version": "2"}}, "suite: version 0.1.0 and 2"),
        ({"target": {"origin": "https://b.example", "reference": False}}, "https://b.example"),
    ],
)
def test_it_is_told_where_runs_are_not_alike(members: dict[str, Any], told: str) -> None:
    made = compare_records(record(entry(MUST)), record(entry(MUST), **members))
    assert told in shown(made)
    assert told in to_markdown(made)


def test_no_selection_is_like_no_selection() -> None:
    assert compare_records(record(entry(MUST), select=None), record(entry(MUST)))["differences"] == []


@pytest.mark.parametrize("first", [True, False])
def test_a_run_without_verdicts_is_nothing_to_compare(*, first: bool) -> None:
    empty, full = record(verdict="not-started", notes=["no server"]), record(entry(MUST))
    with pytest.raises(NothingToCompareError) as refused:
        compare_records(*((empty, full) if first else (full, empty)))
    assert str(refused.value) == f"{'A' if first else 'B'} contains no verdicts (not-started): no server"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    made = worsened(text, reason=text, sentence=text, source=text)
    said = shown(made)
    assert said.count(escape_unprintable(text)) >= 8
    assert all(each.isprintable() or each == "\n" for each in said)
    assert all(each.isprintable() or each == "\n" for each in to_markdown(made))
    assert json.loads(to_json(made)) == made


def test_markdown_fences_are_longer_than_what_stands_in_them() -> None:
    text = to_markdown(worsened("```` ``` <b>", sentence="a `b` ``c``"))
    assert "  `````text\n" in text
    assert "``` a `b` ``c`` ```" in text


def test_markdown_tells_what_got_better_in_one_line() -> None:
    text = to_markdown(compare_records(record(entry(MUST, "failed")), record(entry(MUST))))
    assert text.count("\n## ") == 1
    assert f"## Better\n\n- **{MUST}** (must) failed -> passed: ` A date" in text
    assert "text\n" not in text
