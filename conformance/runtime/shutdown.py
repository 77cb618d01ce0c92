"""Handling of SIGINT, SIGTERM and SIGHUP: the first signal ends the run with cleanup, the second without.

The handler only counts the signals and raises no exception. A thread then stops the sending of requests and
interrupts waiting.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Final

EXIT_CODE: Final = 130
SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # SIGHUP (closed terminal) does not exist on every system
_GRACE: Final = 2.0  # seconds after the second signal in which a run still writes its reports


class Interruption:
    """Stop request of the run of this process."""

    def __init__(self) -> None:
        self.request_count = 0
        self._signals: SimpleQueue[int] = SimpleQueue()  # the only queue that is safe in a signal handler
        self._stop: Callable[[], None] = _nothing
        self._exit_message: Callable[[], str] = str

    @property
    def requested(self) -> bool:
        """Return whether the run must end."""
        return self.request_count > 0

    @property
    def immediate(self) -> bool:
        """Return whether the run must end without cleanup."""
        return self.request_count > 1

    @contextmanager
    def handle_signals(self) -> Iterator[None]:
        """Handle the signals during the block, except those that are ignored in this process."""
        self.request_count = 0
        handled = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        previous = {number: signal.signal(number, self._count) for number in handled}
        threading.Thread(target=self._stop_on_signals, name="interruption", daemon=True).start()
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            self.request_count = 0
            self._signals.put(0)

    @contextmanager
    def on_stop(self, stop: Callable[[], None], exit_message: Callable[[], str]) -> Iterator[None]:
        """Set the function that stops the run, and the message for an end without reports."""
        self._stop, self._exit_message = stop, exit_message
        if self.requested:
            stop()
        try:
            yield
        finally:
            self._stop, self._exit_message = _nothing, str

    def exit_message(self) -> str:
        """Return the message for an end without reports."""
        return self._exit_message()

    def request_stop(self, times: int) -> None:
        """Request a stop as a signal would, until the number of requests is reached."""
        while self.request_count < times:
            self._count(signal.SIGTERM, None)

    def _count(self, number: int, _: Any) -> None:
        self.request_count += 1
        self._signals.put(number)

    def _stop_on_signals(self) -> None:
        while self._signals.get():
            self._stop()
            if self.immediate:
                timer = threading.Timer(_GRACE, self._exit)
                timer.daemon = True
                timer.start()

    def _exit(self) -> None:
        if sys.__stderr__ is not None:  # pytest captures sys.stderr
            sys.__stderr__.write(self._exit_message())
            sys.__stderr__.flush()
        os._exit(EXIT_CODE)


def _nothing() -> None:
    """Do nothing, because no run has started."""


INTERRUPTION: Final = Interruption()  # one per process, as signal handlers are
