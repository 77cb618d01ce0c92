"""Evaluation of passive checks in a background process during the run.

The background process reads the evidence while it is written. It returns only results without a finding: the
run evaluates findings itself, and everything else if there is no background process.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from conformance.engine.attempts import Attempt, Check
from conformance.engine.passive import worker as passive_worker
from conformance.http.credentials import Account
from conformance.processes.background_process import BackgroundProcessError, background_process
from conformance.runtime import cpu_time
from conformance.testkit.exchange_log import ExchangeLog

_MIN_WINDOW: Final = 500  # exchanges; smaller windows are evaluated faster than they are requested
_FOLLOW_STEP: Final = 100  # exchanges that are written before the background process is notified
_CHECKS_PER_REQUEST: Final = 32
_TIMEOUT: Final = 0.1  # seconds that the run waits while other work occupies the background process
_RUN_NUMBERS: Final = count(1)


class PassiveOffload:
    """Evaluates the evidence of one run in the background process."""

    def __init__(self, path: Path, size: int, account: Account, checks: Sequence[Check]) -> None:
        """Initialize with the evidence file, the number of exchanges of a window, and the checks."""
        self._run = next(_RUN_NUMBERS)
        references = {
            check.name: (check.function.__module__, check.function.__name__, check.arguments)
            for check in checks
        }
        self._run_arguments = path.resolve(), size, account, references
        self._names = list(references)
        self._followed = 0  # exchanges
        self._has_results = False  # whether the background process has returned any
        self._results: dict[int, dict[str, Attempt | None]] = {}  # by the last exchange of a window

    def follow(self, written: int) -> None:
        """Notify the background process of new exchanges, which it reads when it is idle."""
        if written - self._followed < _FOLLOW_STEP:
            return
        opened = self._followed or background_process().submit(
            passive_worker.open_run, self._run, *self._run_arguments, timeout=_TIMEOUT
        )
        if opened and background_process().submit(passive_worker.follow, self._run, timeout=_TIMEOUT):
            self._followed = written

    def result(self, window: ExchangeLog, name: str) -> Attempt | None:
        """Return the result of a check for a window, waiting for it; None if it is not available."""
        if len(window) < _MIN_WINDOW:
            return None
        results = self._results.setdefault(window.exchanges[-1].number, {})
        if name not in results:
            position = self._names.index(name)
            names = self._names[position : position + _CHECKS_PER_REQUEST]
            attempts = self._request(window, names, first=not results)
            results.update({requested: attempts.get(requested) for requested in names})
        return results[name]

    def discard(self, window: ExchangeLog) -> None:
        """Discard a full window."""
        last = window.exchanges[-1].number
        self._results.pop(last, None)
        background_process().submit(passive_worker.discard_windows, self._run, last, timeout=_TIMEOUT)

    def end(self) -> None:
        """Close the run in the background process, and add its CPU time if it has returned results."""
        if not self._has_results:
            background_process().submit(passive_worker.close_run, self._run)
            return
        with suppress(BackgroundProcessError):
            cpu_time.add_external(
                cpu_time.CHECKING,
                background_process().call(passive_worker.close_run, self._run, timeout=_TIMEOUT),
            )

    def _request(self, window: ExchangeLog, names: Sequence[str], *, first: bool) -> Mapping[str, Attempt]:
        numbers = window.exchanges[0].number, window.exchanges[-1].number
        try:
            if first:
                background_process().call(
                    passive_worker.open_run, self._run, *self._run_arguments, timeout=_TIMEOUT
                )
                background_process().submit(
                    passive_worker.process_window, self._run, numbers[1], timeout=_TIMEOUT
                )
            attempts: Mapping[str, Attempt] = background_process().call(
                passive_worker.results_without_finding, self._run, *numbers, names, timeout=_TIMEOUT
            )
        except BackgroundProcessError:  # the run evaluates the window itself
            return {}
        self._has_results = True
        return attempts
