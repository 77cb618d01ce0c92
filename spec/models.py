"""What the catalogue consists of: requirements, and statements that cannot be checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """What it means when a requirement is not kept."""

    MUST = "must"
    """The target does not conform."""
    SHOULD = "should"
    """A warning; a failure with --strict."""
    MAY = "may"
    """Reported, as the documentation leaves it open; a failure with --strict."""


@dataclass(frozen=True)
class Constraint:
    """One keyword of one member of a request."""

    operation: str
    member: str
    rule: str
    schema: Mapping[str, Any] = field(hash=False)
    """The member's schema, all its keywords included."""
    required: bool


@dataclass(frozen=True)
class ResponseMember:
    """One member of a resource that the API shows."""

    resource: str
    name: str
    schema: Mapping[str, Any] = field(hash=False)
    """What it has to be: strict, or with all that is only reported."""
    required: bool
    strict: bool


@dataclass(frozen=True)
class Requirement:
    """One testable sentence."""

    id: str
    level: Level
    sentence: str
    source: str
    """Title of the page, place on it and address, for people."""
    profile: str
    """video, fabric, or shared (applies to every target)."""
    operation: str
    """The operation or resource that reports list it under."""
    constraint: Constraint | None = None
    """What it was derived from, if from a request."""
    member: ResponseMember | None = None
    """What it was derived from, if from an answer."""
    reading: str | None = None
    """How the sentence is read where the documentation is unclear."""
    when: str | None = None
    """What a target has to show first; one that never does is asked nothing."""
    covers: tuple[str, ...] = ()
    """The other statements of the documentation that it decides."""
    new: str | None = None
    """Why there is a requirement without a statement of its own in the documentation."""

    @property
    def derived(self) -> bool:
        """Whether a keyword of a schema states it."""
        return self.constraint is not None or self.member is not None


@dataclass(frozen=True)
class Excluded:
    """A statement of the documentation that cannot be checked, or not yet."""

    id: str
    reason: str
