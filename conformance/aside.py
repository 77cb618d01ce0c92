"""What takes long to begin, or much memory, is done aside, in a process of its own.

It reads what to call from its standard input, a pickle each, and writes what came of it to its standard
output; it ends with whoever holds the other ends. `python -m conformance.aside` is that process.
"""

import atexit
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import IO, Any

from conformance.credentials import PROJECT, TOKEN


class AsideError(RuntimeError):
    """What was to be done aside went wrong."""


class Aside:
    """Calls functions in another process, one after the other."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in {PROJECT, TOKEN}},
            start_new_session=True,  # Ctrl-C is for the run to hear
        )
        self._orders, self._results = _held(self._process.stdin), _held(self._process.stdout)

    def prepare(self, function: Callable[..., Any], *given: Any) -> None:
        """Have a function called some time, so that what it remembers is there when it is asked for."""
        with self._lock, suppress(OSError):  # it is told when it is asked for
            _write(self._orders, (function, given, False))

    def call(self, function: Callable[..., Any], *given: Any) -> Any:
        """Return what a function returns there."""
        with self._lock:
            try:
                _write(self._orders, (function, given, True))
                result, problem = pickle.load(self._results)  # noqa: S301 - our own process writes it
            except (EOFError, OSError):
                result, problem = None, f"the process ended with status {self._process.poll()}"
        if problem is not None:
            raise AsideError(problem)
        return result

    def end(self) -> None:
        """End it at once: whatever it is at, nobody asks for it any more."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # of what it did not read any more
            self._orders.close()
        self._results.close()


@cache
def aside() -> Aside:
    """Return the one that serves all runs of this process."""
    made = Aside()
    atexit.register(made.end)
    return made


def _held(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - it was asked for
    return pipe


def _write(pipe: IO[bytes], told: Any) -> None:
    pickle.dump(told, pipe)
    pipe.flush()


def _serve(orders: IO[bytes], results: IO[bytes]) -> None:
    while True:
        try:
            function, given, wanted = pickle.load(orders)  # noqa: S301 - who started this process writes it
        except EOFError:
            return
        result = problem = None
        try:
            result = function(*given)
        except Exception as error:  # noqa: BLE001 - it is told where the function was asked for
            problem = f"{type(error).__name__}: {error}"
        if wanted:
            _write(results, (result, problem))


if __name__ == "__main__":
    ours, sys.stdout = sys.stdout, sys.stderr  # whatever else prints something
    _serve(sys.stdin.buffer, ours.buffer)
