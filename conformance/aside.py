"""What takes long to begin, or much memory, is done aside, in a process of its own.

It is told over its standard input what to call, and says over its standard output what came of it; it ends
with whoever holds the other ends. `python -m conformance.aside` is that process.
"""

import atexit
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Final

from conformance import garbage
from conformance.credentials import PROJECT, TOKEN

_OVER: Final = object()


class AsideError(RuntimeError):
    """What was to be done aside went wrong."""


class Aside:
    """Calls functions in another process, one after the other."""

    def __init__(self) -> None:
        self._lock = Lock()
        theirs, self._orders = Pipe(duplex=False)
        self._results, answers = Pipe(duplex=False)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=theirs.fileno(),
            stdout=answers.fileno(),
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in {PROJECT, TOKEN}},
            start_new_session=True,  # Ctrl-C is for the run to hear
        )
        theirs.close()
        answers.close()

    def prepare(self, function: Callable[..., Any], *given: Any, patience: float | None = None) -> bool:
        """Have a function called some time, so that what it remembers is there when it is asked for.

        What it returns as an iterator is gone through, and nobody who asks for something waits for more than
        a step of that. Tells whether it was ordered: not where others were served for as long as the
        patience lasts, in seconds.
        """
        with self._turn(patience) as served:
            if served:
                with suppress(OSError):  # it is told when it is asked for
                    self._orders.send((function, given, False))
        return served

    def call(self, function: Callable[..., Any], *given: Any, patience: float | None = None) -> Any:
        """Return what a function returns there; raise AsideError where it does not, or patience ends."""
        with self._turn(patience) as served:
            if not served:
                raise AsideError("others are served")
            try:
                self._orders.send((function, given, True))
                result, problem = self._results.recv()
            except (EOFError, OSError):
                result, problem = None, f"the process ended with status {self._process.poll()}"
            except BaseException:
                self._process.kill()  # or its answer would be taken for that to the next call
                raise
        if problem is not None:
            raise AsideError(problem)
        return result

    @contextmanager
    def _turn(self, patience: float | None) -> Iterator[bool]:
        served = self._lock.acquire(timeout=-1 if patience is None else patience)
        try:
            yield served
        finally:
            if served:
                self._lock.release()

    def end(self) -> None:
        """End it at once: whatever it is at, nobody asks for it any more."""
        self._process.kill()
        self._process.wait()
        self._orders.close()
        self._results.close()


@cache
def aside() -> Aside:
    """Return the one that serves all runs of this process."""
    made = Aside()
    atexit.register(made.end)
    return made


def serves() -> bool:
    """Tell whether there is one already."""
    return aside.cache_info().currsize > 0


def _serve(orders: "Connection[Any, Any]", results: "Connection[Any, Any]") -> None:
    """Do what is asked for at once, and what will be asked for while nothing else is, until nobody asks."""
    later: deque[Iterator[Any]] = deque()
    with suppress(EOFError):
        while True:
            if later and not orders.poll():
                if next(later[0], _OVER) is _OVER:
                    later.popleft()
                continue
            function, given, wanted = orders.recv()
            if wanted:
                results.send(_done(function, given))
            else:
                later.append(_steps(function, given))


def _steps(function: Callable[..., Any], given: tuple[Any, ...]) -> Iterator[Any]:
    """Do something step by step, if it has steps; whoever asks for it later is told what is wrong."""
    result, _ = _done(function, given)
    if isinstance(result, Iterator):
        with suppress(Exception):
            yield from result


def _done(function: Callable[..., Any], given: tuple[Any, ...]) -> tuple[Any, str | None]:
    """Return what a function returns, or what is wrong."""
    try:
        return function(*given), None
    except Exception as error:  # noqa: BLE001 - whoever asked is told: AsideError
        return None, f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    ours, sys.stdout = sys.stdout, sys.stderr  # whatever else prints something
    with garbage.seldom():
        _serve(Connection(sys.stdin.fileno(), writable=False), Connection(ours.fileno(), readable=False))
