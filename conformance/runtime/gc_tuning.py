"""Garbage is looked for seldom: what a run keeps has next to no cycles, and takes long to look through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SELDOM: Final = (200_000, 20, 100)  # objects more than before, and how many times that for the older ones


@contextmanager
def seldom() -> Iterator[None]:
    """Look for it seldom within the block."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def overlooked() -> Iterator[None]:
    """Leave what is there out of whatever looks through all objects within the block."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def seldom_to_the_end() -> Iterator[None]:
    """Look for it seldom until the process ends, and then no more: the system takes what is there."""
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.disable()
        gc.freeze()  # the interpreter looks once more when it ends, whatever it was told
