"""Explores for as long as it may: round after round, several at a time, each with the next seed.

The first round decides everything; those after it only what draws random values, and what judges the answers
to them. A round without anything new leaves nothing on disk.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any, Final, Protocol

from conformance.config.setting_types import ConfigurationError
from conformance.config.settings import Settings
from conformance.config.target import Limits
from conformance.engine.worker_process import Worker, shared
from conformance.processes.message_channel import ready
from conformance.results.output_folder import left_behind, reserve
from conformance.runtime.shutdown import INTERRUPTION
from reports.records.exit_codes import BROKEN, UNUSABLE
from reports.records.fuzz_results import News, Rounds, gone

_LOOK: Final = 0.5  # seconds after which somebody who looks on is told how it goes
_SHORTEST: Final = 2.0  # seconds that a round needs to find anything
_FEWEST: Final = 100  # requests that a round needs to find anything


class Audience(Protocol):
    """Looks on while an exploration goes."""

    def goes(self, rounds: int, requests: int, findings: int, /) -> None:
        """Take note of how far it is."""

    def found(self, news: News, record: Mapping[str, Any], settings: Settings, /) -> None:
        """Take note of what a round found that no round before it did."""


class Exploration:
    """Rounds over one target, and what they found together."""

    def __init__(self, settings: Settings, workers: int, audience: Audience) -> None:
        self._settings = settings
        self._workers = workers
        self._audience = audience
        self._seeds = count(settings.seed or 0)
        self._began = time.monotonic()
        self._rounds = Rounds()
        self._under_way: list[Worker] = []
        self._spent = 0  # requests of the rounds that ended
        self._over = False  # whether no round begins any more, whatever is left of the time
        self._stalled = False  # whether a round found no target any more

    def run(self) -> dict[str, Any]:
        """Explore to the end, and return the record of all rounds."""
        with INTERRUPTION.told(self._end, self._farewell):
            self._begin()
            while self._under_way:
                self._listen()
                self._begin()
        return self._rounds.record(
            seconds=time.monotonic() - self._began, interrupted=INTERRUPTION.wanted, stalled=self._stalled
        )

    def _begin(self) -> None:
        """Begin rounds while there are workers for them, and enough is left of all that they need."""
        first = self._rounds.number == 0
        at_once = 1 if first else self._workers  # some directed checks need all the room that there may be
        while len(self._under_way) < at_once and not self._over and not INTERRUPTION.wanted:
            limits = self._share(at_once)
            if not (first or _suffice(limits)):
                return
            settings = self._next(limits, exploring=not first)
            try:
                reserve(settings.output, force=settings.force)
            except ConfigurationError as error:
                if first:
                    raise
                self._over = True
                self._rounds.note(str(error))
                break
            self._under_way.append(Worker(settings))
        if INTERRUPTION.wanted:
            self._end()  # one that had begun just before could not be told

    def _next(self, limits: Limits, *, exploring: bool) -> Settings:
        seed = next(self._seeds)
        return replace(
            self._settings,
            seed=seed,
            output=self._settings.output / f"round-{seed}",
            prefix=secrets.token_hex(4),
            limits=limits,
            exploring=exploring,
        )

    def _share(self, at_once: int) -> Limits:
        """Return what one more round may cost: its part of what the others have no hold of."""
        limits = self._settings.limits
        seconds = self._began + limits.seconds - time.monotonic()
        share = replace(shared(limits, at_once), seconds=max(0.1, seconds))
        if limits.requests is None:
            return share
        held = sum(each.settings.limits.requests or 0 for each in self._under_way)
        left = limits.requests - self._spent - held
        return replace(share, requests=max(1, left // (at_once - len(self._under_way))))

    def _listen(self) -> None:
        speaking = ready([each.line for each in self._under_way], _LOOK)
        for each in [each for each in self._under_way if each.line in speaking]:
            if not each.listen():
                self._under_way.remove(each)
                self._take(each)
        requests = self._spent + sum(each.requests for each in self._under_way)
        self._audience.goes(self._rounds.number, requests, self._rounds.findings)

    def _take(self, done: Worker) -> None:
        """Take what came of a round into account; its folder stays where somebody has a use for it."""
        record = done.record()
        self._spent += record["requests"]
        if record["exit_code"] == UNUSABLE and self._rounds.number:
            self._over = self._stalled = True
            self._rounds.note(f"{done.name} could not start: {' '.join(record['notes'][:1])}")
            return done.forget()
        news = self._rounds.add(record)
        left = record["leftovers"] and not record["leftovers_allowed"]
        broken = record["exit_code"] == BROKEN and not record["footer"]["complete"]
        stops = left or broken or gone(record) or record["exit_code"] == UNUSABLE
        self._over |= bool(stops or (self._settings.fail_fast and self._fails(record)))
        if news:
            self._audience.found(news, record, done.settings)
        if not (news or left or broken):
            return done.forget()
        self._rounds.keep(done.name, news)
        return None

    def _fails(self, record: Mapping[str, Any]) -> bool:
        """Tell whether something is broken; a waiver that a single round does not need says nothing."""
        verdicts = {each["verdict"] for each in record["requirements"]}
        return "failed" in verdicts or (self._settings.strict and "warned" in verdicts)

    def _end(self) -> None:
        for each in tuple(self._under_way):
            each.end(INTERRUPTION.asked)

    def _farewell(self) -> str:
        left = [line for each in self._under_way for line in left_behind(each.settings.output)]
        return "\n".join(["stopped at once, without clean-up", *left, ""])


def _suffice(limits: Limits) -> bool:
    enough = limits.requests is None or limits.requests >= _FEWEST
    return enough and limits.seconds >= _SHORTEST
