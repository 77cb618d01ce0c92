"""Hard time limit: a timer of the operating system ends a process whose run does not end.

The normal time limit of a run needs threads and memory, which may be exhausted. A signal reaches the main
thread even if it waits for a thread that never started.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from reports.records.exit_codes import INTERNAL_ERROR


@contextmanager
def time_limit(seconds: float, exit_message: Callable[[], str]) -> Iterator[None]:
    """End the process with the exit code of an internal error if the block takes longer.

    `exit_message` returns the text that is then written to standard error. There is no limit on systems
    without such a timer, or outside the main thread.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: Any) -> None:
        text = f"the run did not end within {seconds:g} seconds: internal error\n{exit_message()}"
        if sys.__stderr__ is not None:
            os.write(sys.__stderr__.fileno(), text.encode(errors="backslashreplace"))
        os._exit(INTERNAL_ERROR)

    previous = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
