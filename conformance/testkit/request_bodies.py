"""Request bodies of each create operation that do not change during a run; each list is built once."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Final

from conformance.processes.background_process import BackgroundProcessError, background_process
from conformance.processes.background_process import operation as in_background
from spec.operations import operation
from strategies import boundary_values, invalid_values

Body = Mapping[str, Any]
BodyBuilder = Callable[[Mapping[str, Any]], Sequence[Body]]  # a function of strategies/boundary_values.py
_SLOW_BUILDERS: Final[Mapping[str, BodyBuilder]] = {
    builder.__name__: builder for builder in (boundary_values.presence_triples, boundary_values.value_triples)
}  # up to a second each
_PREPARED: Final[set[str]] = set()  # operations whose slow lists are built in the background process


def prepare(operation_id: str) -> None:
    """Start to build the slow lists of bodies in the background process."""
    if operation_id not in _PREPARED:
        _PREPARED.add(operation_id)
        for name in _SLOW_BUILDERS:
            background_process().submit(_slow_bodies, operation_id, name)


@cache
def boundary_bodies(operation_id: str, builder: BodyBuilder) -> Sequence[Body]:
    """Return the bodies that a builder derives from the request schema of an operation."""
    name = builder.__name__
    if operation_id in _PREPARED and _SLOW_BUILDERS.get(name) is builder:
        with suppress(BackgroundProcessError):  # without the background process they are built here
            bodies: Sequence[Body] = background_process().call(_slow_bodies, operation_id, name)
            return bodies
    return _build(operation_id, builder)


@in_background()
def _slow_bodies(operation_id: str, builder_name: str) -> Sequence[Body]:
    """Return the bodies of a slow builder."""
    return _build(operation_id, _SLOW_BUILDERS[builder_name])


@cache
def _build(operation_id: str, builder: BodyBuilder) -> Sequence[Body]:
    return tuple(builder(operation(operation_id).request or {}))


@cache
def minimal(operation_id: str) -> Body:
    """Return the body with the required members only."""
    return boundary_values.minimal_object(operation(operation_id).request or {})


@cache
def invalid_members(operation_id: str, rules: tuple[str, ...]) -> Body:
    """Return one invalid value for each member, by the first of the rules that applies to it."""
    invalid: dict[str, Any] = {}
    for member, node in (operation(operation_id).request or {})["properties"].items():
        values = [
            violation.value for rule in rules for violation in invalid_values.invalid_values(node, rule)
        ]
        if values:
            invalid[member] = values[0]
    return invalid
