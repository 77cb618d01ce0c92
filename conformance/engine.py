"""Runs checks and makes outcomes of them: repeats what was found, and counts what was seen."""

import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from conformance import phases
from conformance.api import Api
from conformance.clearing import delete_all
from conformance.exchange import Exchange
from conformance.others import Others
from conformance.packing import Packing
from conformance.seen import Seen
from conformance.settings import Settings
from conformance.transcript import Transcript
from conformance.transport.pacing import StoppedError
from conformance.verdict import NEVER_SEEN, Finding, Outcome, Unobserved, Verdict, of_finding
from conformance.wire import Wire
from spec.catalogue import Requirement

_CUT_SHORT: Final = frozenset(
    {"budget", "busy", "interrupted", "outage", "size", "time"}
)  # nothing is tried again
_ENDED: Final = frozenset({"busy", "outage", "size", "time"})  # reasons of their own for not knowing
_FIRST_LOOK: Final = 16  # exchanges before it is worth while to judge them
_LOSSES: Final = 3  # lost exchanges that are tried again for one check
_BETWEEN_LOOKS: Final = 0.01  # seconds
REPEATS: Final = 12  # times a finding is tried again before it counts as flaky


class Kind(Enum):
    """When a check runs: with others at the same time, exploring on its own, or over all that was seen."""

    DIRECTED = auto()
    EXPLORING = auto()
    OBSERVING = auto()

    @property
    def sends(self) -> bool:
        """Whether checks of the kind send requests."""
        return self is not Kind.OBSERVING


@dataclass(frozen=True)
class Check:
    """A test function with the requirement it decides and the values it is given."""

    name: str
    kind: Kind
    requirement: Requirement
    function: Callable[..., str | None]  # what it returns is noted with its verdict
    given: Mapping[str, Any]
    packed: bool = False  # whether it also goes by what others sent together
    lasting: bool = False  # whether it waits for the others in its midst


@dataclass(frozen=True)
class _Attempt:
    observations: int
    note: str | None = None
    finding: Finding | None = None
    unobserved: Unobserved | None = None
    error: Exception | None = None

    @property
    def lacked_a_lost_one(self) -> bool:
        """Tell whether it came to nothing because no answer came to what it needed."""
        shown = self.unobserved.exchange if self.unobserved else None
        return shown is not None and shown.lost


