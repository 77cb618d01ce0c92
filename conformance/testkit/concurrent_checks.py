"""Waiting of a check until the checks that run concurrently with it have finished."""

import threading
import time
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any, Final

_WAITING_RETRIES: Final = 2  # retries that wait before they go on
_MAX_RETRY_WAIT: Final = 5.0  # seconds


class ConcurrentChecks:
    """The checks that run concurrently with a check that waits for them."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._running = 0
        self._duration = 0.0
        self._waiting_retries = _WAITING_RETRIES
        self._started = time.monotonic()

    def track(self, futures: Collection["Future[Any]"]) -> None:
        """Set the futures of the concurrent checks."""
        self._running = len(futures)
        for future in futures:
            future.add_done_callback(self._on_done)
        if not futures:
            self._done.set()

    def wait(self, *, is_retry: bool) -> None:
        """Wait until the concurrent checks are done; in the first retries, wait as long as they took."""
        if is_retry and self._waiting_retries:
            self._waiting_retries -= 1
            time.sleep(min(self._duration, _MAX_RETRY_WAIT))
        self._done.wait()

    def release(self) -> None:
        """Stop waiting: the run ends, and some concurrent checks may never have started."""
        self._done.set()

    def _on_done(self, _: "Future[Any]") -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self._duration = time.monotonic() - self._started
                self._done.set()
