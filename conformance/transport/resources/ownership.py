"""Ownership of resources: proof that a resource at the target was created by this run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names


@dataclass(frozen=True)
class Leftover:
    """A resource that the run created and has not deleted, or without an id one that it may have created."""

    collection: str  # path
    id: str
    name: str
    display_name: str = ""
    check: str = field(default="", compare=False)  # check that sent the create request

    @property
    def names(self) -> frozenset[str]:
        """Return the name and the display name in the create request."""
        return frozenset(filter(None, (self.name, self.display_name)))

    @property
    def unique_names(self) -> frozenset[str]:
        """Return the unique names in the create request, which no other resource has."""
        return frozenset(unique for name in self.names for unique in unique_names(name))

    @property
    def searchable(self) -> frozenset[str]:
        """Return the names that identify the resource in a list: those that contain a unique name."""
        return frozenset(name for name in self.names if unique_names(name))

    def matches_names(self, names: Iterable[str]) -> bool:
        """Return whether any of the names contains a unique name of the create request, in any case."""
        folded = [name.casefold() for name in names]
        return any(unique.casefold() in name for unique in self.unique_names for name in folded)


class ResourceMatch(Enum):
    """Result of comparing the resource under an id with the create request."""

    OURS = "the unique name of the create"
    FOREIGN = "another resource under that id"
    NAMELESS = "no name"
    UNUSABLE = "not the resource under that id"


def match_resource(exchange: Exchange, leftover: Leftover) -> ResourceMatch:
    """Return how the resource in the response to a get compares with the create request."""
    resource = exchange.resource
    identifier = (resource or {}).get("id")
    if isinstance(identifier, str) and identifier.casefold() != leftover.id.casefold():
        return ResourceMatch.UNUSABLE
    names = names_in_resource(resource)
    if leftover.matches_names(names):
        return ResourceMatch.OURS
    return ResourceMatch.FOREIGN if names else ResourceMatch.NAMELESS


def names_in_resource(resource: Any) -> frozenset[str]:
    """Return the names and display names of a resource, and of the room in it."""
    if not isinstance(resource, dict):
        return frozenset()
    room = resource.get("conference_room")
    objects = (resource, room if isinstance(room, dict) else {})
    values = (named.get(member) for named in objects for member in ("name", "display_name"))
    return frozenset(value for value in values if isinstance(value, str))
