"""Repeated runs of the checks, collected once, against servers without a network."""

import tempfile
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
import hypothesis

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine import ordering
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.runner import collect_checks
from conformance.engine.session.run_session import RunSession
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.results.verdict import Outcome
from conformance.testkit import hypothesis_profiles
from spec.catalogue import Level
from spec.models import SHARED_PROFILE

_LIMITS: Final = Limits(concurrency=8)
_BROAD_TRAFFIC: Final = ordering.BASELINE | ordering.COMBINATORIAL


@dataclass(frozen=True)
class RunResult:
    """Outcomes of the checks against one server, by requirement id, and the number of requests."""

    outcomes: Mapping[str, Outcome]
    requests: int


class CheckRunner:
    """All checks at an effort; `random_effort` sets the number of random cases."""

    def __init__(self, effort: Effort, random_effort: Effort) -> None:
        self._effort = effort
        self._random_effort = random_effort
        with hypothesis_profiles.preserved_profile():
            self.checks = collect_checks(
                replace(self.settings(InProcessTransport(), Path()), effort=random_effort)
            ).checks

    def settings(self, transport: httpx.BaseTransport, folder: Path) -> Settings:
        """Return the settings of a run over a transport."""
        return Settings(
            target=Target(
                ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION, allow_logged_credentials=True
            ),
            limits=_LIMITS,
            connection=Connection(transport=transport),
            effort=self._effort,
            allow_leftovers=True,
            output=folder,
        )

    def run(self, transport: httpx.BaseTransport, checks: Sequence[Check]) -> RunResult:
        """Run checks over a transport."""
        with hypothesis_profiles.preserved_profile(), tempfile.TemporaryDirectory() as folder:
            hypothesis_profiles.load(hypothesis_profiles.ExampleSettings(self._random_effort.examples))
            session = RunSession(self.settings(transport, Path(folder)))
            with session.open(checks):
                outcomes = [session.decide(check)[0] for check in checks]
        by_id = {outcome.requirement.id: outcome for outcome in outcomes}
        return RunResult(by_id, session.record["requests"])

    def overview(self) -> Sequence[Check]:
        """Return the checks without random cases and optional behavior."""
        return [
            check
            for check in self.checks
            if check.kind is not CheckKind.PROPERTY_BASED and check.requirement.level is not Level.MAY
        ]

    def check_sets(self, requirement_ids: frozenset[str]) -> Iterator[Sequence[Check]]:
        """Yield sets of checks that decide the requirements, from the smallest to the largest traffic."""
        deciding = [check for check in self.checks if check.requirement.id in requirement_ids]
        profiles = {check.requirement.profile for check in deciding}
        if all(check.kind is not CheckKind.PASSIVE for check in deciding):
            yield deciding
        else:
            yield self._with_traffic(deciding, _is_baseline)
            if SHARED_PROFILE in profiles:
                yield self._with_traffic(deciding, _is_broad)
            else:
                yield self._with_traffic(deciding, lambda check: _is_broad(check) and _is_of(check, profiles))
        if SHARED_PROFILE not in profiles:
            yield self._with_traffic(deciding, lambda check: _is_fixed(check) and _is_of(check, profiles))
        yield self._with_traffic(deciding, _is_fixed)

    def seeded(self, seed: int) -> Sequence[Check]:
        """Return the checks with the random cases of a seed."""
        return [
            replace(
                check,
                function=hypothesis.seed(seed)(check.function),
                examples=check.examples and replace(check.examples, seed=seed),
            )
            if hypothesis_profiles.is_property_based(check.function)
            else check
            for check in self.checks
        ]

    def _with_traffic(self, deciding: Sequence[Check], is_sender: Callable[[Check], bool]) -> Sequence[Check]:
        """Return checks together with others that send requests, in the order in which they run."""
        return [
            check for check in self.checks if check in deciding or (check.kind.sends and is_sender(check))
        ]


def _is_baseline(check: Check) -> bool:
    return check.requirement.id in ordering.BASELINE


def _is_broad(check: Check) -> bool:
    """Return whether a check sends many different valid values."""
    return check.requirement.id in _BROAD_TRAFFIC or check.uses_packed_bodies


def _is_fixed(check: Check) -> bool:
    """Return whether a check sends the same requests in every run."""
    return check.kind is not CheckKind.PROPERTY_BASED


def _is_of(check: Check, profiles: Container[str]) -> bool:
    return check.requirement.profile in profiles
