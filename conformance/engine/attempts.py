"""A check, one attempt at it, and the outcome that is made of attempts."""

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

REPEATS: Final = 12  # times a finding is tried again before it counts as flaky
LOSSES: Final = 3  # times in a row that a request has to be lost; requests of which that is looked at


class Kind(Enum):
    """When a check runs: with others at the same time, exploring after them, or over all that was seen."""

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
    generated: bool = False  # whether its cases are made by schemathesis
    lasting: bool = False  # whether it waits for the others in its midst
    draw: Draw | None = None  # which cases are drawn for it, where they may be tried at the same time


@dataclass(frozen=True)
class Attempt:
    """What came of letting a check look or act once."""

    observations: int
    note: str | None = None
    finding: Finding | None = None
    unobserved: Unobserved | None = None
    error: Exception | None = None

    @property
    def lost(self) -> Exchange | None:
        """Return the exchange without an answer that it came to nothing by, or that is what it found."""
        ended = self.finding or self.unobserved
        shown = ended.exchange if ended else None
        return shown if shown is not None and shown.lost else None

    @property
    def passes(self) -> bool:
        """Tell whether something was observed, and nothing is wrong with it."""
        return self.observations > 0 and (self.error, self.finding, self.unobserved) == (None, None, None)

    def then(self, now: "Attempt") -> "Attempt":
        """Return this attempt, which found nothing, and another after it as if they were one."""
        unlike = now.error is not None or now.finding is not None or (now.passes and not self.passes)
        return replace(now if unlike else self, observations=self.observations + now.observations)


def of_losses(attempts: Sequence[Attempt]) -> Attempt:
    """Return what attempts show together that each lost an answer: no finding, unless to the same request."""
    last = attempts[-1]
    if last.finding is None or len({_asked(each.lost) for each in attempts if each.lost}) == 1:
        return last
    elsewhere = Unobserved("lost", "connections break again and again, each time at another request")
    return Attempt(0, unobserved=elsewhere)


def _asked(exchange: Exchange) -> tuple[str, str, str, bytes]:
    """Return what was asked for, whichever attempt it was."""
    request, origin = exchange.request, exchange.origin
    return origin.operation, origin.case, request.method, without_attempt(request.body or b"")


def caught(run: Callable[[], str | None]) -> Attempt:
    """Run a check, whatever it raises; what it observed is for the caller to say."""
    note = None
    try:
        note = run()
    except Finding as finding:
        return Attempt(0, finding=finding)
    except Unobserved as unobserved:
        return Attempt(0, unobserved=unobserved)
    except StoppedError as stopped:
        return Attempt(0, unobserved=stopped_by(stopped))
    except FlakyFailure as changing:
        return _changing(changing)
    except Exception as error:  # noqa: BLE001 - our own mistake must not count against the target
        return Attempt(0, error=error)
    return Attempt(0, note=note and f"observed: {note}")


def _changing(changing: FlakyFailure) -> Attempt:
    """Tell what lies behind a drawn case that ended otherwise when Hypothesis tried it again."""
    for each in changing.exceptions:
        if isinstance(each, StoppedError):
            return Attempt(0, unobserved=stopped_by(each))
    for each in changing.exceptions:
        if isinstance(each, Finding):
            return Attempt(0, finding=each)
    return Attempt(0, error=changing)


def stopped_by(stopped: StoppedError) -> Unobserved:
    """Return why nothing more can be observed."""
    return Unobserved(stopped.code, stopped.text)


def concluded(check: Check, attempt: Attempt) -> Outcome:
    """Return the outcome of an attempt that found nothing."""
    if attempt.error is not None:
        reason = f"suite: {type(attempt.error).__name__}"
        return Outcome(check.requirement, Verdict.ERROR, attempt.observations, reason, error=attempt.error)
    if attempt.unobserved is not None and attempt.unobserved.code == NEVER_SEEN:
        return _nothing_seen(check)
    if attempt.unobserved is not None:
        return undecided(check, attempt.observations, str(attempt.unobserved))
    if attempt.observations == 0:
        return _nothing_seen(check)
    return Outcome(check.requirement, Verdict.PASSED, attempt.observations, attempt.note)


def undecided(check: Check, observations: int, reason: str) -> Outcome:
    """Return the outcome of a check that could not decide."""
    return Outcome(check.requirement, Verdict.INCONCLUSIVE, observations, reason)


def _nothing_seen(check: Check) -> Outcome:
    """A condition that never came about asks nothing of the target; anything else was not decided."""
    if check.requirement.when:
        reason = f"{NEVER_SEEN}: {check.requirement.when}"
        return Outcome(check.requirement, Verdict.NOT_APPLICABLE, 0, reason)
    return undecided(check, 0, f"{NEVER_SEEN}: no exchange of this run shows it")


def broken(check: Check, first: Attempt, shown: Finding) -> Outcome:
    """Return the outcome of a check that found something, and found it again."""
    verdict = of_finding(check.requirement, confirmed=True)
    return Outcome(check.requirement, verdict, first.observations, findings=(shown,))


def flaky(check: Check, first: Attempt) -> Outcome:
    """Return the outcome of a check that found something once, and never again."""
    verdict = of_finding(check.requirement, confirmed=False)
    found = (first.finding,) if first.finding else ()
    reason = f"flaky: not shown again in {REPEATS} repetitions"
    return Outcome(check.requirement, verdict, first.observations, reason, found, flaky=True)
