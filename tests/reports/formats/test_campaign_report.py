"""campaign.html: rounds, findings over time and tested requirements of a fuzz campaign, from its record."""

import re
from pathlib import Path
from typing import Any

import pytest

from reports import report_files
from reports.formats import campaign_report
from tests.reports.formats.test_html_report import DANGEROUS, Page
from tests.support.run_records import (
    HOSTILE,
    REQUIREMENTS,
    full_record,
    record,
    requirement,
    with_hostile_text,
)

DISCOVERIES = [
    {"requirement": "VC-CREATE-FAILED", "cause": "join_from of VC", "seed": 8, "seconds": 30.0},
    {"requirement": "VC-CREATE-WARNED", "cause": "a header", "seed": 9, "seconds": 45.0},
]
HISTORY = [
    {
        "seed": seed,
        "seconds": 15.0 * (seed - 6),
        "requests": 1_000 + seed,
        "status": "does not conform" if seed > 7 else "partial",
        "new_findings": int(seed > 7),
        "observed": seed - 2,
    }
    for seed in (7, 8, 9)
]


def campaign_record(**members: Any) -> dict[str, Any]:
    figures = {"rounds": 3, "findings": 2, "discoveries": DISCOVERIES, "history": HISTORY}
    return full_record(exit_code=1, seconds=60.0, seed=7, campaign={**figures, **members})


def parse(result: dict[str, Any]) -> Page:
    page = Page()
    page.feed(campaign_report.html(result))
    page.close()
    assert page.open_tags == []
    return page


@pytest.fixture(scope="module")
def page() -> Page:
    return parse(campaign_record())


def test_the_page_begins_with_status_findings_rounds_and_seeds(page: Page) -> None:
    assert page.text.index("Does not conform") < page.text.index("2 distinct findings in 3 rounds")
    for label, value in (("Rounds", "3"), ("Seeds", "7 to 9"), ("Requests", "1,918"), ("Time", "60.0 s")):
        assert re.search(f"{label} ?{re.escape(value)}", page.text)


def test_findings_are_listed_with_time_round_and_requirement(page: Page) -> None:
    for discovery in DISCOVERIES:
        row = f"{discovery['seconds']} s {discovery['requirement']}"
        assert row in page.text
        assert f"{discovery['cause']}round-{discovery['seed']}/" in page.text
    links = {link["href"] for link in page.elements_with_tag("a")}
    assert "report.html#finding-VC-CREATE-FAILED" in links


def test_rounds_are_listed_with_their_seeds_and_figures(page: Page) -> None:
    for entry in HISTORY:
        figures = (f"{entry['seconds']} s", f"{entry['requests']:,}", entry["new_findings"], entry["status"])
        assert f"{entry['seed']}{''.join(map(str, figures))}" in page.text.replace(" \n", "")


def test_the_lines_rise_from_the_start_to_the_end_of_the_campaign(page: Page) -> None:
    findings, observed = (line["points"] or "" for line in page.elements_with_tag("polyline"))
    assert findings == "0.00,30.00 50.00,30.00 50.00,15.00 75.00,15.00 75.00,0.00 100.00,0.00"
    assert observed.startswith("0.00,30.00 25.00,30.00 25.00,")
    assert observed.split()[-1].startswith("100.00,")


def test_coverage_counts_tested_requirements_and_observations_by_operation(page: Page) -> None:
    in_get = [entry for entry in REQUIREMENTS if entry["operation"] == "VC-GET"]
    tested, observations = f"{len(in_get)} of {len(in_get)}", sum(entry["observations"] for entry in in_get)
    row = f"VC-GET: Get a video conference, GET /api/video/conferences/{{id}}{tested}{observations}"
    assert row in page.text


def test_links_lead_to_the_report_or_into_the_page(page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [link["href"] or "" for link in page.elements_with_tag("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    assert all(link.startswith(("#", "report.html")) for link in links)


def test_a_campaign_without_rounds_or_findings_has_a_page() -> None:
    result = record(
        verdict="not-started",
        exit_code=2,
        campaign={"rounds": 0, "findings": 0, "discoveries": [], "history": []},
    )
    text = parse(result).text
    assert "0 distinct findings in 0 rounds" in text
    assert "No round found a violation." in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_escaped_and_limited(text: str) -> None:
    content = campaign_report.html(with_hostile_text(campaign_record(), text))
    assert len(content.encode()) < 5_000_000
    page = Page()
    page.feed(content)
    assert {tag for tag, _ in page.elements} & DANGEROUS == {"script"}
    assert all(character.isprintable() or character in "\n\t" for character in "".join(page.texts))
    assert all(
        re.match(r"#[a-z-]+$|report\.html(#finding-[A-Za-z0-9-]+)?$", link["href"] or "")
        for link in page.elements_with_tag("a")
    )


def test_only_the_record_of_a_campaign_has_the_page(tmp_path: Path) -> None:
    report_files.write(record(requirement()), tmp_path)
    assert not (tmp_path / report_files.CAMPAIGN).exists()
    report_files.write(campaign_record(), tmp_path)
    assert "Fuzz campaign" in (tmp_path / report_files.CAMPAIGN).read_text()
    assert 'href="campaign.html"' in (tmp_path / "report.html").read_text()


def test_the_curve_of_new_features_and_the_classes_of_values_are_shown() -> None:
    progress = [
        {"seconds": 20.0 * number, "requests": 100 * number, "features": 50 * number, "findings": 0}
        for number in (1, 2, 3)
    ]
    page = parse(campaign_record(progress=progress, value_classes={"VC-CREATE name": 12}))
    assert "New features" in page.text
    assert "150 in 60.0 s" in page.text
    assert "VC-CREATE name12" in page.text
