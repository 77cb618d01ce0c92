"""A variant: rules that do something in another way than ours, and the reason why they may."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc

from reference.api.behavior import Rules


@dataclass(frozen=True)
class Variant:
    """A permitted difference; `permitted` says by what."""

    id: str
    permitted: str
    summary: str
    rules: type[Rules]


def variant(id_: str, *, permitted: str) -> Callable[[type[Rules]], Variant]:
    """Make a variant of a class of rules; what it does otherwise is its docstring."""

    def made(rules: type[Rules]) -> Variant:
        return Variant(id_, permitted, getdoc(rules) or "", rules)

    return made
