"""The run session: opens the transport stack, runs the checks, records their outcomes and cleans up."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.engine.attempts import Check
from conformance.engine.executor import CheckExecutor
from conformance.engine.preflight.readiness import wait_until_ready
from conformance.engine.preflight.steps import (
    PreflightError,
    find_active_session,
    preflight_steps,
    read_existing,
)
from conformance.engine.progress_listener import ProgressListener, RunProgress
from conformance.engine.resource_cleanup import REQUESTS_PER_DELETE, delete_leftovers
from conformance.engine.session.outcome_recorder import OutcomeRecorder
from conformance.engine.session.run_ending import (
    cleanup_notes,
    footer_data,
    internal_problem,
    interrupted_message,
    remaining_resources,
)
from conformance.evidence.header import header_data
from conformance.redaction.masking import secret_mask
from conformance.results.record import RunEnd, record
from conformance.results.verdict import Outcome, Verdict
from conformance.runtime import cpu_time
from conformance.runtime.shutdown import INTERRUPTION
from conformance.testkit.api_client import ApiClient
from conformance.transport.outage import PROBE_DELAYS
from conformance.transport.stack import TransportStack, open_stack
from conformance.transport.throttling import RunStoppedError
from reports.presentation.hints import MOCK_HINT
from spec.capabilities import Capability
from spec.catalogue import Requirement

_INTERRUPTED: Final = "interrupted: the run was stopped"
MAX_CLEANUP_SECONDS: Final = 600.0


class RunSession:
    """Runs checks against one target and creates the record of the run."""

    def __init__(self, settings: Settings, listener: ProgressListener | None = None) -> None:
        self.settings = settings
        self._mask = secret_mask(settings.target.account, settings.connection)
        self._outcomes = OutcomeRecorder(settings, self._mask, listener)
        self.record: dict[str, Any] = {}
        self._listener = listener
        self._preflight_notes: list[str] = []
        self._notes: list[str] = []
        self._engine: CheckExecutor | None = None
        self._is_cleaning = False
        self._cleanup_error: str | None = None
        self._stop_reason = ""

    @contextmanager
    def open(self, checks: Sequence[Check], skipped: Sequence[Requirement] = ()) -> Iterator[bool]:
        """Open the session for the checks; clean up and create the record in every case.

        Yields whether the checks can run: false if the target is not ready, or the preflight failed.
        """
        problem = self._wait_until_ready()
        clock, ending, reason = time.perf_counter(), self._ending(), ""
        self._stop_reason = ""
        cpu_time.reset()
        self._outcomes.start(checks, ending.started)
        with (
            self._open_stack() as stack,
            INTERRUPTION.on_stop(lambda: self._stop(stack), lambda: interrupted_message(stack)),
        ):
            if self._listener:
                stack.throttling.on_wait = self._listener.on_wait
                self._listener.on_start(lambda: self._progress(stack))
            notes = {"notes": [*map(self._mask, self._notes)]} if self._notes else {}
            stack.evidence.write_header(
                {
                    **header_data(self._outcomes.masked_settings),
                    "started": ending.started.isoformat(),
                    **notes,
                }
            )
            try:
                if problem is not None:
                    raise problem
                self._start(stack, checks)
                yield True
            except (PreflightError, RunStoppedError) as error:
                if isinstance(error, RunStoppedError) and error.code == "time":
                    reason = f"{error.code}: {error}"
                else:
                    interrupted = INTERRUPTION.requested or ending.interrupted  # now, or in the evidence
                    cause = None if interrupted else str(error)
                    ending = replace(ending, problem=cause, interrupted=interrupted)
                yield False
            except KeyboardInterrupt:
                ending = replace(ending, interrupted=True)
                reason = _INTERRUPTED
                raise
            finally:
                if ending.problem is None:
                    reason = reason or (_INTERRUPTED if ending.interrupted else self._stop_reason)
                    self._outcomes.record_undecided(checks, stack, reason, self._conclusive_outcome)
                    self._outcomes.record_skipped(skipped, stack)
                self._end(stack, replace(ending, seconds=ending.seconds or time.perf_counter() - clock))

    def decide(self, check: Check) -> tuple[Outcome, dict[str, Any] | None]:
        """Return the outcome of a check, waiting for it if it is running, and its entry if it is scored."""
        if self._engine is None:
            raise RuntimeError("a check can be decided only while the session is open")
        if INTERRUPTION.requested:
            raise KeyboardInterrupt
        outcome = self._engine.outcome(check)
        if not check.is_scored:
            return outcome, None
        return self._outcomes.record(outcome, self._engine.stack)

    @property
    def stack(self) -> TransportStack:
        """Return the transport stack of the open session."""
        if self._engine is None:
            raise RuntimeError("a session has a transport stack only while it is open")
        return self._engine.stack

    def note(self, *texts: str) -> None:
        """Add notes to the record and to the evidence; call it before the session is opened."""
        self._notes += texts

    def select(self, select: str) -> None:
        """Replace the selection of requirements; call it before the session is opened."""
        self.settings = replace(self.settings, select=select)
        self._outcomes = OutcomeRecorder(self.settings, self._mask, self._listener)

    def stop(self, reason: str) -> None:
        """Make the remaining checks inconclusive for this reason when the session ends."""
        self._stop_reason = reason

    def record_not_started(self, problem: str, *, broken: bool, trace: Sequence[str] = ()) -> None:
        """Create the record of a session that was never opened; `broken` marks an internal error."""
        notes = tuple(self._notes)
        ending = RunEnd(
            datetime.now(UTC), problem=problem, is_internal_error=broken, notes=notes, trace=trace
        )
        self.record = record(self._outcomes.masked_settings, (), (), ending, self._mask.for_display)

    def _open_stack(self) -> AbstractContextManager[TransportStack]:
        settings = self.settings
        return open_stack(settings.target, settings.limits, settings.connection, settings.output)

    def _ending(self) -> RunEnd:
        return RunEnd(datetime.now(UTC))

    def _wait_until_ready(self) -> PreflightError | None:
        """Wait until the target is ready; return the error if it is not ready in time."""
        try:
            on_not_ready = self._listener.on_not_ready if self._listener else None
            seconds = wait_until_ready(self.settings, on_not_ready)
        except PreflightError as error:
            return error
        if seconds:
            self.note(f"wait: the target was ready after {seconds:.0f} s (--wait)")
        return None

    def _progress(self, stack: TransportStack) -> RunProgress:
        """Return the progress, which includes the checks that ended before their turn."""
        finished = self._engine.finished_outcomes() if self._engine else ()
        outcomes = [
            *self._outcomes.outcomes,
            *(outcome for outcome in finished if outcome.requirement.id not in self._outcomes.unscored),
        ]
        failed = sum(outcome.verdict is Verdict.FAILED for outcome in outcomes)
        return RunProgress(stack.evidence.traffic_stats.exchanges, len(outcomes), failed)

    def _start(self, opened: TransportStack, checks: Sequence[Check]) -> None:
        """Run the preflight and start the checks."""
        self._engine = CheckExecutor(self._run_preflight(opened), self.settings, self._outcomes.is_excused)
        self._engine.start(checks)

    def _run_preflight(self, opened: TransportStack) -> TransportStack:
        """Run the preflight, and return the stack with what it showed of the target."""
        api = ApiClient(opened, self.settings.prefix, "preflight", effort=self.settings.effort)
        deletes = opened.target.has(Capability.DELETE)
        for step in preflight_steps(api, allow_leftovers=self.settings.allow_leftovers):
            self._preflight_notes.append(f"{step.name}: {step.result}")
            deletes = deletes and not step.keeps_resources
            if step.suggests_mock and MOCK_HINT not in self._preflight_notes:
                self._preflight_notes.append(MOCK_HINT)
        target = replace(opened.target, supports_delete=deletes)
        if not deletes:
            opened.ledger.live_limit.remove_limit()
        if target.read_only:
            read_existing(ApiClient(opened, self.settings.prefix, "reading"))
        if target.active_session is None and self._may_have_active_session(target):
            target = replace(target, active_session=find_active_session(api))
        return replace(opened, target=target)

    @staticmethod
    def _may_have_active_session(target: Target) -> bool:
        return "video" in target.profiles and target.has(Capability.ACTIVE_SESSION, Capability.LIST)

    def _end(self, stack: TransportStack, ending: RunEnd) -> None:
        if self._engine is not None:
            self._engine.stop()
            stack = self._engine.stack
        self._clean_up(stack)
        ending = replace(ending, interrupted=ending.interrupted or INTERRUPTION.requested)
        digest = stack.evidence.digest
        stack.evidence.write_footer(footer_data(stack, ending))
        problem = internal_problem(stack) or self._cleanup_error
        if problem is not None:
            ending = replace(ending, problem=problem, is_internal_error=True)
        complete_ending = replace(
            ending,
            evidence=ending.evidence or digest,
            traffic=stack.evidence.traffic_stats,
            leftovers=remaining_resources(stack),
            leftovers_allowed=not stack.target.supports_delete,
            notes=(
                *self._preflight_notes,
                *self._notes,
                *filter(None, (stack.resender.note,)),
                *cleanup_notes(stack.ledger),
            ),
            unscored=self._outcomes.unscored,
        )
        self.record = record(
            self._outcomes.masked_settings,
            self._outcomes.outcomes,
            self._outcomes.entries,
            complete_ending,
            self._mask.for_display,
        )

    def _conclusive_outcome(self, check: Check) -> Outcome | None:
        """Return the outcome of a check that ended before the run was stopped, if it decides something."""
        return self._engine.conclusive_outcome(check) if self._engine else None

    def _stop(self, stack: TransportStack) -> None:
        """Stop all requests; a clean-up that is running continues unless an immediate stop is requested."""
        if INTERRUPTION.immediate or not self._is_cleaning:
            stack.throttling.stopped.set()

    def _clean_up(self, stack: TransportStack) -> None:
        self._is_cleaning = True
        stack.evidence.on_write_error = stack.ledger.file.on_write_error = _ignore_write_error
        resources = len(stack.ledger.leftovers) + len(stack.ledger.unconfirmed)
        seconds = min(stack.limits.max_seconds, MAX_CLEANUP_SECONDS)
        stack.throttling.reset_for_cleanup(REQUESTS_PER_DELETE * resources + len(PROBE_DELAYS), seconds)
        if INTERRUPTION.immediate:
            stack.throttling.stopped.set()
        if stack.target.supports_delete and stack.target.keeps_resources:
            try:
                delete_leftovers(ApiClient(stack, self.settings.prefix, "clean-up"), stack.ledger)
            except (MemoryError, RuntimeError) as error:  # the leftovers must still be reported
                self._cleanup_error = f"clean-up stopped: {type(error).__name__}: {error}".rstrip(": ")


def _ignore_write_error() -> None:
    """Continue clean-up although a line could not be written."""
