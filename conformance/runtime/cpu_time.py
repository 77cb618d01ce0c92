"""CPU time of a run by phase.

Threads take turns in one interpreter, and most of them wait. Therefore the CPU time of each thread is summed
instead of elapsed time, and the sum does not exceed the CPU time of the process. The time of a nested phase
is not counted for the enclosing one. There is one clock per process and one run at a time; the time of other
processes is added explicitly.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_LOCK: Final = threading.Lock()
Seconds = defaultdict[str, float]  # by name of the phase


class _Clock:
    """Counts since the start of a run, one per thread, so that threads do not wait for each other."""

    def __init__(self) -> None:
        self.start = time.process_time()
        self.sums: list[Seconds] = []
        self.external = Seconds(float)


class _Thread(threading.local):
    """Active phases of a thread, innermost last, and the time of the last count."""

    def __init__(self) -> None:
        self.clock: _Clock | None = None
        self.sums = Seconds(float)
        self.active: list[str] = []
        self.since = 0.0


class Phase:
    """Context manager and decorator that count CPU time for a phase."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        """Start counting for this phase."""
        if _THREAD.clock is not _STATE.clock:
            _THREAD.clock, _THREAD.sums = _STATE.clock, Seconds(float)
            with _LOCK:
                _STATE.clock.sums.append(_THREAD.sums)
        if _THREAD.active[-1:] != [self.name]:
            _count()
        _THREAD.active.append(self.name)

    def __exit__(self, *_: object) -> None:
        """Resume counting for the enclosing phase."""
        if _THREAD.active[-2:] != [self.name, self.name]:
            _count()
        _THREAD.active.pop()

    def __call__(self, function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        """Return the function with its calls counted for this phase."""

        @wraps(function)
        def counted(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            if _THREAD.active[-1:] == [self.name] and _THREAD.clock is _STATE.clock:
                return function(*args, **kwargs)
            with self:
                return function(*args, **kwargs)

        return counted


class _State:
    clock = _Clock()


_STATE: Final = _State()
_THREAD: Final = _Thread()
GENERATION: Final = Phase("generation")
TRANSPORT: Final = Phase("transport")
EVIDENCE: Final = Phase("evidence")
CHECKING: Final = Phase("judging")
REPORTING: Final = Phase("reporting")
ALL: Final = (GENERATION, TRANSPORT, EVIDENCE, CHECKING, REPORTING)
REST: Final = "rest"  # CPU time of the process outside all phases


def reset() -> None:
    """Reset the clock."""
    _STATE.clock = _Clock()


def cpu_seconds() -> dict[str, float]:
    """Return the CPU seconds of each phase and of the rest."""
    clock = _STATE.clock
    with _LOCK:
        sums = list(clock.sums)
    by_phase = {phase.name: sum(seconds[phase.name] for seconds in sums) for phase in ALL}
    total = time.process_time() - clock.start
    with_rest = {**by_phase, REST: max(0.0, total - sum(by_phase.values()))}
    return {name: round(seconds + clock.external[name], 3) for name, seconds in with_rest.items()}


def add_external(phase: Phase, seconds: float) -> None:
    """Add CPU time that another process spent for the run."""
    _STATE.clock.external[phase.name] += seconds


def _count() -> None:
    now = time.thread_time()
    if _THREAD.active:
        _THREAD.sums[_THREAD.active[-1]] += now - _THREAD.since
    _THREAD.since = now
