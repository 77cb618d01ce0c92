"""Sampling of values at --effort smoke.

Every rule of every member is tried at every effort. Members with the same list of values share the list, and
of a long list only values spread over its whole length are sent.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from conformance.config.settings import Effort
from conformance.testkit.resource_client import ResourceClient
from spec.catalogue import Constraint, catalogue
from spec.operations import operation

_MIN_SHARE: Final = 2  # values per member: one sent alone, one in combination
_Value = TypeVar("_Value")
ValuesOf = Callable[[Constraint], tuple[Any, ...]]


def subset(effort: Effort, values: Sequence[_Value], size: int) -> Sequence[_Value]:
    """Return all values, or at --effort smoke a number of them: the first and others at equal distances."""
    if effort is not Effort.SMOKE or len(values) <= size:
        return values
    return [values[index * len(values) // size] for index in range(size)]


def collection_share(collection: ResourceClient, values: Sequence[_Value]) -> Sequence[_Value]:
    """Return all values, or at --effort smoke the share of a collection; all shares together are all."""
    if collection.api.effort is not Effort.SMOKE:
        return values
    profiles = collection.api.transport.target.profiles
    return values[profiles.index(operation(collection.create_id).profile) :: len(profiles)]


def member_share(
    effort: Effort, constraint: Constraint, values_of: ValuesOf, *, common: int = 0
) -> tuple[Any, ...]:
    """Return the values of a constraint, or at --effort smoke the share of its member.

    The shares of all members together are the whole list; each one has the first `common` values.
    """
    values = values_of(constraint)
    if effort is not Effort.SMOKE:
        return values
    lists = _values_by_member(values_of, constraint.operation, constraint.rule)
    sharers = [member for member, member_values in lists.items() if member_values == values]
    size = min(len(values), max(_MIN_SHARE, -(-len(values) // len(sharers))))
    first = sharers.index(constraint.member) * size
    share = [values[index % len(values)] for index in range(first, first + size)]
    return (*values[:common], *(value for value in share if value not in values[:common]))


@cache
def _values_by_member(values_of: ValuesOf, operation_id: str, rule: str) -> Mapping[str, tuple[Any, ...]]:
    """Return the values for each member of an operation to which a rule applies."""
    constraints = [requirement.constraint for requirement in catalogue().values() if requirement.constraint]
    of_rule = [
        constraint
        for constraint in constraints
        if (constraint.operation, constraint.rule) == (operation_id, rule)
    ]
    return {constraint.member: values_of(constraint) for constraint in of_rule}
