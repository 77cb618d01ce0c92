"""Data model of the catalogue: requirements, and statements that are not checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from spec.capabilities import Capability

SHARED_PROFILE: Final = "shared"  # of requirements that apply to every target


class Level(StrEnum):
    """Severity of a violated requirement."""

    MUST = "must"
    """A failure: the target does not conform."""
    SHOULD = "should"
    """A warning; a failure with --strict."""
    MAY = "may"
    """Only reported, because the documentation does not specify it; a failure with --strict."""


@dataclass(frozen=True)
class Constraint:
    """One keyword of one member of a request."""

    operation: str
    member: str
    rule: str
    schema: Mapping[str, Any] = field(hash=False)
    """The schema of the member with all its keywords."""
    required: bool


@dataclass(frozen=True)
class ResponseMember:
    """One member of a resource in responses."""

    resource: str
    name: str
    schema: Mapping[str, Any] = field(hash=False)
    """The schema as documented if strict, otherwise extended by the values that are only reported."""
    required: bool
    strict: bool


@dataclass(frozen=True)
class Requirement:
    """One testable sentence."""

    id: str
    level: Level
    sentence: str
    source: str
    """Title, place and URL of the documentation."""
    profile: str
    """video, fabric, or SHARED_PROFILE."""
    operation: str
    """The operation or resource under which reports list it."""
    constraint: Constraint | None = None
    """The constraint of a request that it is derived from, if any."""
    member: ResponseMember | None = None
    """The member of a response that it is derived from, if any."""
    interpretation: str | None = None
    """Interpretation of unclear documentation."""
    needs: tuple[Capability, ...] = ()
    """Capabilities of the target without which the requirement is not evaluated."""
    precondition: str | None = None
    """Precondition; if it never occurs, the requirement is not evaluated."""
    covers: tuple[str, ...] = ()
    """Ids of the other documented statements that this requirement covers."""
    rationale: str | None = None
    """Rationale of a requirement that the documentation does not state directly."""
    is_stated: bool = True
    """Whether a page of the documentation states it; if not, it follows from the purpose of an operation."""

    @property
    def is_derived(self) -> bool:
        """Whether the requirement is derived from an API description."""
        return self.constraint is not None or self.member is not None

    @property
    def members(self) -> frozenset[str]:
        """Names of the members on the path to the one that a derived requirement is about."""
        paths = [self.constraint.member] if self.constraint else []
        paths += [self.member.name] if self.member else []
        return frozenset(step for path in paths for step in path.replace("[]", "").split("."))


@dataclass(frozen=True)
class UncheckedStatement:
    """A statement of the documentation that is not checked."""

    id: str
    reason: str
