"""Criteria of a selection: what each of them matches, and the values that it has."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from spec.capabilities import CAPABILITIES
from spec.catalogue import Level, Requirement, catalogue

ID: Final = "id"
REQUESTS_ONLY: Final = "with"


def matches_id(requirement: Requirement, pattern: str) -> bool:
    """Return whether a requirement has an id that matches, or covers the documented statement with the id."""
    return pattern.upper() in requirement.covers or fnmatchcase(requirement.id, pattern.upper())


def _matches_level(requirement: Requirement, level: str) -> bool:
    return requirement.level == level.lower()


def _matches_need(requirement: Requirement, capability: str) -> bool:
    return capability.lower() in requirement.needs


def _matches_operation(requirement: Requirement, pattern: str) -> bool:
    return fnmatchcase(requirement.operation, pattern.upper())


def _matches_member(requirement: Requirement, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern.lower()) for name in _members(requirement))


def _matches_keyword(requirement: Requirement, keyword: str) -> bool:
    """Return whether a word of the id or the sentence begins with the keyword."""
    pattern = re.compile(rf"(?<![a-z0-9]){re.escape(keyword)}", re.IGNORECASE)
    return bool(keyword) and any(map(pattern.search, (requirement.id, requirement.sentence)))


CRITERIA: Final[Mapping[str, Callable[[Requirement, str], bool]]] = {
    ID: matches_id,
    "level": _matches_level,
    "operation": _matches_operation,
    "member": _matches_member,
    "keyword": _matches_keyword,
    "needs": _matches_need,
    REQUESTS_ONLY: matches_id,
}


def suggestion(criterion: str, value: str) -> str:
    """Return the end of a message about a value of a criterion that matches no selected requirement."""
    if criterion == "level":
        return f"; available: {', '.join(f'level:{level}' for level in Level)}"
    if criterion == "needs":
        return f"; available: {', '.join(f'needs:{capability}' for capability in CAPABILITIES)}"
    candidates = _values(criterion)
    if value.upper() in catalogue() and criterion == ID:
        return f"; it belongs to profile {catalogue()[value.upper()].profile}"
    meant = _criterion_with(value) if criterion == ID else None
    by_case = {candidate.lower(): candidate for candidate in candidates}
    similar = get_close_matches(value.lower(), by_case, 1)
    prefix = "" if criterion == ID else f"{criterion}:"
    close = f"{prefix}{by_case[similar[0]]}" if similar else None
    return f"; did you mean {meant or close!r}?" if meant or close else ""


def criterion_names() -> list[str]:
    """Return the names that may stand before a colon, except the one for requests only."""
    return [name for name in CRITERIA if name not in {ID, REQUESTS_ONLY}]


def _values(criterion: str) -> list[str]:
    if criterion == "operation":
        return _operations()
    if criterion == "member":
        return _member_names()
    return [] if criterion == "keyword" else list(catalogue())


def _criterion_with(value: str) -> str | None:
    """Return the term that was probably meant by a value that is not an id: `must` means level:must."""
    word, operations = value.lower(), _operations()
    if word in list(Level):
        return f"level:{word}"
    if value.upper() in operations:
        return f"operation:{value.upper()}"
    if word in _member_names():
        return f"member:{word}"
    is_keyword = word.isalnum() and any(_matches_keyword(entry, word) for entry in catalogue().values())
    return f"keyword:{word}" if is_keyword else None


def _operations() -> list[str]:
    return list(dict.fromkeys(entry.operation for entry in catalogue().values()))


@cache
def _member_names() -> list[str]:
    """Return the names of all members of requests and responses."""
    constraints = [entry.constraint.member for entry in catalogue().values() if entry.constraint]
    members = [entry.member.name for entry in catalogue().values() if entry.member]
    return list(dict.fromkeys((*constraints, *members)))


def _members(requirement: Requirement) -> Iterator[str]:
    """Yield the members of requests and responses that a requirement concerns.

    A written requirement concerns those in its id, and those in its sentence whose names are not plain words.
    """
    if requirement.constraint is not None:
        yield requirement.constraint.member
    elif requirement.member is not None:
        yield requirement.member.name
    else:
        rest = f"{requirement.id.removeprefix(f'{requirement.operation}-')}-"
        for name in _member_names():
            in_id = rest.startswith(f"{name.upper().replace('_', '-')}-")
            if in_id or ("_" in name and re.search(rf"\b{name}\b", requirement.sentence)):
                yield name
