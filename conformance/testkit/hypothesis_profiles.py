"""Hypothesis profiles of our own, loaded by name whatever the environment.

With `CI` set Hypothesis loads a profile of its own, in which a printed seed is fiction. And it draws
constants from the source of whatever modules are loaded: the same seed would give other cases in another
process, and evidence could not be judged again. Its version is pinned, so what is switched off is known.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import hypothesis
from hypothesis import HealthCheck, Phase, configuration, is_hypothesis_test, settings, strategies
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import engine, providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.internal.intervalsets import IntervalSet

from conformance.runtime import gc_tuning

_DRAWING: Final = "conformance.checks.property_based."  # modules of tests that draw random values
_CONSTANTS_OF_MODULES: Final = "_get_local_constants"
_INTERVALS_FROM_CODEC: Final = "intervals_from_codec"
INTERVALS: Final = charmap.intervals_from_codec
_OF_UTF_8: Final = IntervalSet(((0, 0xD7FF), (0xE000, sys.maxunicode))), IntervalSet(())
_MOST: Final = 1000  # cases of one draw: Hypothesis remembers each until the last of them
_SEEDS: Final[dict[str, int | str | None]] = {}  # by name of the profile
_BUFFER: Final = engine.BUFFER_SIZE  # as it is before schemathesis makes it larger for its whole process
_SENDING: Final = [Phase.explicit, Phase.generate, Phase.shrink]


@dataclass(frozen=True)
class Draw:
    """How many random cases a check draws, and of which seed; without one the same every time."""

    cases: int
    seed: int | None = None
    part: int = 0

    def parts(self) -> Iterator["Draw"]:
        """Yield draws of no more cases than are held at once; one that is small enough is its own part."""
        for part, start in enumerate(range(0, max(1, self.cases), _MOST)):
            yield replace(self, cases=min(_MOST, self.cases - start), part=part)


def load(draw: Draw) -> None:
    """Load the profile of a draw.

    A test keeps the profile under which it was made, so those that are collected next are made anew.
    """
    for drawing in [each for each in sys.modules if each.startswith(_DRAWING)]:
        del sys.modules[drawing]
    seed = draw.seed if draw.part == 0 else f"{draw.seed}, part {draw.part}"
    name = f"conformance-{draw.cases}"
    configuration.set_hypothesis_home_dir(os.devnull)  # in which it finds no folder, and creates none
    setattr(charmap, _INTERVALS_FROM_CODEC, intervals_from_codec)
    setattr(providers, _CONSTANTS_OF_MODULES, Constants)
    providers.CONSTANTS_CACHE.cache.clear()  # of what was drawn before in this process
    _SEEDS[name] = seed
    settings.register_profile(
        name,
        database=None,
        deadline=None,  # it is the target's time
        derandomize=seed is None,
        max_examples=max(1, draw.cases),
        phases=_SENDING if draw.cases else [Phase.explicit],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(name)
    if draw.cases:
        _draw_once(threading.get_ident())


@cache
def _draw_once(_thread: int) -> None:
    """Have Hypothesis make the generator of a thread; it looks through all objects that there are."""
    with gc_tuning.overlooked():
        hypothesis.given(strategies.none())(lambda _: None)()


def seeded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a test that draws the cases of the seed that was loaded; without one those it always draws."""
    seed = _SEEDS.get(settings.get_current_profile_name())
    return function if seed is None else hypothesis.seed(seed)(function)


def intervals_from_codec(codec: str) -> tuple[IntervalSet, IntervalSet]:
    """Return the characters that a codec encodes, and those of them that it does not decode to themselves.

    UTF-8 encodes all but surrogates. Hypothesis finds that out in a second of each process, as it has no
    folder to keep it in.
    """
    return _OF_UTF_8 if codec == "utf-8" else INTERVALS(codec)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Draw as in a process without schemathesis."""
    before, engine.BUFFER_SIZE = engine.BUFFER_SIZE, _BUFFER
    try:
        yield
    finally:
        engine.BUFFER_SIZE = before


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
