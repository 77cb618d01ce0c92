"""results.json: written and read here and nowhere else."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jsonschema import ValidationError

from reports.files import input_files, private_files
from reports.files.input_files import InputFileError, content, json_value
from reports.presentation.sanitize import inert
from spec.data_files import results_schema
from spec.validation import first_error

FILE: Final = "results.json"
_LONGEST: Final = 300  # characters of what is wrong with a record


class UnusableResultsError(InputFileError):
    """A file holds no record that can be used: which file, and what is wrong with it."""


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record of a run."""
    private_files.write(json.dumps(record, indent=1, ensure_ascii=True) + "\n", path)


def read(path: Path, *, follow_links: bool = False) -> dict[str, Any]:
    """Read the object that a file holds; raise UnusableResultsError where it holds none.

    A symbolic link is only followed to a file that the user named.
    """
    try:
        record = json_value(content(path, limit=input_files.RESULTS, follow_links=follow_links))
    except InputFileError as error:
        raise UnusableResultsError(str(error)) from None
    except ValueError as error:
        raise UnusableResultsError(f"{path} is not valid JSON, or cut short: {_cut(str(error))}") from None
    if not isinstance(record, dict):
        raise UnusableResultsError(f"{path} is not the record of a run: it does not hold a JSON object")
    return record


def checked(path: Path, *, follow_links: bool = False) -> dict[str, Any]:
    """Read a record that came from anywhere; raise UnusableResultsError where it is not a whole one."""
    record = read(path, follow_links=follow_links)
    problem = next(_problems(record), None)
    if problem:
        raise UnusableResultsError(f"{path} is not the record of a run: {_cut(problem)}")
    return record


def _problems(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps a record from being used, the version of its schema first."""
    version = record.get("schema_version")
    known = results_schema()["properties"]["schema_version"]["const"]
    if version != known:
        yield f"its schema_version is {version!r}; this suite reads {known}"
    error = first_error(results_schema(), record)
    if error is not None:
        yield f"{_place(error)}: {error.message}"
    if not _is_instant(record["started"]):
        yield f"started: {record['started']!r} is not an instant of the calendar in UTC"
    if len(record["timeline"]["requests"]) != len(record["timeline"]["wrong"]):
        yield "the two lines of its timeline are not of one length"
    ids = [each["id"] for each in record["requirements"]]
    if len(ids) != record["footer"]["requirements"]:
        yield f"its footer counts {record['footer']['requirements']} requirements; there are {len(ids)}"
    identifier, times = next(iter(Counter(ids).most_common(1)), ("", 0))
    if times > 1:
        yield f"{identifier} stands in it twice"
    told = {each for cause in record["causes"] for each in (cause["lead"], *cause["others"])}
    if not told <= set(ids):
        yield f"a cause names {min(told - set(ids))}, which is not among its requirements"


def _is_instant(text: str) -> bool:
    """Return whether a date-time denotes an instant that can be converted to UTC: years 1 to 9999."""
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _place(error: ValidationError) -> str:
    return "/".join(map(str, error.absolute_path)) or "the whole"


def _cut(text: str) -> str:
    return inert(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
