"""What Hypothesis draws depends on the seed alone, whatever was drawn in this process before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from conformance.testkit import hypothesis_profiles


def drawn(seed: int | None, part: int = 0) -> list[int]:
    numbers: list[int] = []
    with hypothesis_profiles.kept():
        hypothesis_profiles.load(hypothesis_profiles.Draw(80, seed, part))

        @given(st.integers(0, 10**12))
        def draw(number: int) -> None:
            numbers.append(number)

        hypothesis_profiles.seeded(draw)()
    return numbers


def test_a_seed_gives_the_same_every_time_and_another_something_else() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(None) == drawn(None)
    assert drawn(7) != drawn(8)


@pytest.mark.parametrize("seed", [None, 7])
def test_each_part_of_a_draw_has_cases_of_its_own(seed: int | None) -> None:
    assert drawn(seed, 1) == drawn(seed, 1)
    assert len({tuple(drawn(seed, part)) for part in range(3)}) == 3


def test_a_draw_is_made_in_parts_that_are_held_at_once() -> None:
    assert list(hypothesis_profiles.Draw(80, 7).parts()) == [hypothesis_profiles.Draw(80, 7)]
    assert list(hypothesis_profiles.Draw(0).parts()) == [hypothesis_profiles.Draw(0)]
    parts = list(hypothesis_profiles.Draw(2500, 7).parts())
    assert sum(each.cases for each in parts) == 2500
    assert max(each.cases for each in parts) == 1000
    assert [each.part for each in parts] == [0, 1, 2]


def test_constants_that_others_drew_from_are_forgotten() -> None:
    before = drawn(7)
    for key in list(providers.CONSTANTS_CACHE.cache):
        providers.CONSTANTS_CACHE[key] = ((), (424242424242,))
    assert drawn(7) == before


def test_the_characters_of_utf_8_are_those_that_hypothesis_finds_out() -> None:
    known, own = hypothesis_profiles.intervals_from_codec("utf-8"), hypothesis_profiles.ORIGINAL_INTERVALS("utf-8")
    assert [each.intervals for each in known] == [each.intervals for each in own]
