"""Garbage is looked for seldom: what a run keeps has next to no cycles, and takes long to look through."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SELDOM: Final = (50_000, 20, 100)  # objects more than before, and how many times that for the older ones


@contextmanager
def seldom() -> Iterator[None]:
    """Look for it seldom within the block."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def never_at_the_end() -> None:
    """Leave what is there when the process ends to the operating system."""
    atexit.register(gc.freeze)
