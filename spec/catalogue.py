"""The catalogue: every requirement, derived or written, in the order of the documentation."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from spec.citations import cited
from spec.data_files import parsed
from spec.derivation import PROFILES, derived
from spec.models import Constraint, Excluded, Level, Requirement, ResponseMember

__all__ = [
    "Constraint",
    "Excluded",
    "Level",
    "Requirement",
    "ResponseMember",
    "UnknownRequirementError",
    "catalogue",
    "excluded",
    "requirement",
    "written",
]

# The order of the documentation. What is written comes before what is derived in each.
_OPERATIONS = (
    *("API", "API-AUTH", "API-ERR"),
    *("VC-CREATE", "VC-GET", "VC-DELETE", "VC-CONF", "VC-SESSION"),
    *("FCR-CREATE", "FCR-GET", "FCR-RES", "FCR-ROOM"),
)


class UnknownRequirementError(LookupError):
    """There is no requirement of that id; the message names the nearest one."""


@cache
def catalogue() -> Mapping[str, Requirement]:
    """Return all requirements by id."""
    every = sorted([*written(), *derived()], key=lambda entry: _OPERATIONS.index(entry.operation))
    covered = _covered()
    return {entry.id: replace(entry, covers=covered.get(entry.id, ())) for entry in every}


def requirement(identifier: str) -> Requirement:
    """Return the requirement of that id, or the one that decides the statement of that id."""
    if identifier in catalogue():
        return catalogue()[identifier]
    deciding = _statements().get(identifier, {}).get("by")
    if deciding:
        return catalogue()[deciding[0]]
    raise UnknownRequirementError(_unknown(identifier))


@cache
def excluded() -> Mapping[str, Excluded]:
    """Return the statements that are not checked, with the reason."""
    rows = _statements().items()
    return {id_: Excluded(id_, row["excluded"]) for id_, row in rows if "excluded" in row}


def written() -> Iterator[Requirement]:
    """Generate the requirements of requirements/, file by file."""
    for path in sorted((Path(__file__).parent / "requirements").glob("*.yaml")):
        for entry in parsed(f"requirements/{path.name}"):
            yield _written(entry)


def _written(entry: Mapping[str, Any]) -> Requirement:
    first, second = entry["id"].split("-")[:2]
    return Requirement(
        id=entry["id"],
        level=Level(entry["level"]),
        sentence=entry["sentence"],
        source=cited(_places(entry["source"])),
        profile=entry.get("profile", PROFILES[first]),
        operation=entry.get("operation", f"{first}-{second}"),
        reading=entry.get("reading"),
        when=entry.get("when"),
        new=entry.get("new"),
    )


def _places(source: str | Mapping[str, str | None]) -> Mapping[str, str | None]:
    return {source: None} if isinstance(source, str) else source


def _statements() -> Mapping[str, Any]:
    statements: dict[str, Any] = parsed("traceability.yaml")
    return statements


def _covered() -> Mapping[str, tuple[str, ...]]:
    """Turn the traceability around: which statements each requirement decides, other than its own."""
    covered: dict[str, tuple[str, ...]] = {}
    for id_, row in _statements().items():
        for deciding in row.get("by", ()):
            if deciding != id_:
                covered[deciding] = (*covered.get(deciding, ()), id_)
    return covered


def _unknown(id_: str) -> str:
    if id_ in excluded():
        return f"{id_!r} is not checked: {excluded()[id_].reason}"
    near = difflib.get_close_matches(id_.upper(), [*catalogue(), *_statements()], n=1, cutoff=0.0)
    return f"no requirement {id_!r} in spec/; did you mean {near[0]!r}?"
