"""Passive checks: evaluation of all exchanges of a run, window by window.

A full window is evaluated during the run and then evicted from memory, so the memory of a run does not grow
with its length.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from conformance.engine.attempts import (
    MAX_LOSSES,
    MAX_RETRIES,
    Attempt,
    Check,
    confirmed_outcome,
    flaky_outcome,
    outcome_without_finding,
)
from conformance.engine.passive.exchange_windows import remaining_creates, windows
from conformance.engine.passive.offload import PassiveOffload
from conformance.engine.passive.worker import run_passive_check
from conformance.http.exchange import Exchange, Request
from conformance.http.resource_names import MAX_ATTEMPT, with_attempt_number
from conformance.results.verdict import Finding, Inconclusive, LiveLimitReached, Outcome
from conformance.testkit.api_client import ApiClient
from conformance.testkit.exchange_log import ExchangeLog
from conformance.testkit.traffic import Traffic
from conformance.transport.stack import TransportStack

_OFFLOAD_LEAD: Final = 100  # exchanges after a full window before its results are requested
_MAX_WAITING_BYTES: Final = 32 * 1024 * 1024  # size of the evidence from which the lead is not granted


@dataclass(frozen=True)
class _WindowResult:
    """Result of a check for one or more windows, and whether its finding was reproduced."""

    attempt: Attempt
    reproduced: bool = False


class PassiveCheckRunner:
    """Runs passive checks on the exchanges of one transport stack."""

    def __init__(
        self,
        stack: TransportStack,
        api: Callable[[str, int], ApiClient],
        window: int,
        offload: PassiveOffload | None = None,
    ) -> None:
        """Initialize with the number of exchanges of a window and an optional offload."""
        self._stack = stack
        self._api = api
        self._size = window
        self._offload = offload
        self._lock = threading.Lock()
        self._live_limit_reached = False
        self._evicted_results: dict[str, _WindowResult] = {}  # of the evicted windows, by check
        self._existing: Mapping[str, Exchange] = {}  # creates of resources left at their end, by id
        self._windows: Sequence[ExchangeLog] = ()
        self._requested: dict[int, int] = {}  # last exchange of a window when first requested, by its first

    def outcome(self, check: Check) -> Outcome:
        """Return the outcome of a check for all exchanges so far."""
        with self._lock:
            result = self._evicted_results.get(check.name)
            for window in self._current_windows():
                result = self._add_window(check, result, window)
            return self._outcome(check, result or _WindowResult(self._run(check, ExchangeLog((), {}))))

    def process_full_window(self, checks: Sequence[Check]) -> None:
        """Run the checks on the first window if it is full, and evict it."""
        evidence = self._stack.evidence
        if not evidence.adds_in_order:
            return
        if self._offload is not None:
            self._offload.follow(evidence.traffic_stats.exchanges)
        lead = (
            _OFFLOAD_LEAD if self._offload is not None and evidence.estimated_size < _MAX_WAITING_BYTES else 0
        )
        if len(evidence.exchanges) <= self._size + lead:
            return
        with self._lock:
            first, *_ = self._current_windows()
            self._evicted_results = {
                check.name: self._add_window(check, self._evicted_results.get(check.name), first)
                for check in checks
            }
            self._existing = remaining_creates(first)
            evidence.evict(first.exchanges)
            self._windows = ()
            if self._offload is not None:
                self._offload.discard(first)

    def _outcome(self, check: Check, result: _WindowResult) -> Outcome:
        finding = result.attempt.finding
        if finding is None:
            return outcome_without_finding(check, result.attempt)
        if result.reproduced or self._reproduces(check, finding.exchange):
            return confirmed_outcome(check, result.attempt, finding)
        return flaky_outcome(check, result.attempt)

    def _add_window(self, check: Check, earlier: _WindowResult | None, window: ExchangeLog) -> _WindowResult:
        """Return the result for the earlier windows and one more; the first finding counts."""
        if earlier is None:
            return self._window_result(check, window)
        if earlier.attempt.error is not None or earlier.reproduced:
            return earlier
        if earlier.attempt.finding is not None:
            return replace(earlier, reproduced=self._recurs(check, earlier.attempt.finding, window))
        result = self._window_result(check, window)
        return replace(result, attempt=earlier.attempt.merge(result.attempt))

    def _window_result(self, check: Check, window: ExchangeLog) -> _WindowResult:
        attempt, losses = self._run(check, window), 0
        while attempt.finding and attempt.finding.exchange.is_unreliable and losses < MAX_LOSSES:
            if self._reproduces(check, attempt.finding.exchange):
                return _WindowResult(attempt, reproduced=True)
            losses += 1  # a disturbance that occurs once is not a finding
            window = window.without(attempt.finding.exchange)
            attempt = self._run(check, window)
        if attempt.finding is None or attempt.finding.exchange.is_unreliable:
            return _WindowResult(attempt)
        exchange = attempt.finding.exchange
        self._stack.evidence.retain(exchange)
        later = window.after(exchange.number)
        return _WindowResult(attempt, reproduced=self._recurs(check, attempt.finding, later))

    def _recurs(self, check: Check, finding: Finding, later: ExchangeLog) -> bool:
        """Return whether later exchanges show a finding that depends on more exchanges than it names.

        Any other finding is reproduced by sending its request again, which is more reliable.
        """
        exchange = finding.exchange
        if exchange.is_unreliable or self._run(check, later).finding is None:
            return False
        creator = self._stack.evidence.creator(exchange)
        alone = (exchange,) if creator is None else (creator, exchange)
        return self._run(check, ExchangeLog(alone, self._stack.evidence.creators)).finding is None

    def _reproduces(self, check: Check, exchange: Exchange) -> bool:
        if exchange.is_unreliable:
            resends = (self._resend(exchange, number) for number in range(1, MAX_LOSSES + 1))
            return all(self._run(check, resend).lost_exchange for resend in resends)
        resends = (self._resend(exchange, number) for number in range(1, MAX_RETRIES + 1))
        return any(self._run(check, resend).finding for resend in resends)

    def _run(self, check: Check, transcript: ExchangeLog) -> Attempt:
        return self._offloaded_result(check, transcript) or run_passive_check(
            check.function,
            check.arguments,
            Traffic(transcript.until(self._stack.outage_detector.last_reliable), self._stack.target.account),
        )

    def _offloaded_result(self, check: Check, window: ExchangeLog) -> Attempt | None:
        """Return the result of the background process, unless the window has grown since its request."""
        if self._offload is None or window not in self._windows:
            return None
        first, last = window.exchanges[0].number, window.exchanges[-1].number
        has_grown = self._requested.setdefault(first, last) != last
        return None if has_grown else self._offload.result(window, check.name)

    def _resend(self, exchange: Exchange, number: int) -> ExchangeLog:
        """Send a request again with names of its own; the number distinguishes it from other resends.

        For a request to a resource, create a new one and another beside it. Created resources are deleted. If
        the target deletes nothing, so that no resource may be created, use the resource of the request.
        """
        attempt = exchange.origin.attempt + number
        api = self._api(exchange.origin.check, attempt)
        creator = self._stack.evidence.creator(exchange)
        request = _renamed(exchange.request, attempt)
        if creator is not None and not self._live_limit_reached:
            try:
                request = _for_new_resource(api, request, creator, attempt)
            except LiveLimitReached:
                self._live_limit_reached = True  # it takes long to show, and remains
        api.send(exchange.origin.operation, request)
        resent = tuple(api.recent_exchanges)
        if self._stack.target.supports_delete:
            _delete_created(api, resent)
        return ExchangeLog(resent, self._stack.evidence.creators)

    def _current_windows(self) -> Sequence[ExchangeLog]:
        """Return the windows in memory: the same objects as long as no exchange is added."""
        exchanges = tuple(self._stack.evidence.exchanges)
        if sum(map(len, self._windows)) != len(exchanges):
            self._windows = list(windows(exchanges, self._size, self._existing))
        return self._windows


def _for_new_resource(api: ApiClient, request: Request, creator: Exchange, attempt: int) -> Request:
    """Create a resource like that of a request, and another beside it; return the request for the new one."""
    new_id = api.send(creator.origin.operation, _renamed(creator.request, attempt)).id
    collection = api.collection(creator.origin.operation)
    collection.create(collection.minimal())
    old_id = request.path.rpartition("/")[2]
    return replace(request, target=request.target.replace(old_id, new_id or old_id))


def _renamed(request: Request, attempt: int) -> Request:
    """Return a request with the unique names of an attempt in its body."""
    return replace(request, body=with_attempt_number(request.body, min(attempt, MAX_ATTEMPT)))


def _delete_created(api: ApiClient, exchanges: Sequence[Exchange]) -> None:
    """Delete the resources that the exchanges created, to free their live-resource slots."""
    for exchange in exchanges:
        if exchange.is_create and exchange.id is not None:
            with suppress(Inconclusive):
                api.collection(exchange.origin.operation).delete_if_owned(exchange.id, assessed=False)
