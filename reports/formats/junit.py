"""JUnit report (junit.xml): one test case for each requirement, in the format of Ant and Jenkins."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from reports.files import private_files
from reports.presentation.failure_text import failure_text
from reports.presentation.sanitize import escape_unprintable, sanitize_text, truncate
from reports.records.overall_status import limitations, overall_status, tally

_NAME: Final = "conference-conformance"
_MAX_ATTRIBUTE: Final = 2_000  # characters
_ELEMENTS: Final = {
    "failed": "failure",
    "error": "error",
    "inconclusive": "skipped",
    "not-applicable": "skipped",
    "waived": "skipped",
}


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as JUnit XML; a warning is the output of a passing test case."""
    cases = [_case(requirement) for requirement in record["requirements"]]
    if not record["footer"]["complete"]:
        cases.append(_unfinished(record))
    totals = _totals(record, cases)
    suites = ET.Element("testsuites", totals)
    attributes = {**totals, **_start(record), "skipped": _count(cases, "skipped")}
    suite = ET.SubElement(suites, "testsuite", attributes)
    suite.append(_properties(record))
    suite.extend(cases)
    with private_files.open_replacement(path) as file:
        ET.ElementTree(suites).write(file, encoding="utf-8", xml_declaration=True)


def _totals(record: Mapping[str, Any], cases: list[ET.Element]) -> dict[str, str]:
    return {
        "name": _NAME,
        "tests": str(len(cases)),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "time": _seconds(record),
    }


def _count(cases: list[ET.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))


def _seconds(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('seconds', 0):.3f}"


def _start(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the start time in UTC, because the format has no time zones, and a neutral host name."""
    started = datetime.fromisoformat(record["started"]).astimezone(UTC)
    return {"timestamp": started.strftime("%Y-%m-%dT%H:%M:%S"), "hostname": "localhost"}


def _properties(record: Mapping[str, Any]) -> ET.Element:
    """Return the suite, the target and the settings of the run."""
    values = {
        "suite": f"{record['suite']['name']} {record['suite']['version']}",
        "target": record["target"]["origin"],
        "profiles": ", ".join(record["profiles"]),
        "effort": record["effort"],
        "seed": "none" if record["seed"] is None else str(record["seed"]),
        "verdict": record["verdict"],
        "overall status": overall_status(record),
        "summary": tally(record),
        **{f"limitation {number}": text for number, text in enumerate(limitations(record), 1)},
    }
    properties = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", {"name": name, "value": _line(value)})
    return properties


def _case(requirement: Mapping[str, Any]) -> ET.Element:
    case = _test_case(requirement["operation"], requirement["id"], _seconds(requirement))
    element = _ELEMENTS.get(requirement["verdict"])
    if element:
        _add(case, element, requirement["verdict"], _headline(requirement), failure_text(requirement))
    elif requirement["findings"]:
        ET.SubElement(case, "system-out").text = sanitize_text(failure_text(requirement))
    return case


def _unfinished(record: Mapping[str, Any]) -> ET.Element:
    """Return a failing test case for a run that did not complete and would otherwise look successful."""
    case = _test_case(_NAME, "run", _seconds(record))
    _add(case, "error", record["verdict"], overall_status(record), "\n".join(record["notes"]))
    return case


def _test_case(group: str, name: str, seconds: str) -> ET.Element:
    return ET.Element("testcase", {"classname": _line(group), "name": _line(name), "time": seconds})


def _add(case: ET.Element, element: str, verdict: str, message: str, text: str) -> None:
    result = ET.SubElement(case, element, {"type": verdict, "message": _line(message)})
    result.text = sanitize_text(text)


def _line(text: str) -> str:
    return escape_unprintable(truncate(text, _MAX_ATTRIBUTE))


def _headline(requirement: Mapping[str, Any]) -> str:
    problem = next((finding.get("problem", "") for finding in requirement["findings"]), "")
    return " ".join(filter(None, (requirement["sentence"], requirement["reason"], problem)))
