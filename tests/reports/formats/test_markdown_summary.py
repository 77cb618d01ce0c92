"""summary.md: Markdown that no text from a target can break, within the size limit of a CI job summary."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports.formats import markdown_summary
from tests.support.run_records import (
    HOSTILE,
    REQUIREMENTS,
    finding,
    full_record,
    large_record,
    record,
    requirement,
    with_hostile_text,
)
from tests.support.texts.github_markdown import ACTIVE, recognized, rendered_page

OWN_HTML = re.compile(
    r"<details( open)?><summary>(failed|warned) <b>TEXT</b> \(\w+\): TEXT</summary>|</details>".replace(
        "TEXT", r"([^<]|</?span>)*"
    )
)
INLINE = {"text", "text_special", "strong_open", "strong_close", "softbreak", "html_inline"}
OWN_ELEMENTS = {
    *(
        "main",
        "body",
        "h1",
        "h2",
        "p",
        "blockquote",
        "strong",
        "details",
        "summary",
        "b",
        "span",
        "pre",
        "code",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def parse(result: Mapping[str, Any]) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(markdown_summary.markdown(result))


def fences(tokens: list[Token]) -> list[str]:
    return [token.content for token in tokens if token.type == "fence"]


def test_the_summary_begins_with_the_verdict_and_its_reason() -> None:
    lines = markdown_summary.markdown(full_record()).splitlines()
    assert lines[0] == "# ❌ Conference API: does not conform"
    assert lines[2] == (
        "2 must, 1 should and 0 may of 9 requirements violated (2 root causes), "
        "1 inconclusive, 1 waived, 1 error."
    )


def test_the_summary_describes_the_run_and_counts_by_operation() -> None:
    lines = markdown_summary.markdown(full_record()).splitlines()
    target = "https<span>&#58;</span>//api.example"
    assert f"| {target} | video, fabric | standard | none | 1,918 | 1.5 | 1 | 0.1.0 |" in lines
    head = lines.index(
        "| operation | failed | error | warned | inconclusive | waived | passed | not-applicable |"
    )
    assert lines[head + 2 : head + 5] == [
        "| VC-CREATE | 2 | 1 | 1 | 1 | 1 | 1 | 1 |",
        "| VC-GET | · | · | · | · | · | 1 | · |",
        "| all | 2 | 1 | 1 | 1 | 1 | 2 | 1 |",
    ]


def test_a_finding_has_its_fields_in_the_documented_order() -> None:
    fields, curl, rerun, *_ = fences(parse(full_record()))
    assert [line.split()[0] for line in fields.splitlines()] == [
        "sent",
        "expected",
        "received",
        "why",
        "source",
    ]
    assert (curl, rerun) == (f"{finding()['curl']}\n", f"{finding()['rerun']}\n")


def test_the_summary_lists_related_violations_and_undecided_requirements() -> None:
    text = markdown_summary.markdown(full_record())
    assert "Same root cause: VC-CREATE-OTHER" in text
    assert "| not-observed&#58; no exchange of this run shows it | VC-CREATE-INCONCLUSIVE |" in text
    assert "| suite&#58; KeyError | VC-CREATE-ERROR |" in text
    assert "| VC-CREATE-WAIVED | applied | 2042-01-01 | fixed in 2.1 | nothing until then |" in text


def test_a_flaky_finding_and_its_reason_are_shown() -> None:
    flaky = requirement("failed", reason="flaky: once", findings=[finding(flaky=True)])
    text = markdown_summary.markdown(record(flaky))
    assert "Flaky: not reproduced." in text
    assert "Reason: flaky&#58; once" in text


def test_the_summary_of_a_run_that_did_not_start_has_the_reason() -> None:
    result = record(verdict="not-started", exit_code=2, notes=["Check --target."])
    assert markdown_summary.markdown(result).splitlines()[:3] == [
        "# ⚠️ Conference API: not started",
        "",
        "Check --target.",
    ]


def test_the_summary_of_a_run_that_conforms_is_short() -> None:
    text = markdown_summary.markdown(record(REQUIREMENTS[0]))
    assert text.startswith("# ✅ Conference API: conforms\n")
    assert "No must is violated&#58; 1 requirement." in text
    assert "What failed" not in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_neither_markdown_nor_html(tmp_path: Path, text: str) -> None:
    markdown_summary.write(with_hostile_text(full_record(), text), tmp_path / "summary.md")
    content = (tmp_path / "summary.md").read_bytes()
    assert len(content) <= 1_048_576
    tokens = MarkdownIt("commonmark").enable("table").parse(content.decode("utf-8"))
    plain = parse(with_hostile_text(full_record(), "x"))
    assert [item.type for item in tokens] == [item.type for item in plain]
    for token in tokens:
        if token.type == "html_block":
            assert OWN_HTML.fullmatch(token.content.strip())
        assert {item.type for item in token.children or ()} <= INLINE
        inline = [item.content for item in token.children or () if item.type == "html_inline"]
        assert {*inline} <= {"<span>", "</span>"}
    assert all(item.isprintable() or item in "\n\t" for item in content.decode("utf-8").replace("\ufe0f", ""))


def rendered(result: Mapping[str, Any]) -> Any:
    return rendered_page(markdown_summary.markdown(result))


@pytest.mark.parametrize("text", ACTIVE.values(), ids=ACTIVE)
@pytest.mark.parametrize("position", ["end", "beginning"])
def test_text_from_a_target_is_inert_on_github(text: str, position: str) -> None:
    if position == "end":
        result = with_hostile_text(full_record(), text)
    else:
        reason = requirement("inconclusive", reason=text, sentence=text, id=text)
        failed = requirement("failed", sentence=text, id=text, reason=text, findings=[finding(curl=text)])
        result = record(reason, failed, notes=[text], target={"origin": text, "reference": False})
    page = rendered(result)
    assert {element.tag for element in page.iter()} <= OWN_ELEMENTS
    assert {name for element in page.iter() for name in element.attrib} <= {"open", "lang"}
    assert recognized(page) == []
    assert text.splitlines()[0].rstrip() in page.text_content()


@pytest.mark.parametrize(
    "text", ["- a", "+ a", "* a", "1. a", "12) a", "    a", "===", "---", "# a", "> a", "|a|"]
)
def test_a_note_at_the_beginning_of_a_line_is_a_paragraph(text: str) -> None:
    result = record(verdict="not-started", exit_code=2, notes=[text])
    page = rendered(result)
    assert [element.tag for element in page][:2] == ["h1", "p"]
    assert page[1].text_content().strip() == text.strip()


@pytest.mark.parametrize("text", ACTIVE.values(), ids=ACTIVE)
def test_the_test_recognizes_what_is_active(text: str) -> None:
    page = rendered_page(f"x\n\n{text}\n", Options.CMARK_OPT_FOOTNOTES)
    assert {element.tag for element in page.iter()} - {"main", "p"} or recognized(page)


def test_a_fence_is_longer_than_any_run_of_backticks_in_it() -> None:
    result = record(requirement("failed", findings=[finding(curl="a\n````\nb ``````` c")]))
    assert fences(parse(result))[1] == "a\n````\nb ``````` c\n"


def test_the_truncation_of_a_long_list_is_stated() -> None:
    undecided = [
        requirement("inconclusive", id=f"VC-N-{number}", reason=f"reason {number}") for number in range(1_003)
    ]
    text = markdown_summary.markdown(record(*undecided, verdict="inconclusive", exit_code=3))
    assert "| reason 999 | VC-N-999 |\n\nTruncated: 3 more in results.json.\n" in text


def test_the_summary_is_within_the_size_limit_and_states_omissions() -> None:
    text = markdown_summary.markdown(large_record())
    assert len(text.encode()) <= 1_048_576
    assert re.search(r"Truncated: \d+ more root causes in results\.json\.", text)
    assert "more characters" in text
