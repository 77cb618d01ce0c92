"""Subjects under which requirements are listed: operations, resources and topics, each with a title."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spec.operations import operations

_TITLES: Final[Mapping[str, str]] = {
    "API": "All operations",
    "API-AUTH": "Authentication",
    "API-ERR": "Error responses",
    "VC-CONF": "Video conference",
    "VC-SESSION": "Active session of a video conference",
    "FCR-RES": "Fabric resource",
    "FCR-ROOM": "Fabric conference room",
}  # of the subjects that are not operations


@dataclass(frozen=True)
class Subject:
    """What the requirements with a common prefix are about."""

    id: str
    title: str = ""
    """What the operation does, or the name of the resource or topic; empty for an unknown id."""
    request: str = ""
    """Method and path of an operation; empty for other subjects."""


def subject(identifier: str) -> Subject:
    """Return the subject with the id; it has no title if the documentation has no such subject."""
    found = operations().get(identifier)
    if found is None:
        return Subject(identifier, _TITLES.get(identifier, ""))
    return Subject(identifier, found.summary, f"{found.method} {found.path}")
