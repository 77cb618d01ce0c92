"""What Hypothesis draws depends on the seed alone, whatever was drawn in this process before."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from conformance import profiles


def drawn(seed: int | None) -> list[int]:
    numbers: list[int] = []
    with profiles.kept():
        profiles.load(profiles.Draw(80, seed))

        @given(st.integers(0, 10**12))
        def draw(number: int) -> None:
            numbers.append(number)

        profiles.seeded(draw)()
    return numbers


def test_a_seed_gives_the_same_every_time_and_another_something_else() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(None) == drawn(None)
    assert drawn(7) != drawn(8)


def test_constants_that_others_drew_from_are_forgotten() -> None:
    before = drawn(7)
    for key in list(providers.CONSTANTS_CACHE.cache):
        providers.CONSTANTS_CACHE[key] = ((), (424242424242,))
    assert drawn(7) == before