class Engine:
    """Runs the checks of one run over one wire."""

    def __init__(self, wire: Wire, settings: Settings, waived: Container[str] = ()) -> None:
        self.wire = wire
        self._settings = settings
        self._waived = waived  # requirements that may be broken
        self._packing = Packing()
        self._others = Others()
        self._ahead = ThreadPoolExecutor(wire.limits.concurrency, thread_name_prefix="check")
        self._futures: dict[str, Future[Outcome]] = {}
        self._transcript = Transcript((), {})
        self._early: dict[str, Outcome] = {}
        self._watch: threading.Thread | None = None

    def start(self, checks: Sequence[Check]) -> None:
        """Begin with all directed checks at once, in their order, as many as may be under way."""
        directed = [check for check in checks if check.kind is Kind.DIRECTED]
        self._futures = {check.name: self._ahead.submit(self._judged, check) for check in directed}
        enough = sum(check.lasting for check in directed) < self.wire.limits.concurrency
        self._others.are([self._futures[each.name] for each in directed if enough and not each.lasting])
        if self._settings.fail_fast:
            observing = [check for check in checks if check.kind is Kind.OBSERVING]
            self._watch = threading.Thread(target=self._watched, args=(observing,), name="watch")
            self._watch.start()

    def outcome(self, check: Check) -> Outcome:
        """Return the outcome of a check, waiting for it where it is under way."""
        if check.requirement.id in self._early:
            return self._early[check.requirement.id]
        ahead = self._futures.pop(check.name, None)
        return ahead.result() if ahead else self._judged(check)

    def stop(self) -> None:
        """Send nothing more; what is under way ends by itself."""
        self.wire.pacing.stopped.set()
        self._ahead.shutdown(wait=True, cancel_futures=True)
        if self._watch:
            self._watch.join()

    def api(self, name: str, attempt: int = 0) -> Api:
        """Return the API as seen by a check."""
        return Api(self.wire, self._settings.prefix, name, attempt, self._settings.effort)

    def _judged(self, check: Check) -> Outcome:
        started = time.perf_counter()
        judge = self._observed if check.kind is Kind.OBSERVING else self._acted
        try:
            outcome = judge(check)
        except StoppedError as end:  # while a finding was tried again
            code = end.code if end.code in _ENDED else "cut-short"
            outcome = _undecided(check, 0, f"{code}: {end}")
        if self._settings.fail_fast and self._fails(outcome):
            self.wire.pacing.stopped.set()
        return replace(outcome, seconds=time.perf_counter() - started)

    def _watched(self, checks: Sequence[Check]) -> None:
        """Look at what was seen so far, ever more rarely, until something is broken or all is sent."""
        due = _FIRST_LOOK
        while not self.wire.pacing.stopped.wait(_BETWEEN_LOOKS):
            if len(self.wire.evidence.exchanges) < due:
                continue
            due = 2 * len(self.wire.evidence.exchanges)
            for outcome in map(self._judged, checks):
                if self._fails(outcome):
                    self._early[outcome.requirement.id] = outcome
                    break

    def _fails(self, outcome: Outcome) -> bool:
        return outcome.verdict is Verdict.FAILED and outcome.requirement.id not in self._waived

    def _acted(self, check: Check) -> Outcome:
        try:
            return self._tried(check)
        finally:
            self._tidy(check)

    def _tidy(self, check: Check) -> None:
        """Delete what a check has left, so that there is room for the others."""
        left = self.wire.ledger.left_by(check.name)
        if left and self.wire.target.deletes:
            delete_all(self.api(f"after {check.name}"), left)

    def _tried(self, check: Check) -> Outcome:
        first = self._attempt(check, 0)
        if first.finding is None and not first.lacked_a_lost_one:
            return _concluded(check, first)
        for attempt in range(1, REPEATS + 1):
            again = self._attempt(check, attempt)
            if again.finding is not None:
                return _broken(check, first, again.finding)
            if again.error is not None or (again.unobserved and again.unobserved.code in _CUT_SHORT):
                return _concluded(check, replace(again, observations=first.observations))
            if first.finding is None or (first.finding.exchange.lost and attempt == _LOSSES):
                return _concluded(check, again)  # a connection that broke once says nothing of the target
        return _flaky(check, first)

    def _attempt(self, check: Check, attempt: int) -> _Attempt:
        if self.wire.pacing.stopped.is_set():
            return _Attempt(0, unobserved=_unobserved(StoppedError()))
        api = self.api(check.name, attempt)
        shared: dict[str, Any] = {"packing": self._packing} if check.packed else {}
        if check.lasting:
            shared["others"] = self._others
        with phases.GENERATION:
            caught = _caught(lambda: check.function(api=api, **shared, **check.given))
        return replace(caught, observations=api.observations)

    def _observed(self, check: Check) -> Outcome:
        transcript = self._so_far()
        first, losses = self._look(check, transcript), 0
        while first.finding and first.finding.exchange.lost and losses < _LOSSES:
            if self._shows_again(check, first.finding.exchange):
                return _broken(check, first, first.finding)
            losses += 1  # a connection that broke once says nothing of the target
            transcript = transcript.without(first.finding.exchange)
            first = self._look(check, transcript)
        if first.finding is None:
            return _concluded(check, first)
        shown = first.finding.exchange
        elsewhere = not shown.lost and self._look(check, transcript.after(shown.number)).finding
        repeats = elsewhere or self._shows_again(check, shown)
        return _broken(check, first, first.finding) if repeats else _flaky(check, first)

    def _shows_again(self, check: Check, shown: Exchange) -> bool:
        return any(self._look(check, self._again(shown)).finding for _ in range(REPEATS))

    @phases.JUDGING
    def _look(self, check: Check, transcript: Transcript) -> _Attempt:
        seen = Seen(transcript, self.wire.target.account)
        caught = _caught(lambda: check.function(seen=seen, **check.given))
        return replace(caught, observations=seen.observations)

    def _again(self, exchange: Exchange) -> Transcript:
        """Send the exchange once more, on a new resource that has company where it addressed one."""
        api = self.api(exchange.origin.check, exchange.origin.attempt + 1)
        creator = self.wire.evidence.creator(exchange)
        request = exchange.request
        if creator is not None:
            made = api.send(creator.origin.operation, creator.request).id
            company = api.collection(creator.origin.operation)
            company.create(company.minimal())
            old = request.path.rpartition("/")[2]
            request = replace(request, target=request.target.replace(old, made or old))
        api.send(exchange.origin.operation, request)
        return Transcript(tuple(api.sent), self.wire.evidence.creators)

    def _so_far(self) -> Transcript:
        """Return all that was exchanged; the same object as long as nothing is added."""
        evidence = self.wire.evidence
        if len(self._transcript) != len(evidence.exchanges):
            self._transcript = Transcript(tuple(evidence.exchanges), evidence.creators)
        return self._transcript


