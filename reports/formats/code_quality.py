"""GitLab code quality report (gl-code-quality-report.json): one issue for each requirement that is not met.

It contains the members of the CodeClimate format that GitLab reads. GitLab compares the issues of two
pipelines by their fingerprints, which depend on the requirement alone.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from reports.files import shared_files
from reports.presentation.finding_diff import difference_text
from reports.presentation.sanitize import escape_unprintable, truncate
from reports.records import results_file
from reports.records.exit_codes import Decision, leaves_run_undecided
from reports.records.overall_status import overall_status

_NAME: Final = "conference-conformance"
_MAX_DESCRIPTION: Final = 1_000  # characters; GitLab shows it on one line
_RUN: Final = "run"  # the check of an issue that is about the run as a whole
_FAILED: Final = "critical"
_WARNED: Final = {"must": "minor", "should": "minor", "may": "info"}  # a must is only warned if it is flaky
_UNDECIDED: Final = "major"
_INCOMPLETE: Final = "blocker"


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the issues of a record as a JSON array."""
    issues = list(_issues(record))
    shared_files.write(json.dumps(issues, indent=1, ensure_ascii=True) + "\n", path)


def _issues(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if not record["footer"]["complete"]:
        note = next(iter(record["notes"]), "")
        yield _issue(_RUN, f"The run did not complete ({overall_status(record)}). {note}", _INCOMPLETE, 1)
    lines = results_file.requirement_lines(record)
    for requirement in record["requirements"]:
        severity = _severity(requirement, record)
        if severity:
            name = requirement["id"]
            yield _issue(name, _description(requirement), severity, lines.get(name, 1))


def _severity(requirement: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    """Return the severity of the issue of a requirement; None if there is no issue."""
    verdict, level = requirement["verdict"], requirement["level"]
    if verdict == "warned":
        return _WARNED[level]
    decision = Decision(verdict, level, requirement["reason"])
    is_undecided = leaves_run_undecided(decision, read_only=bool(record.get("read_only")))
    return {"failed": _FAILED, "error": _UNDECIDED}.get(verdict, _UNDECIDED if is_undecided else None)


def _description(requirement: Mapping[str, Any]) -> str:
    texts = [
        f"{requirement['id']} {requirement['verdict']}: {requirement['sentence']}",
        requirement["reason"],
    ]
    texts += [finding.get("problem") or difference_text(finding) for finding in requirement["findings"][:1]]
    return " ".join(filter(None, texts))


def _issue(check: str, description: str, severity: str, line: int) -> dict[str, Any]:
    return {
        "description": escape_unprintable(truncate(description, _MAX_DESCRIPTION)),
        "check_name": escape_unprintable(check),
        "fingerprint": sha256(f"{_NAME}#{check}".encode(errors="backslashreplace")).hexdigest(),
        "severity": severity,
        "location": {"path": results_file.FILE, "lines": {"begin": line}},
    }
