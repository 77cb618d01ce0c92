"""Processes of our own beside this one, which do not hear Ctrl-C: it reaches all processes of a terminal.

Each is told over a line what to do, and ends where nobody holds the other end of it any more.
"""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any, Final

SPAWN: Final = get_context("spawn")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def begun(name: str, act: Callable[..., None], *given: Any, daemon: bool = False) -> BaseProcess:
    """Start a process that does something; a daemon is ended when this one ends, by a signal."""
    deaf_to = (signal.SIGINT,) if daemon else _SIGNALS
    process = SPAWN.Process(target=_deaf, args=(deaf_to, act, *given), name=name, daemon=daemon)
    resource_tracker.ensure_running()  # it lets signals through that are held back here
    with _held_back():
        process.start()
    return process


def _deaf(signals: Iterable[signal.Signals], act: Callable[..., None], *given: Any) -> None:
    for each in signals:
        signal.signal(each, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    act(*given)


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold signals back, and with them those that a process gets while it starts: it inherits that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
