"""What else a run does meanwhile, for a check that has to let time pass without wasting any."""

import threading
import time
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any, Final

_REPETITIONS: Final = 2  # that wait at all
_LONGEST: Final = 5.0  # seconds that a repetition waits, when the others are long done


class Others:
    """The checks that run beside one that waits for them."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._left = 0
        self._took = 0.0
        self._repetitions = _REPETITIONS
        self._started = time.monotonic()

    def are(self, futures: Collection["Future[Any]"]) -> None:
        """Say which they are."""
        self._left = len(futures)
        for future in futures:
            future.add_done_callback(self._end)
        if not futures:
            self._done.set()

    def wait(self, *, again: bool) -> None:
        """Wait until they are done; in the first repetitions, as long as that took."""
        if again and self._repetitions:
            self._repetitions -= 1
            time.sleep(min(self._took, _LONGEST))
        self._done.wait()

    def release(self) -> None:
        """Let the one that waits go on: the run ends, and the others may never have begun."""
        self._done.set()

    def _end(self, _: "Future[Any]") -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._took = time.monotonic() - self._started
                self._done.set()
