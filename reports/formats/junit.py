"""JUnit report (junit.xml): one test case for each requirement, in the format of Ant and Jenkins.

Only the test suite names a file: the strict schema of Jenkins (junit-10 of the xUnit plugin) has no such
attribute for a test case.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from reports.files import shared_files
from reports.presentation import finding_diff
from reports.presentation.certificate_facts import certificate_facts
from reports.presentation.failure_text import failure_text
from reports.presentation.known_failures import is_known
from reports.presentation.sanitize import escape_unprintable, sanitize_text, truncate
from reports.presentation.views import API_NAMES, OTHER_API
from reports.records import results_file
from reports.records.exit_codes import Decision, leaves_run_undecided
from reports.records.overall_status import limitations, overall_status, tally

_NAME: Final = "conference-conformance"
_PACKAGE: Final = "conformance"  # of the class names
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
    cases = [_case(requirement, record) for requirement in record["requirements"]]
    if not record["footer"]["complete"]:
        cases.append(_unfinished(record))
    totals = _totals(record, cases)
    suites = ET.Element("testsuites", totals)
    skipped, file = _count(cases, "skipped"), results_file.FILE
    attributes = {**totals, **_start(record), "skipped": skipped, "file": file}
    suite = ET.SubElement(suites, "testsuite", attributes)
    suite.append(_properties(record))
    suite.extend(cases)
    with shared_files.open_replacement(path) as output:
        ET.ElementTree(suites).write(output, encoding="utf-8", xml_declaration=True)


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
        "overall status": overall_status(record),
        "summary": tally(record),
        **{f"certificate {label}": value for label, value in certificate_facts(record).items()},
        **{f"limitation {number}": text for number, text in enumerate(limitations(record), 1)},
    }
    properties = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", {"name": name, "value": _line(value)})
    return properties


def _case(requirement: Mapping[str, Any], record: Mapping[str, Any]) -> ET.Element:
    operation = requirement["operation"]
    api = API_NAMES.get(operation.partition("-")[0], OTHER_API)
    case = _test_case(f"{_PACKAGE}.{api}.{operation}", requirement["id"], _seconds(requirement))
    element = _element(requirement, record)
    if is_known(requirement):
        headline = f"known failure: {_headline(requirement)}"
        _add(case, "skipped", f"known-{requirement['verdict']}", headline, failure_text(requirement))
    elif element:
        _add(case, element, requirement["verdict"], _headline(requirement), failure_text(requirement))
    elif requirement["findings"]:
        ET.SubElement(case, "system-out").text = sanitize_text(failure_text(requirement))
    return case


def _element(requirement: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    """Return the element of a verdict: an error if it makes the run inconclusive, which fails the job."""
    decision = Decision(requirement["verdict"], requirement["level"], requirement["reason"])
    if leaves_run_undecided(decision, read_only=bool(record.get("read_only"))):
        return "error"
    return _ELEMENTS.get(requirement["verdict"])


def _unfinished(record: Mapping[str, Any]) -> ET.Element:
    """Return a failing test case for a run that did not complete and would otherwise look successful."""
    case = _test_case(f"{_PACKAGE}.run", "run", _seconds(record))
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
    findings = requirement["findings"][:1]
    problems = (finding.get("problem") or finding_diff.difference_text(finding) for finding in findings)
    return " ".join(filter(None, (requirement["sentence"], requirement["reason"], *problems)))
