"""What stands fast in the bodies of each create operation: made once, however many checks send it."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from spec.operations import operation
from strategies import boundaries, violations

Body = Mapping[str, Any]


@cache
def of(operation_id: str, making: Callable[[Mapping[str, Any]], Sequence[Body]]) -> Sequence[Body]:
    """Return the bodies that a function of strategies/boundaries.py makes of the operation's schema."""
    return tuple(making(operation(operation_id).request or {}))


@cache
def minimal(operation_id: str) -> Body:
    """Return the body with the required members only."""
    return boundaries.minimal(operation(operation_id).request or {})


@cache
def wrong(operation_id: str, rules: tuple[str, ...]) -> Body:
    """Return a wrong value of each member that the rules say something of, by the first rule that does."""
    broken: dict[str, Any] = {}
    for member, node in (operation(operation_id).request or {})["properties"].items():
        values = [each.value for rule in rules for each in violations.refused(node, rule)]
        if values:
            broken[member] = values[0]
    return broken
