"""report.html: one page, whole without scripts and network, small whatever the run, and inert."""

import html.parser
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reports.formats import html_report
from reports.presentation.finding_diff import Piece, body_lines, difference, member_names
from tests.support.run_records import (
    EACH,
    HOSTILE,
    LEFTOVER,
    WAIVER,
    enormous,
    everything,
    exchange,
    finding,
    poisoned,
    record,
    requirement,
)

VOID = frozenset({"meta", "input", "br", "img", "link", "hr"})
INERT = frozenset({"script", "style"})
DANGEROUS = frozenset({"script", "img", "iframe", "object", "embed", "base", "link", "audio", "video", "b"})


@dataclass
class Page(html.parser.HTMLParser):
    """A page as a parser reads it."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID and tag not in {"rect", "line"}:
            self.within.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.within.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.within and self.within[-1] not in INERT:
            self.texts.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))


def parsed(made: Mapping[str, Any]) -> Page:
    read = Page()
    read.feed(html_report.html(made))
    read.close()
    assert read.within == []
    return read


@pytest.fixture(scope="module")
def whole() -> Page:
    return parsed(everything())


def test_the_page_begins_with_the_verdict_and_why(whole: Page) -> None:
    assert whole.text.index("Does not conform") < whole.text.index(
        "2 of 9 requirements violated (1 root cause)."
    )
    for label, value in (("Target", "https://api.example"), ("Requests", "1,918"), ("Exit code", "1")):
        assert re.search(f"{label} ?{re.escape(value)}", whole.text)


def test_every_requirement_stands_in_the_page_without_a_script(whole: Page) -> None:
    rows = [each for each in whole.named("tr") if each.get("data-verdict")]
    assert [(each["id"], each["data-verdict"]) for each in rows] == [
        (each["id"], each["verdict"]) for each in sorted(EACH, key=lambda each: each["operation"])
    ]
    for each in EACH:
        assert each["id"] in whole.text
        assert each["verdict"].replace("-", " ") in whole.text
        assert (each["reason"] or "") in whole.text


def test_every_finding_stands_in_the_page(whole: Page) -> None:
    told = finding()
    for name in ("expected", "received", "sent", "why", "curl", "rerun"):
        assert whole.text.count(told[name]) == 4  # failed, its other, warned, waived
    assert whole.text.count("Same root cause") == 1
    assert whole.text.index("Failures") < whole.text.index("Violated should")


def test_only_what_cannot_work_without_a_script_is_hidden(whole: Page) -> None:
    assert {tag for tag, attributes in whole.elements if "hidden" in attributes} == {"form", "button"}


def test_each_anchor_is_there_and_each_id_once(whole: Page) -> None:
    ids = [attributes["id"] for _, attributes in whole.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [each["href"] or "" for each in whole.named("a")]
    assert {each[1:] for each in links if each.startswith("#")} <= set(ids)
    assert {each for each in links if not each.startswith("#")} == {"https://docs.example/page"}


def test_headings_go_down_one_level_at_a_time(whole: Page) -> None:
    levels = [int(tag[1]) for tag, _ in whole.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_headers_of_tables_have_a_scope_and_tables_a_caption(whole: Page) -> None:
    assert all(each.get("scope") in {"row", "col"} for each in whole.named("th"))
    assert len(whole.named("table")) == len(whole.named("caption"))


def test_nothing_is_fetched_and_nothing_but_our_own_style_and_script_is_let_in(whole: Page) -> None:
    for _, attributes in whole.elements:
        assert not {"src", "srcset", "action", "style", "background"} & {*attributes}
        assert not any(name.startswith("on") for name in attributes)
    (policy,) = [each["content"] for each in whole.named("meta") if "http-equiv" in each]
    assert (policy or "").startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in (policy or "")


@pytest.mark.parametrize(
    "members, said",
    [
        ({"select": "VC-GET-*"}, "Partial: only the requirements selected by VC-GET-* were decided."),
        ({"shard": {"number": 2, "of": 3}}, "Partial: this is shard 2 of 3."),
        ({"profiles": ["video"]}, "Partial: the only claimed profile is video."),
        ({"target": {"origin": "http://x", "reference": True}}, "the built-in reference server"),
        ({"waivers": [WAIVER]}, "Waivers: VC-CREATE-WAIVED violated"),
        ({"verdict": "interrupted", "exit_code": 130}, "The run was stopped before its end"),
        ({"verdict": "inconclusive", "exit_code": 3}, "Not all requirements could be decided"),
        ({"verdict": "error", "exit_code": 4}, "Internal error of the suite"),
        ({"footer": {**record()["footer"], "complete": False}}, "Incomplete:"),
    ],
)
def test_what_limits_the_verdict_is_said_before_anything_else(members: dict[str, Any], said: str) -> None:
    text = parsed(record(requirement(), **members)).text
    assert text.index(said) < text.index("Target")


def test_a_run_that_did_not_begin_says_why() -> None:
    made = record(verdict="not-started", exit_code=2, notes=["Check --target."], latency=[])
    read = parsed({**made, "timeline": {"seconds": 0.1, "requests": [], "failed": []}})
    assert "Not started Check --target." in read.text
    assert not read.named("table")


def test_a_cause_is_led_by_what_failed_and_what_is_waived_stays_out_of_it() -> None:
    waived = requirement("waived", findings=[finding(why="waived for now")])
    ids = ["VC-CREATE-FAILED", "VC-CREATE-WARNED"]
    grouped = {"cause": "c", "primary": waived["id"], "related": [*reversed(ids)]}
    made = record(waived, requirement("failed"), requirement("warned"), causes=[grouped])
    read = parsed(made)
    anchors = [each["id"] for each in read.named("details") if "id" in each]
    assert anchors == [f"finding-{each}" for each in ids]
    assert read.text.count("waived for now") == 1


def test_a_finding_is_flaky_or_not() -> None:
    flaky = requirement("failed", findings=[finding(flaky=True)])
    assert "Not reproduced" in parsed(record(flaky)).text
    assert "Not reproduced" not in parsed(record(requirement("failed"))).text


def test_steps_before_the_last_are_folded_and_what_is_left_out_is_said() -> None:
    many = requirement("failed", findings=[finding(steps=[exchange(number=n) for n in range(9)])] * 5)
    text = parsed(record(many)).text
    assert "8 preceding exchanges Only the last 3; results.json contains all." in text
    assert "2 more findings in results.json" in text


def test_what_was_left_behind_is_listed_with_its_name_if_it_has_one() -> None:
    nameless = {"collection": "/api/video/conferences", "id": "made-2", "name": None}
    text = parsed(record(leftovers=[LEFTOVER, nameless])).text
    assert "/api/video/conferences/made-1 cc-mine /api/video/conferences/made-2 " in text


def test_a_request_without_an_answer_is_shown() -> None:
    silent = finding(steps=[exchange(response=None, failure="timed out after 10 s")])
    assert "no response timed out after 10 s" in parsed(record(requirement("failed", findings=[silent]))).text


def test_a_finding_without_exchanges_is_shown() -> None:
    bare = requirement("failed", findings=[finding(steps=[])])
    assert finding()["received"] in parsed(record(bare)).text


def test_a_body_that_was_cut_says_by_how_much() -> None:
    long = exchange()
    long["response"]["truncated"] = 1234
    assert (
        "1,234 more characters"
        in parsed(record(requirement("failed", findings=[finding(steps=[long])]))).text
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    html_report.write(poisoned(everything(), text), tmp_path / "report.html")
    written = (tmp_path / "report.html").read_bytes()
    assert len(written) < 5_000_000
    read = Page()
    read.feed(written.decode("utf-8"))
    assert {tag for tag, _ in read.elements} & DANGEROUS == {"script"}
    assert len(read.named("script")) == 1
    assert all(each.isprintable() or each in "\n\t" for each in "".join(read.texts))
    assert all((each["href"] or "").startswith(("#", "https://docs.example/")) for each in read.named("a"))


@pytest.mark.parametrize("name", ["markup", "quotes", "template", "Markdown"])
def test_hostile_text_is_shown_letter_for_letter(name: str) -> None:
    hostile = requirement("failed", findings=[finding(why=HOSTILE[name])])
    assert HOSTILE[name] in "".join(parsed(record(hostile)).texts)


def test_the_page_stays_small_and_says_what_it_leaves_out() -> None:
    made = html_report.html(enormous())
    assert len(made.encode()) < 5_000_000
    for number in range(573):
        assert f'id="VC-N-{number}"' in made
    assert "more characters" in made
    assert "see results.json" in made
    assert "100,000" in made


def texts(pieces: Any) -> str:
    return "".join(f"[{each.text}]" if each.marked else each.text for each in pieces)


@pytest.mark.parametrize(
    "expected, answer, wanted, got",
    [
        (
            "join_from is the instant 2041-05-06T00:00:00Z",
            '{"join_from":"2041-05-06T23:59:59Z"}',
            "join_from is the instant 2041-05-06T[00]:[00]:[00]Z",
            "join_from is the instant 2041-05-06T[23]:[59]:[59]Z",
        ),
        ('quality is "720p"', '{"quality":"1080p"}', 'quality is "[720]p"', 'quality is "[1080]p"'),
        ("room.layout is null", '{"room":{"layout":{}}}', "room.layout is [null]", "room.layout is [{}]"),
        ("meta is present", '{"name":1}', "meta[ is present]", "[no ]meta"),
        ("errors[].url is present", '{"errors":[{"a":1}]}', None, None),
        ("errors[].code is x", '{"errors":[{"code":"y"},{"code":"z"}]}', None, "errors[].code is [y, z]"),
        ("status 401", "{}", "status [401]", "status [200]"),
        ("the request is accepted", "{}", "the request is accepted", "[status 200]"),
        ("something else", "{}", "something else", "what came"),
        ("meta is null", "no JSON", "meta is null", "what came"),
        ("meta is null", "[" * 9_000, "meta is null", "what came"),
        (f"meta is {'x' * 700}", '{"meta":1}', f"meta is {'x' * 700}", "meta is 1"),
    ],
)
def test_what_differs_is_marked(expected: str, answer: str, wanted: str | None, got: str | None) -> None:
    found = difference(finding(expected=expected, received="what came", steps=[exchange(body=answer)]))
    assert wanted is None or texts(found.expected) == wanted
    assert got is None or texts(found.received) == got


def test_without_an_answer_what_is_received_is_said_as_it_was() -> None:
    silent = finding(received="no answer: reset", steps=[exchange(response=None, failure="reset")])
    assert difference(silent).received == [Piece("no answer: reset")]
    assert difference(finding(received="x", steps=[])).received == [Piece("x")]


def test_a_body_is_broken_into_lines_letter_for_letter_and_its_member_is_marked() -> None:
    lines = body_lines('{"a":1.0,"b":{"c":[],"d":[1e5,{}]},"e":"\\u0041,{"}', member_names('b is "e"'))
    assert [each.text for each in lines] == [
        "{",
        '  "a": 1.0,',
        '  "b": {',
        '    "c": [],',
        '    "d": [',
        "      1e5,",
        "      {}",
        "    ]",
        "  },",
        '  "e": "\\u0041,{"',
        "}",
    ]
    assert [each.text for each in lines if each.marked] == ['  "b": {']


def test_a_body_that_is_no_json_keeps_its_lines() -> None:
    assert [each.text for each in body_lines("<html>\n a", frozenset())] == ["<html>", " a"]


def test_a_deep_body_is_not_indented_without_end() -> None:
    lines = body_lines(f"{'[' * 500}{']' * 500}", frozenset())
    assert max(len(each.text) for each in lines) < 50


def test_a_value_that_is_nested_too_deeply_to_be_written_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_deep(*_: Any, **__: Any) -> str:
        raise RecursionError

    deep = finding(expected="meta is null", steps=[exchange(body='{"meta":[[]]}')])
    monkeypatch.setattr("reports.presentation.finding_diff.json.dumps", too_deep)
    assert "".join(each.text for each in difference(deep).received) == "meta is a deeply nested value"


@pytest.mark.parametrize("depth", range(960, 1000))
def test_no_depth_is_too_deep(depth: int) -> None:
    answer = f'{{"meta":{"[" * depth}{"]" * depth}}}'
    difference(finding(expected="meta is null", steps=[exchange(body=answer)]))
