"""The last resort against a run that does not end: a timer of the operating system ends its process.

The time of a run ends it in good order. That needs threads and memory, which a machine may not have: a
thread that never started is waited for without end. A signal reaches the main thread whatever it waits for.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from reports.records.exit_codes import BROKEN


@contextmanager
def time_limit(seconds: float, farewell: Callable[[], str]) -> Iterator[None]:
    """End the process with the exit code of an internal error if the block takes longer.

    `farewell` returns what is written to standard error then. Where there is no such timer, or outside of
    the main thread, nothing is limited.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: Any) -> None:
        text = f"the run did not end within {seconds:g} seconds: internal error\n{farewell()}"
        if sys.__stderr__ is not None:
            os.write(sys.__stderr__.fileno(), text.encode(errors="backslashreplace"))
        os._exit(BROKEN)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
