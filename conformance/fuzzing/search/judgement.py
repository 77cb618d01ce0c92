"""Judgement of cases: the passive checks of a run, and what is expected of each step."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from conformance.engine.attempts import Attempt, Check, CheckKind
from conformance.engine.passive.worker import run_passive_check
from conformance.fuzzing.inputs import expectations
from conformance.fuzzing.inputs.cases import Action
from conformance.fuzzing.inputs.value_classes import value_class
from conformance.fuzzing.search.execution import CaseRun, StepResult
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange
from conformance.results.grouping.symptom import reported_members
from conformance.results.verdict import Finding, Inconclusive
from conformance.runtime import cpu_time
from conformance.testkit import expect
from conformance.testkit.exchange_log import ExchangeLog
from conformance.testkit.traffic import Traffic
from spec.catalogue import Level, Requirement

_MAX_FINDINGS: Final = 12  # of one check in one batch
_UNSUPPORTED: Final = frozenset({405, 501})
_FOR_ANY_BODY: Final = (
    *("-SAME-AS-CREATE", "-STATUS", "-RESPONSE-JSON", "-RESPONSE-SCHEMA", "-DISTINCT-IDS", "-ID-MATCH"),
)
_GENERAL: Final = ("API-", "-CONFORMING", "-SAME-AS-CREATE", "-ROUTE", "-RESPONSE-SCHEMA")


@dataclass(frozen=True)
class Violation:
    """A requirement that a run of a case violates."""

    run: CaseRun
    requirement: Requirement
    finding: Finding

    @property
    def key(self) -> tuple[str, int | None]:
        """Return what identifies the violation while its case is shrunk."""
        return self.requirement.id, self.finding.exchange.status

    @property
    def kind(self) -> tuple[str, ...]:
        """Return what similar violations have in common: response, and class of the value of the member."""
        exchange, constraint = self.finding.exchange, self.requirement.constraint
        create = next((one for one in self.run.exchanges if one.is_create), exchange)
        body = create.request.json if isinstance(create.request.json, dict) else {}
        name = constraint.member if constraint else self.finding.member or ""
        kind = value_class(body[name]) if name in body else ""
        return self.requirement.id, str(exchange.status), *sorted(reported_members(exchange)), kind

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """Return how specific the requirement is: failures first, general requirements last."""
        identifier = self.requirement.id
        is_general = any(identifier.startswith(text) or identifier.endswith(text) for text in _GENERAL)
        return self.requirement.level is not Level.MUST, is_general, identifier


class Judge:
    """Judges runs of cases by the checks of a run; `may` requirements, which never fail, are left out."""

    def __init__(self, checks: Sequence[Check], account: Account) -> None:
        self._account = account
        scored = [check for check in checks if check.requirement.level is not Level.MAY and check.is_scored]
        self._requirements = {check.requirement.id: check.requirement for check in scored}
        self._passive = {check.requirement.id: check for check in scored if check.kind is CheckKind.PASSIVE}
        self.observations: dict[str, int] = {}

    @cpu_time.CHECKING
    def violations(self, runs: Sequence[CaseRun]) -> list[Violation]:
        """Return the violations of several runs, one for each run and requirement."""
        found = [*self._passive_violations(runs, self._passive.values()), *self._step_violations(runs)]
        return sorted(found, key=lambda violation: violation.rank)

    @cpu_time.CHECKING
    def violations_of(self, run: CaseRun, requirement_id: str) -> list[Violation]:
        """Return the violations of one requirement by a single run."""
        check = self._passive.get(requirement_id)
        if check is not None:
            return list(self._passive_violations([run], [check], counts=False))
        found = self._step_violations([run], counts=False)
        return [violation for violation in found if violation.requirement.id == requirement_id]

    def requirement(self, identifier: str) -> Requirement:
        """Return a requirement of the checks."""
        return self._requirements[identifier]

    def _passive_violations(
        self, runs: Sequence[CaseRun], checks: Sequence[Check] | Any, *, counts: bool = True
    ) -> Iterator[Violation]:
        by_number = {exchange.number: run for run in runs for exchange in run.exchanges}
        certain = [run for run in runs if not _is_doubtful(run)]
        logs = {True: _log(runs), False: _log(certain)}
        for check in checks:
            is_for_any = _is_for_any_body(check.requirement)
            log, excluded = logs[is_for_any], set[int]()
            for _ in range(_MAX_FINDINGS):
                attempt = self._attempt(check, log)
                if counts and not excluded:
                    self._count(check.requirement.id, attempt.observations)
                finding = attempt.finding
                run = by_number.get(finding.exchange.number) if finding else None
                if finding is None or run is None:
                    break
                yield Violation(run, check.requirement, finding)
                excluded.add(id(run))
                judged = runs if is_for_any else certain
                log = _log([one for one in judged if id(one) not in excluded])

    def _attempt(self, check: Check, log: ExchangeLog) -> Attempt:
        return run_passive_check(check.function, check.arguments, Traffic(log, self._account))

    def _step_violations(self, runs: Sequence[CaseRun], *, counts: bool = True) -> Iterator[Violation]:
        for run in runs:
            for result in run.results:
                for exchange in result.exchanges:
                    for identifier, expectation in _expectations(run, result, exchange):
                        requirement = self._requirements.get(identifier)
                        if requirement is None or exchange.has_no_response:
                            continue
                        if counts:
                            self._count(identifier, 1)
                        with suppress(Inconclusive):
                            try:
                                expectation()
                            except Finding as finding:
                                yield Violation(run, requirement, finding)

    def _count(self, identifier: str, observations: int) -> None:
        if observations:
            self.observations[identifier] = self.observations.get(identifier, 0) + observations


def _is_for_any_body(requirement: Requirement) -> bool:
    """Return whether a requirement holds for requests whose acceptance is not specified as well."""
    if requirement.id.startswith("API-ERR-"):
        return not any(word in requirement.id for word in ("ATTRIBUTE", "SEVERAL"))
    return requirement.member is not None or requirement.id.endswith(_FOR_ANY_BODY)


def _is_doubtful(run: CaseRun) -> bool:
    """Return whether a correct server may accept, change or reject a value of a run.

    The error of an invalid body with a name in use may name either member.
    """
    creates = [
        (result.step, create) for result in run.results if result.step.creates for create in result.exchanges
    ]
    return any(
        not isinstance(create.request.json, dict)
        or (step.name_of is not None and not create.request_validity.is_valid)
        or expectations.is_doubtful(run.case.operation, create.request.json)
        for step, create in creates
    )


Expectation = tuple[str, Callable[[], None]]


def _expectations(run: CaseRun, result: StepResult, exchange: Exchange) -> Iterator[Expectation]:
    """Yield the requirements that decide the status of an exchange, each with its assertion."""
    prefix = run.case.operation.removesuffix("-CREATE")
    if result.step.creates:
        yield from _create_expectations(run, result, exchange)
    elif result.step.action is Action.GET and result.earlier is not None:
        if not result.is_live:
            yield f"{prefix}-GET-AFTER-DELETE", lambda: expect.not_found(exchange)
        elif exchange.status not in _UNSUPPORTED and not exchange.succeeded:
            yield f"{prefix}-CREATE-PERSISTED", lambda: _retrieved(exchange, result.earlier)


def _retrieved(exchange: Exchange, created: Exchange | None) -> None:
    if not exchange.succeeded:
        raise Finding("the resource that was created and not deleted", exchange, *filter(None, [created]))


def _create_expectations(run: CaseRun, result: StepResult, exchange: Exchange) -> Iterator[Expectation]:
    operation_id, body = run.case.operation, exchange.request.json
    if not isinstance(body, dict):
        return
    if result.step.name_of is not None:
        if (
            result.is_live
            and result.earlier is not None
            and expectations.must_be_accepted(operation_id, body)
        ):
            earlier = result.earlier
            yield (
                f"{operation_id}-NAME-UNIQUE",
                lambda: expect.rejected_as_duplicate_name(exchange, earlier),
            )
        return
    if expectations.must_be_accepted(operation_id, body):
        yield f"{operation_id}-CONFORMING", lambda: expect.accepted(exchange)
        return
    rules = expectations.rejection_rules(operation_id, body)
    if rules and exchange.request_validity.well_formed:
        yield _rejecting_requirement(operation_id, rules), lambda: expect.rejected_as_invalid(exchange)
    elif _is_wrong_order(operation_id, body):
        yield f"{operation_id}-JOIN-ORDER", lambda: expect.rejected_as_invalid(exchange)


def _rejecting_requirement(operation_id: str, rules: Mapping[str, str]) -> str:
    if len(rules) > 1:
        return f"{operation_id}-SEVERAL-WRONG"
    [(member, rule)] = rules.items()
    return f"{operation_id}-{member.upper().replace('_', '-')}-{rule}"


def _is_wrong_order(operation_id: str, body: Mapping[str, Any]) -> bool:
    """Return whether join_until is before join_from by at least a second, and nothing else is wrong."""
    names = ("join_from", "join_until")
    first, second = (expectations.instant(body.get(name)) for name in names)
    if first is None or second is None or (first - second).total_seconds() < 1:
        return False
    remaining = {name: value for name, value in body.items() if name not in names}
    return all(expectations.must_be_accepted(operation_id, {**remaining, name: body[name]}) for name in names)


def _log(runs: Sequence[CaseRun]) -> ExchangeLog:
    exchanges = sorted((it for run in runs for it in run.exchanges), key=lambda exchange: exchange.number)
    creators = {it.created_path: it for it in exchanges if it.created_path is not None}
    return ExchangeLog(exchanges, creators)
