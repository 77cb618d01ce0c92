"""Runs checks and makes outcomes of them: repeats what was found, and counts what was seen."""

import threading
import time
from collections.abc import Container, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from math import ceil, inf
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.engine import ordering, parallel_examples
from conformance.engine.attempts import (
    LOSSES,
    REPEATS,
    Attempt,
    Check,
    Kind,
    broken,
    caught,
    concluded,
    flaky,
    of_losses,
    stopped_by,
    undecided,
)
from conformance.engine.exchange_windows import WINDOW
from conformance.engine.passive_checks import Observing
from conformance.engine.passive_offload import Lookout
from conformance.engine.resource_cleanup import RELIEF, delete_all, relieve
from conformance.processes.background_process import serves
from conformance.results.verdict import Outcome, Unobserved, Verdict
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.testkit import request_bodies
from conformance.testkit.api_client import Api
from conformance.testkit.concurrent_checks import Others
from conformance.testkit.schemathesis_cases import Generator
from conformance.testkit.value_packing import Packing
from conformance.transport.stack import Wire
from conformance.transport.throttling import StoppedError

_CUT_SHORT: Final = frozenset(
    {"budget", "busy", resource_exhaustion.CODE, "interrupted", "outage", "size", "time"}
)  # nothing is tried again
_ENDED: Final = frozenset(
    {"busy", resource_exhaustion.CODE, "outage", "size", "time"}
)  # reasons of their own for not knowing
_FIRST_LOOK: Final = 16  # exchanges before it is worth while to judge them
_OUR_SHARE: Final = 0.001  # seconds that a request costs ourselves
_BETWEEN_LOOKS: Final = 0.01  # seconds


