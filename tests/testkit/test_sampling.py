"""Sampling of values at --effort smoke."""

from itertools import chain
from typing import Any

import pytest

from conformance.config.settings import Effort
from conformance.testkit import sampling
from spec.catalogue import Constraint, catalogue
from strategies import boundary_values, invalid_values

CONSTRAINTS = [requirement.constraint for requirement in catalogue().values() if requirement.constraint]


def invalid(constraint: Constraint) -> tuple[Any, ...]:
    violations = invalid_values.invalid_values(
        constraint.schema, constraint.rule, required=constraint.required
    )
    return tuple(violation.value for violation in violations)


def accepted(constraint: Constraint) -> tuple[Any, ...]:
    return tuple(boundary_values.accepted_values(constraint.schema, constraint.rule))


def test_a_subset_contains_values_at_equal_distances_from_the_first_on() -> None:
    assert list(sampling.subset(Effort.SMOKE, range(10), 4)) == [0, 2, 5, 7]
    assert list(sampling.subset(Effort.SMOKE, range(3), 4)) == [0, 1, 2]
    assert list(sampling.subset(Effort.STANDARD, range(10), 4)) == list(range(10))


@pytest.mark.parametrize("values_of", [invalid, accepted])
def test_the_share_of_a_member_has_at_least_two_values(values_of: sampling.ValuesOf) -> None:
    for constraint in CONSTRAINTS:
        share = sampling.member_share(Effort.SMOKE, constraint, values_of)
        assert len(share) >= min(2, len(values_of(constraint))), constraint
        assert set(map(repr, share)) <= set(map(repr, values_of(constraint)))


@pytest.mark.parametrize("values_of", [invalid, accepted])
def test_the_shares_of_all_members_are_the_whole_list(values_of: sampling.ValuesOf) -> None:
    for constraint in CONSTRAINTS:
        constraints_with_same_values = [
            other
            for other in CONSTRAINTS
            if (other.operation, other.rule) == (constraint.operation, constraint.rule)
            and values_of(other) == values_of(constraint)
        ]
        shares = (
            sampling.member_share(Effort.SMOKE, other, values_of) for other in constraints_with_same_values
        )
        assert set(map(repr, chain(*shares))) == set(map(repr, values_of(constraint)))


@pytest.mark.parametrize("effort", [Effort.STANDARD, Effort.THOROUGH])
def test_lists_are_not_shared_at_higher_efforts(effort: Effort) -> None:
    assert all(
        sampling.member_share(effort, constraint, accepted) == accepted(constraint)
        for constraint in CONSTRAINTS
    )
