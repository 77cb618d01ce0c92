"""report.html: one page, complete without scripts and network, small for any run, with inert text."""

import html.parser
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reports.formats import html_report
from reports.presentation.views import verdict_shares
from spec.catalogue import catalogue
from tests.support.run_records import (
    CERTIFICATE,
    HOSTILE,
    LEFTOVER,
    REQUIREMENTS,
    WAIVER,
    exchange,
    finding,
    full_record,
    large_record,
    record,
    requirement,
    with_hostile_text,
)

VOID = frozenset({"meta", "input", "br", "img", "link", "hr"})
NOT_DISPLAYED = frozenset({"script", "style"})
DANGEROUS = frozenset({"script", "img", "iframe", "object", "embed", "base", "link", "audio", "video", "b"})


@dataclass
class Page(html.parser.HTMLParser):
    """A page as an HTML parser sees it."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID and tag not in {"rect", "line"}:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open_tags and self.open_tags[-1] not in NOT_DISPLAYED:
            self.texts.append(data)

    def elements_with_tag(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))


def parse(result: Mapping[str, Any]) -> Page:
    page = Page()
    page.feed(html_report.html(result))
    page.close()
    assert page.open_tags == []
    return page


@pytest.fixture(scope="module")
def full_page() -> Page:
    return parse(full_record())


def test_the_page_begins_with_the_verdict_and_its_reason(full_page: Page) -> None:
    assert full_page.text.index("Does not conform") < full_page.text.index(
        "2 must, 1 should and 0 may of 9 requirements violated (2 root causes), "
        "1 inconclusive, 1 waived, 1 error."
    )
    facts = (
        ("Target", "https://api.example"),
        ("When", "2041-05-06 07:08:09 UTC"),
        ("Scope", f"profiles video and fabric; effort standard; 9 of {len(catalogue())} requirements"),
        ("Requests", "1,918"),
        ("Exit code", "1"),
    )
    for label, value in facts:
        assert re.search(f"{label} ?{re.escape(value)}", full_page.text)


def test_every_requirement_is_on_the_page_without_scripts(full_page: Page) -> None:
    rows = [entry for entry in full_page.elements_with_tag("tr") if entry.get("data-verdict")]
    assert [(entry["id"], entry["data-verdict"]) for entry in rows] == [
        (entry["id"], entry["verdict"])
        for entry in sorted(REQUIREMENTS, key=lambda entry: entry["operation"])
    ]
    for entry in REQUIREMENTS:
        assert entry["id"] in full_page.text
        assert entry["verdict"].replace("-", " ") in full_page.text
        assert (entry["reason"] or "") in full_page.text


def test_every_finding_is_on_the_page(full_page: Page) -> None:
    expected = finding()
    for name in ("expected", "received", "sent", "why", "curl", "rerun"):
        assert full_page.text.count(expected[name]) == 4  # failed, its related one, warned, waived
    assert full_page.text.count("Same root cause") == 1
    assert full_page.text.index("Failures") < full_page.text.index("Violated should")


def test_only_elements_that_need_a_script_are_hidden(full_page: Page) -> None:
    assert {tag for tag, attributes in full_page.elements if "hidden" in attributes} == {"form", "button"}


def test_anchors_exist_and_ids_are_unique(full_page: Page) -> None:
    ids = [attributes["id"] for _, attributes in full_page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [link["href"] or "" for link in full_page.elements_with_tag("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert {link for link in links if not link.startswith("#")} == {"https://docs.example/page"}


def test_headings_go_down_one_level_at_a_time(full_page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in full_page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_headers_of_tables_have_a_scope_and_tables_a_caption(full_page: Page) -> None:
    assert all(entry.get("scope") in {"row", "col"} for entry in full_page.elements_with_tag("th"))
    assert len(full_page.elements_with_tag("table")) == len(full_page.elements_with_tag("caption"))


def test_the_page_fetches_nothing_and_allows_only_its_own_style_and_script(full_page: Page) -> None:
    for _, attributes in full_page.elements:
        assert not {"src", "srcset", "action", "style", "background"} & {*attributes}
        assert not any(name.startswith("on") for name in attributes)
    (policy,) = [entry["content"] for entry in full_page.elements_with_tag("meta") if "http-equiv" in entry]
    assert (policy or "").startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in (policy or "")


@pytest.mark.parametrize(
    "members, caveat",
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
def test_caveats_precede_everything_else(members: dict[str, Any], caveat: str) -> None:
    text = parse(record(requirement(), **members)).text
    assert text.index(caveat) < text.index("Target")


def test_the_page_of_a_run_that_did_not_start_has_the_reason() -> None:
    result = record(verdict="not-started", exit_code=2, notes=["Check --target."], latency=[])
    page = parse({**result, "timeline": {"seconds": 0.1, "requests": [], "failed": []}})
    assert "Not started Check --target." in page.text
    assert not page.elements_with_tag("table")


def test_a_root_cause_is_headed_by_a_failure_and_excludes_waived_findings() -> None:
    waived = requirement("waived", findings=[finding(why="waived for now")])
    ids = ["VC-CREATE-FAILED", "VC-CREATE-WARNED"]
    cause = {"cause": "c", "primary": waived["id"], "related": [*reversed(ids)]}
    result = record(waived, requirement("failed"), requirement("warned"), causes=[cause])
    page = parse(result)
    anchors = [entry["id"] for entry in page.elements_with_tag("details") if "id" in entry]
    assert anchors == [f"finding-{entry}" for entry in ids]
    assert page.text.count("waived for now") == 1


def test_a_flaky_finding_is_marked() -> None:
    flaky = requirement("failed", findings=[finding(flaky=True)])
    assert "Not reproduced" in parse(record(flaky)).text
    assert "Not reproduced" not in parse(record(requirement("failed"))).text


def test_preceding_exchanges_are_folded_and_omissions_are_stated() -> None:
    many = requirement("failed", findings=[finding(steps=[exchange(number=n) for n in range(9)])] * 5)
    text = parse(record(many)).text
    assert "8 preceding exchanges Only the last 3; results.json contains all." in text
    assert "2 more findings in results.json" in text


def test_leftover_resources_are_listed_with_their_names() -> None:
    nameless = {"collection": "/api/video/conferences", "id": "made-2", "name": None}
    text = parse(record(leftovers=[LEFTOVER, nameless])).text
    assert "/api/video/conferences/made-1 cc-mine /api/video/conferences/made-2 " in text


def test_a_request_without_a_response_is_shown() -> None:
    without_response = finding(steps=[exchange(response=None, failure="timed out after 10 s")])
    assert (
        "no response timed out after 10 s"
        in parse(record(requirement("failed", findings=[without_response]))).text
    )


def test_a_finding_without_exchanges_is_shown() -> None:
    bare = requirement("failed", findings=[finding(steps=[])])
    assert finding()["received"] in parse(record(bare)).text


def test_the_truncation_of_a_body_is_stated() -> None:
    long = exchange()
    long["response"]["truncated"] = 1234
    assert (
        "1,234 more characters" in parse(record(requirement("failed", findings=[finding(steps=[long])]))).text
    )


def test_findings_are_indexed_with_links(full_page: Page) -> None:
    text = full_page.text
    index = text[text.index("Index of findings") : text.index("Violated should")]
    assert re.search("VC-CREATE-FAILED . failed must, and 1 more It is kept", index)
    links = [link["href"] for link in full_page.elements_with_tag("a")]
    assert links.count("#finding-VC-CREATE-FAILED") == 2
    assert "Index of findings" not in parse(record(requirement())).text


def test_operation_codes_are_explained(full_page: Page) -> None:
    assert "VC-CREATE: Create a video conference, POST /api/video/conferences" in full_page.text
    conference = parse(record(requirement(id="VC-CONF-ID", operation="VC-CONF")))
    assert "VC-CONF: Video conference" in conference.text


def test_the_bar_and_the_table_count_every_requirement(full_page: Page) -> None:
    shares = verdict_shares(REQUIREMENTS)
    assert [(part["verdict"], part["count"]) for part in shares] == [
        *(("passed", 2), ("failed", 2), ("error", 1), ("warned", 1), ("inconclusive", 1)),
        *(("waived", 1), ("not-applicable", 1)),
    ]
    assert sum(part["width"] for part in shares) == pytest.approx(100, abs=0.01)
    rectangles = [rect for rect in full_page.elements_with_tag("rect") if rect.get("class") == "passed"]
    assert [rect["width"] for rect in rectangles] == [str(shares[0]["width"])]
    assert "must 2 2 1 \u00b7 1 1 1 8".replace(" ", "") in full_page.text.replace(" ", "")


def test_a_small_part_of_the_bar_remains_visible() -> None:
    many = [requirement(id=f"VC-N-{number}") for number in range(999)]
    *_, failed = verdict_shares([*many, requirement("failed")])
    assert failed["width"] > 0.5


def test_a_passed_requirement_has_its_source_and_a_sample(full_page: Page) -> None:
    sample = {"exchange": 31, "sent": "GET /a", "received": '200 {"name": "<b>"}'}
    page = parse(record(requirement(sample=sample)))
    assert re.search(
        f"Sample: exchange 31 ?Sent ?{sample['sent']} ?Received ?{sample['received']}", page.text
    )
    assert {"href": "https://docs.example/page", "rel": "noreferrer noopener"} in page.elements_with_tag("a")
    assert "Sample:" not in full_page.text


def test_each_place_of_a_source_is_a_link() -> None:
    source = "Reference (v2), create: a (https://docs.example/a); Guide: b (https://docs.example/b); Implied"
    page = parse(record(requirement(source=source)))
    links = [link["href"] for link in page.elements_with_tag("a") if "rel" in link]
    assert links == ["https://docs.example/a", "https://docs.example/b"]
    assert "Reference (v2), create: a; Guide: b; Implied" in page.text


def test_what_was_not_tested_is_listed_with_reasons(full_page: Page) -> None:
    text = full_page.text
    untested = text[text.index("Not tested What") : text.index("Coverage One square")]
    assert "not-observed: a 403 1 requirement VC-CREATE-NOT-APPLICABLE" in untested
    assert f"{len(catalogue())} requirements" in untested
    assert "API-AUTH-SCOPE-VIDEO needs a second token of the project" in untested


@pytest.mark.parametrize(
    "members, reason",
    [
        ({"profiles": ["video"]}, "profile fabric is not claimed: FCR-CREATE 164, FCR-GET 2"),
        ({"select": "VC-GET-*"}, "left out by --select VC-GET-*: API 3"),
        ({"read_only": True}, "left out by --read-only: API 3"),
    ],
)
def test_absent_requirements_are_counted_with_the_reason(members: dict[str, Any], reason: str) -> None:
    assert reason in parse(record(requirement(), **members)).text


def test_times_are_in_utc_and_machine_readable(full_page: Page) -> None:
    times = full_page.elements_with_tag("time")
    assert {entry["datetime"] for entry in times} == {record()["started"]}


def test_a_certified_run_begins_with_the_product_and_the_certificate() -> None:
    text = parse(record(requirement(), certificate=CERTIFICATE)).text
    assert re.search("Product ?Example, Example Video 2.1 Target ?https://api.example", text)
    for label, value in (
        ("Vendor", "Example"),
        ("Version", "2.1"),
        ("Valid until", "2042-05-06 07:09:00 UTC"),
        ("Key", f"SHA-256 {CERTIFICATE['key_id']}"),
        ("Engines", "hypothesis 6.0.0"),
    ):
        assert re.search(f"{label} ?{re.escape(value)}", text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_escaped(tmp_path: Path, text: str) -> None:
    sample = {"exchange": 3, "sent": "sent", "received": "received"}
    passed = requirement(id="VC-CREATE-SAMPLE", sample=sample)
    rich = full_record(certificate=CERTIFICATE)
    rich["requirements"].append(passed)
    html_report.write(with_hostile_text(rich, text), tmp_path / "report.html")
    written = (tmp_path / "report.html").read_bytes()
    assert len(written) < 5_000_000
    page = Page()
    page.feed(written.decode("utf-8"))
    assert {tag for tag, _ in page.elements} & DANGEROUS == {"script"}
    assert len(page.elements_with_tag("script")) == 1
    assert all(element.isprintable() or element in "\n\t" for element in "".join(page.texts))
    assert all(
        (element["href"] or "").startswith(("#", "https://docs.example/"))
        for element in page.elements_with_tag("a")
    )


@pytest.mark.parametrize("name", ["markup", "quotes", "template", "Markdown"])
def test_hostile_text_is_shown_unchanged(name: str) -> None:
    hostile = requirement("failed", findings=[finding(why=HOSTILE[name])])
    assert HOSTILE[name] in "".join(parse(record(hostile)).texts)


def test_the_page_is_small_and_states_omissions() -> None:
    page = html_report.html(large_record())
    assert len(page.encode()) < 5_000_000
    for number in range(573):
        assert f'id="VC-N-{number}"' in page
    assert "more characters" in page
    assert "see results.json" in page
    assert "100,000" in page
