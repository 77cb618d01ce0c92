"""What is left out where little is to be sent: values that others like them stand for.

Every rule of every member is tried whatever the effort. Members for which the same list of values is tried
share the list, and of a long list some are taken, from its whole length.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from conformance.config.settings import Effort
from spec.catalogue import Constraint, catalogue

_LEAST: Final = 2  # values of a shared list that each member is tried with: one alone, one in company
_Value = TypeVar("_Value")
Listing = Callable[[Constraint], tuple[Any, ...]]


def few(effort: Effort, values: Sequence[_Value], most: int) -> Sequence[_Value]:
    """Return all values, or so many of them where little is to be sent: the first, and some of the rest."""
    if effort is not Effort.SMOKE or len(values) <= most:
        return values
    return [values[turn * len(values) // most] for turn in range(most)]


def share(effort: Effort, limit: Constraint, listing: Listing) -> tuple[Any, ...]:
    """Return what a listing has for a constraint, or the part of it that falls to its member.

    The parts of all members together are the whole list.
    """
    values = listing(limit)
    if effort is not Effort.SMOKE:
        return values
    lists = _lists(listing, limit.operation, limit.rule)
    sharers = [member for member, others in lists.items() if others == values]
    size = min(len(values), max(_LEAST, -(-len(values) // len(sharers))))
    first = sharers.index(limit.member) * size
    return tuple(values[place % len(values)] for place in range(first, first + size))


@cache
def _lists(listing: Listing, operation_id: str, rule: str) -> Mapping[str, tuple[Any, ...]]:
    """Return what a listing has for each member of an operation that a rule says something of."""
    limits = [each.constraint for each in catalogue().values() if each.constraint]
    alike = [limit for limit in limits if (limit.operation, limit.rule) == (operation_id, rule)]
    return {limit.member: listing(limit) for limit in alike}
