"""Random numbers that a seed repeats, to choose what is sent; secrets and names come from `secrets`."""

from random import Random


def seeded_random(seed: int) -> Random:
    """Return a generator that gives the same numbers for the same seed."""
    return Random(seed)  # noqa: S311 - a run must be repeatable, and nothing here is secret
