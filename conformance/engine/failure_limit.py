"""Limit on the failed requirements of a run (--max-failures, --fail-fast)."""

import threading
from collections.abc import Callable

from conformance.results.verdict import Outcome, Verdict


class FailureLimit:
    """Counts failed requirements, each once, except those that do not fail the run."""

    def __init__(self, limit: int | None, is_excused: Callable[[Outcome], bool] = lambda _: False) -> None:
        self._limit = limit
        self._is_excused = is_excused  # whether a failure does not fail the run
        self._failed: set[str] = set()
        self._lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Return whether there is a limit."""
        return self._limit is not None

    def counts(self, outcome: Outcome) -> bool:
        """Return whether an outcome is a failure that counts."""
        return outcome.verdict is Verdict.FAILED and not self._is_excused(outcome)

    def is_reached_by(self, outcome: Outcome) -> bool:
        """Count an outcome, and return whether it is a failure and the limit is reached."""
        if self._limit is None or not self.counts(outcome):
            return False
        with self._lock:
            self._failed.add(outcome.requirement.id)
            return len(self._failed) >= self._limit
