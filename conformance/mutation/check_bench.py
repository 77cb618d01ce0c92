"""The checks, collected once and run over one server after the other, without a network."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
import hypothesis

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine import ordering
from conformance.engine.attempts import Check, Kind
from conformance.engine.runner import collected
from conformance.engine.session import Trial
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import LIVE, ORIGIN, PROJECT, TOKEN, InProcess
from conformance.results.verdict import Outcome
from conformance.testkit import hypothesis_profiles

_LIMITS: Final = Limits(concurrency=8)
_A_LITTLE: Final = ordering.FIRST | ordering.TOGETHER


@dataclass(frozen=True)
class Judgement:
    """What some checks say of one server, and after how many requests."""

    outcomes: Mapping[str, Outcome]
    requests: int


class Bench:
    """All checks of an effort; `drawing` is the effort that says how many random cases there are."""

    def __init__(self, effort: Effort, drawing: Effort) -> None:
        self._effort = effort
        self._drawing = drawing
        with hypothesis_profiles.kept():
            self.checks = collected(replace(self.settings(InProcess(), Path()), effort=drawing)).checks

    def settings(self, transport: httpx.BaseTransport, folder: Path) -> Settings:
        """Return the settings of a run over a transport."""
        return Settings(
            target=Target(
                ORIGIN, Account(PROJECT, TOKEN), active_session=LIVE, allow_logged_credentials=True
            ),
            limits=_LIMITS,
            connection=Connection(transport=transport),
            effort=self._effort,
            allow_leftovers=True,
            output=folder,
        )

    def judged(self, transport: httpx.BaseTransport, wanted: Sequence[Check]) -> Judgement:
        """Run checks over a transport."""
        with hypothesis_profiles.kept(), tempfile.TemporaryDirectory() as folder:
            hypothesis_profiles.load(hypothesis_profiles.Draw(self._drawing.examples))
            trial = Trial(self.settings(transport, Path(folder)))
            with trial.running(wanted):
                outcomes = [trial.decide(check)[0] for check in wanted]
        return Judgement({each.requirement.id: each for each in outcomes}, trial.record["requests"])

    def traffics(self, named: frozenset[str]) -> Iterator[Sequence[Check]]:
        """Yield what to run until the named requirements are decided: the least first, then ever more."""
        wanted = [check for check in self.checks if check.requirement.id in named]
        if all(check.kind is not Kind.OBSERVING for check in wanted):
            yield wanted
        else:
            yield self._with(wanted, lambda check: check.requirement.id in ordering.FIRST)
            yield self._with(wanted, lambda check: check.requirement.id in _A_LITTLE or check.packed)
        yield self._with(wanted, lambda check: check.kind is not Kind.EXPLORING)

    def seeded(self, seed: int) -> Sequence[Check]:
        """Return the checks with the random cases of a seed."""
        return [
            replace(
                check,
                function=hypothesis.seed(seed)(check.function),
                draw=check.draw and replace(check.draw, seed=seed),
            )
            if hypothesis_profiles.draws(check.function)
            else check
            for check in self.checks
        ]

    def _with(self, wanted: Sequence[Check], company: Callable[[Check], bool]) -> Sequence[Check]:
        """Return checks with others whose traffic they judge, in the order in which they run."""
        return [check for check in self.checks if check in wanted or (check.kind.sends and company(check))]
