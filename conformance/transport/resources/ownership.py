"""Ownership of resources: what shows that a resource at the target was created by this run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names


@dataclass(frozen=True)
class Leftover:
    """A resource that the run created and has not deleted; without an id, one that it may have created."""

    collection: str  # path
    id: str
    name: str
    display_name: str = ""
    check: str = field(default="", compare=False)  # that sent the create

    @property
    def names(self) -> frozenset[str]:
        """Return the name and the display name that the create sent."""
        return frozenset(filter(None, (self.name, self.display_name)))

    @property
    def unique_names(self) -> frozenset[str]:
        """Return the unique names that the create sent: no resource of others has one of them."""
        return frozenset(unique for name in self.names for unique in unique_names(name))

    @property
    def searchable(self) -> frozenset[str]:
        """Return the whole names by which the resource is found in a list: those that hold a unique name."""
        return frozenset(name for name in self.names if unique_names(name))

    def is_shown_by(self, names: Iterable[str]) -> bool:
        """Return whether one of some names holds a unique name of the create, in any letter case."""
        shown = [name.casefold() for name in names]
        return any(unique.casefold() in name for unique in self.unique_names for name in shown)


class Evidence(Enum):
    """What a response shows of the resource under an id."""

    OURS = "the unique name of the create"
    FOREIGN = "another resource under that id"
    NAMELESS = "no name at all"
    UNUSABLE = "something else than the resource under that id"


def shown_by(exchange: Exchange, leftover: Leftover) -> Evidence:
    """Return what the response to a get shows of what it addressed."""
    resource = exchange.resource
    identifier = (resource or {}).get("id")
    if isinstance(identifier, str) and identifier.casefold() != leftover.id.casefold():
        return Evidence.UNUSABLE
    names = names_of(resource)
    if leftover.is_shown_by(names):
        return Evidence.OURS
    return Evidence.FOREIGN if names else Evidence.NAMELESS


def names_of(resource: Any) -> frozenset[str]:
    """Return the names and display names of a resource, and of the room within it."""
    if not isinstance(resource, dict):
        return frozenset()
    room = resource.get("conference_room")
    objects = (resource, room if isinstance(room, dict) else {})
    values = (each.get(member) for each in objects for member in ("name", "display_name"))
    return frozenset(value for value in values if isinstance(value, str))
