"""The run session: opens the transport stack, runs the checks, records their outcomes and cleans up."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from conformance.config.settings import Effort, Settings, Waiver
from conformance.config.target import Limits
from conformance.engine.attempts import Check
from conformance.engine.executor import Engine
from conformance.engine.preflight import PreflightError, find_active_session, read_existing, steps
from conformance.engine.resource_cleanup import REQUESTS_PER_DELETE, RETRY_CHECK, clear
from conformance.evidence.evidence_reader import Testimony
from conformance.evidence.header import header
from conformance.evidence.header import settings as settings_of
from conformance.redaction.masking import seal
from conformance.results.record import Ending, Entries, record
from conformance.results.verdict import Outcome, Verdict
from conformance.results.waivers import excused, in_force
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.runtime.shutdown import INTERRUPTION
from conformance.testkit.api_client import Api
from conformance.transport.outage import PAUSES
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import Wire, connected, recall, replayed
from conformance.transport.throttling import Pacing, StoppedError
from reports.presentation.sanitize import inert
from spec.catalogue import Requirement

_INTERRUPTED: Final = "interrupted: the run was stopped"
MAX_CLEANUP_SECONDS: Final = 600.0


class ProgressListener(Protocol):
    """Receives the progress of a run."""

    def __call__(self, outcome: Outcome, requests: int, /) -> None:
        """Receive the outcome of a check and the number of requests so far."""

    def waits(self, seconds: float, /) -> None:
        """Receive the time for which the run waits because the target throttles it."""


class Trial:
    """Runs checks against one target and creates the record of the run."""

    def __init__(self, settings: Settings, listener: ProgressListener | None = None) -> None:
        self.settings = settings
        self._seal = seal(settings.target.account, settings.connection)
        self._masked_settings = self._seal.settings(settings)
        self.record: dict[str, Any] = {}
        self._listener = listener
        self._outcomes: list[Outcome] = []
        self._entries: list[dict[str, Any]] = []
        self._preflight_notes: list[str] = []
        self._notes: list[str] = []
        self._engine: Engine | None = None
        self._is_cleaning = False
        self._cleanup_error: str | None = None
        self._senders: dict[str, str] = {}
        self._waivers: Mapping[str, Waiver] = {}

    @contextmanager
    def running(self, checks: Sequence[Check], skipped: Sequence[Requirement] = ()) -> Iterator[bool]:
        """Open the session for the checks; clean up and create the record in every case.

        Yields whether the checks can run: false if the preflight failed.
        """
        clock, ending, reason = time.perf_counter(), self._ending(), ""
        cpu_time.begin()
        self._senders, self._waivers = _senders(checks), in_force(self.settings, ending.started)
        with (
            self._open_stack() as wire,
            INTERRUPTION.told(lambda: self._stop(wire), lambda: self._interrupted_message(wire)),
        ):
            if self._listener:
                wire.pacing.tell = self._listener.waits
            notes = {"notes": [*map(self._seal, self._notes)]} if self._notes else {}
            wire.evidence.begin(
                {**header(self._masked_settings), "started": ending.started.isoformat(), **notes}
            )
            try:
                self._start(wire, checks)
                yield True
            except (PreflightError, StoppedError) as error:
                if isinstance(error, StoppedError) and error.code == "time":
                    reason = f"{error.code}: {error}"
                else:
                    interrupted = INTERRUPTION.wanted or ending.interrupted  # now, or in the evidence
                    problem = None if interrupted else str(error)
                    ending = replace(ending, problem=problem, interrupted=interrupted)
                yield False
            except KeyboardInterrupt:
                ending = replace(ending, interrupted=True)
                reason = _INTERRUPTED
                raise
            finally:
                if ending.problem is None:
                    reason = reason or (_INTERRUPTED if ending.interrupted else "")
                    self._record_undecided(checks, skipped, wire, reason)
                self._end(wire, replace(ending, seconds=ending.seconds or time.perf_counter() - clock))

    def decide(self, check: Check) -> tuple[Outcome, dict[str, Any]]:
        """Return the outcome of a check, waiting for it if the check is running, and its entry."""
        if self._engine is None:
            raise RuntimeError("a check can be decided only while the session is open")
        if INTERRUPTION.wanted:
            raise KeyboardInterrupt
        return self._record_outcome(self._engine.outcome(check), self._engine.wire)

    def note(self, *texts: str) -> None:
        """Add notes to the record and to the evidence; call it before the session is opened."""
        self._notes += texts

    def record_not_started(self, problem: str, *, broken: bool, trace: Sequence[str] = ()) -> None:
        """Create the record of a session that was never opened; `broken` marks an internal error."""
        notes = tuple(self._notes)
        ending = Ending(datetime.now(UTC), problem=problem, broken=broken, notes=notes, trace=trace)
        self.record = record(self._masked_settings, (), (), ending, self._seal.told)

    def _open_stack(self) -> AbstractContextManager[Wire]:
        settings = self.settings
        return connected(settings.target, settings.limits, settings.connection, settings.output)

    def _ending(self) -> Ending:
        return Ending(datetime.now(UTC))

    def _start(self, opened: Wire, checks: Sequence[Check]) -> None:
        """Run the preflight and start the checks."""
        api = Api(opened, self.settings.prefix, "preflight", effort=self.settings.effort)
        deletes = True
        for step in steps(api, allow_leftovers=self.settings.allow_leftovers):
            self._preflight_notes.append(f"{step.name}: {step.told}")
            deletes = deletes and step.fine
        target = replace(opened.target, deletes=deletes)
        if not deletes:
            opened.ledger.room.lift()
        if target.read_only:
            read_existing(Api(opened, self.settings.prefix, "reading"))
        if target.active_session is None and "video" in target.profiles:
            target = replace(target, active_session=find_active_session(api))
        self._engine = Engine(replace(opened, target=target), self.settings, frozenset(self._waivers))
        self._engine.start(checks)

    @cpu_time.REPORTING
    def _record_outcome(self, outcome: Outcome, wire: Wire) -> tuple[Outcome, dict[str, Any]]:
        """Apply the waivers to an outcome and add it to the record."""
        outcome = excused(outcome, self._waivers)
        redact, options = self._seal.told, _options(self.settings)
        entry = Entries(wire.target, wire.evidence, redact, self._senders, options).entry(outcome)
        self._outcomes.append(outcome)
        self._entries.append(entry)
        if self._listener:
            self._listener(outcome, wire.evidence.traffic.exchanges)
        return outcome, entry

    def _record_undecided(
        self, checks: Sequence[Check], skipped: Sequence[Requirement], wire: Wire, stop_reason: str
    ) -> None:
        """Record an outcome for every check without one, and for the skipped requirements."""
        decided_ids = {outcome.requirement.id for outcome in self._outcomes}
        verdict = Verdict.INCONCLUSIVE if stop_reason else Verdict.ERROR
        reason = stop_reason or "suite: the check was not run"
        for check in checks:
            if check.requirement.id not in decided_ids:
                outcome = self._engine.conclusive_outcome(check) if self._engine and stop_reason else None
                self._record_outcome(outcome or Outcome(check.requirement, verdict, 0, reason), wire)
        for requirement in skipped:
            reason = f"effort: not run at --effort {self.settings.effort}"
            self._record_outcome(Outcome(requirement, Verdict.NOT_APPLICABLE, 0, reason), wire)

    def _end(self, wire: Wire, ending: Ending) -> None:
        if self._engine is not None:
            self._engine.stop()
            wire = self._engine.wire
        self._clean(wire)
        ending = replace(ending, interrupted=ending.interrupted or INTERRUPTION.wanted)
        digest = wire.evidence.digest
        wire.evidence.end(
            {
                "complete": not ending.interrupted,
                "seconds": round(ending.seconds, 3),
                **_stop_data(wire.pacing),
            }
        )
        write_error = wire.evidence.lost or wire.ledger.file.lost
        problem = write_error or _exhausted_resource(wire.pacing) or self._cleanup_error
        if problem is not None:
            ending = replace(ending, problem=problem, broken=True)
        complete_ending = replace(
            ending,
            evidence=ending.evidence or digest,
            traffic=wire.evidence.traffic,
            leftovers=self._leftovers(wire),
            leftovers_allowed=not wire.target.deletes,
            notes=(*self._preflight_notes, *self._notes, *_cleanup_notes(wire.ledger)),
        )
        self.record = record(
            self._masked_settings, self._outcomes, self._entries, complete_ending, self._seal.told
        )

    def _stop(self, wire: Wire) -> None:
        """Stop all requests; a clean-up that is running continues unless an immediate stop is requested."""
        if INTERRUPTION.at_once or not self._is_cleaning:
            wire.pacing.stopped.set()

    def _clean(self, wire: Wire) -> None:
        self._is_cleaning = True
        wire.evidence.on_loss = wire.ledger.file.on_loss = _ignore_write_error
        resources = len(wire.ledger.leftovers) + len(wire.ledger.lost)
        seconds = min(wire.limits.seconds, MAX_CLEANUP_SECONDS)
        wire.pacing.begin_anew(REQUESTS_PER_DELETE * resources + len(PAUSES), seconds)
        if INTERRUPTION.at_once:
            wire.pacing.stopped.set()
        if wire.target.deletes:
            try:
                clear(Api(wire, self.settings.prefix, "clean-up"), wire.ledger)
            except (MemoryError, RuntimeError) as error:  # the leftovers must still be reported
                self._cleanup_error = f"clean-up stopped: {type(error).__name__}: {error}".rstrip(": ")

    def _leftovers(self, wire: Wire) -> tuple[Leftover, ...]:
        """Return all resources that exist or may exist at the target."""
        ledger = wire.ledger
        leftovers = (*ledger.leftovers, *ledger.lost, *ledger.unfindable)
        return tuple(
            sorted(leftovers, key=lambda leftover: (leftover.collection, leftover.id, leftover.name))
        )

    def _interrupted_message(self, wire: Wire) -> str:
        """Return the message for an immediate stop, which writes nothing else."""
        lines = [
            inert(f"left behind: {leftover.collection}/{leftover.id or '(unknown id)'}  {leftover.name}")
            for leftover in self._leftovers(wire)
        ]
        return "\n".join(["stopped immediately, without clean-up", *lines, ""])


class ReplaySession(Trial):
    """A session that replays the evidence of a run."""

    def __init__(self, testimony: Testimony, folder: Path) -> None:
        super().__init__(settings_of(testimony))
        self._folder = folder  # for the ledger
        self.settings = replace(self.settings, fail_fast=False)  # the evidence ends where the run stopped
        self._testimony = testimony
        self.note(*testimony.header.get("notes", ()))

    def _open_stack(self) -> AbstractContextManager[Wire]:
        limits = self.settings.limits
        replay_limits = Limits(concurrency=limits.concurrency, live=limits.live)
        return replayed(self.settings.target, replay_limits, self._testimony, self._folder)

    def _clean(self, wire: Wire) -> None:
        wire.pacing.begin_anew(len(self._testimony.answers), wire.limits.seconds)
        recall(wire, self._testimony, RETRY_CHECK)
        super()._clean(wire)

    def _ending(self) -> Ending:
        """Return the start and the end of the recorded run; without a footer it was killed."""
        footer = self._testimony.footer or {"complete": False, "seconds": 0.0, "sha256": None}
        return Ending(
            datetime.fromisoformat(self._testimony.header["started"]),
            seconds=footer["seconds"],
            evidence=footer["sha256"],
            interrupted=not footer["complete"],
        )


def _cleanup_notes(ledger: Ledger) -> Iterator[str]:
    """Yield notes about resources that were not deleted because they may not belong to the run."""
    if ledger.foreign:
        yield f"clean-up: {ledger.foreign} create responses had the id of another resource, not deleted"
    if ledger.nameless:
        yield (
            f"clean-up: {ledger.nameless} creates without a unique name got no usable response; "
            "resources that they may have created cannot be found"
        )


def _ignore_write_error() -> None:
    """Continue clean-up although a line could not be written."""


def _senders(checks: Sequence[Check]) -> dict[str, str]:
    """Return requirement ids by the check that sends, and by `packed OPERATION` for packed bodies."""
    packed = {f"packed {check.requirement.operation}": check for check in checks if check.uses_packed_bodies}
    sending = {check.name: check for check in checks if check.kind.sends}
    return {name: check.requirement.id for name, check in {**packed, **sending}.items()}


def _options(settings: Settings) -> tuple[str, ...]:
    """Return the options that determine which requests are sent."""
    effort = () if settings.effort is Effort.STANDARD else ("--effort", str(settings.effort))
    seed = () if settings.seed is None else ("--seed", str(settings.seed))
    target = settings.target
    allowed = target.allow_logged_credentials and not target.reference
    return (*effort, *seed, *(("--allow-logged-credentials",) if allowed else ()))


def _exhausted_resource(pacing: Pacing) -> str | None:
    """Return the resource of this machine whose exhaustion ended the run, if there is one."""
    reason = pacing.reason
    return reason.text if reason is not None and reason.code == resource_exhaustion.CODE else None


def _stop_data(pacing: Pacing) -> dict[str, Any]:
    """Return the reason for which requests were stopped, and the last exchange with a response before it."""
    if pacing.reason is None:
        return {}
    reason = {"code": pacing.reason.code, "text": pacing.reason.text}
    return {"stopped": reason, "answered": pacing.answered or None}
