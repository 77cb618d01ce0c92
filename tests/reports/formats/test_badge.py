"""badge.svg and the overall status that it shows."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reports import report_files
from reports.formats import badge
from reports.records.overall_status import caveats, overall_status, waived_requirements
from tests.support.run_records import (
    CERTIFICATE,
    HOSTILE,
    WAIVER,
    full_record,
    record,
    requirement,
    with_hostile_text,
)

PART = {"select": "VC-GET-*"}


@pytest.mark.parametrize(
    "members, text",
    [
        ({}, "conforms"),
        ({"exit_code": 5}, "conforms"),
        ({"waivers": [WAIVER]}, "conforms with waivers"),
        ({"waivers": [{**WAIVER, "state": "unused"}]}, "conforms"),
        (PART, "partial"),
        ({"shard": {"number": 1, "of": 2}}, "partial"),
        ({"profiles": ["fabric"]}, "partial"),
        ({**PART, "waivers": [WAIVER]}, "partial"),
        ({**PART, "verdict": "does-not-conform"}, "does not conform"),
        ({"verdict": "inconclusive"}, "inconclusive"),
        ({"verdict": "interrupted"}, "interrupted"),
        ({"verdict": "error"}, "error"),
        ({"verdict": "not-started"}, "not started"),
    ],
)
def test_a_badge_shows_the_overall_status(members: dict[str, Any], text: str) -> None:
    result = record(requirement("passed"), **members)
    assert overall_status(result) == text
    root = ET.fromstring(badge.badge(result))
    assert root.get("aria-label") == f"conference API: {text}"
    assert [element.text for element in root.iter() if element.text] == [
        f"conference API: {text}",
        "conference API",
        text,
    ]


def test_each_verdict_has_its_own_color() -> None:
    verdicts = ("conforms", "does-not-conform", "inconclusive", "error")
    fills = [
        [
            element.get("fill")
            for element in ET.fromstring(badge.badge(record(requirement("passed"), verdict=verdict))).iter()
        ]
        for verdict in verdicts
    ]
    assert len({tuple(element) for element in fills}) == len(verdicts)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_badge_contains_no_text_from_the_target(tmp_path: Path, text: str) -> None:
    result = full_record(verdict="conforms", exit_code=0)
    badge.write(result, tmp_path / "plain.svg")
    badge.write(
        {**with_hostile_text(result, text), "profiles": result["profiles"], "select": ""},
        tmp_path / "badge.svg",
    )
    assert (tmp_path / "badge.svg").read_bytes() == (tmp_path / "plain.svg").read_bytes()


def test_the_badge_of_a_certified_run_names_the_product_and_the_last_day() -> None:
    result = record(requirement("passed"), certificate={**CERTIFICATE, "product": "A <b> & c"})
    root = ET.fromstring(badge.badge(result))
    assert root.get("aria-label") == "conference API: conforms, A <b> & c 2.1, valid until 2042-05-06"
    assert int(root.get("width") or 0) == sum(
        int(box.get("width") or 0) for box in root.findall("{*}g/{*}rect")
    )
    description = root.findtext("{*}desc") or ""
    for value in (*CERTIFICATE.values(), "https://api.example", "hypothesis 6.0.0"):
        assert value in description or value == CERTIFICATE["product"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_texts_of_a_certificate_are_inert_and_limited_in_a_badge(tmp_path: Path, text: str) -> None:
    badge.write(
        {**full_record(), "certificate": with_hostile_text(CERTIFICATE, text)}, tmp_path / "badge.svg"
    )
    content = (tmp_path / "badge.svg").read_bytes()
    assert len(content) < 20_000
    assert all(part.isprintable() for part in ET.fromstring(content).itertext() if part.strip())


def test_caveats_list_omissions_waivers_and_leftovers() -> None:
    omissions = {
        "select": "VC-*",
        "shard": {"number": 1, "of": 2},
        "property_based_only": True,
        "profiles": ["video"],
    }
    lines = list(caveats(full_record(**omissions)))
    assert [line.split(":")[0] for line in lines] == [
        *["Partial"] * 4,
        "Waivers",
        "Leftover resources that could not be deleted",
    ]
    assert waived_requirements(full_record()) == ["VC-CREATE-WAIVED"]


def test_all_report_files_are_written(tmp_path: Path) -> None:
    report_files.write(full_record(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("results.json", "junit.xml", "summary.md", "badge.svg", "report.html"),
        "gl-code-quality-report.json",
    }
