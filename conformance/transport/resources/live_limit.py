"""Room at the target: how many resources of a run may be there at once, and who has them."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Final

_LOOK: Final = 0.1  # seconds after which who waits looks whether anything goes on
_PATIENCE: Final = 5.0  # seconds without any request under way, after which nobody will make room
_IN_VAIN: Final = 0.5  # seconds of it, once it was in vain; and before somebody makes room himself


def _nothing() -> None:
    """Do nothing."""


def _none() -> bool:
    """Make no room."""
    return False


class NoRoomError(Exception):
    """As many resources are there as may be, and nobody makes room."""


class Room:
    """Counts the resources that each check has, or has set aside, and makes creates wait for a place.

    A check that needs many at once sets their places aside before it begins: two that each got half of what
    they need would wait for each other for ever.
    """

    def __init__(
        self, most: int | None, check: Callable[[], None] = _nothing, patience: float = _PATIENCE
    ) -> None:
        self._most = most  # None: no limit
        self._check = check  # raises StoppedError where nobody is to wait any more
        self.relief: Callable[[], bool] = _none  # makes room where nothing goes on; tells whether it did
        self._relieving = False
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: dict[threading.Condition, Callable[[], bool]] = {}  # in the order in which they came
        self._held: defaultdict[str, int] = defaultdict(int)
        self._aside: defaultdict[str, int] = defaultdict(int)
        self._taken = 0  # places that are held or set aside, by all checks together
        self._wanted: list[int] = []  # how many places each check needs that waits to set them aside
        self._under_way = 0  # requests
        self._last = time.monotonic()  # when something was under way, or room was made
        self._stuck = False

    @property
    def taken(self) -> int:
        """Return how many places are held or set aside."""
        return self._taken

    def enter(self, check: str) -> None:
        """Take a place for what is going to be created; raise NoRoomError where none will be free."""
        with self._lock:
            self._wait(lambda: self._may_enter(check))
            self._hold(check, 1)

    def came(self, check: str) -> None:
        """Count what turned out to be there."""
        with self._lock:
            self._hold(check, 1)

    def lift(self) -> None:
        """Have no limit any more."""
        with self._lock:
            self._most = None
            self._free()

    def leave(self, check: str) -> None:
        """Give a place back."""
        with self._lock:
            self._hold(check, -1)
            self._free()

    @contextmanager
    def aside(self, check: str, places: int) -> Iterator[None]:
        """Set places aside for a check, all of them or none; one that has some already keeps those."""
        if self._aside[check]:
            yield
            return
        if self._most is not None and places > self._most:
            raise NoRoomError(f"{places} at once are needed, and there may be {self._most}")
        with self._lock:
            self._set_aside(check, places)
        try:
            yield
        finally:
            with self._lock:
                self._keep(check, 0)
                self._free()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Let those who wait know that something still goes on."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._last = time.monotonic()

    def _set_aside(self, check: str, places: int) -> None:
        self._wanted.append(places)
        try:
            self._wait(lambda: self._fits(places - self._taken_by(check)))
            self._keep(check, places)
        finally:
            self._wanted.remove(places)
            self._wake()

    def _may_enter(self, check: str) -> bool:
        if self._held[check] < self._aside[check]:
            return True
        return self._fits(1) and (self._held[check] > 0 or not self._making_room())

    def _making_room(self) -> bool:
        """Tell whether nothing new is to begin, so that who needs many places gets them.

        What others have set aside does not become free by that: while it is too much, nobody is held up.
        """
        if self._most is None or not self._wanted:
            return False
        return min(self._wanted) <= self._most - sum(self._aside.values())

    def _fits(self, more: int) -> bool:
        return self._most is None or self._taken + more <= self._most

    def _hold(self, check: str, more: int) -> None:
        before = self._taken_by(check)
        self._held[check] += more
        self._taken += self._taken_by(check) - before

    def _keep(self, check: str, places: int) -> None:
        before = self._taken_by(check)
        self._aside[check] = places
        self._taken += self._taken_by(check) - before

    def _taken_by(self, check: str) -> int:
        return max(self._held[check], self._aside[check])

    def _wait(self, may: Callable[[], bool]) -> None:
        if may():
            return
        turn = threading.Condition(self._lock)
        self._waiting[turn] = may
        try:
            while not may():
                self._check()
                if self._stuck:
                    raise NoRoomError(
                        f"{self._most} resources are there, as many as may be, and none is deleted"
                    )
                if not turn.wait(_LOOK) and not self._under_way:
                    self._look_whether_stuck()
        finally:
            del self._waiting[turn]

    def _look_whether_stuck(self) -> None:
        idle = time.monotonic() - self._last
        if idle < _IN_VAIN or self._relieving or self._relieved():
            return
        if idle >= self._patience:
            self._stuck = True
            self._patience = min(self._patience, _IN_VAIN)

    def _relieved(self) -> bool:
        """Have room made by who waits himself: all others may wait as well."""
        idle_since = self._last
        self._relieving = True
        self._lock.release()
        try:
            made = self.relief()
        finally:
            self._lock.acquire()
            self._relieving = False
        if not made:
            self._last = idle_since
        return made

    def _free(self) -> None:
        self._stuck = False
        self._last = time.monotonic()
        self._wake()

    def _wake(self) -> None:
        """Wake no more of those who wait than there are places for."""
        places = inf if self._most is None else self._most - self._taken
        for turn, may in self._waiting.items():
            if places <= 0:
                break
            if may():
                places -= 1
                turn.notify()
