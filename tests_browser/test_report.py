"""report.html in a browser: with and without scripts, in light and dark, on a phone, and accessible."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from reports.formats import campaign_report
from reports.formats import html_report as report
from spec.catalogue import catalogue
from tests.reports.formats.test_campaign_report import campaign_record
from tests.support.run_records import (
    CERTIFICATE,
    HOSTILE,
    full_record,
    large_record,
    requirement,
    with_hostile_text,
)
from tests.support.run_records import record as run_record
from tests_browser.conftest import OpenPage

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
VIOLATED = "VC-CREATE-DATE-ONLY"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
OPEN_ALL = "for (const element of document.querySelectorAll('details')) element.open = true"


@pytest.fixture(scope="session")
def record(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return result


@pytest.fixture(scope="session")
def full_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with every kind of content."""
    file = tmp_path_factory.mktemp("rich") / "report.html"
    report.write(full_record(select="VC-*", exit_code=1, certificate=CERTIFICATE), file)
    return file


@pytest.fixture(scope="session")
def files(folder: Path, full_report: Path) -> tuple[Path, ...]:
    """Return the page of a run, one with every kind of content, and one of a fuzz campaign."""
    campaign = full_report.with_name("campaign.html")
    campaign_report.write(campaign_record(), campaign)
    return folder / "report.html", full_report, campaign


def test_a_finding_folds_and_unfolds(open_page: OpenPage, folder: Path) -> None:
    page = open_page(folder / "report.html")
    curl = page.locator(f"#finding-{VIOLATED} .command").first
    expect(curl).to_be_visible()
    summary = page.locator(f"#finding-{VIOLATED} > summary")
    summary.click()
    expect(curl).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(curl).to_be_visible()


def test_requirements_are_filtered_and_searched(
    open_page: OpenPage, folder: Path, record: dict[str, Any]
) -> None:
    page = open_page(folder / "report.html")
    rows, matches = page.locator("tr[data-verdict]:visible"), page.locator("#matches")
    total = len(record["requirements"])
    expect(matches).to_have_text(f"{total} requirements")
    page.get_by_label("Verdict").select_option("failed")
    failed = record["counts"]["failed"]
    expect(rows).to_have_count(failed)
    expect(matches).to_have_text(f"{failed} of {total}")
    group = page.locator("details.operation:visible").first
    in_group = group.locator("tr[data-verdict]")
    expect(group.locator(".count")).to_have_text(
        f"{group.locator('tr[data-verdict]:visible').count()} of {in_group.count()}"
    )
    page.get_by_label("Search").fill("date-only")
    expect(rows).to_have_count(1)
    page.get_by_label("Verdict").select_option("")
    page.get_by_label("Search").fill("")
    expect(group.locator(".count")).to_contain_text("passed")
    page.get_by_label("Level").select_option("may")
    expect(rows).to_have_count(sum(entry["level"] == "may" for entry in record["requirements"]))


