"""One target on trial: the wire is opened, checks run over it, findings are entered, all is cleaned up."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from conformance.api import Api
from conformance.engine import Check, Engine
from conformance.evidence import Testimony
from conformance.header import header
from conformance.header import settings as recorded
from conformance.preflight import PreflightError, live_session, steps
from conformance.record import Ending, Entries, record
from conformance.settings import Effort, Settings, Waiver
from conformance.transport.ledger import Leftover
from conformance.transport.pacing import Pacing, StoppedError
from conformance.transport.redaction import Redactor
from conformance.transport.vigil import PAUSES
from conformance.verdict import Outcome, Unobserved, Verdict
from conformance.waivers import excused, in_force
from conformance.wire import Wire, connected, replayed
from spec.catalogue import Requirement

_LONGEST_CLEANING: Final = 600.0  # seconds
Observer = Callable[[Outcome, int], None]


class Trial:
    """Runs checks against one target, and keeps what came of it."""

    def __init__(self, settings: Settings, observer: Observer | None = None) -> None:
        self.settings = settings
        self.record: dict[str, Any] = {}
        self._observer = observer
        self._outcomes: list[Outcome] = []
        self._entries: list[dict[str, Any]] = []
        self._notes: list[str] = []
        self._engine: Engine | None = None
        self._senders: dict[str, str] = {}
        self._waivers: Mapping[str, Waiver] = {}

    @contextmanager
    def running(self, checks: Sequence[Check], spared: Sequence[Requirement] = ()) -> Iterator[bool]:
        """Open the trial for the checks; clean up and write the record whatever happens within.

        Gives whether the checks can be run at all: false where the target is not one to be judged.
        """
        clock, ending, reason = time.perf_counter(), self._ending(), ""
        self._senders, self._waivers = _senders(checks), in_force(self.settings, ending.started)
        with self._connected() as wire:
            wire.evidence.begin({**header(self.settings), "started": ending.started.isoformat()})
            try:
                self._engine = self._begun(wire, checks)
                yield True
            except (PreflightError, StoppedError) as error:
                if isinstance(error, StoppedError) and error.code == "time":
                    reason = f"{error.code}: {error}"
                else:
                    ending = replace(ending, problem=str(error))
                yield False
            except KeyboardInterrupt:
                ending = replace(ending, interrupted=True)
                reason = "interrupted: the run was stopped"
                raise
            finally:
                if ending.problem is None:
                    self._complete(checks, spared, wire, reason)
                self._end(wire, replace(ending, seconds=ending.seconds or time.perf_counter() - clock))

    def decide(self, check: Check) -> tuple[Outcome, dict[str, Any]]:
        """Return the outcome of a check, waiting for it where it is under way, and its entry."""
        assert self._engine is not None  # noqa: S101 - only while running
        return self._entered(self._engine.outcome(check), self._engine.wire)

    def not_begun(self, problem: str, *, broken: bool) -> None:
        """Write the record of a trial that was never opened, by a mistake of the user's or of ours."""
        ending = Ending(datetime.now(UTC), problem=problem, broken=broken)
        self.record = record(self.settings, (), (), ending)

    def _connected(self) -> AbstractContextManager[Wire]:
        told = self.settings
        redactor = Redactor(told.target.account)
        return connected(told.target, told.limits, told.connection, told.output, redactor)

    def _ending(self) -> Ending:
        return Ending(datetime.now(UTC))

    def _begun(self, opened: Wire, checks: Sequence[Check]) -> Engine:
        api = Api(opened, self.settings.prefix, "preflight")
        self._notes += [f"{step.name}: {step.told}" for step in steps(api)]
        target = opened.target
        if target.active_session is None and "video" in target.profiles:
            target = replace(target, active_session=live_session(api))
        engine = Engine(replace(opened, target=target), self.settings, frozenset(self._waivers))
        engine.start(checks)
        return engine

    def _entered(self, found: Outcome, wire: Wire) -> tuple[Outcome, dict[str, Any]]:
        """Enter what came of a check, as it counts: here alone a waiver applies."""
        outcome = excused(found, self._waivers)
        redactor, options = Redactor(wire.target.account), _options(self.settings)
        entry = Entries(wire.target, wire.evidence, redactor, self._senders, options).entry(outcome)
        self._outcomes.append(outcome)
        self._entries.append(entry)
        if self._observer:
            self._observer(outcome, len(wire.evidence.exchanges))
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
                self._entered(Outcome(check.requirement, verdict, 0, why), wire)
        for requirement in spared:
            reason = f"effort: not looked at with --effort {self.settings.effort}"
            self._entered(Outcome(requirement, Verdict.NOT_APPLICABLE, 0, reason), wire)

    def _end(self, wire: Wire, ending: Ending) -> None:
        if self._engine is not None:
            self._engine.stop()
        _clean(wire, Api(wire, self.settings.prefix, "clean-up"))
        digest = wire.evidence.digest
        wire.evidence.end(
            {
                "complete": not ending.interrupted,
                "seconds": round(ending.seconds, 3),
                **_stopped(wire.pacing),
            }
        )
        complete = replace(
            ending,
            evidence=ending.evidence or digest,
            exchanges=tuple(wire.evidence.exchanges),
            leftovers=sorted(wire.ledger.leftovers, key=lambda each: _created(wire, each)),
            notes=tuple(self._notes),
        )
        self.record = record(self.settings, self._outcomes, self._entries, complete)


