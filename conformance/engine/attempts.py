"""Checks, attempts to run them, and the outcomes derived from attempts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from hypothesis.errors import FlakyFailure

from conformance.http.exchange import Exchange
from conformance.http.resource_names import without_attempt
from conformance.results.verdict import NEVER_SEEN, Finding, Outcome, Unobserved, Verdict, of_finding
from conformance.testkit.hypothesis_profiles import Draw
from conformance.transport.throttling import StoppedError
from spec.catalogue import Requirement

MAX_RETRIES: Final = 12  # retries of a finding before it counts as flaky
MAX_LOSSES: Final = 3  # attempts without a response before the loss counts as a finding


class Kind(Enum):
    """Kind of a check: sends fixed requests, sends generated requests, or only evaluates exchanges."""

    DIRECTED = auto()
    EXPLORING = auto()
    OBSERVING = auto()

    @property
    def sends(self) -> bool:
        """Return whether checks of this kind send requests."""
        return self is not Kind.OBSERVING


@dataclass(frozen=True)
class Check:
    """A test function with its requirement and arguments."""

    name: str
    kind: Kind
    requirement: Requirement
    function: Callable[..., str | None]  # the return value is added to the verdict as a note
    arguments: Mapping[str, Any]
    uses_packed_bodies: bool = False
    uses_schemathesis: bool = False
    waits_for_others: bool = False  # whether it waits for concurrent checks while it runs
    examples: Draw | None = None  # set if its generated cases may run concurrently


@dataclass(frozen=True)
class Attempt:
    """Result of running a check once."""

    observations: int
    note: str | None = None
    finding: Finding | None = None
    unobserved: Unobserved | None = None
    error: Exception | None = None

    @property
    def lost_exchange(self) -> Exchange | None:
        """Return the exchange without a response that ended the attempt, if there is one."""
        cause = self.finding or self.unobserved
        exchange = cause.exchange if cause else None
        return exchange if exchange is not None and exchange.lost else None

    @property
    def passes(self) -> bool:
        """Return whether the attempt made observations and found no problem."""
        return self.observations > 0 and (self.error, self.finding, self.unobserved) == (None, None, None)

    def merge(self, later: "Attempt") -> "Attempt":
        """Return this attempt, which has no finding, and a later one as a single attempt."""
        decisive = later.error is not None or later.finding is not None or (later.passes and not self.passes)
        return replace(later if decisive else self, observations=self.observations + later.observations)


def merge_lost(attempts: Sequence[Attempt]) -> Attempt:
    """Merge attempts that each lost a response: a finding only if it was always for the same request."""
    last = attempts[-1]
    lost_exchanges = [attempt.lost_exchange for attempt in attempts]
    if last.finding is None or len({_request_identity(lost) for lost in lost_exchanges if lost}) == 1:
        return last
    varying = Unobserved("lost", "connection lost repeatedly, each time on a different request")
    return Attempt(0, unobserved=varying)


def _request_identity(exchange: Exchange) -> tuple[str, str, str, bytes]:
    """Return the properties of a request that do not depend on the number of the attempt."""
    request, origin = exchange.request, exchange.origin
    return origin.operation, origin.case, request.method, without_attempt(request.body or b"")


def run_check(call: Callable[[], str | None]) -> Attempt:
    """Call a check and convert any exception; the caller sets the number of observations."""
    note = None
    try:
        note = call()
    except Finding as finding:
        return Attempt(0, finding=finding)
    except Unobserved as unobserved:
        return Attempt(0, unobserved=unobserved)
    except StoppedError as stopped:
        return Attempt(0, unobserved=stopped_by(stopped))
    except FlakyFailure as flaky_failure:
        return _attempt_of_flaky_failure(flaky_failure)
    except Exception as error:  # noqa: BLE001 - an internal error must not count against the target
        return Attempt(0, error=error)
    return Attempt(0, note=note and f"observed: {note}")


def _attempt_of_flaky_failure(failure: FlakyFailure) -> Attempt:
    """Return the attempt for a generated case that ended differently when Hypothesis repeated it."""
    for error in failure.exceptions:
        if isinstance(error, StoppedError):
            return Attempt(0, unobserved=stopped_by(error))
    for error in failure.exceptions:
        if isinstance(error, Finding):
            return Attempt(0, finding=error)
    return Attempt(0, error=failure)


def stopped_by(stopped: StoppedError) -> Unobserved:
    """Return the reason for which a stopped run cannot decide a check."""
    return Unobserved(stopped.code, stopped.text)


def outcome_without_finding(check: Check, attempt: Attempt) -> Outcome:
    """Return the outcome of an attempt without a finding."""
    if attempt.error is not None:
        reason = f"suite: {type(attempt.error).__name__}"
        return Outcome(check.requirement, Verdict.ERROR, attempt.observations, reason, error=attempt.error)
    if attempt.unobserved is not None and attempt.unobserved.code == NEVER_SEEN:
        return _outcome_without_observation(check)
    if attempt.unobserved is not None:
        return inconclusive_outcome(check, attempt.observations, str(attempt.unobserved))
    if attempt.observations == 0:
        return _outcome_without_observation(check)
    return Outcome(check.requirement, Verdict.PASSED, attempt.observations, attempt.note)


def inconclusive_outcome(check: Check, observations: int, reason: str) -> Outcome:
    """Return the outcome of a check that could not decide."""
    return Outcome(check.requirement, Verdict.INCONCLUSIVE, observations, reason)


def _outcome_without_observation(check: Check) -> Outcome:
    """Return not-applicable if the requirement has a precondition, inconclusive otherwise."""
    if check.requirement.when:
        reason = f"{NEVER_SEEN}: {check.requirement.when}"
        return Outcome(check.requirement, Verdict.NOT_APPLICABLE, 0, reason)
    return inconclusive_outcome(check, 0, f"{NEVER_SEEN}: not exercised by any exchange of this run")


def confirmed_outcome(check: Check, first: Attempt, finding: Finding) -> Outcome:
    """Return the outcome of a check whose finding was reproduced."""
    verdict = of_finding(check.requirement, confirmed=True)
    return Outcome(check.requirement, verdict, first.observations, findings=(finding,))


def flaky_outcome(check: Check, first: Attempt) -> Outcome:
    """Return the outcome of a check whose finding was not reproduced."""
    verdict = of_finding(check.requirement, confirmed=False)
    findings = (first.finding,) if first.finding else ()
    reason = f"flaky: not reproduced in {MAX_RETRIES} retries"
    return Outcome(check.requirement, verdict, first.observations, reason, findings, flaky=True)
