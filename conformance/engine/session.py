"""One target on trial: the wire is opened, checks run over it, findings are entered, all is cleaned up."""

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
from conformance.engine.preflight import PreflightError, live_session, read, steps
from conformance.engine.resource_cleanup import RELIEF, REQUESTS, clear
from conformance.evidence.evidence_reader import Testimony
from conformance.evidence.header import header
from conformance.evidence.header import settings as recorded
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
LONGEST_CLEANING: Final = 600.0  # seconds


class Observer(Protocol):
    """Looks on while a run goes."""

    def __call__(self, outcome: Outcome, requests: int, /) -> None:
        """Take note of what came of one more check."""

    def waits(self, seconds: float, /) -> None:
        """Take note that the target asked for patience."""


class Trial:
    """Runs checks against one target, and keeps what came of it."""

    def __init__(self, settings: Settings, observer: Observer | None = None) -> None:
        self.settings = settings
        self._seal = seal(settings.target.account, settings.connection)
        self._known = self._seal.settings(settings)
        self.record: dict[str, Any] = {}
        self._observer = observer
        self._outcomes: list[Outcome] = []
        self._entries: list[dict[str, Any]] = []
        self._notes: list[str] = []
        self._remarks: list[str] = []  # about the folder that is written to
        self._engine: Engine | None = None
        self._cleaning = False
        self._problem: str | None = None  # of this machine, with the clean-up
        self._senders: dict[str, str] = {}
        self._waivers: Mapping[str, Waiver] = {}

    @contextmanager
    def running(self, checks: Sequence[Check], spared: Sequence[Requirement] = ()) -> Iterator[bool]:
        """Open the trial for the checks; clean up and write the record whatever happens within.

        Gives whether the checks can be run at all: false where the target is not one to be judged.
        """
        clock, ending, reason = time.perf_counter(), self._ending(), ""
        cpu_time.begin()
        self._senders, self._waivers = _senders(checks), in_force(self.settings, ending.started)
        with (
            self._connected() as wire,
            INTERRUPTION.told(lambda: self._stop(wire), lambda: self._farewell(wire)),
        ):
            if self._observer:
                wire.pacing.tell = self._observer.waits
            remarks = {"notes": [*map(self._seal, self._remarks)]} if self._remarks else {}
            wire.evidence.begin({**header(self._known), "started": ending.started.isoformat(), **remarks})
            try:
                self._begin(wire, checks)
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
                    self._complete(
                        checks, spared, wire, reason or (_INTERRUPTED if ending.interrupted else "")
                    )
                self._end(wire, replace(ending, seconds=ending.seconds or time.perf_counter() - clock))

    def decide(self, check: Check) -> tuple[Outcome, dict[str, Any]]:
        """Return the outcome of a check, waiting for it where it is under way, and its entry."""
        if self._engine is None:
            raise RuntimeError("a check is decided while the trial is running")
        if INTERRUPTION.wanted:
            raise KeyboardInterrupt
        return self._entered(self._engine.outcome(check), self._engine.wire)

    def note(self, *texts: str) -> None:
        """Note what the record and the evidence should say before anything is sent."""
        self._remarks += texts

    def not_begun(self, problem: str, *, broken: bool, trace: Sequence[str] = ()) -> None:
        """Write the record of a trial that was never opened, by a mistake of the user's or of ours."""
        notes = tuple(self._remarks)
        ending = Ending(datetime.now(UTC), problem=problem, broken=broken, notes=notes, trace=trace)
        self.record = record(self._known, (), (), ending, self._seal.told)

    def _connected(self) -> AbstractContextManager[Wire]:
        told = self.settings
        return connected(told.target, told.limits, told.connection, told.output)

    def _ending(self) -> Ending:
        return Ending(datetime.now(UTC))

    def _begin(self, opened: Wire, checks: Sequence[Check]) -> None:
        """Look whether the target can be judged, and have the checks begin."""
        api = Api(opened, self.settings.prefix, "preflight", effort=self.settings.effort)
        deletes = True
        for step in steps(api, allow_leftovers=self.settings.allow_leftovers):
            self._notes.append(f"{step.name}: {step.told}")
            deletes = deletes and step.fine
        target = replace(opened.target, deletes=deletes)
        if not deletes:
            opened.ledger.room.lift()
        if target.read_only:
            read(Api(opened, self.settings.prefix, "reading"))
        if target.active_session is None and "video" in target.profiles:
            target = replace(target, active_session=live_session(api))
        self._engine = Engine(replace(opened, target=target), self.settings, frozenset(self._waivers))
        self._engine.start(checks)

    @cpu_time.REPORTING
    def _entered(self, found: Outcome, wire: Wire) -> tuple[Outcome, dict[str, Any]]:
        """Enter what came of a check, as it counts: here alone a waiver applies."""
        outcome = excused(found, self._waivers)
        told, options = self._seal.told, _options(self.settings)
        entry = Entries(wire.target, wire.evidence, told, self._senders, options).entry(outcome)
        self._outcomes.append(outcome)
        self._entries.append(entry)
        if self._observer:
            self._observer(outcome, wire.evidence.traffic.exchanges)
        return outcome, entry

    def _complete(
        self, checks: Sequence[Check], spared: Sequence[Requirement], wire: Wire, stopped: str
    ) -> None:
        """Enter what came to no outcome, so that nothing that was to be decided is missing."""
        entered = {outcome.requirement.id for outcome in self._outcomes}
        verdict = Verdict.INCONCLUSIVE if stopped else Verdict.ERROR
        why = stopped or "suite: the check could not be run"
        for check in checks:
            if check.requirement.id not in entered:
                known = self._engine.decided(check) if self._engine and stopped else None
                self._entered(known or Outcome(check.requirement, verdict, 0, why), wire)
        for requirement in spared:
            reason = f"effort: not looked at with --effort {self.settings.effort}"
            self._entered(Outcome(requirement, Verdict.NOT_APPLICABLE, 0, reason), wire)

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
                **_stopped(wire.pacing),
            }
        )
        lack = wire.evidence.lost or wire.ledger.file.lost or _exhaustion(wire.pacing) or self._problem
        if lack is not None:
            ending = replace(ending, problem=lack, broken=True)
        complete = replace(
            ending,
            evidence=ending.evidence or digest,
            traffic=wire.evidence.traffic,
            leftovers=self._left(wire),
            leftovers_allowed=not wire.target.deletes,
            notes=(*self._notes, *self._remarks, *_doubts(wire.ledger)),
        )
        self.record = record(self._known, self._outcomes, self._entries, complete, self._seal.told)

    def _stop(self, wire: Wire) -> None:
        """Have nothing more sent; only who is in a hurry leaves what is to be deleted."""
        if INTERRUPTION.at_once or not self._cleaning:
            wire.pacing.stopped.set()

    def _clean(self, wire: Wire) -> None:
        self._cleaning = True
        wire.evidence.on_loss = wire.ledger.file.on_loss = _go_on
        held = len(wire.ledger.leftovers) + len(wire.ledger.lost)
        wire.pacing.begin_anew(REQUESTS * held + len(PAUSES), min(wire.limits.seconds, LONGEST_CLEANING))
        if INTERRUPTION.at_once:
            wire.pacing.stopped.set()
        if wire.target.deletes:
            try:
                clear(Api(wire, self.settings.prefix, "clean-up"), wire.ledger)
            except (MemoryError, RuntimeError) as error:  # what is left is still to be named
                self._problem = f"clean-up stopped: {type(error).__name__}: {error}".rstrip(": ")

    def _left(self, wire: Wire) -> tuple[Leftover, ...]:
        """Return what is left, and what may be."""
        ledger = wire.ledger
        left = (*ledger.leftovers, *ledger.lost, *ledger.unfindable)
        return tuple(sorted(left, key=lambda each: (each.collection, each.id, each.name)))

    def _farewell(self, wire: Wire) -> str:
        """Return what is to be said where nothing else is written any more."""
        left = [
            inert(f"left behind: {each.collection}/{each.id or '(unknown id)'}  {each.name}")
            for each in self._left(wire)
        ]
        return "\n".join(["stopped at once, without clean-up", *left, ""])


