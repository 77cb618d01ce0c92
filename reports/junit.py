"""junit.xml: one test case for each requirement."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

_NOT_IN_XML: Final = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML 1.0, section 2.2
_ELEMENTS: Final = {
    "failed": "failure",
    "error": "error",
    "inconclusive": "skipped",
    "not-applicable": "skipped",
    "waived": "skipped",
}


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as JUnit XML; what is only warned of stands in the output of a passing case."""
    suites = ET.Element("testsuites", _totals(record))
    suite = ET.SubElement(suites, "testsuite", {**_totals(record), "timestamp": record["started"]})
    for requirement in record["requirements"]:
        suite.append(_case(requirement))
    ET.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _totals(record: Mapping[str, Any]) -> dict[str, str]:
    verdicts = [each["verdict"] for each in record["requirements"]]
    kinds = [_ELEMENTS.get(verdict) for verdict in verdicts]
    return {
        "name": "conference-conformance",
        "tests": str(len(verdicts)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": str(record["seconds"]),
    }


def _case(requirement: Mapping[str, Any]) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "classname": requirement["operation"],
            "name": requirement["id"],
            "time": str(requirement["seconds"]),
        },
    )
    element = _ELEMENTS.get(requirement["verdict"])
    if element:
        told = ET.SubElement(case, element, {"message": _clean(_headline(requirement))})
        told.text = _clean(block(requirement))
    elif requirement["findings"]:
        ET.SubElement(case, "system-out").text = _clean(block(requirement))
    return case


def _headline(requirement: Mapping[str, Any]) -> str:
    return f"{requirement['sentence']} {requirement['reason'] or ''}".strip()


def block(requirement: Mapping[str, Any]) -> str:
    """Return what is told of a requirement that was not kept, in the order in which people ask."""
    lines = [
        f"{requirement['verdict']}  {requirement['id']} ({requirement['level']})  {requirement['sentence']}"
    ]
    for finding in requirement["findings"]:
        told = {**finding, "source": requirement["source"]}
        lines += [
            f"  {label:<9} {told[label]}"
            for label in ("sent", "expected", "received", "why", "source", "curl", "again")
        ]
    if requirement["reason"]:
        lines.append(f"  reason    {requirement['reason']}")
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