def _caught(run: Callable[[], str | None]) -> _Attempt:
    note = None
    try:
        note = run()
    except Finding as finding:
        return _Attempt(0, finding=finding)
    except Unobserved as unobserved:
        return _Attempt(0, unobserved=unobserved)
    except StoppedError as stopped:
        return _Attempt(0, unobserved=_unobserved(stopped))
    except Exception as error:  # noqa: BLE001 - our own mistake must not count against the target
        return _Attempt(0, error=error)
    return _Attempt(0, note=note and f"observed: {note}")


def _unobserved(stopped: StoppedError) -> Unobserved:
    return Unobserved(stopped.code, stopped.text)


def _concluded(check: Check, attempt: _Attempt) -> Outcome:
    if attempt.error is not None:
        reason = f"suite: {type(attempt.error).__name__}"
        return Outcome(check.requirement, Verdict.ERROR, attempt.observations, reason, error=attempt.error)
    if attempt.unobserved is not None and attempt.unobserved.code == NEVER_SEEN:
        return _nothing_seen(check)
    if attempt.unobserved is not None:
        return _undecided(check, attempt.observations, str(attempt.unobserved))
    if attempt.observations == 0:
        return _nothing_seen(check)
    return Outcome(check.requirement, Verdict.PASSED, attempt.observations, attempt.note)


def _undecided(check: Check, observations: int, reason: str) -> Outcome:
    return Outcome(check.requirement, Verdict.INCONCLUSIVE, observations, reason)


def _nothing_seen(check: Check) -> Outcome:
    """A condition that never came about asks nothing of the target; anything else was not decided."""
    if check.requirement.when:
        reason = f"{NEVER_SEEN}: {check.requirement.when}"
        return Outcome(check.requirement, Verdict.NOT_APPLICABLE, 0, reason)
    return _undecided(check, 0, f"{NEVER_SEEN}: no exchange of this run shows it")


def _broken(check: Check, first: _Attempt, shown: Finding) -> Outcome:
    verdict = of_finding(check.requirement, confirmed=True)
    return Outcome(check.requirement, verdict, first.observations, findings=(shown,))


def _flaky(check: Check, first: _Attempt) -> Outcome:
    verdict = of_finding(check.requirement, confirmed=False)
    found = (first.finding,) if first.finding else ()
    reason = f"flaky: not shown again in {REPEATS} repetitions"
    return Outcome(check.requirement, verdict, first.observations, reason, found, flaky=True)
