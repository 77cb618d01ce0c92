"""report.html in a browser: with and without scripts, in light and dark, on a phone, for everybody."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from reports.formats import html_report as report
from tests.support.run_records import HOSTILE, enormous, everything, poisoned
from tests_browser.conftest import Opened

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
FOUND = "VC-CREATE-DATE-ONLY"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
UNFOLD = "for (const each of document.querySelectorAll('details')) each.open = true"


@pytest.fixture(scope="session")
def record(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return made


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page in which everything occurs that can occur."""
    file = tmp_path_factory.mktemp("rich") / "report.html"
    report.write(everything(select="VC-*", exit_code=1), file)
    return file


def test_a_finding_folds_and_unfolds(opened: Opened, folder: Path) -> None:
    page = opened(folder / "report.html")
    curl = page.locator(f"#finding-{FOUND} .command").first
    expect(curl).to_be_visible()
    summary = page.locator(f"#finding-{FOUND} > summary")
    summary.click()
    expect(curl).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(curl).to_be_visible()


def test_requirements_are_filtered_and_searched(opened: Opened, folder: Path, record: dict[str, Any]) -> None:
    page = opened(folder / "report.html")
    rows, matches = page.locator("tr[data-verdict]:visible"), page.locator("#matches")
    total = len(record["requirements"])
    expect(matches).to_have_text(f"{total} requirements")
    page.get_by_label("Verdict").select_option("failed")
    failed = record["counts"]["failed"]
    expect(rows).to_have_count(failed)
    expect(matches).to_have_text(f"{failed} of {total}")
    page.get_by_label("Search").fill("date-only")
    expect(rows).to_have_count(1)
    page.get_by_label("Verdict").select_option("")
    page.get_by_label("Search").fill("")
    page.get_by_label("Level").select_option("may")
    expect(rows).to_have_count(sum(each["level"] == "may" for each in record["requirements"]))


def test_a_command_is_copied_as_it_is_shown(opened: Opened, folder: Path, record: dict[str, Any]) -> None:
    page = opened(folder / "report.html", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("button.copy").first
    expect(button).to_have_accessible_name("Copy curl")
    button.click()
    expect(button).to_have_attribute("data-state", "copied")
    (found,) = [each for each in record["requirements"] if each["id"] == FOUND]
    assert page.evaluate("navigator.clipboard.readText()") == found["findings"][0]["curl"]


def test_a_link_to_a_finding_unfolds_it(opened: Opened, rich: Path) -> None:
    page = opened(rich)
    other = page.locator("#finding-VC-CREATE-OTHER")
    page.get_by_label("Search").fill("VC-CREATE-OTHER")
    page.locator("a[href='#finding-VC-CREATE-OTHER']").click()
    expect(other).to_have_attribute("open", "")
    expect(other.locator(".comparison")).to_be_in_viewport()


def test_everything_can_be_read_without_scripts(opened: Opened, folder: Path, record: dict[str, Any]) -> None:
    page = opened(folder / "report.html", java_script_enabled=False)
    expect(page.locator("form, button").first).to_be_hidden()
    for summary in page.locator("details > summary").all():
        if summary.locator("..").get_attribute("open") is None:
            summary.click()
    text = page.locator("body").inner_text()
    said = "".join(text.split())
    for each in record["requirements"]:
        assert each["id"] in text
        row = page.locator(f"tr#{each['id']}")
        assert each["verdict"].replace("-", " ") in row.inner_text()
        for finding in each["findings"]:
            for name in ("sent", "expected", "received", "why", "curl", "rerun"):
                assert "".join(finding[name].split()) in said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("unfolded", [False, True], ids=["as it opens", "all unfolded"])
def test_nobody_is_kept_out(opened: Opened, folder: Path, rich: Path, scheme: str, *, unfolded: bool) -> None:
    for file in (folder / "report.html", rich):
        page = opened(file, color_scheme=scheme, viewport=DESK)
        if unfolded:
            page.evaluate(UNFOLD)
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run(document)")["violations"]
        told = [(each["id"], each["impact"], each["nodes"][0]["html"]) for each in found]
        assert [each for each in told if each[1] in {"serious", "critical"}] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_is_wider_than_the_screen(
    opened: Opened, folder: Path, rich: Path, scheme: str, viewport: dict[str, int]
) -> None:
    for file in (folder / "report.html", rich):
        page = opened(file, color_scheme=scheme, viewport=viewport)
        page.screenshot(path=file.parent / f"{scheme}-{viewport['width']}.png", full_page=True)
        page.evaluate(UNFOLD)
        wide, visible = page.evaluate(WIDTHS)
        assert wide <= visible


@pytest.mark.parametrize("name", ["markup", "bidi", "ANSI", "lone surrogates", "a line of 10 MB"])
def test_hostile_text_does_nothing(opened: Opened, tmp_path: Path, name: str) -> None:
    file = tmp_path / "report.html"
    report.write(poisoned(everything(), HOSTILE[name]), file)
    page = opened(file, viewport=PHONE)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.evaluate(UNFOLD)
    wide, visible = page.evaluate(WIDTHS)
    assert wide <= visible


def test_the_report_of_100_000_exchanges_opens_at_once(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    report.write(enormous(), file)
    assert file.stat().st_size < 5_000_000
    began = time.perf_counter()
    page = opened(file)
    expect(page.locator("#matches")).to_have_text("573 requirements")
    took = time.perf_counter() - began
    print(f"{file.stat().st_size} bytes, opened in {took:.2f} s")  # noqa: T201 - a figure to be quoted
    assert took < 2


def test_a_printout_holds_what_was_folded(opened: Opened, folder: Path) -> None:
    page = opened(folder / "report.html")
    page.emulate_media(media="print")
    assert len(page.pdf()) > 100_000
    expect(page.locator("nav")).to_be_hidden()
