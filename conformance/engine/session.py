"""The run session: opens the transport stack, runs the checks, records their outcomes and cleans up."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from conformance.config.settings import Effort, Settings, Waiver
from conformance.config.target import Limits, Target
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
from conformance.engine.resource_cleanup import REQUESTS_PER_DELETE, RETRY_CHECK, delete_leftovers
from conformance.evidence.evidence_reader import RecordedRun
from conformance.evidence.header import header_data
from conformance.evidence.header import recorded_settings as settings_of
from conformance.redaction.masking import secret_mask
from conformance.results.baseline_comparison import BaselineComparison
from conformance.results.record import EntryBuilder, RunEnd, record
from conformance.results.reproduction.connection_options import connection_data
from conformance.results.verdict import Outcome, Verdict
from conformance.results.waivers import active_waivers, apply_waivers
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.runtime.shutdown import INTERRUPTION
from conformance.testkit.api_client import ApiClient
from conformance.transport.outage import PROBE_DELAYS
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import TransportStack, open_replay, open_stack, repeat_recorded_requests
from conformance.transport.throttling import RunStoppedError, ThrottlingTransport
from reports.presentation.hints import MOCK_HINT
from reports.presentation.sanitize import escape_unprintable
from reports.records.plain_run import capability_option
from spec.capabilities import Capability
from spec.catalogue import Requirement

_INTERRUPTED: Final = "interrupted: the run was stopped"
MAX_CLEANUP_SECONDS: Final = 600.0


class RunSession:
    """Runs checks against one target and creates the record of the run."""

    def __init__(self, settings: Settings, listener: ProgressListener | None = None) -> None:
        self.settings = settings
        self._seal = secret_mask(settings.target.account, settings.connection)
        self._masked_settings = self._seal.mask_settings(settings)
        self.record: dict[str, Any] = {}
        self._listener = listener
        self._outcomes: list[Outcome] = []
        self._entries: list[dict[str, Any]] = []
        self._preflight_notes: list[str] = []
        self._notes: list[str] = []
        self._engine: CheckExecutor | None = None
        self._is_cleaning = False
        self._cleanup_error: str | None = None
        self._senders: dict[str, str] = {}
        self._unscored: tuple[str, ...] = ()
        self._waivers: Mapping[str, Waiver] = {}
        self._comparison = BaselineComparison(self._masked_settings, self._seal.for_display)
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
        self._senders, self._waivers = _senders(checks), active_waivers(self.settings, ending.started)
        self._unscored = tuple(check.requirement.id for check in checks if not check.is_scored)
        with (
            self._open_stack() as stack,
            INTERRUPTION.on_stop(lambda: self._stop(stack), lambda: self._interrupted_message(stack)),
        ):
            if self._listener:
                stack.throttling.on_wait = self._listener.on_wait
                self._listener.on_start(lambda: self._progress(stack))
            notes = {"notes": [*map(self._seal, self._notes)]} if self._notes else {}
            stack.evidence.write_header(
                {**header_data(self._masked_settings), "started": ending.started.isoformat(), **notes}
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
                    self._record_undecided(checks, skipped, stack, reason)
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
        return self._record_outcome(outcome, self._engine.stack)

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
        self._masked_settings = self._seal.mask_settings(self.settings)
        self._comparison = BaselineComparison(self._masked_settings, self._seal.for_display)

    def stop(self, reason: str) -> None:
        """Make the remaining checks inconclusive for this reason when the session ends."""
        self._stop_reason = reason

    def record_not_started(self, problem: str, *, broken: bool, trace: Sequence[str] = ()) -> None:
        """Create the record of a session that was never opened; `broken` marks an internal error."""
        notes = tuple(self._notes)
        ending = RunEnd(
            datetime.now(UTC), problem=problem, is_internal_error=broken, notes=notes, trace=trace
        )
        self.record = record(self._masked_settings, (), (), ending, self._seal.for_display)

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
            *self._outcomes,
            *(outcome for outcome in finished if outcome.requirement.id not in self._unscored),
        ]
        failed = sum(outcome.verdict is Verdict.FAILED for outcome in outcomes)
        return RunProgress(stack.evidence.traffic_stats.exchanges, len(outcomes), failed)

    def _start(self, opened: TransportStack, checks: Sequence[Check]) -> None:
        """Run the preflight and start the checks."""
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
        self._engine = CheckExecutor(replace(opened, target=target), self.settings, self._is_excused)
        self._engine.start(checks)

    @staticmethod
    def _may_have_active_session(target: Target) -> bool:
        return "video" in target.profiles and target.has(Capability.ACTIVE_SESSION, Capability.LIST)

    @cpu_time.REPORTING
    def _record_outcome(self, outcome: Outcome, stack: TransportStack) -> tuple[Outcome, dict[str, Any]]:
        """Apply the waivers to an outcome and add it to the record."""
        outcome = apply_waivers(outcome, self._waivers)
        redact, options = self._seal.for_display, _options(self.settings)
        builder = EntryBuilder(
            stack.target, stack.evidence, redact, self._senders, options, connection_data(self.settings)
        )
        entry = self._comparison.compared(builder.build(outcome))
        self._outcomes.append(outcome)
        self._entries.append(entry)
        if self._listener:
            self._listener(outcome, stack.evidence.traffic_stats.exchanges)
        return outcome, entry

    def _record_undecided(
        self, checks: Sequence[Check], skipped: Sequence[Requirement], stack: TransportStack, stop_reason: str
    ) -> None:
        """Record an outcome for every check without one, and for the skipped requirements."""
        decided_ids = {outcome.requirement.id for outcome in self._outcomes}
        verdict = Verdict.INCONCLUSIVE if stop_reason else Verdict.ERROR
        reason = stop_reason or "suite: the check was not run"
        for check in checks:
            if check.is_scored and check.requirement.id not in decided_ids:
                outcome = self._engine.conclusive_outcome(check) if self._engine and stop_reason else None
                self._record_outcome(outcome or Outcome(check.requirement, verdict, 0, reason), stack)
        for requirement in skipped:
            outcome = Outcome(requirement, Verdict.NOT_APPLICABLE, 0, self._skip_reason(requirement))
            self._record_outcome(outcome, stack)

    def _skip_reason(self, requirement: Requirement) -> str:
        """Return why a requirement is not checked: a missing capability of the target, or the effort."""
        missing = [name for name in requirement.needs if name in self.settings.target.missing_capabilities]
        if missing:
            return f"capability: needs {' and '.join(missing)}, which the target lacks (--without)"
        return f"effort: not run at --effort {self.settings.effort}"

    def _end(self, stack: TransportStack, ending: RunEnd) -> None:
        if self._engine is not None:
            self._engine.stop()
            stack = self._engine.stack
        self._clean_up(stack)
        ending = replace(ending, interrupted=ending.interrupted or INTERRUPTION.requested)
        digest = stack.evidence.digest
        stack.evidence.write_footer(
            {
                "complete": not ending.interrupted,
                "seconds": round(ending.seconds, 3),
                **_stop_data(stack.throttling),
                **stack.rejections.footer,
            }
        )
        write_error = stack.evidence.write_error or stack.ledger.file.write_error
        problem = write_error or _exhausted_resource(stack.throttling) or self._cleanup_error
        if problem is not None:
            ending = replace(ending, problem=problem, is_internal_error=True)
        complete_ending = replace(
            ending,
            evidence=ending.evidence or digest,
            traffic=stack.evidence.traffic_stats,
            leftovers=self._leftovers(stack),
            leftovers_allowed=not stack.target.supports_delete,
            notes=(
                *self._preflight_notes,
                *self._notes,
                *filter(None, (stack.resender.note,)),
                *_cleanup_notes(stack.ledger),
            ),
            unscored=self._unscored,
        )
        self.record = record(
            self._masked_settings, self._outcomes, self._entries, complete_ending, self._seal.for_display
        )

    def _is_excused(self, outcome: Outcome) -> bool:
        """Return whether a failure does not fail the run: it is waived, or known from the baseline."""
        return outcome.requirement.id in self._waivers or self._comparison.is_known(outcome)

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

    def _leftovers(self, stack: TransportStack) -> tuple[Leftover, ...]:
        """Return all resources that exist or may exist at the target."""
        if not stack.target.keeps_resources:
            return ()
        ledger = stack.ledger
        leftovers = (*ledger.leftovers, *ledger.unconfirmed, *ledger.unfindable)
        return tuple(
            sorted(leftovers, key=lambda leftover: (leftover.collection, leftover.id, leftover.name))
        )

    def _interrupted_message(self, stack: TransportStack) -> str:
        """Return the message for an immediate stop, which writes nothing else."""
        lines = [
            escape_unprintable(
                f"left behind: {leftover.collection}/{leftover.id or '(unknown id)'}  {leftover.name}"
            )
            for leftover in self._leftovers(stack)
        ]
        return "\n".join(["stopped immediately, without clean-up", *lines, ""])


class ReplaySession(RunSession):
    """A session that replays the evidence of a run."""

    def __init__(self, testimony: RecordedRun, folder: Path) -> None:
        super().__init__(settings_of(testimony))
        self._folder = folder  # for the ledger
        self.settings = replace(  # the evidence ends where the run stopped
            self.settings, fail_fast=False, max_failures=None
        )
        self._testimony = testimony
        self.note(*testimony.header.get("notes", ()))

    def _open_stack(self) -> AbstractContextManager[TransportStack]:
        limits = self.settings.limits
        replay_limits = Limits(concurrency=limits.concurrency, max_live=limits.max_live)
        return open_replay(self.settings.target, replay_limits, self._testimony, self._folder)

    def _clean_up(self, stack: TransportStack) -> None:
        stack.throttling.reset_for_cleanup(len(self._testimony.responses), stack.limits.max_seconds)
        repeat_recorded_requests(stack, self._testimony, RETRY_CHECK)
        super()._clean_up(stack)

    def _ending(self) -> RunEnd:
        """Return the start and the end of the recorded run; without a footer it was killed."""
        footer = self._testimony.footer or {"complete": False, "seconds": 0.0, "sha256": None}
        return RunEnd(
            datetime.fromisoformat(self._testimony.header["started"]),
            seconds=footer["seconds"],
            evidence=footer["sha256"],
            interrupted=not footer["complete"],
        )


def _cleanup_notes(ledger: Ledger) -> Iterator[str]:
    """Yield notes about resources that were not deleted because they may not belong to the run."""
    if ledger.foreign_ids:
        yield f"clean-up: {ledger.foreign_ids} create responses had the id of another resource, not deleted"
    if ledger.unidentifiable_creates:
        yield (
            f"clean-up: {ledger.unidentifiable_creates} creates without a unique name got no usable "
            "response; resources that they may have created cannot be found"
        )


def _ignore_write_error() -> None:
    """Continue clean-up although a line could not be written."""


def _senders(checks: Sequence[Check]) -> dict[str, str]:
    """Return requirement ids by the check that sends, and by the names under which checks share requests."""
    packed = {f"packed {check.requirement.operation}": check for check in checks if check.uses_packed_bodies}
    rows = {
        f"invalid rows {check.requirement.operation}": check for check in checks if check.uses_invalid_rows
    }
    sending = {check.name: check for check in checks if check.kind.sends}
    return {name: check.requirement.id for name, check in {**packed, **rows, **sending}.items()}


def _options(settings: Settings) -> tuple[str, ...]:
    """Return the options that determine which requests are sent."""
    effort = () if settings.effort is Effort.STANDARD else ("--effort", str(settings.effort))
    seed = () if settings.seed is None else ("--seed", str(settings.seed))
    target = settings.target
    allowed = target.allow_logged_credentials and not target.is_reference
    missing = target.missing_capabilities
    without = capability_option(missing).split() if missing else ()
    return (*effort, *seed, *(("--allow-logged-credentials",) if allowed else ()), *without)


def _exhausted_resource(pacing: ThrottlingTransport) -> str | None:
    """Return the resource of this machine whose exhaustion ended the run, if there is one."""
    reason = pacing.stop_reason
    return reason.text if reason is not None and reason.code == resource_exhaustion.REASON_CODE else None


def _stop_data(pacing: ThrottlingTransport) -> dict[str, Any]:
    """Return the reason for which requests were stopped, and the last exchange with a response before it."""
    if pacing.stop_reason is None:
        return {}
    reason = {"code": pacing.stop_reason.code, "text": pacing.stop_reason.text}
    return {"stopped": reason, "answered": pacing.last_answered_number or None}
