"""What is left out where little is to be sent, and what never is."""

from itertools import chain
from typing import Any

import pytest

from conformance.config.settings import Effort
from conformance.testkit import sampling
from spec.catalogue import Constraint, catalogue
from strategies import boundary_values, invalid_values

LIMITS = [each.constraint for each in catalogue().values() if each.constraint]


def refused(limit: Constraint) -> tuple[Any, ...]:
    return tuple(
        each.value for each in invalid_values.refused(limit.schema, limit.rule, required=limit.required)
    )


def accepted(limit: Constraint) -> tuple[Any, ...]:
    return tuple(boundary_values.accepted(limit.schema, limit.rule))


def test_few_of_many_are_the_first_and_some_of_the_rest() -> None:
    assert list(sampling.few(Effort.SMOKE, range(10), 4)) == [0, 2, 5, 7]
    assert list(sampling.few(Effort.SMOKE, range(3), 4)) == [0, 1, 2]
    assert list(sampling.few(Effort.STANDARD, range(10), 4)) == list(range(10))


@pytest.mark.parametrize("listing", [refused, accepted])
def test_each_member_is_tried_with_two_values_at_least(listing: sampling.ValuesOf) -> None:
    for limit in LIMITS:
        part = sampling.member_share(Effort.SMOKE, limit, listing)
        assert len(part) >= min(2, len(listing(limit))), limit
        assert set(map(repr, part)) <= set(map(repr, listing(limit)))


@pytest.mark.parametrize("listing", [refused, accepted])
def test_the_parts_of_all_members_are_the_whole_list(listing: sampling.ValuesOf) -> None:
    for limit in LIMITS:
        alike = [
            each
            for each in LIMITS
            if (each.operation, each.rule) == (limit.operation, limit.rule)
            and listing(each) == listing(limit)
        ]
        parts = (sampling.member_share(Effort.SMOKE, each, listing) for each in alike)
        assert set(map(repr, chain(*parts))) == set(map(repr, listing(limit)))


@pytest.mark.parametrize("effort", [Effort.STANDARD, Effort.THOROUGH])
def test_nothing_is_shared_where_more_may_be_sent(effort: Effort) -> None:
    assert all(sampling.member_share(effort, limit, accepted) == accepted(limit) for limit in LIMITS)
