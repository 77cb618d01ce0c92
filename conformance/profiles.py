"""Hypothesis profiles of our own, loaded by name whatever the environment.

With `CI` set Hypothesis loads a profile of its own, in which a printed seed is fiction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

from conformance.settings import Effort

_SENDING: Final = [Phase.explicit, Phase.generate, Phase.shrink]


def load(effort: Effort, seed: int | None) -> None:
    """Load the profile of an effort: the same cases every time, or those of a seed."""
    name = f"conformance-{effort}"
    settings.register_profile(
        name,
        database=None,
        deadline=None,  # it is the target's time
        derandomize=seed is None,
        max_examples=max(1, effort.examples),
        phases=_SENDING if effort.examples else [Phase.explicit],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(name)


@contextmanager
def kept() -> Iterator[None]:
    """Leave Hypothesis as it was found."""
    before = settings.get_current_profile_name()
    try:
        yield
    finally:
        settings.load_profile(before)


def draws(function: Callable[..., Any]) -> bool:
    """Tell whether a check draws random values."""
    return is_hypothesis_test(function)
