"""What stands fast in the bodies of each create operation: made once, however many checks send it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Final

from conformance.processes.background_process import AsideError, aside
from conformance.processes.background_process import operation as in_background
from spec.operations import operation
from strategies import boundary_values, invalid_values

Body = Mapping[str, Any]
Making = Callable[[Mapping[str, Any]], Sequence[Body]]  # a function of strategies/boundary_values.py
_LENGTHY: Final[Mapping[str, Making]] = {
    "triples": boundary_values.triples,
    "pairs": boundary_values.pairs,
}  # a tenth of a second each
_PREPARED: Final[set[str]] = set()  # operations for which these are made aside


def prepare(operation_id: str) -> None:
    """Begin to make aside what takes long to make, without waiting for it."""
    if operation_id not in _PREPARED:
        _PREPARED.add(operation_id)
        for name in _LENGTHY:
            aside().prepare(_lengthy, operation_id, name)


@cache
def of(operation_id: str, making: Making) -> Sequence[Body]:
    """Return the bodies that are made of the operation's schema."""
    name = making.__name__
    if operation_id in _PREPARED and _LENGTHY.get(name) is making:
        with suppress(AsideError):  # whatever became of it, they can be made here
            told: Sequence[Body] = aside().call(_lengthy, operation_id, name)
            return told
    return _made(operation_id, making)


@in_background()
def _lengthy(operation_id: str, name: str) -> Sequence[Body]:
    """Return the bodies that are made by a function of that name."""
    return _made(operation_id, _LENGTHY[name])


@cache
def _made(operation_id: str, making: Making) -> Sequence[Body]:
    return tuple(making(operation(operation_id).request or {}))


@cache
def minimal(operation_id: str) -> Body:
    """Return the body with the required members only."""
    return boundary_values.minimal(operation(operation_id).request or {})


@cache
def wrong(operation_id: str, rules: tuple[str, ...]) -> Body:
    """Return a wrong value of each member that the rules say something of, by the first rule that does."""
    broken: dict[str, Any] = {}
    for member, node in (operation(operation_id).request or {})["properties"].items():
        values = [each.value for rule in rules for each in invalid_values.refused(node, rule)]
        if values:
            broken[member] = values[0]
    return broken
