"""Comparison of the record and the reports of a run with those recomputed from its evidence."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from conformance.results.reproduction import finding_folders
from reports import report_files
from reports.files import input_files
from reports.records import results_file
from reports.records.exit_codes import INTERRUPTED

_IGNORED_PATHS: Final = frozenset(
    {
        "/cpu_seconds",  # of the evaluation, different each time
        "/trace",  # the same
        "/certificate",  # not in the evidence; compared with certificate.json
    }
)
_IGNORED_MEMBERS: Final = frozenset({"seconds", "trace"})  # the same of a requirement
_COMPARED_IF_INTERRUPTED: Final = (
    *(
        "schema_version",
        "suite",
        "target",
        "profiles",
        "effort",
        "seed",
        "select",
        "shard",
        "property_based_only",
    ),
    *("options", "strict", "read_only", "without", "prefix", "started", "seconds", "verdict", "exit_code"),
)  # equal for an interrupted run and its evidence, as are the verdicts that were reached
_MAX_DIFFERENCES: Final = 20
_MAX_VALUE: Final = 100  # characters of a value in a message


def differences(folder: Path, recorded: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences of results.json and the reports from the record recomputed from the evidence."""
    interrupted = recorded["exit_code"] == INTERRUPTED and record["exit_code"] == INTERRUPTED
    pair = (_reached(recorded, record), _reached(record, recorded)) if interrupted else (recorded, record)
    problems = list(_value_differences(*pair, ""))
    yield from problems[:_MAX_DIFFERENCES]
    if len(problems) > _MAX_DIFFERENCES:
        yield f"and {len(problems) - _MAX_DIFFERENCES} more differences"
    if not problems:
        yield from _report_differences(folder, recorded)


def _reached(record: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the comparable part of an interrupted run: options, and verdicts that both records reached."""
    reached = {requirement["id"] for requirement in other["requirements"] if _was_reached(requirement)}
    return {
        **{name: record.get(name) for name in _COMPARED_IF_INTERRUPTED},
        "footer": {name: record["footer"][name] for name in ("complete", "requirements", "evidence")},
        "requirements": [
            {"id": requirement["id"], "verdict": requirement["verdict"]}
            if _was_reached(requirement) and requirement["id"] in reached
            else {"id": requirement["id"]}
            for requirement in record["requirements"]
        ],
        "waivers": [
            {name: waiver[name] for name in ("requirement", "reason", "expires")}
            for waiver in record["waivers"]
        ],
    }


def _was_reached(requirement: Mapping[str, Any]) -> bool:
    return not str(requirement["reason"] or "").startswith(("interrupted", "cut-short"))


def _value_differences(stored: Any, expected: Any, path: str) -> Iterator[str]:
    """Yield the differences of two records, apart from the times of evaluation."""
    if isinstance(stored, dict) and isinstance(expected, dict):
        for name in sorted(stored.keys() | expected.keys()):
            if not _is_ignored(path, name):
                yield from _value_differences(stored.get(name), expected.get(name), f"{path}/{name}")
    elif isinstance(stored, list) and isinstance(expected, list) and len(stored) == len(expected):
        for index, (stored_item, expected_item) in enumerate(zip(stored, expected, strict=True)):
            name = stored_item.get("id", index) if isinstance(stored_item, dict) else index
            yield from _value_differences(stored_item, expected_item, f"{path}/{name}")
    elif json.dumps(stored) != json.dumps(expected):
        yield f"{results_file.FILE} has {_brief(stored)} at {path}; the evidence gives {_brief(expected)}"


def _is_ignored(path: str, name: str) -> bool:
    in_requirement = path.startswith("/requirements/") and path.count("/") == len(("", "requirements"))
    return f"{path}/{name}" in _IGNORED_PATHS or (in_requirement and name in _IGNORED_MEMBERS)


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _MAX_VALUE else f"{text[:_MAX_VALUE]}…"


def _report_differences(folder: Path, recorded: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reports that differ from those generated from the record."""
    with tempfile.TemporaryDirectory() as temporary:
        report_files.write(recorded, Path(temporary))
        finding_folders.write(recorded, Path(temporary, finding_folders.FOLDER))
        for expected in sorted(path for path in Path(temporary).rglob("*") if path.is_file()):
            name = expected.relative_to(temporary)
            if not (folder / name).is_file():
                yield f"{name} is missing"
            elif not _has_content(folder / name, expected.read_bytes()):
                yield f"{name} differs from {results_file.FILE}"


def _has_content(path: Path, expected: bytes) -> bool:
    """Return whether a file has the expected content, without reading more than its length."""
    try:
        return input_files.read_bytes(path, limit=len(expected), follow_links=False) == expected
    except input_files.InputFileError:
        return False