class Retrial(Trial):
    """The same trial once more, from its evidence."""

    def __init__(self, testimony: Testimony) -> None:
        super().__init__(recorded(testimony))
        self._testimony = testimony

    def _connected(self) -> AbstractContextManager[Wire]:
        return replayed(self.settings.target, self.settings.limits, self._testimony)

    def _ending(self) -> Ending:
        """Begin as that run did, and end as it did: without a footer it was cut off."""
        footer = self._testimony.footer or {"complete": False, "seconds": 0.0, "sha256": None}
        return Ending(
            datetime.fromisoformat(self._testimony.header["started"]),
            seconds=footer["seconds"],
            evidence=footer["sha256"],
            interrupted=not footer["complete"],
        )


def _senders(checks: Sequence[Check]) -> dict[str, str]:
    """Return the requirement of each check that sends, and one for what many of them send together."""
    packed = {f"packed {each.requirement.operation}": each for each in checks if each.packed}
    sending = {each.name: each for each in checks if each.kind.sends}
    return {name: each.requirement.id for name, each in {**packed, **sending}.items()}


def _options(settings: Settings) -> tuple[str, ...]:
    """Return the options without which other requests would be sent."""
    effort = () if settings.effort is Effort.STANDARD else ("--effort", str(settings.effort))
    return effort if settings.seed is None else (*effort, "--seed", str(settings.seed))


def _created(wire: Wire, leftover: Leftover) -> tuple[int, str]:
    """Return what leftovers are sorted by: when they were made, as the evidence shows."""
    creator = wire.evidence.creators.get(leftover.id)
    return creator.number if creator else 0, leftover.id


def _stopped(pacing: Pacing) -> dict[str, Any]:
    """Return why requests were held back, and the last exchange that was answered before; or nothing."""
    if pacing.reason is None:
        return {}
    told = {"code": pacing.reason.code, "text": pacing.reason.text}
    return {"stopped": told, "answered": pacing.answered or None}


def _clean(wire: Wire, api: Api) -> None:
    """Delete what the ledger holds, several at a time, while the target goes along and time is left."""
    left = sorted(wire.ledger.leftovers, key=lambda leftover: (leftover.collection, leftover.id))
    wire.pacing.begin_anew(len(left) + len(PAUSES), min(wire.limits.seconds, _LONGEST_CLEANING))
    video = wire.target.locate("/api/video/")

    def delete(collection: str, made: str) -> None:
        # The target is gone or busy, the evidence ends, or no address can hold such an id.
        with suppress(StoppedError, Unobserved, httpx.InvalidURL):
            (api.video if collection.startswith(video) else api.fabric).delete(made)

    api.each(lambda leftover: delete(leftover.collection, leftover.id), left)
