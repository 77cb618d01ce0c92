"""results.json: written and read here and nowhere else."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jsonschema import ValidationError

from reports import private, strict_json
from reports.inert import inert
from spec.documents import results_schema
from spec.schemas import errors

FILE: Final = "results.json"
_LONGEST: Final = 300  # characters of what is wrong with a record


class UnusableResultsError(ValueError):
    """A file holds no record that can be used: which file, and what is wrong with it."""


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record of a run."""
    private.write(json.dumps(record, indent=1, ensure_ascii=True) + "\n", path)


def read(path: Path) -> dict[str, Any]:
    """Read the record of a run."""
    record: dict[str, Any] = strict_json.parsed(path.read_text(encoding="utf-8"))
    return record


def checked(path: Path) -> dict[str, Any]:
    """Read a record that came from anywhere; raise UnusableResultsError where it is not a whole one."""
    try:
        record = read(path)
    except OSError as error:
        raise UnusableResultsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UnusableResultsError(f"{path} is no JSON, or cut short: {_cut(str(error))}") from None
    problem = next(_problems(record), None)
    if problem:
        raise UnusableResultsError(f"{path} is no record of a run: {_cut(problem)}")
    return record


def _problems(record: Any) -> Iterator[str]:
    """Yield what keeps a record from being used, the version of its schema first."""
    version = record.get("schema_version") if isinstance(record, dict) else None
    known = results_schema()["properties"]["schema_version"]["const"]
    if version != known:
        yield f"its schema_version is {version!r}; this suite reads {known}"
    yield from (f"{_place(error)}: {error.message}" for error in errors(results_schema(), record))
    if len(record["timeline"]["requests"]) != len(record["timeline"]["wrong"]):
        yield "the two lines of its timeline are not of one length"
    ids = [each["id"] for each in record["requirements"]]
    if len(ids) != record["footer"]["requirements"]:
        yield f"its footer counts {record['footer']['requirements']} requirements; there are {len(ids)}"
    twice = next((each for each in ids if ids.count(each) > 1), None)
    if twice:
        yield f"{twice} stands in it twice"
    told = {each for cause in record["causes"] for each in (cause["lead"], *cause["others"])}
    if not told <= set(ids):
        yield f"a cause names {min(told - set(ids))}, which is not among its requirements"


def _place(error: ValidationError) -> str:
    return "/".join(map(str, error.absolute_path)) or "the whole"


def _cut(text: str) -> str:
    return inert(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
