"""Execution of checks: runs them concurrently, retries findings and derives outcomes."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from math import ceil, inf
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.engine import ordering, parallel_examples
from conformance.engine.attempts import (
    MAX_DISTURBED,
    MAX_RETRIES,
    Attempt,
    Check,
    CheckKind,
    confirmed_outcome,
    confirms_disturbance,
    flaky_outcome,
    inconclusive_attempt,
    inconclusive_outcome,
    outcome_without_finding,
    request_identity,
    run_check,
    stopped_by,
)
from conformance.engine.failure_limit import FailureLimit
from conformance.engine.passive.exchange_windows import WINDOW
from conformance.engine.passive.offload import PassiveOffload
from conformance.engine.passive.runner import PassiveCheckRunner
from conformance.engine.resource_cleanup import RETRY_CHECK, delete_all, retry_failed_deletes
from conformance.processes.background_process import is_running
from conformance.results.prerequisites import prerequisites
from conformance.results.verdict import Inconclusive, Outcome, Verdict
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.testkit import request_bodies
from conformance.testkit.api_client import ApiClient
from conformance.testkit.concurrent_checks import ConcurrentChecks
from conformance.testkit.invalid_rows import InvalidRows
from conformance.testkit.schemathesis_cases import SchemathesisClient
from conformance.testkit.value_packing import PackedBodies
from conformance.transport.stack import TransportStack
from conformance.transport.throttling import RunStoppedError

_NO_RETRY_CODES: Final = frozenset(
    {
        "budget",
        "busy",
        resource_exhaustion.REASON_CODE,
        "interrupted",
        "outage",
        "size",
        "time",
        "unavailable",
    }
)  # reasons that end the retries of a finding
_STOP_CODES: Final = frozenset(
    {"busy", resource_exhaustion.REASON_CODE, "outage", "size", "time", "unavailable"}
)  # reasons that are reported as they are; any other becomes cut-short
_FIRST_EARLY_CHECK: Final = 16  # exchanges before the passive checks run the first time with --max-failures
_SECONDS_PER_REQUEST: Final = 0.001  # CPU time of the suite for one request, about
_POLL_INTERVAL: Final = 0.01  # seconds


class CheckExecutor:
    """Runs the checks of one run over one transport stack."""

    def __init__(
        self,
        stack: TransportStack,
        settings: Settings,
        is_excused: Callable[[Outcome], bool] = lambda _: False,
    ) -> None:
        self._opened = stack  # its threads do the clean-up: those of the engine may all wait for free slots
        self._threads = _thread_count(stack)
        self.stack = replace(
            stack, request_pool=ThreadPoolExecutor(self._threads, thread_name_prefix="burst")
        )
        self._settings = settings
        self._failures = FailureLimit(settings.failure_limit, is_excused)
        self._packed_bodies = PackedBodies()
        self._invalid_rows = InvalidRows()
        self._concurrent_checks = ConcurrentChecks()
        self._schemathesis_client = SchemathesisClient(settings.effort, settings.seed)
        self._executor: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[Outcome]] = {}
        self._waiting_checks: list[Future[Outcome]] = []
        self._passive_checks = PassiveCheckRunner(self.stack, self.api, WINDOW)
        self._offload: PassiveOffload | None = None
        self._pending_schemathesis_checks: list[Check] = []
        self._early_outcomes: dict[str, Outcome] = {}
        self._watch: threading.Thread | None = None

    def start(self, checks: Sequence[Check]) -> None:
        """Start all directed checks, those that wait for concurrent checks first."""
        self._start_generating(checks)
        if self.stack.target.supports_delete:
            self.stack.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
                self.api(RETRY_CHECK), self.stack.ledger
            )
        directed = [check for check in checks if check.kind is CheckKind.ACTIVE]
        directed.sort(key=lambda check: not check.waits_for_others)
        waiting = sum(check.waits_for_others for check in directed)
        threads = min(self._threads + waiting, self.stack.limits.concurrency)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="check")
        self._futures = {check.name: self._executor.submit(self._decide, check) for check in directed}
        self._waiting_checks = [self._futures[check.name] for check in directed if check.waits_for_others]
        concurrent = [check for check in directed if not check.waits_for_others]
        self._concurrent_checks.track(
            [self._futures[check.name] for check in concurrent if waiting < threads]
        )
        self._pending_schemathesis_checks = [check for check in checks if check.uses_schemathesis]
        passive = [check for check in checks if check.kind is CheckKind.PASSIVE]
        self._offload = self._start_offload(passive)
        self._passive_checks = PassiveCheckRunner(self.stack, self.api, WINDOW, self._offload)
        watch = threading.Thread(target=self._process_windows, args=(passive,), name="watch")
        watch.start()
        self._watch = watch  # set only if the thread could be started

    def _start_generating(self, checks: Sequence[Check]) -> None:
        """Start to generate cases in background processes, those that are needed first in front."""
        combinatorial = any(check.requirement.id in ordering.COMBINATORIAL for check in checks)
        if combinatorial and any(check.examples is not None and check.examples.count for check in checks):
            for collection in self.api("bodies").claimed_collections():
                request_bodies.prepare(collection.create_id)
        for check in checks:
            if check.uses_schemathesis:
                self._schemathesis_client.prepare(check.arguments["operation_id"])
            if check.examples is not None:
                parallel_examples.start_generating(check.function, next(check.examples.split()))

    def _start_offload(self, checks: Sequence[Check]) -> PassiveOffload | None:
        """Return the offload of passive checks; None without a background process or with --max-failures."""
        path = self.stack.evidence.path
        if path is None or not path.is_file() or self._failures.exists or not is_running():
            return None
        return PassiveOffload(path, WINDOW, self.stack.target.account, checks)

    def outcome(self, check: Check) -> Outcome:
        """Return the outcome of a check; wait for it if the check is running."""
        if check.requirement.id in self._early_outcomes and self.stack.throttling.stopped.is_set():
            return self._early_outcomes[check.requirement.id]
        if check.kind is CheckKind.PROPERTY_BASED and self._has_scarce_limits:
            wait(self._waiting_checks)
        sequential = check.kind is CheckKind.PROPERTY_BASED and check.examples is None
        if check.uses_schemathesis or (sequential and self.stack.limits.max_requests is None):
            self._start_schemathesis_checks()
        future = self._futures.pop(check.name, None)
        return future.result() if future else self._decide(check)

    def conclusive_outcome(self, check: Check) -> Outcome | None:
        """Return the outcome of a check that was not yet requested; None if it is not conclusive."""
        future = self._futures.get(check.name)
        if future is None or not future.done() or future.cancelled() or future.exception() is not None:
            return None
        return None if future.result().verdict is Verdict.INCONCLUSIVE else future.result()

    def finished_outcomes(self) -> list[Outcome]:
        """Return the outcomes of checks that ended, but were not yet requested."""
        return [
            future.result()
            for future in tuple(self._futures.values())
            if future.done() and not future.cancelled() and future.exception() is None
        ]

    @property
    def _has_scarce_limits(self) -> bool:
        """Return whether concurrent checks may use up requests or live resources that a check needs."""
        limits = self.stack.limits
        return limits.max_requests is not None or (
            limits.max_live is not None and limits.max_live < limits.concurrency
        )

    def _start_schemathesis_checks(self) -> None:
        """Start the pending schemathesis checks."""
        if self._executor:
            self._futures |= {
                check.name: self._executor.submit(self._decide, check)
                for check in self._pending_schemathesis_checks
            }
        self._pending_schemathesis_checks = []

    def stop(self) -> None:
        """Send no more requests and wait for the running checks."""
        self.stack.throttling.stopped.set()
        self._concurrent_checks.release()
        if self._executor:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self.stack.request_pool.shutdown()
        self.stack = replace(self.stack, request_pool=self._opened.request_pool)
        if self._watch:
            self._watch.join()
        if self._offload:
            self._offload.end()

    def api(self, name: str, attempt: int = 0) -> ApiClient:
        """Return the API client for a check."""
        return self._api(self.stack, name, attempt)

    def _api(self, stack: TransportStack, name: str, attempt: int = 0) -> ApiClient:
        return ApiClient(stack, self._settings.prefix, name, attempt, self._settings.effort)

    def _decide(self, check: Check) -> Outcome:
        started = time.perf_counter()
        decide = self._passive_checks.outcome if check.kind is CheckKind.PASSIVE else self._run_check
        try:
            outcome = decide(check)
        except RunStoppedError as stopped:  # while a finding was retried
            code = stopped.code if stopped.code in _STOP_CODES else "cut-short"
            outcome = inconclusive_outcome(check, 0, f"{code}: {stopped}")
        except Inconclusive as unobserved:
            outcome = inconclusive_outcome(check, 0, str(unobserved))
        if check.is_scored and self._failures.is_reached_by(outcome):
            self.stack.throttling.stopped.set()
        return replace(outcome, seconds=time.perf_counter() - started)

    def _process_windows(self, checks: Sequence[Check]) -> None:
        """Process full windows until the run stops; with --max-failures also look for early failures."""
        due = _FIRST_EARLY_CHECK
        while not self.stack.throttling.stopped.wait(_POLL_INTERVAL):
            with suppress(RunStoppedError, Inconclusive):
                self._passive_checks.process_full_window(checks)
            if self._failures.exists and self.stack.evidence.traffic_stats.exchanges >= due:
                due = 2 * self.stack.evidence.traffic_stats.exchanges
                self._find_early_failures(checks)

    def _find_early_failures(self, checks: Sequence[Check]) -> None:
        for check in checks:
            if check.requirement.id in self._early_outcomes:
                continue
            outcome = self._decide(check)
            if self._failures.counts(outcome):
                self._early_outcomes[outcome.requirement.id] = outcome
                if self.stack.throttling.stopped.is_set():
                    break

    def _run_check(self, check: Check) -> Outcome:
        try:
            return self._run_with_retries(check)
        finally:
            self._delete_leftovers(check)

    def _delete_leftovers(self, check: Check) -> None:
        """Delete the resources that a check has left, to free live-resource slots for other checks."""
        leftovers = self.stack.ledger.leftovers_of(check.name)
        if leftovers and self.stack.target.supports_delete:
            delete_all(self._api(self._opened, f"after {check.name}"), leftovers)

    def _run_with_retries(self, check: Check) -> Outcome:
        first, number_of_attempts = self._first_complete_attempt(check)
        if first.finding is None:
            return outcome_without_finding(check, first)
        if first.unreliable_exchange:
            return confirmed_outcome(check, first, first.finding)
        identities = {request_identity(first.finding.exchange)}
        for number in range(number_of_attempts, number_of_attempts + MAX_RETRIES):
            retry = self._attempt(check, number)
            if retry.finding is not None and not retry.unreliable_exchange:
                identity = request_identity(retry.finding.exchange)
                if identity in identities:
                    return confirmed_outcome(check, first, retry.finding)
                identities.add(identity)
            if retry.error is not None or (retry.unobserved and retry.unobserved.code in _NO_RETRY_CODES):
                return outcome_without_finding(check, replace(retry, observations=first.observations))
        return flaky_outcome(check, first)

    def _first_complete_attempt(self, check: Check) -> tuple[Attempt, int]:
        """Return the first attempt that was not disturbed, and the number of attempts.

        A disturbance is not a finding unless it repeatedly occurs for the same request.
        """
        disturbed: list[Attempt] = []
        for number in range(MAX_DISTURBED):
            attempt = self._attempt(check, number)
            if not attempt.unreliable_exchange:
                return attempt, number + 1
            disturbed.append(attempt)
            if confirms_disturbance(disturbed):
                return attempt, number + 1
        return inconclusive_attempt(disturbed), MAX_DISTURBED

    def _attempt(self, check: Check, number: int) -> Attempt:
        if self.stack.throttling.stopped.is_set():
            return Attempt(0, unobserved=stopped_by(RunStoppedError()))
        if (
            check.kind is CheckKind.PROPERTY_BASED
        ):  # it may generate cases for a long time before the first request
            try:
                self.stack.throttling.raise_if_stopped()
            except RunStoppedError as stopped:
                return Attempt(0, unobserved=stopped_by(stopped))
        api = self.api(check.name, number)
        fixtures: dict[str, Any] = {"packed_bodies": self._packed_bodies} if check.uses_packed_bodies else {}
        if check.uses_invalid_rows:
            fixtures["invalid_rows"] = self._invalid_rows
        if check.uses_schemathesis:
            fixtures["schemathesis_client"] = self._schemathesis_client
        if check.waits_for_others:
            fixtures["concurrent_checks"] = self._concurrent_checks
        with cpu_time.GENERATION:
            attempt = run_check(lambda: _call(check, api, fixtures))
        if attempt.finding is not None:
            finding = attempt.finding
            self.stack.evidence.retain(finding.exchange)
            finding.related_exchanges += prerequisites(finding.exchange, api.recent_exchanges)
        return replace(
            attempt,
            observations=api.observations,
            disturbed_exchange=api.disturbed_exchange,
            sample=api.sample(check.requirement.operation) if attempt.finding is None else None,
        )


def _thread_count(stack: TransportStack) -> int:
    """Return the number of requests that can be created during one response, plus two.

    More threads would wait for each other and not for the target.
    """
    slowest = max((exchange.seconds for exchange in stack.evidence.exchanges), default=inf)
    concurrency = stack.limits.concurrency
    return min(concurrency, 2 + ceil(min(slowest / _SECONDS_PER_REQUEST, concurrency)))


def _call(check: Check, api: ApiClient, fixtures: Mapping[str, Any]) -> str | None:
    """Run the function of a check and return its note."""
    if check.examples is not None:
        for part in check.examples.split():
            cases = parallel_examples.generated_cases(check.function, part)
            parallel_examples.run_cases(check.function, api, cases)
        return None
    return check.function(api=api, **fixtures, **check.arguments)
