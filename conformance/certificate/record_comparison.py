"""The record of a run and its reports, compared with what the evidence gives."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reports import report_files
from reports.files import input_files
from reports.records import results_file
from reports.records.exit_codes import INTERRUPTED

_NOT_OF_THE_TARGET: Final = frozenset({"/phases", "/trace"})  # of the judging, which differs each time
_NOT_OF_THE_TARGET_EACH: Final = frozenset({"seconds", "trace"})  # the same of one requirement
_SETTLED: Final = (
    *("schema_version", "suite", "target", "profiles", "effort", "seed", "select", "shard", "exploring"),
    *("options", "strict", "read_only", "prefix", "started", "seconds", "verdict", "exit_code"),
)  # what an interrupted run and its evidence have in common, beside the verdicts that were reached
_MOST: Final = 20  # differences that are reported
_BRIEF: Final = 100  # characters of a value in one


def differences(folder: Path, recorded: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    """Yield where results.json and the reports differ from the record that the evidence gives."""
    interrupted = recorded["exit_code"] == INTERRUPTED and record["exit_code"] == INTERRUPTED
    pair = (_reached(recorded, record), _reached(record, recorded)) if interrupted else (recorded, record)
    found = list(_unlike(*pair, ""))
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST} more differences"
    if not found:
        yield from _rendered_otherwise(folder, recorded)


def _reached(record: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an interrupted run settled: its options, and the verdicts that both records reached."""
    reached = {each["id"] for each in other["requirements"] if _was_reached(each)}
    return {
        **{name: record.get(name) for name in _SETTLED},
        "footer": {name: record["footer"][name] for name in ("complete", "requirements", "evidence")},
        "requirements": [
            {"id": each["id"], "verdict": each["verdict"]}
            if _was_reached(each) and each["id"] in reached
            else {"id": each["id"]}
            for each in record["requirements"]
        ],
        "waivers": [
            {name: each[name] for name in ("requirement", "reason", "expires")} for each in record["waivers"]
        ],
    }


def _was_reached(requirement: Mapping[str, Any]) -> bool:
    return not str(requirement["reason"] or "").startswith(("interrupted", "cut-short"))


def _unlike(said: Any, found: Any, where: str) -> Iterator[str]:
    """Yield each place where two records differ, apart from the times of the judging."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted(said.keys() | found.keys()):
            if not _is_of_the_judging(where, name):
                yield from _unlike(said.get(name), found.get(name), f"{where}/{name}")
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for place, (one, other) in enumerate(zip(said, found, strict=True)):
            name = one.get("id", place) if isinstance(one, dict) else place
            yield from _unlike(one, other, f"{where}/{name}")
    elif json.dumps(said) != json.dumps(found):
        yield f"{results_file.FILE} says {_brief(said)} for {where}, the evidence gives {_brief(found)}"


def _is_of_the_judging(where: str, name: str) -> bool:
    of_a_requirement = where.startswith("/requirements/") and where.count("/") == len(("", "requirements"))
    return f"{where}/{name}" in _NOT_OF_THE_TARGET or (of_a_requirement and name in _NOT_OF_THE_TARGET_EACH)


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}…"


def _rendered_otherwise(folder: Path, recorded: Mapping[str, Any]) -> Iterator[str]:
    """Yield each report that is not what the record gives."""
    with tempfile.TemporaryDirectory() as fresh:
        report_files.write(recorded, Path(fresh))
        for report in sorted(Path(fresh).iterdir()):
            kept = folder / report.name
            if not kept.is_file():
                yield f"{report.name} is missing"
            elif not _holds(kept, report.read_bytes()):
                yield f"{report.name} is not what {results_file.FILE} gives"


def _holds(path: Path, expected: bytes) -> bool:
    """Return whether a file holds some bytes; no more of it is read."""
    try:
        return input_files.content(path, limit=len(expected), follow_links=False) == expected
    except input_files.InputFileError:
        return False
