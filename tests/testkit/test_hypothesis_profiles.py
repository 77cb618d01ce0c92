"""Hypothesis profiles, whose examples depend only on the seed, not on earlier runs in the process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from conformance.testkit import hypothesis_profiles


def generated(seed: int | None, part: int = 0) -> list[int]:
    numbers: list[int] = []
    with hypothesis_profiles.preserved_profile():
        hypothesis_profiles.load(hypothesis_profiles.ExampleSettings(80, seed, part))

        @given(st.integers(0, 10**12))
        def collect(number: int) -> None:
            numbers.append(number)

        hypothesis_profiles.with_seed(collect)()
    return numbers


def test_the_examples_depend_on_the_seed() -> None:
    assert generated(7) == generated(7)
    assert generated(None) == generated(None)
    assert generated(7) != generated(8)


@pytest.mark.parametrize("seed", [None, 7])
def test_each_part_has_its_own_examples(seed: int | None) -> None:
    assert generated(seed, 1) == generated(seed, 1)
    assert len({tuple(generated(seed, part)) for part in range(3)}) == 3


def test_large_settings_are_split_into_parts_of_limited_size() -> None:
    assert list(hypothesis_profiles.ExampleSettings(80, 7).split()) == [
        hypothesis_profiles.ExampleSettings(80, 7)
    ]
    assert list(hypothesis_profiles.ExampleSettings(0).split()) == [hypothesis_profiles.ExampleSettings(0)]
    parts = list(hypothesis_profiles.ExampleSettings(2500, 7).split())
    assert sum(part.count for part in parts) == 2500
    assert max(part.count for part in parts) == 1000
    assert [part.part for part in parts] == [0, 1, 2]


def test_constants_of_earlier_runs_are_not_used() -> None:
    examples = generated(7)
    for key in list(providers.CONSTANTS_CACHE.cache):
        providers.CONSTANTS_CACHE[key] = ((), (424242424242,))
    assert generated(7) == examples


def test_the_characters_of_utf_8_are_those_that_hypothesis_computes() -> None:
    replacement = hypothesis_profiles.intervals_from_codec("utf-8")
    original = hypothesis_profiles.ORIGINAL_INTERVALS("utf-8")
    assert [intervals.intervals for intervals in replacement] == [
        intervals.intervals for intervals in original
    ]
