"""badge.svg and the word that it shows: what a record is worth."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reports import report_files
from reports.formats import badge
from reports.records.overall_status import caveats, overall_status, waived_requirements
from tests.support.run_records import HOSTILE, WAIVER, everything, poisoned, record

PART = {"select": "VC-GET-*"}


@pytest.mark.parametrize(
    "members, word, shown",
    [
        ({}, "conforms", "conforms"),
        ({"exit_code": 5}, "conforms", "conforms"),
        ({"waivers": [WAIVER]}, "conforms with waivers", "conforms with waivers"),
        ({"waivers": [{**WAIVER, "state": "unused"}]}, "conforms", "conforms"),
        (PART, "partial", "conforms (partial)"),
        ({"shard": {"number": 1, "of": 2}}, "partial", "conforms (partial)"),
        ({"profiles": ["fabric"]}, "partial", "conforms (partial)"),
        ({**PART, "waivers": [WAIVER]}, "partial", "conforms (partial, with waivers)"),
        ({**PART, "verdict": "does-not-conform"}, "does not conform", "does not conform"),
        ({"verdict": "inconclusive"}, "inconclusive", "inconclusive"),
        ({"verdict": "interrupted"}, "interrupted", "interrupted"),
        ({"verdict": "error"}, "error", "error"),
        ({"verdict": "not-started"}, "not started", "not started"),
    ],
)
def test_a_badge_says_what_a_record_is_worth(members: dict[str, Any], word: str, shown: str) -> None:
    made = record(**members)
    assert overall_status(made) == word
    root = ET.fromstring(badge.badge(made))
    assert root.get("aria-label") == f"conference API: {shown}"
    assert [each.text for each in root.iter() if each.text] == [
        f"conference API: {shown}",
        "conference API",
        shown,
    ]


def test_colours_tell_the_verdicts_apart() -> None:
    verdicts = ("conforms", "does-not-conform", "inconclusive", "error")
    fills = [
        [each.get("fill") for each in ET.fromstring(badge.badge(record(verdict=verdict))).iter()]
        for verdict in verdicts
    ]
    assert len({tuple(each) for each in fills}) == len(verdicts)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_a_target_wrote_is_in_a_badge(tmp_path: Path, text: str) -> None:
    made = everything(verdict="conforms", exit_code=0)
    badge.write(made, tmp_path / "plain.svg")
    badge.write({**poisoned(made, text), "profiles": made["profiles"], "select": ""}, tmp_path / "badge.svg")
    assert (tmp_path / "badge.svg").read_bytes() == (tmp_path / "plain.svg").read_bytes()


def test_what_a_run_leaves_out_and_leaves_behind_is_said() -> None:
    part = {
        "select": "VC-*",
        "shard": {"number": 1, "of": 2},
        "property_based_only": True,
        "profiles": ["video"],
    }
    said = list(caveats(everything(**part)))
    assert [each.split(":")[0] for each in said] == [
        *["Partial"] * 4,
        "Waivers",
        "Leftover resources that could not be deleted",
    ]
    assert waived_requirements(everything()) == ["VC-CREATE-WAIVED"]


def test_all_files_are_written_together(tmp_path: Path) -> None:
    report_files.write(everything(), tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {
        *("results.json", "junit.xml", "summary.md", "badge.svg", "report.html"),
    }
