"""The bodies that stand fast for each create operation: made once, however many checks send them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from spec.operations import operation
from strategies import boundaries

Body = Mapping[str, Any]


@cache
def of(operation_id: str, making: Callable[[Mapping[str, Any]], Sequence[Body]]) -> Sequence[Body]:
    """Return the bodies that a function of strategies/boundaries.py makes of the operation's schema."""
    return tuple(making(operation(operation_id).request or {}))


@cache
def minimal(operation_id: str) -> Body:
    """Return the body with the required members only."""
    return boundaries.minimal(operation(operation_id).request or {})
