"""The comparison of two records: changed verdicts, with their findings where they became worse."""

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
from tests.support.texts.github_markdown import ACTIVE, recognized, rendered_page

MUST, OTHER = "VC-CREATE-DATE-ONLY", "VC-CREATE-FULL"
SHOULD = "FCR-RES-DISPLAY-NAMES-AGREE"


def group(was: str, now: str, identifier: str = MUST) -> str | None:
    """Return the group of a requirement in a comparison, None if its verdict did not change."""
    unchanged = entry(OTHER)
    comparison = compare_records(
        record(unchanged, entry(identifier, was)), record(unchanged, entry(identifier, now))
    )
    return next((name for name in ("worse", "better", "otherwise") if comparison[name]), None)


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
def test_a_worse_verdict_is_in_group_worse(was: str, now: str) -> None:
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
def test_a_better_verdict_is_in_group_better(was: str, now: str) -> None:
    assert group(was, now) == "better"


@pytest.mark.parametrize(
    "was, now",
    [
        ("passed", "not-applicable"),
        ("failed", "not-applicable"),
        ("failed", "inconclusive"),
        ("error", "inconclusive"),
        ("failed", "waived"),
        ("inconclusive", "waived"),
    ],
)
def test_another_change_is_in_group_otherwise(was: str, now: str) -> None:
    assert group(was, now) == "otherwise"


def test_an_undecided_should_is_another_change() -> None:
    assert group("passed", "inconclusive", SHOULD) == "otherwise"
    assert group("not-applicable", "inconclusive", SHOULD) == "otherwise"
    assert group("passed", "warned", SHOULD) == "worse"


@pytest.mark.parametrize("verdict", ["passed", "failed", "inconclusive"])
def test_an_unchanged_verdict_is_not_reported(verdict: str) -> None:
    assert group(verdict, verdict) is None


def worsened_comparison(text: str = "x", **members: Any) -> dict[str, Any]:
    failed = entry(MUST, "failed", findings=[finding(text)], **members)
    return compare_records(record(entry(OTHER), entry(MUST)), record(entry(OTHER), failed))


def printed(comparison: dict[str, Any]) -> str:
    output = io.StringIO()
    print_comparison(comparison, Console(file=output, width=80, color_system=None))
    return output.getvalue()


def test_a_worse_verdict_is_printed_with_its_finding() -> None:
    lines = printed(worsened_comparison()).splitlines()
    assert lines[0].startswith(f"worse  {MUST} (must)  passed -> failed  A date without a time")
    labels = [line.split()[0] for line in lines[1:8]]
    assert labels == ["sent", "expected", "received", "why", "source", "curl", "rerun"]
    assert lines[-1] == "1 worse, 0 better, 0 other changes  (partial -> partial)"


def test_requirements_of_one_run_only_are_left_out() -> None:
    first = record(entry(OTHER), entry(MUST), select=f"{OTHER},{MUST}")
    second = record(entry(OTHER, "failed"), entry(SHOULD, "warned"), select=f"{OTHER},{SHOULD}")
    comparison = compare_records(first, second)
    assert [change["id"] for change in comparison["worse"]] == [OTHER]
    assert comparison["better"] == comparison["otherwise"] == []
    assert comparison["left_out"] == {"only_a": [MUST], "only_b": [SHOULD]}
    for output in (printed(comparison), to_markdown(comparison)):
        assert f"1 requirement only in A: {MUST}" in output
        assert f"1 requirement only in B: {SHOULD}" in output


def test_runs_without_a_common_decision_cannot_be_compared() -> None:
    first = record(entry(MUST), entry(OTHER, "inconclusive"), profiles=["video"])
    second = record(entry(OTHER), entry(SHOULD), profiles=["fabric"])
    with pytest.raises(
        NothingToCompareError, match=r"no requirement is decided in both A and B.*differ in profiles"
    ):
        compare_records(first, second)


def test_a_long_list_is_truncated_only_on_the_screen() -> None:
    comparison = worsened_comparison()
    comparison = {**comparison, "worse": comparison["worse"] * 23}
    assert printed(comparison).count(f"worse  {MUST}") == 20
    assert "… and 3 more worse; use --output FILE for the complete list" in printed(comparison)
    assert to_markdown(comparison).count(f"**{MUST}**") == 23


@pytest.mark.parametrize(
    "members, line",
    [
        ({"effort": "standard"}, "effort: smoke and standard"),
        ({"select": "VC-*"}, "select: all requirements and VC-*"),
        ({"seed": 0}, "seed: null and 0"),
        ({"suite": {**record()["suite"], "version": "2"}}, "suite: version 0.1.0 and 2"),
        ({"target": {"origin": "https://b.example", "reference": False}}, "https://b.example"),
    ],
)
def test_differences_of_the_runs_are_reported(members: dict[str, Any], line: str) -> None:
    comparison = compare_records(record(entry(MUST)), record(entry(MUST), **members))
    assert line in printed(comparison)
    assert line in to_markdown(comparison)


def test_a_null_selection_equals_an_empty_one() -> None:
    assert compare_records(record(entry(MUST), select=None), record(entry(MUST)))["differences"] == []


@pytest.mark.parametrize("first", [True, False])
def test_a_run_without_verdicts_cannot_be_compared(*, first: bool) -> None:
    empty, full = record(verdict="not-started", notes=["no server"]), record(entry(MUST))
    with pytest.raises(NothingToCompareError) as raised:
        compare_records(*((empty, full) if first else (full, empty)))
    assert (
        str(raised.value)
        == f"{'A' if first else 'B'} contains no decided requirement (not started): no server"
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_escaped(text: str) -> None:
    comparison = worsened_comparison(text, reason=text, sentence=text, source=text)
    output = printed(comparison)
    assert output.count(escape_unprintable(text)) >= 8
    assert all(character.isprintable() or character == "\n" for character in output)
    assert all(character.isprintable() or character == "\n" for character in to_markdown(comparison))
    assert json.loads(to_json(comparison)) == comparison


@pytest.mark.parametrize("text", ACTIVE.values(), ids=ACTIVE)
@pytest.mark.parametrize("prefix", ["", "x "])
def test_markdown_with_text_of_a_target_is_inert_on_github(prefix: str, text: str) -> None:
    hostile = prefix + text
    comparison = worsened_comparison(hostile, reason=hostile, sentence=hostile, source=hostile)
    comparison = {**comparison, "differences": [f"target: {hostile}"]}
    page = rendered_page(to_markdown(comparison))
    tags = {element.tag for element in page.iter()}
    assert tags == {"main", "h1", "h2", "p", "ul", "li", "strong", "code", "pre"}
    assert [element.tag for element in page] == ["h1", "p", "ul", "h2", "ul"]
    assert {name for element in page.iter() for name in element.attrib} <= {"lang"}
    assert recognized(page) == []
    assert page.text_content().count(escape_unprintable(text)) >= 8


def test_markdown_fences_are_longer_than_their_content() -> None:
    text = to_markdown(worsened_comparison("```` ``` <b>", sentence="a `b` ``c``"))
    assert "  `````text\n" in text
    assert "``` a `b` ``c`` ```" in text


def test_markdown_lists_a_better_verdict_in_one_line() -> None:
    text = to_markdown(compare_records(record(entry(MUST, "failed")), record(entry(MUST))))
    assert text.count("\n## ") == 1
    assert f"## Better\n\n- **{MUST}** (must) failed -> passed: ` A date" in text
    assert "text\n" not in text
