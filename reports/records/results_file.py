"""Writing, reading and validation of results.json."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jsonschema import ValidationError

from reports.files import input_files, shared_files
from reports.files.input_files import InputFileError, parse_json, read_bytes
from reports.presentation.known_failures import is_known
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import CONFORMS, VERDICTS, verdict_of
from reports.records.overall_status import has_decided_requirement
from spec.data_files import results_schema
from spec.validation import first_validation_error

FILE: Final = "results.json"
_MAX_MESSAGE: Final = 300  # characters of a problem
_REQUIREMENTS: Final = ' "requirements": ['  # a line of the file, at the level of the members of the record
_ID: Final = '   "id": '  # the beginning of a line, at the level of the members of a requirement


class UnusableResultsError(InputFileError):
    """A file does not contain a valid record of a run."""


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record of a run."""
    shared_files.write(_text(record), path)


def requirement_lines(record: Mapping[str, Any]) -> dict[str, int]:
    """Return the number of the line at which each requirement begins in the file, by its id."""
    lines = _text(record).split("\n")
    begin = lines.index(_REQUIREMENTS) if record["requirements"] else 0
    numbers = (number for number in range(begin, len(lines)) if lines[number].startswith(_ID))
    ids = (requirement["id"] for requirement in record["requirements"])
    return {identifier: number + 1 for identifier, number in zip(ids, numbers, strict=False)}


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=True) + "\n"


def read(path: Path, *, follow_links: bool = False) -> dict[str, Any]:
    """Read the JSON object in a file; raise UnusableResultsError if there is none.

    Symbolic links are followed only for a file that the user specified.
    """
    try:
        record = parse_json(read_bytes(path, limit=input_files.RESULTS, follow_links=follow_links))
    except InputFileError as error:
        raise UnusableResultsError(str(error)) from None
    except ValueError as error:
        problem = _truncate(str(error))
        raise UnusableResultsError(f"{path} is not valid JSON, or incomplete: {problem}") from None
    if not isinstance(record, dict):
        raise UnusableResultsError(f"{path} is not the record of a run: not a JSON object")
    return record


def read_validated(path: Path, *, follow_links: bool = False) -> dict[str, Any]:
    """Read a record from an untrusted source; raise UnusableResultsError if it is not valid."""
    record = read(path, follow_links=follow_links)
    problem = next(_problems(record), None)
    if problem:
        raise UnusableResultsError(f"{path} is not the record of a run: {_truncate(problem)}")
    return record


def _problems(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a record, the version of its schema first."""
    version = record.get("schema_version")
    supported = results_schema()["properties"]["schema_version"]["const"]
    if version != supported:
        yield f"schema_version is {version!r}; this suite reads {supported}"
    error = first_validation_error(results_schema(), record)
    if error is not None:
        yield f"{_location(error)}: {error.message}"
    yield from _time_problems(record)
    if len(record["timeline"]["requests"]) != len(record["timeline"]["failed"]):
        yield "timeline: requests and failed have different lengths"
    ids = [requirement["id"] for requirement in record["requirements"]]
    if len(ids) != record["footer"]["requirements"]:
        yield f"the footer counts {record['footer']['requirements']} requirements; there are {len(ids)}"
    identifier, times = next(iter(Counter(ids).most_common(1)), ("", 0))
    if times > 1:
        yield f"requirement {identifier} occurs twice"
    in_causes = {name for cause in record["causes"] for name in (cause["primary"], *cause["related"])}
    if not in_causes <= set(ids):
        yield f"a cause names {min(in_causes - set(ids))}, which is not among the requirements"
    code, verdict = record["exit_code"], record["verdict"]
    has_known_failures = bool(record.get("baseline")) and any(map(is_known, record["requirements"]))
    permitted = {VERDICTS[code], verdict_of(code, has_known_failures=has_known_failures)}
    if verdict not in permitted:
        yield f"the verdict is {verdict}, which contradicts the exit code {code}"
    if verdict == VERDICTS[CONFORMS] and not has_decided_requirement(record):
        yield f"the verdict is {verdict}, but no requirement was decided"


def _time_problems(record: Mapping[str, Any]) -> Iterator[str]:
    certificate = record.get("certificate", {})
    times = {name: certificate[name] for name in ("issued", "expires") if certificate}
    for name, text in {"started": record["started"], **times}.items():
        if not _is_instant(text):
            yield f"{name}: {text!r} is not a valid time in UTC"


def _is_instant(text: str) -> bool:
    """Return whether a date-time denotes an instant that can be converted to UTC: years 1 to 9999."""
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _location(error: ValidationError) -> str:
    return "/".join(map(str, error.absolute_path)) or "the record"


def _truncate(text: str) -> str:
    return escape_unprintable(text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}…")