class Engine:
    """Runs the checks of one run over one wire."""

    def __init__(self, wire: Wire, settings: Settings, waived: Container[str] = ()) -> None:
        self._opened = wire  # whose threads clean up when ours are gone
        self._width = _width(wire)
        self.wire = replace(wire, bursts=ThreadPoolExecutor(self._width, thread_name_prefix="burst"))
        self._settings = settings
        self._waived = waived  # requirements that may be broken
        self._packing = Packing()
        self._others = Others()
        self._generator = Generator(settings.effort, settings.seed)
        self._ahead: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[Outcome]] = {}
        self._lasting: list[Future[Outcome]] = []
        self._observing = Observing(self.wire, self.api, WINDOW)
        self._lookout: Lookout | None = None
        self._generated: list[Check] = []  # those that are still to begin
        self._early: dict[str, Outcome] = {}
        self._watch: threading.Thread | None = None

    def start(self, checks: Sequence[Check]) -> None:
        """Begin with all directed checks at once, as many as may be under way; who waits for others first."""
        self._prepare(checks)
        if self.wire.target.deletes:
            self.wire.ledger.room.relief = lambda: relieve(self.api(RELIEF), self.wire.ledger)
        directed = [check for check in checks if check.kind is Kind.DIRECTED]
        directed.sort(key=lambda check: not check.lasting)
        waiting = sum(check.lasting for check in directed)
        threads = min(self._width + waiting, self.wire.limits.concurrency)
        self._ahead = ThreadPoolExecutor(threads, thread_name_prefix="check")
        self._futures = {check.name: self._ahead.submit(self._judged, check) for check in directed}
        self._lasting = [self._futures[check.name] for check in directed if check.lasting]
        enough = waiting < threads
        self._others.are([self._futures[each.name] for each in directed if enough and not each.lasting])
        self._generated = [check for check in checks if check.generated]
        observing = [check for check in checks if check.kind is Kind.OBSERVING]
        self._lookout = self._posted(observing)
        self._observing = Observing(self.wire, self.api, WINDOW, self._lookout)
        watch = threading.Thread(target=self._watched, args=(observing,), name="watch")
        watch.start()
        self._watch = watch  # that is joined, if it could be started

    def _prepare(self, checks: Sequence[Check]) -> None:
        """Begin with what is made aside: first what is asked for first, where it begins to work anyway."""
        together = any(check.requirement.id in ordering.TOGETHER for check in checks)
        if together and any(check.draw is not None and check.draw.cases for check in checks):
            for collection in self.api("bodies").claimed():
                request_bodies.prepare(collection.create_id)
        for check in checks:
            if check.generated:
                self._generator.prepare(check.given["operation_id"])
            if check.draw is not None:
                parallel_examples.prepare(check.function, next(check.draw.parts()))

    def _posted(self, checks: Sequence[Check]) -> Lookout | None:
        """Return who looks on meanwhile, where a process works aside anyway and no mistake is waited for."""
        path = self.wire.evidence.path
        if path is None or not path.is_file() or self._settings.fail_fast or not serves():
            return None
        return Lookout(path, WINDOW, self.wire.target.account, checks)

    def outcome(self, check: Check) -> Outcome:
        """Return the outcome of a check, waiting for it where it is under way."""
        if check.requirement.id in self._early:
            return self._early[check.requirement.id]
        if check.kind is Kind.EXPLORING and self._scarce:
            wait(self._lasting)
        one_by_one = check.kind is Kind.EXPLORING and check.draw is None
        if check.generated or (one_by_one and self.wire.limits.requests is None):
            self._begin_generated()
        ahead = self._futures.pop(check.name, None)
        return ahead.result() if ahead else self._judged(check)

    def decided(self, check: Check) -> Outcome | None:
        """Return what a check has come to that nobody asked for yet; None if it is nothing, or under way."""
        future = self._futures.get(check.name)
        if future is None or not future.done() or future.cancelled() or future.exception() is not None:
            return None
        return None if future.result().verdict is Verdict.INCONCLUSIVE else future.result()

    @property
    def _scarce(self) -> bool:
        """Tell whether a check may lack requests or room because others have them."""
        limits = self.wire.limits
        return limits.requests is not None or (limits.live is not None and limits.live < limits.concurrency)

    def _begin_generated(self) -> None:
        """Begin with the cases of schemathesis: beside a check that leaves them time, or at their turn."""
        if self._ahead:
            self._futures |= {
                check.name: self._ahead.submit(self._judged, check) for check in self._generated
            }
        self._generated = []

    def stop(self) -> None:
        """Send nothing more; what is under way ends by itself."""
        self.wire.pacing.stopped.set()
        self._others.release()
        if self._ahead:
            self._ahead.shutdown(wait=True, cancel_futures=True)
        self.wire.bursts.shutdown()
        self.wire = replace(self.wire, bursts=self._opened.bursts)
        if self._watch:
            self._watch.join()
        if self._lookout:
            self._lookout.end()

    def api(self, name: str, attempt: int = 0) -> Api:
        """Return the API as seen by a check."""
        return Api(self.wire, self._settings.prefix, name, attempt, self._settings.effort)

    def _judged(self, check: Check) -> Outcome:
        started = time.perf_counter()
        judge = self._observing.outcome if check.kind is Kind.OBSERVING else self._acted
        try:
            outcome = judge(check)
        except StoppedError as end:  # while a finding was tried again
            code = end.code if end.code in _ENDED else "cut-short"
            outcome = undecided(check, 0, f"{code}: {end}")
        except Unobserved as lacking:
            outcome = undecided(check, 0, str(lacking))
        if self._settings.fail_fast and self._fails(outcome):
            self.wire.pacing.stopped.set()
        return replace(outcome, seconds=time.perf_counter() - started)

    def _watched(self, checks: Sequence[Check]) -> None:
        """Have full windows judged; where the first mistake ends the run, look for one, ever more rarely."""
        due = _FIRST_LOOK
        while not self.wire.pacing.stopped.wait(_BETWEEN_LOOKS):
            with suppress(StoppedError, Unobserved):
                self._observing.fold(checks)
            if self._settings.fail_fast and self.wire.evidence.traffic.exchanges >= due:
                due = 2 * self.wire.evidence.traffic.exchanges
                self._look_early(checks)

    def _look_early(self, checks: Sequence[Check]) -> None:
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
        first, tried = self._unbroken(check)
        if first.finding is None:
            return concluded(check, first)
        if first.lost:
            return broken(check, first, first.finding)
        for attempt in range(tried, tried + REPEATS):
            again = self._attempt(check, attempt)
            if again.finding is not None and not again.lost:
                return broken(check, first, again.finding)
            if again.error is not None or (again.unobserved and again.unobserved.code in _CUT_SHORT):
                return concluded(check, replace(again, observations=first.observations))
        return flaky(check, first)

    def _unbroken(self, check: Check) -> tuple[Attempt, int]:
        """Return the first attempt that has lost no answer, and how many there were.

        A connection that broke says nothing of the target, unless it breaks whenever that is asked.
        """
        lost = []
        for attempt in range(LOSSES):
            made = self._attempt(check, attempt)
            if not made.lost:
                return made, attempt + 1
            lost.append(made)
        return of_losses(lost), LOSSES

    def _attempt(self, check: Check, attempt: int) -> Attempt:
        if self.wire.pacing.stopped.is_set():
            return Attempt(0, unobserved=stopped_by(StoppedError()))
        if check.kind is Kind.EXPLORING:  # which may draw its cases for long before it sends the first
            try:
                self.wire.pacing.check()
            except StoppedError as stopped:
                return Attempt(0, unobserved=stopped_by(stopped))
        api = self.api(check.name, attempt)
        shared: dict[str, Any] = {"packing": self._packing} if check.packed else {}
        if check.generated:
            shared["generator"] = self._generator
        if check.lasting:
            shared["others"] = self._others
        with cpu_time.GENERATION:
            made = caught(lambda: _called(check, api, shared))
        if made.finding is not None:
            self.wire.evidence.hold(made.finding.exchange)
        return replace(made, observations=api.observations)


def _width(wire: Wire) -> int:
    """Return how many cases are worked on at a time: as many as can be made while one is answered, and two.

    More than that wait for each other, and not for the target.
    """
    slowest = max((each.seconds for each in wire.evidence.exchanges), default=inf)
    return min(wire.limits.concurrency, 2 + ceil(min(slowest / _OUR_SHARE, wire.limits.concurrency)))


def _called(check: Check, api: Api, shared: Mapping[str, Any]) -> str | None:
    """Let a check act, and return what it says that it observed."""
    if check.draw is not None:
        for part in check.draw.parts():
            parallel_examples.tried(check.function, api, parallel_examples.cases(check.function, part))
        return None
    return check.function(api=api, **shared, **check.given)
