"""Tuning of the garbage collector: a run has many objects and hardly any reference cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (200_000, 20, 100)  # the arguments of gc.set_threshold


@contextmanager
def reduced_gc() -> Iterator[None]:
    """Run the garbage collector less often within the block."""
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def frozen_objects() -> Iterator[None]:
    """Exclude existing objects from garbage collection within the block."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def reduced_gc_until_exit() -> Iterator[None]:
    """Run the garbage collector less often until the process ends, and not at its end."""
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.disable()
        gc.freeze()  # the interpreter collects at its end even if collection is disabled
