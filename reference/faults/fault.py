"""A fault: rules that get something wrong, and the requirements that they break by it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import getdoc

from reference.api.behavior import Rules


@dataclass(frozen=True)
class Fault:
    """A seeded bug; `breaks` has the requirement that it is made for first."""

    id: str
    breaks: tuple[str, ...]
    summary: str
    rules: type[Rules]
    lapse: bool = False
    """Whether it only breaks what is good practice, so that a target that has it still conforms."""


def fault(id_: str, *, breaks: str | tuple[str, ...]) -> Callable[[type[Rules]], Fault]:
    """Make a fault of a class of rules; what it gets wrong is its docstring."""

    def made(rules: type[Rules]) -> Fault:
        named = (breaks,) if isinstance(breaks, str) else breaks
        return Fault(id_, named, getdoc(rules) or "", rules)

    return made


def lapse(id_: str, *, breaks: str | tuple[str, ...]) -> Callable[[type[Rules]], Fault]:
    """Make a fault that is no more than bad practice."""

    def made(rules: type[Rules]) -> Fault:
        return replace(fault(id_, breaks=breaks)(rules), lapse=True)

    return made
