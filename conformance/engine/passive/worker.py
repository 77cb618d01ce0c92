"""Evaluation of the evidence of a run while it is written: the background side of the offload."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from conformance.engine.attempts import Attempt, run_check
from conformance.engine.passive.exchange_windows import remaining_creates, windows
from conformance.evidence.evidence_file import exchange_data, parse_exchange
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange
from conformance.processes.background_process import operation
from conformance.processes.check_functions import require_check
from conformance.processes.value_encoding import Form, dataclass_form, text_form
from conformance.results.verdict import Inconclusive
from conformance.runtime import cpu_time
from conformance.testkit.exchange_log import ExchangeLog
from conformance.testkit.traffic import Traffic
from spec.models import Constraint, ResponseMember

CheckReference = tuple[str, str, Mapping[str, Any]]  # module and name of a check function, and its arguments


@cpu_time.CHECKING
def run_passive_check(
    function: Callable[..., str | None], arguments: Mapping[str, Any], traffic: Traffic
) -> Attempt:
    """Run a passive check on recorded traffic."""
    attempt = run_check(lambda: function(traffic=traffic, **arguments))
    return replace(attempt, observations=traffic.observations, sample_number=traffic.sample_number)


class PassiveCheckWorker:
    """Runs passive checks on the evidence file of one run."""

    def __init__(
        self, path: Path, size: int, account: Account, references: Mapping[str, CheckReference]
    ) -> None:
        """Initialize with the evidence file, the number of exchanges of a window, and the checks."""
        self._file = path.open("rb")
        self._size = size
        self._account = account
        self._references = references
        self._exchanges: list[Exchange] = []  # of the windows that are not discarded
        self._existing: Mapping[str, Exchange] = {}  # creates of resources left by discarded windows, by id
        self._window = ExchangeLog((), {})  # the current window
        self._attempts: dict[str, Attempt] = {}  # its results so far, by check

    def follow(self) -> Iterator[str | None]:
        """Read new exchanges and evaluate the first window if it is full, step by step."""
        while self._read_line():
            yield None
        if len(self._exchanges) >= self._size:
            yield from self.process_window(self._exchanges[self._size - 1].number)

    def process_window(self, last: int) -> Iterator[str]:
        """Evaluate the window whose last exchange has this number, step by step."""
        return self._run_checks(last, self._references)

    def results_without_finding(self, first: int, last: int, names: Sequence[str]) -> Mapping[str, Attempt]:
        """Return the results without a finding for the window between two numbers, by check.

        The result is empty if the evidence does not yet hold the whole window.
        """
        while self._read_line():
            pass
        for _ in self._run_checks(last, names):
            pass
        if [exchange.number for exchange in self._window.exchanges] != list(range(first, last + 1)):
            return {}
        attempts = ((name, self._attempts[name]) for name in names)
        return {name: attempt for name, attempt in attempts if attempt.finding is attempt.error is None}

    def discard(self, last: int) -> None:
        """Discard the windows up to the one whose last exchange has this number."""
        discarded = [exchange for exchange in self._exchanges if exchange.number <= last]
        for window in windows(discarded, self._size, self._existing):
            self._existing = remaining_creates(window)
        self._exchanges = self._exchanges[len(discarded) :]

    def close(self) -> None:
        """Close the evidence file."""
        self._file.close()

    @cpu_time.CHECKING
    def _read_line(self) -> bool:
        """Read the next line, and return whether there was a complete one."""
        written = self._file.readline()
        if not written.endswith(b"\n"):
            self._file.seek(-len(written), os.SEEK_CUR)
            return False
        data = json.loads(written)
        if "number" in data:
            exchange = parse_exchange(data)
            _ = (
                exchange.resource,
                exchange.request_validity if exchange.is_create else None,
            )  # fill the caches early
            self._exchanges.append(exchange)
        return True

    def _run_checks(self, last: int, names: Iterable[str]) -> Iterator[str]:
        """Run checks on the window whose last exchange has this number, one per step."""
        if not self._window or self._window.exchanges[-1].number != last:
            exchanges = [exchange for exchange in self._exchanges if exchange.number <= last]
            *_, self._window = windows(exchanges, self._size, self._existing)
            self._attempts = {}
        window, attempts = self._window, self._attempts  # another caller may continue with a later window
        for name in names:
            if name not in attempts:
                module, function, arguments = self._references[name]
                traffic = Traffic(window, self._account)
                attempts[name] = run_passive_check(_function(module, function), arguments, traffic)
                yield name


def _function(module: str, name: str) -> Callable[..., str | None]:
    """Return a function that imports and calls the check with this name."""

    def call(**arguments: Any) -> str | None:
        note: str | None = getattr(import_module(module), name)(**arguments)
        return note

    return call


_WORKERS: Final[dict[int, PassiveCheckWorker]] = {}  # by run
_ATTEMPT_FORMS: Final = (
    dataclass_form(Attempt),
    Form(
        Inconclusive, lambda value: [value.code, value.text, value.exchange], lambda data: Inconclusive(*data)
    ),
    Form(Exchange, exchange_data, parse_exchange),
)


@operation(
    text_form(Path), dataclass_form(Account), dataclass_form(Constraint), dataclass_form(ResponseMember)
)
def open_run(
    run: int, path: Path, size: int, account: Account, references: Mapping[str, CheckReference]
) -> None:
    """Create the worker of a run unless it exists."""
    for module, function, _ in references.values():
        require_check(module, function)
    if run not in _WORKERS:
        cpu_time.reset()
        _WORKERS[run] = PassiveCheckWorker(path, size, account, references)


@operation()
def follow(run: int) -> Iterator[str | None]:
    """Evaluate the new evidence of a run, step by step."""
    return _WORKERS[run].follow()


@operation()
def process_window(run: int, last: int) -> Iterator[str]:
    """Evaluate a window of a run, step by step."""
    return _WORKERS[run].process_window(last)


@operation(*_ATTEMPT_FORMS)
def results_without_finding(run: int, first: int, last: int, names: Sequence[str]) -> Mapping[str, Attempt]:
    """Return the results without a finding for a window of a run, by check."""
    return _WORKERS[run].results_without_finding(first, last, names)


@operation()
def discard_windows(run: int, last: int) -> None:
    """Discard the windows of a run up to an exchange."""
    if run in _WORKERS:
        _WORKERS[run].discard(last)


@operation()
def close_run(run: int) -> float:
    """Close the worker of a run, and return its CPU time in seconds."""
    if run not in _WORKERS:
        return 0.0
    _WORKERS.pop(run).close()
    return cpu_time.cpu_seconds()[cpu_time.CHECKING.name]
