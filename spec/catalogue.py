"""The catalogue of all requirements, written and derived, in the order of the documentation."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from spec.capabilities import Capability
from spec.citations import format_citations, is_on_a_page
from spec.data_files import load_yaml
from spec.derivation import PROFILES, derive
from spec.models import Constraint, Level, Requirement, ResponseMember, UncheckedStatement

__all__ = [
    "Constraint",
    "Level",
    "Requirement",
    "ResponseMember",
    "UncheckedStatement",
    "UnknownRequirementError",
    "catalogue",
    "requirement",
    "unchecked_statements",
    "written_requirements",
]

# In the order of the documentation. Within each, written requirements come before derived ones.
_OPERATIONS = (
    *("API", "API-AUTH", "API-ERR"),
    *("VC-CREATE", "VC-GET", "VC-DELETE", "VC-CONF", "VC-SESSION"),
    *("FCR-CREATE", "FCR-GET", "FCR-RES", "FCR-ROOM"),
)


class UnknownRequirementError(LookupError):
    """No requirement has the id; the message suggests the most similar one."""


@cache
def catalogue() -> Mapping[str, Requirement]:
    """Return all requirements by id."""
    requirements = sorted(
        [*written_requirements(), *derive()], key=lambda entry: _OPERATIONS.index(entry.operation)
    )
    covered = _covered_statements()
    return {entry.id: replace(entry, covers=covered.get(entry.id, ())) for entry in requirements}


def requirement(identifier: str) -> Requirement:
    """Return the requirement with the id, or the first one that covers the statement with the id."""
    if identifier in catalogue():
        return catalogue()[identifier]
    covering = _statements().get(identifier, {}).get("by")
    if covering:
        return catalogue()[covering[0]]
    raise UnknownRequirementError(_unknown_message(identifier))


@cache
def unchecked_statements() -> Mapping[str, UncheckedStatement]:
    """Return the statements that are not checked, with reasons, by id."""
    rows = _statements().items()
    return {id_: UncheckedStatement(id_, row["excluded"]) for id_, row in rows if "excluded" in row}


def written_requirements() -> Iterator[Requirement]:
    """Generate the requirements of the files in requirements/."""
    for path in sorted((Path(__file__).parent / "requirements").glob("*.yaml")):
        for entry in load_yaml(f"requirements/{path.name}"):
            yield _parse_requirement(entry)


def _parse_requirement(entry: Mapping[str, Any]) -> Requirement:
    first, second = entry["id"].split("-")[:2]
    places = _places(entry["source"])
    return Requirement(
        id=entry["id"],
        level=Level(entry["level"]),
        sentence=entry["sentence"],
        source=format_citations(places),
        profile=entry.get("profile", PROFILES[first]),
        operation=entry.get("operation", f"{first}-{second}"),
        interpretation=entry.get("reading"),
        needs=tuple(map(Capability, entry.get("needs", ()))),
        precondition=entry.get("when"),
        rationale=entry.get("new"),
        is_stated=is_on_a_page(places) and "new" not in entry,
    )


def _places(source: str | Mapping[str, str | None]) -> Mapping[str, str | None]:
    return {source: None} if isinstance(source, str) else source


def _statements() -> Mapping[str, Any]:
    statements: dict[str, Any] = load_yaml("traceability.yaml")
    return statements


def _covered_statements() -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the statements that each requirement covers, except its own."""
    covered: dict[str, tuple[str, ...]] = {}
    for id_, row in _statements().items():
        for requirement_id in row.get("by", ()):
            if requirement_id != id_:
                covered[requirement_id] = (*covered.get(requirement_id, ()), id_)
    return covered


def _unknown_message(id_: str) -> str:
    if id_ in unchecked_statements():
        return f"{id_!r} is not checked: {unchecked_statements()[id_].reason}"
    similar = difflib.get_close_matches(id_.upper(), [*catalogue(), *_statements()], n=1, cutoff=0.0)
    return f"no requirement {id_!r} in spec/; did you mean {similar[0]!r}?"