class Retrial(Trial):
    """The same trial once more, from its evidence."""

    def __init__(self, testimony: Testimony, folder: Path) -> None:
        super().__init__(recorded(testimony))
        self._folder = folder  # for the ledger
        self.settings = replace(self.settings, fail_fast=False)  # the evidence ends where that run stopped
        self._testimony = testimony
        self.note(*testimony.header.get("notes", ()))

    def _connected(self) -> AbstractContextManager[Wire]:
        limits = self.settings.limits
        unhurried = Limits(concurrency=limits.concurrency, live=limits.live)
        return replayed(self.settings.target, unhurried, self._testimony, self._folder)

    def _clean(self, wire: Wire) -> None:
        wire.pacing.begin_anew(len(self._testimony.answers), wire.limits.seconds)
        recall(wire, self._testimony, RELIEF)
        super()._clean(wire)

    def _ending(self) -> Ending:
        """Begin as that run did, and end as it did: without a footer it was cut off."""
        footer = self._testimony.footer or {"complete": False, "seconds": 0.0, "sha256": None}
        return Ending(
            datetime.fromisoformat(self._testimony.header["started"]),
            seconds=footer["seconds"],
            evidence=footer["sha256"],
            interrupted=not footer["complete"],
        )


def _doubts(ledger: Ledger) -> Iterator[str]:
    """Yield what the clean-up left alone, because nothing shows that the run created it."""
    if ledger.foreign:
        yield f"clean-up: {ledger.foreign} create responses gave the id of another resource, left alone"
    if ledger.nameless:
        yield (
            f"clean-up: {ledger.nameless} creates without a unique name got no usable response; "
            "what they may have created cannot be found"
        )


def _go_on() -> None:
    """Go on with clean-up although a line of it could not be written."""


def _senders(checks: Sequence[Check]) -> dict[str, str]:
    """Return the requirement of each check that sends, and one for what many of them send together."""
    packed = {f"packed {each.requirement.operation}": each for each in checks if each.packed}
    sending = {each.name: each for each in checks if each.kind.sends}
    return {name: each.requirement.id for name, each in {**packed, **sending}.items()}


def _options(settings: Settings) -> tuple[str, ...]:
    """Return the options without which other requests would be sent."""
    effort = () if settings.effort is Effort.STANDARD else ("--effort", str(settings.effort))
    seed = () if settings.seed is None else ("--seed", str(settings.seed))
    target = settings.target
    allowed = target.allow_logged_credentials and not target.reference
    return (*effort, *seed, *(("--allow-logged-credentials",) if allowed else ()))


def _exhaustion(pacing: Pacing) -> str | None:
    """Return what this machine lacked, where that ended the run."""
    reason = pacing.reason
    return reason.text if reason is not None and reason.code == resource_exhaustion.CODE else None


def _stopped(pacing: Pacing) -> dict[str, Any]:
    """Return why requests were held back, and the last exchange that was answered before; or nothing."""
    if pacing.reason is None:
        return {}
    told = {"code": pacing.reason.code, "text": pacing.reason.text}
    return {"stopped": told, "answered": pacing.answered or None}
