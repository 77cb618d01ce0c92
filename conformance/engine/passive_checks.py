"""What checks that only look on make of all that was exchanged, window by window.

A window that is full is looked at while the run goes on, and then forgotten: however long a run is, no more
than some of its exchanges are in memory.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conformance.engine.attempts import LOSSES, REPEATS, Attempt, Check, broken, concluded, flaky
from conformance.engine.exchange_windows import left, windows
from conformance.engine.passive_offload import Lookout
from conformance.engine.passive_worker import look
from conformance.http.exchange import Exchange
from conformance.results.verdict import Outcome
from conformance.testkit.api_client import Api
from conformance.testkit.exchange_log import Transcript
from conformance.testkit.traffic import Seen
from conformance.transport.stack import Wire

_LATER: Final = 100  # exchanges after a window that a lookout may need for it
_MUCH: Final = 32 * 1024 * 1024  # bytes of answers with which nobody is waited for


@dataclass(frozen=True)
class _Sighting:
    """What a check saw in the windows so far, and whether its finding was shown more than once."""

    attempt: Attempt
    again: bool = False


class Observing:
    """Looks at the exchanges of one wire for the checks that send nothing."""

    def __init__(
        self, wire: Wire, api: Callable[[str, int], Api], window: int, lookout: Lookout | None = None
    ) -> None:
        """Take the exchanges of a window, and who looks at them meanwhile, if anybody does."""
        self._wire = wire
        self._api = api
        self._size = window
        self._lookout = lookout
        self._lock = threading.Lock()
        self._told: dict[str, _Sighting] = {}  # by check: of what is forgotten
        self._lasting: Mapping[str, Exchange] = {}  # the creates of what was there when that ended, by id
        self._windows: Sequence[Transcript] = ()
        self._asked: dict[int, int] = {}  # by where a window begins, where it ended when it was asked about

    def outcome(self, check: Check) -> Outcome:
        """Return what a check makes of all that was exchanged until now."""
        with self._lock:
            sighting = self._told.get(check.name)
            for window in self._at_hand():
                sighting = self._also(check, sighting, window)
            return self._concluded(check, sighting or _Sighting(self._look(check, Transcript((), {}))))

    def fold(self, checks: Sequence[Check]) -> None:
        """Have the checks look at the first window, if it is full, and forget it."""
        evidence = self._wire.evidence
        if not evidence.in_order:
            return
        if self._lookout is not None:
            self._lookout.follow(evidence.traffic.exchanges)
        later = _LATER if self._lookout is not None and evidence.size < _MUCH else 0
        if len(evidence.exchanges) <= self._size + later:
            return
        with self._lock:
            first, *_ = self._at_hand()
            told = {check.name: self._also(check, self._told.get(check.name), first) for check in checks}
            self._told = told
            self._lasting = left(first)
            evidence.forget(first.exchanges)
            self._windows = ()
            if self._lookout is not None:
                self._lookout.forget(first)

    def _concluded(self, check: Check, sighting: _Sighting) -> Outcome:
        finding = sighting.attempt.finding
        if finding is None:
            return concluded(check, sighting.attempt)
        if sighting.again or self._shows_again(check, finding.exchange):
            return broken(check, sighting.attempt, finding)
        return flaky(check, sighting.attempt)

    def _also(self, check: Check, before: _Sighting | None, window: Transcript) -> _Sighting:
        """Return what a check saw before and in a window more; what was found first counts."""
        if before is None:
            return self._sighting(check, window)
        if before.attempt.error is not None or before.again:
            return before
        if before.attempt.finding is not None:
            return replace(before, again=self._look(check, window).finding is not None)
        now = self._sighting(check, window)
        return replace(now, attempt=before.attempt.then(now.attempt))

    def _sighting(self, check: Check, window: Transcript) -> _Sighting:
        first, losses = self._look(check, window), 0
        while first.finding and first.finding.exchange.lost and losses < LOSSES:
            if self._shows_again(check, first.finding.exchange):
                return _Sighting(first, again=True)
            losses += 1  # a connection that broke once says nothing of the target
            window = window.without(first.finding.exchange)
            first = self._look(check, window)
        if first.finding is None or first.finding.exchange.lost:
            return _Sighting(first)
        shown = first.finding.exchange
        self._wire.evidence.hold(shown)
        return _Sighting(first, again=self._look(check, window.after(shown.number)).finding is not None)

    def _shows_again(self, check: Check, shown: Exchange) -> bool:
        if shown.lost:
            return all(self._look(check, self._again(shown)).lost for _ in range(LOSSES))
        return any(self._look(check, self._again(shown)).finding for _ in range(REPEATS))

    def _look(self, check: Check, transcript: Transcript) -> Attempt:
        known = self._told_of(check, transcript)
        return known or look(check.function, check.given, Seen(transcript, self._wire.target.account))

    def _told_of(self, check: Check, window: Transcript) -> Attempt | None:
        """Return what the lookout says of a window that has not grown since it was asked about it."""
        if self._lookout is None or window not in self._windows:
            return None
        begins, ends = window.exchanges[0].number, window.exchanges[-1].number
        grown = self._asked.setdefault(begins, ends) != ends
        return None if grown else self._lookout.passed(window, check.name)

    def _again(self, exchange: Exchange) -> Transcript:
        """Send the exchange once more, on a new resource that has company where it addressed one."""
        api = self._api(exchange.origin.check, exchange.origin.attempt + 1)
        creator = self._wire.evidence.creator(exchange)
        request = exchange.request
        if creator is not None:
            made = api.send(creator.origin.operation, creator.request).id
            company = api.collection(creator.origin.operation)
            company.create(company.minimal())
            old = request.path.rpartition("/")[2]
            request = replace(request, target=request.target.replace(old, made or old))
        api.send(exchange.origin.operation, request)
        return Transcript(tuple(api.sent), self._wire.evidence.creators)

    def _at_hand(self) -> Sequence[Transcript]:
        """Return the windows that are not forgotten; the same objects as long as nothing is added."""
        exchanges = tuple(self._wire.evidence.exchanges)
        if sum(map(len, self._windows)) != len(exchanges):
            self._windows = list(windows(exchanges, self._size, self._lasting))
        return self._windows
