"""Permitted variants: server behavior that differs from the default without violating a requirement."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc

from reference.api.behavior import ServerBehavior


@dataclass(frozen=True)
class Variant:
    """A permitted difference; `permitted` is the reason why it is permitted."""

    id: str
    permitted: str
    summary: str
    behavior: type[ServerBehavior]

    @property
    def explanation(self) -> str:
        """Return the reason without the number of the interpretation that it comes from."""
        return self.permitted.partition(": ")[2] or self.permitted


def variant(id_: str, *, permitted: str) -> Callable[[type[ServerBehavior]], Variant]:
    """Register a behavior as a permitted variant; its docstring is the summary."""

    def decorate(behavior: type[ServerBehavior]) -> Variant:
        return Variant(id_, permitted, getdoc(behavior) or "", behavior)

    return decorate
