"""Hypothesis profiles that generate the same examples in every environment.

With `CI` set, Hypothesis loads a profile that ignores the seed. It also takes constants from the source of
all loaded modules, so the same seed would generate other examples in another process, and a replay would
send other requests. Both are switched off; this relies on internals of the pinned version.
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

_PROPERTY_BASED: Final = "conformance.checks.property_based."
_LOCAL_CONSTANTS: Final = "_get_local_constants"
_INTERVALS_ATTRIBUTE: Final = "intervals_from_codec"
ORIGINAL_INTERVALS: Final = charmap.intervals_from_codec
_UTF_8_INTERVALS: Final = IntervalSet(((0, 0xD7FF), (0xE000, sys.maxunicode))), IntervalSet(())
_MAX_PART: Final = 1000  # examples: Hypothesis holds all of a part in memory
_SEEDS: Final[dict[str, int | str | None]] = {}  # by name of the profile
_DEFAULT_BUFFER_SIZE: Final = engine.BUFFER_SIZE  # importing schemathesis increases it
_PHASES: Final = [Phase.explicit, Phase.generate, Phase.shrink]


@dataclass(frozen=True)
class ExampleSettings:
    """Number of examples that Hypothesis generates for a check, and their seed; None for a fixed one."""

    count: int
    seed: int | None = None
    part: int = 0

    def split(self) -> Iterator["ExampleSettings"]:
        """Yield these settings in parts of limited size; small settings are their own only part."""
        for part, start in enumerate(range(0, max(1, self.count), _MAX_PART)):
            yield replace(self, count=min(_MAX_PART, self.count - start), part=part)


def load(examples: ExampleSettings) -> None:
    """Load a Hypothesis profile with these settings.

    A property-based check keeps the profile that was active at its import, so these modules are unloaded.
    """
    for module in [name for name in sys.modules if name.startswith(_PROPERTY_BASED)]:
        del sys.modules[module]
    seed = examples.seed if examples.part == 0 else f"{examples.seed}, part {examples.part}"
    name = f"conformance-{examples.count}"
    configuration.set_hypothesis_home_dir(os.devnull)  # so that it neither reads nor creates a folder
    setattr(charmap, _INTERVALS_ATTRIBUTE, intervals_from_codec)
    setattr(providers, _LOCAL_CONSTANTS, Constants)
    providers.CONSTANTS_CACHE.cache.clear()  # filled by earlier runs in this process
    _SEEDS[name] = seed
    settings.register_profile(
        name,
        database=None,
        deadline=None,  # the target takes most of the time
        derandomize=seed is None,
        max_examples=max(1, examples.count),
        phases=_PHASES if examples.count else [Phase.explicit],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(name)
    if examples.count:
        _prepare_thread(threading.get_ident())


@cache
def _prepare_thread(_thread: int) -> None:
    """Create the random generator of a thread once, with frozen objects: Hypothesis scans all of them."""
    with gc_tuning.frozen_objects():
        hypothesis.given(strategies.none())(lambda _: None)()


def with_seed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the property-based function with the seed of the loaded profile, or unchanged without a seed."""
    seed = _SEEDS.get(settings.get_current_profile_name())
    return function if seed is None else hypothesis.seed(seed)(function)


def intervals_from_codec(codec: str) -> tuple[IntervalSet, IntervalSet]:
    """Return the characters that a codec encodes, and those of them that do not survive a round trip.

    UTF-8 encodes all but surrogates. Hypothesis needs a second per process to compute this, and would store
    it in its folder.
    """
    return _UTF_8_INTERVALS if codec == "utf-8" else ORIGINAL_INTERVALS(codec)


@contextmanager
def default_buffer_size() -> Iterator[None]:
    """Use the buffer size of Hypothesis as in a process without schemathesis."""
    before, engine.BUFFER_SIZE = engine.BUFFER_SIZE, _DEFAULT_BUFFER_SIZE
    try:
        yield
    finally:
        engine.BUFFER_SIZE = before


@contextmanager
def preserved_profile() -> Iterator[None]:
    """Restore the loaded profile at the end."""
    before = settings.get_current_profile_name()
    try:
        yield
    finally:
        settings.load_profile(before)


def is_property_based(function: Callable[..., Any]) -> bool:
    """Return whether a check is property-based."""
    return is_hypothesis_test(function)
