"""Progress of a run, for a display of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from conformance.results.verdict import Outcome


@dataclass(frozen=True)
class RunProgress:
    """Numbers of a run so far."""

    requests: int = 0
    decided: int = 0  # requirements with a verdict
    failed: int = 0  # requirements with the verdict failed


class ProgressListener(Protocol):
    """Receives the progress of a run."""

    def __call__(self, outcome: Outcome, requests: int, /) -> None:
        """Receive the outcome of a check and the number of requests so far."""

    def on_start(self, progress: Callable[[], RunProgress], /) -> None:
        """Receive a function that returns the progress at any time during the run."""

    def on_wait(self, seconds: float, /) -> None:
        """Receive the time for which the run waits because the target throttles it."""

    def on_not_ready(self, problem: str, seconds: float, /) -> None:
        """Receive why the target is not ready, and for how long it has been waited for."""
