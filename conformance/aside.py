"""What takes long to begin, or much memory, is done aside, in a process of its own."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import Any

from conformance.processes import SPAWN, begun


class AsideError(RuntimeError):
    """What was to be done aside went wrong."""


class Aside:
    """Calls functions in another process, one after the other; it serves as long as this one lives."""

    def __init__(self) -> None:
        self._lock = Lock()
        told, self._orders = SPAWN.Pipe(duplex=False)
        self._results, answers = SPAWN.Pipe(duplex=False)
        self._process = begun("aside", _serve, told, answers, daemon=True)
        told.close()
        answers.close()

    def prepare(self, function: Callable[..., Any], *given: Any) -> None:
        """Have a function called some time, so that what it remembers is there when it is asked for."""
        with self._lock, suppress(OSError):  # it is told when it is asked for
            self._orders.send((function, given, False))

    def call(self, function: Callable[..., Any], *given: Any) -> Any:
        """Return what a function returns there."""
        with self._lock:
            try:
                self._orders.send((function, given, True))
                result, problem = self._results.recv()
            except (EOFError, OSError):
                result, problem = None, "the process has ended"
        if problem is not None:
            raise AsideError(problem)
        return result


@cache
def aside() -> Aside:
    """Return the one that serves all runs of this process."""
    return Aside()


def _serve(orders: Any, answers: Any) -> None:
    while True:
        try:
            function, given, wanted = orders.recv()
        except EOFError:
            return
        result = problem = None
        try:
            result = function(*given)
        except Exception as error:  # noqa: BLE001 - it is told where the function was asked for
            problem = f"{type(error).__name__}: {error}"
        if wanted:
            answers.send((result, problem))
