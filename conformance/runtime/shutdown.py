"""Ctrl-C, SIGTERM and a lost terminal: the first ends the run in good order, the second at once.

The handler only counts, whatever the run is at: nothing is raised in the midst of it. A thread then sees to
it that no more requests are sent, and that whatever waits does so no longer.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Final

CODE: Final = 130
SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # SIGHUP: the terminal is gone; not on every system
_GRACE: Final = 2.0  # seconds after the second, in which a run still writes its reports


class Interruption:
    """Whether the run of this process is to end, and how fast."""

    def __init__(self) -> None:
        self.asked = 0
        self._signals: SimpleQueue[int] = SimpleQueue()  # the one queue that a handler may put something into
        self._stop: Callable[[], None] = _nothing
        self._farewell: Callable[[], str] = str

    @property
    def wanted(self) -> bool:
        """Tell whether the run is to end."""
        return self.asked > 0

    @property
    def at_once(self) -> bool:
        """Tell whether it is to end without cleaning up."""
        return self.asked > 1

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear the signals; one that whoever started this process made it deaf to stays unheard."""
        self.asked = 0
        heard = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
        before = {each: signal.signal(each, self._count) for each in heard}
        threading.Thread(target=self._act, name="interruption", daemon=True).start()
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
            self.asked = 0
            self._signals.put(0)

    @contextmanager
    def told(self, stop: Callable[[], None], farewell: Callable[[], str]) -> Iterator[None]:
        """Say what ends the run, and what is to be said where it has to end without its reports."""
        self._stop, self._farewell = stop, farewell
        if self.wanted:
            stop()
        try:
            yield
        finally:
            self._stop, self._farewell = _nothing, str

    def farewell(self) -> str:
        """Return what is to be said where the run has to end without its reports."""
        return self._farewell()

    def ask(self, times: int) -> None:
        """Ask as a signal would, until it was asked so many times."""
        while self.asked < times:
            self._count(signal.SIGTERM, None)

    def _count(self, number: int, _: Any) -> None:
        self.asked += 1
        self._signals.put(number)

    def _act(self) -> None:
        while self._signals.get():
            self._stop()
            if self.at_once:
                leaving = threading.Timer(_GRACE, self._leave)
                leaving.daemon = True
                leaving.start()

    def _leave(self) -> None:
        if sys.__stderr__ is not None:  # what pytest says is kept from the other one
            sys.__stderr__.write(self._farewell())
            sys.__stderr__.flush()
        os._exit(CODE)


def _nothing() -> None:
    """Stop nothing: there is nothing yet that could be stopped."""


INTERRUPTION: Final = Interruption()  # signals belong to the process, and so does this
