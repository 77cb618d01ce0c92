"""What the processor's time of a run goes into: each thread says what it is at, and its own clock runs on.

Threads take turns in one interpreter, and most of them wait. So it is not time that passed which is summed,
but time that a thread had the processor: the sums add up to no more than what the process used. What goes on
within something else counts for itself alone. There is one clock for a process, and one run at a time; what
another process did for the run is added where it says so.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Got = TypeVar("_Got")
_LOCK: Final = threading.Lock()
Seconds = defaultdict[str, float]  # by name of the phase


class _Clock:
    """What was counted since a run began, thread by thread, so that no thread waits for another."""

    def __init__(self) -> None:
        self.began = time.process_time()
        self.sums: list[Seconds] = []
        self.elsewhere = Seconds(float)


class _Thread(threading.local):
    """What a thread is at, innermost last, and since when."""

    def __init__(self) -> None:
        self.clock: _Clock | None = None
        self.sums = Seconds(float)
        self.at: list[str] = []
        self.since = 0.0


class Phase:
    """A block, or a function, in which the processor's time is counted for one thing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        """Count for this from here on."""
        if _THREAD.clock is not _STATE.clock:
            _THREAD.clock, _THREAD.sums = _STATE.clock, Seconds(float)
            with _LOCK:
                _STATE.clock.sums.append(_THREAD.sums)
        if _THREAD.at[-1:] != [self.name]:
            _count()
        _THREAD.at.append(self.name)

    def __exit__(self, *_: object) -> None:
        """Count again for what it is within."""
        if _THREAD.at[-2:] != [self.name, self.name]:
            _count()
        _THREAD.at.pop()

    def __call__(self, function: Callable[_Given, _Got]) -> Callable[_Given, _Got]:
        """Count a function for this, whenever it is called."""

        @wraps(function)
        def counted(*args: _Given.args, **kwargs: _Given.kwargs) -> _Got:
            if _THREAD.at[-1:] == [self.name] and _THREAD.clock is _STATE.clock:
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
JUDGING: Final = Phase("judging")
REPORTING: Final = Phase("reporting")
ALL: Final = (GENERATION, TRANSPORT, EVIDENCE, JUDGING, REPORTING)
REST: Final = "rest"  # of what the process used


def begin() -> None:
    """Count anew."""
    _STATE.clock = _Clock()


def spent() -> dict[str, float]:
    """Return the seconds of the processor that each phase had, and what the process used besides."""
    clock = _STATE.clock
    with _LOCK:
        sums = list(clock.sums)
    seconds = {phase.name: sum(each[phase.name] for each in sums) for phase in ALL}
    used = time.process_time() - clock.began
    told = {**seconds, REST: max(0.0, used - sum(seconds.values()))}
    return {name: round(each + clock.elsewhere[name], 3) for name, each in told.items()}


def add(phase: Phase, seconds: float) -> None:
    """Count what another process did for the run."""
    _STATE.clock.elsewhere[phase.name] += seconds


def _count() -> None:
    now = time.thread_time()
    if _THREAD.at:
        _THREAD.sums[_THREAD.at[-1]] += now - _THREAD.since
    _THREAD.since = now
