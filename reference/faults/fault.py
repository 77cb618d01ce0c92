"""Faults: server behavior that violates requirements."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import getdoc

from reference.api.behavior import ServerBehavior


@dataclass(frozen=True)
class Fault:
    """A seeded bug; the first requirement in `breaks` is the one that the fault is for."""

    id: str
    breaks: tuple[str, ...]
    summary: str
    behavior: type[ServerBehavior]
    should_level: bool = False
    """Whether the fault violates only should-level requirements, so that the server still conforms."""
    also_violates: tuple[str, ...] = ()
    """Further requirements that are violated as a consequence and do not have to be detected."""


def fault(
    id_: str, *, breaks: str | tuple[str, ...], also_violates: tuple[str, ...] = ()
) -> Callable[[type[ServerBehavior]], Fault]:
    """Register a behavior as a fault; its docstring is the summary."""

    def decorate(behavior: type[ServerBehavior]) -> Fault:
        requirements = (breaks,) if isinstance(breaks, str) else breaks
        return Fault(id_, requirements, getdoc(behavior) or "", behavior, also_violates=also_violates)

    return decorate


def should_fault(id_: str, *, breaks: str | tuple[str, ...]) -> Callable[[type[ServerBehavior]], Fault]:
    """Register a behavior as a fault that violates only should-level requirements."""

    def decorate(behavior: type[ServerBehavior]) -> Fault:
        return replace(fault(id_, breaks=breaks)(behavior), should_level=True)

    return decorate
