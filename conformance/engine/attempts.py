"""Checks, attempts to run them, and the outcomes derived from attempts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from hypothesis.errors import FlakyFailure

from conformance.http.exchange import Exchange
from conformance.http.resource_names import without_attempt_number
from conformance.results.body_text import sample
from conformance.results.verdict import (
    NO_ACTIVE_SESSION,
    NOT_OBSERVED,
    NOT_PRODUCED,
    Finding,
    Inconclusive,
    Outcome,
    Verdict,
    violation_verdict,
)
from conformance.testkit.hypothesis_profiles import ExampleSettings
from conformance.transport.throttling import RunStoppedError
from spec.catalogue import Requirement

MAX_RETRIES: Final = 12  # retries of a finding before it counts as flaky
MAX_LOSSES: Final = 3  # consecutive attempts with the same disturbed request, after which it is a finding
MAX_DISTURBED: Final = 6  # disturbed attempts, after which the check is inconclusive


class CheckKind(Enum):
    """Kind of a check: sends fixed requests, sends generated requests, or only evaluates exchanges."""

    ACTIVE = auto()
    PROPERTY_BASED = auto()
    PASSIVE = auto()

    @property
    def sends(self) -> bool:
        """Return whether checks of this kind send requests."""
        return self is not CheckKind.PASSIVE


@dataclass(frozen=True)
class Check:
    """A test function with its requirement and arguments."""

    name: str
    kind: CheckKind
    requirement: Requirement
    function: Callable[..., str | None]  # the return value is added to the verdict as a note
    arguments: Mapping[str, Any]
    uses_packed_bodies: bool = False
    uses_invalid_rows: bool = False
    uses_schemathesis: bool = False
    waits_for_others: bool = False  # whether it waits for concurrent checks while it runs
    is_scored: bool = True  # false: it runs for its requests only, without a verdict
    examples: ExampleSettings | None = None  # set if its generated cases may run concurrently


@dataclass(frozen=True)
class Attempt:
    """Result of running a check once."""

    observations: int
    note: str | None = None
    finding: Finding | None = None
    unobserved: Inconclusive | None = None
    error: Exception | None = None
    disturbed_exchange: Exchange | None = None  # the first that may show a disturbance on the way
    sample: Exchange | None = None  # one of the observations
    sample_number: int = 0  # its number, if the exchange itself is in another process; 0 for none

    @property
    def unreliable_exchange(self) -> Exchange | None:
        """Return the exchange because of which the result says nothing about the target, if there is one.

        That is the exchange which ended the attempt, or an earlier one without which the result may differ.
        """
        cause = self.finding or self.unobserved
        if cause is None:
            return None
        exchange = cause.exchange
        if exchange is not None and exchange.may_be_transient:
            return exchange
        return self.disturbed_exchange

    @property
    def lost_exchange(self) -> Exchange | None:
        """Return the unreliable exchange that ended the attempt, if there is one."""
        cause = self.finding or self.unobserved
        exchange = cause.exchange if cause else None
        return exchange if exchange is not None and exchange.is_unreliable else None

    @property
    def passes(self) -> bool:
        """Return whether the attempt made observations and found no problem."""
        return self.observations > 0 and (self.error, self.finding, self.unobserved) == (None, None, None)

    @property
    def explanation_rank(self) -> int:
        """Return how well the attempt explains why it observed nothing.

        Exchanges without a session explain the least: there may be a session in others.
        """
        if self.unobserved is None:
            return 1
        return 0 if self.unobserved.code == NO_ACTIVE_SESSION else 2

    def merge(self, later: "Attempt") -> "Attempt":
        """Return this attempt, which has no finding, and one of later exchanges as a single attempt."""
        explains = later.passes or later.explanation_rank > self.explanation_rank
        decisive = later.error is not None or later.finding is not None or (explains and not self.passes)
        return replace(
            later if decisive else self,
            observations=self.observations + later.observations,
            sample=self.sample or later.sample,
        )


def confirms_disturbance(attempts: Sequence[Attempt]) -> bool:
    """Return whether the last attempts were disturbed at the same request, as often as a finding requires."""
    exchanges = [attempt.unreliable_exchange for attempt in attempts[-MAX_LOSSES:]]
    identities = {request_identity(exchange) for exchange in exchanges if exchange is not None}
    return len(exchanges) == MAX_LOSSES and len(identities) == 1


def inconclusive_attempt(attempts: Sequence[Attempt]) -> Attempt:
    """Return the result of attempts that were disturbed at different requests."""
    last = attempts[-1]
    if last.finding is None:
        return last
    text = "the connection was lost, or the response damaged, repeatedly, each time for a different request"
    return Attempt(0, unobserved=Inconclusive("lost", text))


def request_identity(exchange: Exchange) -> tuple[str, str, str, bytes]:
    """Return the properties of a request that do not depend on the number of the attempt.

    The case distinguishes requests without a body. Simultaneous requests with equal bodies are the same.
    """
    request, origin = exchange.request, exchange.origin
    case = "" if request.body else origin.case
    return origin.operation, case, request.method, without_attempt_number(request.body)


def run_check(call: Callable[[], str | None]) -> Attempt:
    """Call a check and convert any exception; the caller sets the number of observations."""
    note = None
    try:
        note = call()
    except Finding as finding:
        return Attempt(0, finding=finding)
    except Inconclusive as unobserved:
        return Attempt(0, unobserved=unobserved)
    except RunStoppedError as stopped:
        return Attempt(0, unobserved=stopped_by(stopped))
    except FlakyFailure as flaky_failure:
        return _attempt_of_flaky_failure(flaky_failure)
    except Exception as error:  # noqa: BLE001 - an internal error must not count against the target
        return Attempt(0, error=error)
    return Attempt(0, note=note and f"observed: {note}")


def _attempt_of_flaky_failure(failure: FlakyFailure) -> Attempt:
    """Return the attempt for a generated case that ended differently when Hypothesis repeated it."""
    for error in failure.exceptions:
        if isinstance(error, RunStoppedError):
            return Attempt(0, unobserved=stopped_by(error))
    for error in failure.exceptions:
        if isinstance(error, Finding):
            return Attempt(0, finding=error)
    return Attempt(0, error=failure)


def stopped_by(stopped: RunStoppedError) -> Inconclusive:
    """Return the reason for which a stopped run cannot decide a check."""
    return Inconclusive(stopped.code, stopped.text)


def outcome_without_finding(check: Check, attempt: Attempt) -> Outcome:
    """Return the outcome of an attempt without a finding."""
    if attempt.error is not None:
        reason = f"suite: {type(attempt.error).__name__}"
        return Outcome(check.requirement, Verdict.ERROR, attempt.observations, reason, error=attempt.error)
    if attempt.unobserved is not None and attempt.unobserved.code == NOT_OBSERVED:
        return _outcome_without_observation(check)
    if attempt.unobserved is not None and attempt.unobserved.code == NOT_PRODUCED:
        return Outcome(check.requirement, Verdict.NOT_APPLICABLE, 0, str(attempt.unobserved))
    if attempt.unobserved is not None:
        return inconclusive_outcome(check, attempt.observations, str(attempt.unobserved))
    if attempt.observations == 0:
        return _outcome_without_observation(check)
    text = sample(attempt.sample, check.requirement.members) if attempt.sample else None
    return Outcome(check.requirement, Verdict.PASSED, attempt.observations, attempt.note, sample=text)


def inconclusive_outcome(check: Check, observations: int, reason: str) -> Outcome:
    """Return the outcome of a check that could not decide."""
    return Outcome(check.requirement, Verdict.INCONCLUSIVE, observations, reason)


def _outcome_without_observation(check: Check) -> Outcome:
    """Return not-applicable if the requirement has a precondition, inconclusive otherwise."""
    if check.requirement.precondition:
        reason = f"{NOT_OBSERVED}: {check.requirement.precondition}"
        return Outcome(check.requirement, Verdict.NOT_APPLICABLE, 0, reason)
    return inconclusive_outcome(check, 0, f"{NOT_OBSERVED}: not exercised by any exchange of this run")


def confirmed_outcome(check: Check, first: Attempt, finding: Finding) -> Outcome:
    """Return the outcome of a check whose finding was reproduced."""
    verdict = violation_verdict(check.requirement, confirmed=True)
    return Outcome(check.requirement, verdict, first.observations, findings=(finding,))


def flaky_outcome(check: Check, first: Attempt) -> Outcome:
    """Return the outcome of a check whose finding was not reproduced."""
    verdict = violation_verdict(check.requirement, confirmed=False)
    findings = (first.finding,) if first.finding else ()
    reason = f"flaky: not reproduced in {MAX_RETRIES} retries"
    return Outcome(check.requirement, verdict, first.observations, reason, findings, flaky=True)
