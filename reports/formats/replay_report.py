"""Reports of replayed findings: JUnit, Markdown, and annotations of GitHub Actions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from reports.files import shared_files
from reports.formats.github_annotations import ERROR, Annotation
from reports.formats.markdown_summary import MAX_BYTES, inline_text, table_row
from reports.presentation.sanitize import escape_unprintable, sanitize_text, truncate

FILE: Final = "replay.json"
_NAME: Final = "conference-conformance replay"
_ELEMENTS: Final = {"present": "failure", "changed": "error", "undecided": "error"}
_TITLES: Final = {
    "present": "still present",
    "changed": "changed",
    "undecided": "not decided",
    "gone": "gone",
}  # in the order of the summary
_MAX_ATTRIBUTE: Final = 2_000  # characters
_MAX_TEXT: Final = 500  # characters of a cell, and of a line of an annotation
_MAX_ANNOTATIONS: Final = 10
_FIELDS: Final = ("problem", "sent", "expected", "received", "reason", "folder")


def counts_text(record: Mapping[str, Any]) -> str:
    """Return the number of findings of each status on one line."""
    counts = [f"{record['counts'][status]} {title}" for status, title in _TITLES.items()]
    return f"{', '.join(counts)} of {len(record['findings'])} findings"


def lines_of(entry: Mapping[str, Any]) -> list[str]:
    """Return what a replay observed about a finding, one line for each field."""
    return [f"{name:<9} {escape_unprintable(entry[name])}" for name in _FIELDS if entry.get(name)]


def write_junit(record: Mapping[str, Any], path: Path) -> None:
    """Write JUnit XML with one test case for each finding."""
    cases = [_case(entry) for entry in record["findings"]]
    totals = {
        "name": _NAME,
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "time": f"{record['seconds']:.3f}",
    }
    suites = ET.Element("testsuites", totals)
    suite = ET.SubElement(suites, "testsuite", {**totals, "skipped": "0", "file": FILE})
    suite.extend(cases)
    with shared_files.open_replacement(path) as output:
        ET.ElementTree(suites).write(output, encoding="utf-8", xml_declaration=True)


def markdown(record: Mapping[str, Any], max_bytes: int = MAX_BYTES) -> str:
    """Return the record as Markdown; rows that do not fit are only counted."""
    head = [
        f"# Replay of findings: {counts_text(record)}",
        "",
        f"target: {inline_text(record['target']['origin'], _MAX_TEXT)}; exit code {record['exit_code']}",
        "",
        *(f"> **Note:** {inline_text(note, _MAX_TEXT)}\n" for note in record["notes"]),
        table_row(["status", "requirement", "level", "finding", "observed"]),
        table_row(["---"] * 5),
    ]
    room = max_bytes - len("\n".join(head).encode()) - _MAX_TEXT
    rows: list[str] = []
    ordered = sorted(record["findings"], key=lambda entry: [*_TITLES].index(entry["status"]))
    for entry in ordered:
        observed = entry["reason"] or (entry["received"] if entry["status"] == "present" else "")
        cells = (_TITLES[entry["status"]], entry["requirement"], entry["level"], entry["id"], observed)
        row = table_row([inline_text(cell, _MAX_TEXT) for cell in cells])
        room -= len(row.encode()) + 1
        if room < 0:
            break
        rows.append(row)
    omitted = len(ordered) - len(rows)
    return "\n".join([*head, *rows, *([f"\n{omitted} more in {FILE}."] if omitted else []), ""])


def annotations(record: Mapping[str, Any]) -> list[str]:
    """Return the workflow commands for the findings that are not gone, at most ten."""
    entries = [entry for entry in record["findings"] if entry["status"] != "gone"]
    entries.sort(key=lambda entry: [*_TITLES].index(entry["status"]))
    return [
        Annotation(
            ERROR,
            f"{_TITLES[entry['status']]}: {entry['requirement']} ({entry['level']})",
            "\n".join([entry["sentence"], *(truncate(line, _MAX_TEXT) for line in lines_of(entry))]),
        ).command()
        for entry in entries[:_MAX_ANNOTATIONS]
    ]


def _case(entry: Mapping[str, Any]) -> ET.Element:
    names = {"classname": "conformance.replay", "name": _line(entry["id"]), "time": "0.000"}
    case = ET.Element("testcase", names)
    element = _ELEMENTS.get(entry["status"])
    if element is not None:
        title = _TITLES[entry["status"]]
        message = f"{title}: {entry['reason'] or entry['problem'] or entry['sentence']}"
        result = ET.SubElement(case, element, {"type": entry["status"], "message": _line(message)})
        result.text = sanitize_text("\n".join([entry["sentence"], *lines_of(entry)]))
    return case


def _line(text: str) -> str:
    return escape_unprintable(truncate(text, _MAX_ATTRIBUTE))