def test_a_command_is_copied_as_it_is_shown(
    open_page: OpenPage, folder: Path, record: dict[str, Any]
) -> None:
    page = open_page(folder / "report.html", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("button.copy").first
    expect(button).to_have_accessible_name("Copy curl")
    button.click()
    expect(button).to_have_attribute("data-state", "copied")
    (violated,) = [entry for entry in record["requirements"] if entry["id"] == VIOLATED]
    assert page.evaluate("navigator.clipboard.readText()") == violated["findings"][0]["curl"]


def test_a_link_to_a_finding_unfolds_it(open_page: OpenPage, full_report: Path) -> None:
    page = open_page(full_report)
    other = page.locator("#finding-VC-CREATE-OTHER")
    page.get_by_label("Search").fill("VC-CREATE-OTHER")
    page.locator("a[href='#finding-VC-CREATE-OTHER']").click()
    expect(other).to_have_attribute("open", "")
    expect(other.locator(".comparison")).to_be_in_viewport()


def test_all_content_is_readable_without_scripts(
    open_page: OpenPage, folder: Path, record: dict[str, Any]
) -> None:
    page = open_page(folder / "report.html", java_script_enabled=False)
    expect(page.locator("form, button").first).to_be_hidden()
    for summary in page.locator("details:not(.sample) > summary").all():
        if summary.locator("..").get_attribute("open") is None:
            summary.click()
    sample = page.locator("details.sample").first
    sample.locator("summary").click()
    expect(sample.locator("dd").first).to_be_visible()
    text = page.locator("body").inner_text()
    compact = "".join(text.split())
    for entry in record["requirements"]:
        assert entry["id"] in text
        row = page.locator(f"tr#{entry['id']}")
        assert entry["verdict"].replace("-", " ") in row.inner_text()
        for finding in entry["findings"]:
            for name in ("sent", "expected", "received", "why", "curl", "rerun"):
                assert "".join(finding[name].split()) in compact


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("unfolded", [False, True], ids=["as it opens", "all unfolded"])
def test_the_report_has_no_serious_accessibility_violations(
    open_page: OpenPage, files: tuple[Path, ...], scheme: str, *, unfolded: bool
) -> None:
    for file in files:
        page = open_page(file, color_scheme=scheme, viewport=DESK)
        if unfolded:
            page.evaluate(OPEN_ALL)
        page.evaluate(AXE.read_text())
        violations = page.evaluate("axe.run(document)")["violations"]
        summaries = [
            (violation["id"], violation["impact"], violation["nodes"][0]["html"]) for violation in violations
        ]
        assert [violation for violation in summaries if violation[1] in {"serious", "critical"}] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_is_wider_than_the_screen(
    open_page: OpenPage, files: tuple[Path, ...], scheme: str, viewport: dict[str, int]
) -> None:
    for file in files:
        page = open_page(file, color_scheme=scheme, viewport=viewport)
        page.screenshot(path=file.parent / f"{scheme}-{viewport['width']}.png", full_page=True)
        page.evaluate(OPEN_ALL)
        width, visible = page.evaluate(WIDTHS)
        assert width <= visible


@pytest.mark.parametrize("name", ["markup", "bidi", "ANSI", "lone surrogates", "a line of 1 MB"])
def test_hostile_text_has_no_effect(open_page: OpenPage, tmp_path: Path, name: str) -> None:
    file = tmp_path / "report.html"
    report.write(with_hostile_text(full_record(), HOSTILE[name]), file)
    page = open_page(file, viewport=PHONE)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.evaluate(OPEN_ALL)
    width, visible = page.evaluate(WIDTHS)
    assert width <= visible


def test_the_report_of_100_000_exchanges_opens_within_two_seconds(
    open_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    report.write(large_record(), file)
    assert file.stat().st_size < 5_000_000
    started = time.perf_counter()
    page = open_page(file)
    expect(page.locator("#matches")).to_have_text("573 requirements")
    seconds = time.perf_counter() - started
    print(f"{file.stat().st_size} bytes, opened in {seconds:.2f} s")  # noqa: T201 - quoted in the documentation
    assert seconds < 2


def test_a_printout_contains_folded_content(open_page: OpenPage, folder: Path) -> None:
    page = open_page(folder / "report.html")
    page.emulate_media(media="print")
    assert len(page.pdf()) > 100_000
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator(".exchange").first).to_be_hidden()
    expect(page.locator(".one-line dd").first).to_be_visible()
    expect(page.locator("tr[data-verdict]").first).to_be_visible()


@pytest.mark.parametrize("violations", [0, 200], ids=["conforming", "many root causes"])
def test_a_full_run_is_printed_on_at_most_25_pages(
    open_page: OpenPage, tmp_path: Path, violations: int
) -> None:
    file = tmp_path / "report.html"
    report.write(catalogue_record(violations), file)
    page = open_page(file)
    content = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 5 < pages <= 25


def catalogue_record(violations: int) -> dict[str, Any]:
    """Return a record with every requirement of the catalogue, some of which are violated."""
    sample = {"exchange": 7, "sent": "POST /api/video/conferences {}", "received": "200 {}"}
    entries = [
        requirement(
            "failed" if number < violations else "passed",
            id=entry.id,
            level=str(entry.level),
            sentence=entry.sentence,
            source=entry.source,
            operation=entry.operation,
            **({} if number < violations else {"sample": sample}),
        )
        for number, entry in enumerate(catalogue().values())
    ]
    return run_record(*entries)


def test_times_are_local_with_utc(open_page: OpenPage, full_report: Path) -> None:
    page = open_page(full_report, timezone_id="Asia/Kolkata", locale="en-GB")
    expect(page.locator(".run time")).to_have_text("6 May 2041, 12:38:09 GMT+5:30 (2041-05-06 07:08:09 UTC)")
    in_utc = open_page(full_report, timezone_id="UTC")
    expect(in_utc.locator(".run time")).to_have_text("2041-05-06 07:08:09 UTC")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_first_screen_shows_status_target_time_scope_and_totals(
    open_page: OpenPage, tmp_path: Path, viewport: dict[str, int]
) -> None:
    file = tmp_path / "report.html"
    report.write(catalogue_record(0), file)
    page = open_page(file, viewport=viewport)
    for text in (
        "Conforms",
        "https://api.example",
        "UTC",
        f"{len(catalogue())} of {len(catalogue())} requirements",
    ):
        expect(page.locator("header").get_by_text(text).first).to_be_in_viewport()
    for selector in (".shares svg", ".shares .legend", ".levels tbody tr >> nth=2"):
        expect(page.locator(selector)).to_be_in_viewport()
