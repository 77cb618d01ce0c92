"""The limit of live resources: how many resources of a run may exist at once."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Final

_POLL_INTERVAL: Final = 0.1  # seconds between tests for progress
_TIMEOUT: Final = 5.0  # seconds without any request in progress after which no slot will be released
_SHORT_TIMEOUT: Final = 0.5  # the same after a failed wait; also the delay before deletes are retried


def _ignore() -> None:
    """Do nothing."""


def _reclaim_none() -> bool:
    """Reclaim no slots."""
    return False


class LiveLimitError(Exception):
    """The limit of live resources is reached, and no slot is released."""


class LiveResourceLimit:
    """Counts the live resources and reserved slots of each check, and delays creates until a slot is free.

    A check that needs several resources at once reserves all slots before it begins. Otherwise two checks
    that each hold half of their slots would wait for each other forever.
    """

    def __init__(
        self, limit: int | None, check: Callable[[], None] = _ignore, timeout: float = _TIMEOUT
    ) -> None:
        self._limit = limit  # None: no limit
        self._check = check  # raises RunStoppedError once the run has ended
        # frees slots when no request is in progress, and returns whether it did
        self.reclaim: Callable[[], bool] = _reclaim_none
        self._is_reclaiming = False
        self._timeout = timeout
        self._lock = threading.Lock()
        self._waiters: dict[threading.Condition, Callable[[], bool]] = {}  # in order of arrival
        self._held: defaultdict[str, int] = defaultdict(int)
        self._reserved: defaultdict[str, int] = defaultdict(int)
        self._taken = 0  # held or reserved slots of all checks
        self._pending_reservations: list[int] = []  # slots that checks wait to reserve
        self._requests_in_progress = 0
        self._last_progress = time.monotonic()  # time of the last request or of the last release
        self._is_stuck = False

    @property
    def slots_in_use(self) -> int:
        """Return the number of slots that are held or reserved."""
        return self._taken

    def acquire(self, check: str) -> None:
        """Acquire a slot for a resource to create; raise LiveLimitError if none will be free."""
        with self._lock:
            self._wait(lambda: self._may_acquire(check))
            self._change_held(check, 1)

    def count_found(self, check: str) -> None:
        """Count a resource that turned out to exist."""
        with self._lock:
            self._change_held(check, 1)

    def remove_limit(self) -> None:
        """Remove the limit."""
        with self._lock:
            self._limit = None
            self._release_waiters()

    def release(self, check: str) -> None:
        """Release a slot."""
        with self._lock:
            self._change_held(check, -1)
            self._release_waiters()

    @contextmanager
    def reserve(self, check: str, slots: int) -> Iterator[None]:
        """Reserve slots for a check, all of them or none; nested reservations use the outer one."""
        if self._reserved[check]:
            yield
            return
        if self._limit is not None and slots > self._limit:
            raise LiveLimitError(f"{slots} live resources are needed at once, and the limit is {self._limit}")
        with self._lock:
            self._reserve(check, slots)
        try:
            yield
        finally:
            with self._lock:
                self._change_reserved(check, 0)
                self._release_waiters()

    @contextmanager
    def request_in_progress(self) -> Iterator[None]:
        """Count a request as in progress, so that waiting checks keep waiting."""
        with self._lock:
            self._requests_in_progress += 1
        try:
            yield
        finally:
            with self._lock:
                self._requests_in_progress -= 1
                self._last_progress = time.monotonic()

    def _reserve(self, check: str, slots: int) -> None:
        self._pending_reservations.append(slots)
        try:
            self._wait(lambda: self._fits(slots - self._slots_of(check)))
            self._change_reserved(check, slots)
        finally:
            self._pending_reservations.remove(slots)
            self._wake_waiters()

    def _may_acquire(self, check: str) -> bool:
        if self._held[check] < self._reserved[check]:
            return True
        return self._fits(1) and (self._held[check] > 0 or not self._waits_for_reservation())

    def _waits_for_reservation(self) -> bool:
        """Return whether new checks have to wait, so that a check that needs many slots gets them.

        Reserved slots do not become free by waiting: while they leave too few, new checks proceed.
        """
        if self._limit is None or not self._pending_reservations:
            return False
        return min(self._pending_reservations) <= self._limit - sum(self._reserved.values())

    def _fits(self, more: int) -> bool:
        return self._limit is None or self._taken + more <= self._limit

    def _change_held(self, check: str, more: int) -> None:
        before = self._slots_of(check)
        self._held[check] += more
        self._taken += self._slots_of(check) - before

    def _change_reserved(self, check: str, slots: int) -> None:
        before = self._slots_of(check)
        self._reserved[check] = slots
        self._taken += self._slots_of(check) - before

    def _slots_of(self, check: str) -> int:
        return max(self._held[check], self._reserved[check])

    def _wait(self, is_allowed: Callable[[], bool]) -> None:
        if is_allowed():
            return
        condition = threading.Condition(self._lock)
        self._waiters[condition] = is_allowed
        try:
            while not is_allowed():
                self._check()
                if self._is_stuck:
                    raise LiveLimitError(
                        f"limit of {self._limit} live resources reached and none is being deleted"
                    )
                if not condition.wait(_POLL_INTERVAL) and not self._requests_in_progress:
                    self._check_progress()
        finally:
            del self._waiters[condition]

    def _check_progress(self) -> None:
        idle = time.monotonic() - self._last_progress
        if idle < _SHORT_TIMEOUT or self._is_reclaiming or self._reclaim():
            return
        if idle >= self._timeout:
            self._is_stuck = True
            self._timeout = min(self._timeout, _SHORT_TIMEOUT)

    def _reclaim(self) -> bool:
        """Reclaim slots in the waiting thread, without holding the lock."""
        idle_since = self._last_progress
        self._is_reclaiming = True
        self._lock.release()
        try:
            reclaimed = self.reclaim()
        finally:
            self._lock.acquire()
            self._is_reclaiming = False
        if not reclaimed:
            self._last_progress = idle_since
        return reclaimed

    def _release_waiters(self) -> None:
        self._is_stuck = False
        self._last_progress = time.monotonic()
        self._wake_waiters()

    def _wake_waiters(self) -> None:
        """Wake at most as many waiting threads as there are free slots."""
        free_slots = inf if self._limit is None else self._limit - self._taken
        for condition, is_allowed in self._waiters.items():
            if free_slots <= 0:
                break
            if is_allowed():
                free_slots -= 1
                condition.notify()
