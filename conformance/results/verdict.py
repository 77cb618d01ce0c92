"""Verdicts, findings, and the outcome of a check."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from conformance.http.exchange import Exchange
from conformance.results.assertion import Assertion
from conformance.results.body_text import Sample
from spec.catalogue import Level, Requirement

NOT_PRODUCED: Final = "not-produced"  # reason code of a documented response that the target never sends
NOT_OBSERVED: Final = "not-observed"  # reason code of a condition that did not occur
NO_ACTIVE_SESSION: Final = "no-active-session"  # reason code of a target without a conference with a session


class Verdict(StrEnum):
    """The verdicts on a requirement."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"
    ERROR = "error"


@dataclass(frozen=True)
class Explanation:
    """Texts that explain a finding; each may be empty."""

    problem: str = ""  # what is wrong with the member, on one line
    why: str = ""  # why the expectation follows from the documentation
    note: str = ""  # why the exchanges of the finding alone may not show the violation


NO_EXPLANATION: Final = Explanation()


class Finding(AssertionError):  # noqa: N818 - a finding is not an error of the suite
    """The target violates a requirement: the expectation, and the exchange that shows the violation.

    `related_exchanges` are earlier exchanges that the finding depends on, such as the create whose value
    was not stored. `similar_exchanges` show the same violation with other values. `member` is the member with
    the wrong value, if there is a single one. `assertion` is what the response violates, in a form that a
    program can decide.
    """

    def __init__(
        self,
        expected: str,
        exchange: Exchange,
        *related_exchanges: Exchange,
        member: str | None = None,
        explanation: Explanation = NO_EXPLANATION,
        assertion: Assertion | None = None,
    ) -> None:
        super().__init__(expected)
        self.expected = expected
        self.exchange = exchange
        self.related_exchanges = related_exchanges
        self.similar_exchanges: tuple[Exchange, ...] = ()
        self.member = member
        self.explanation = explanation
        self.assertion = assertion

    @classmethod
    def of_similar(
        cls, expected: str, exchanges: Sequence[Exchange], assertion: Assertion | None = None
    ) -> Self:
        """Return the finding of a violation that all of the exchanges show; the first one is reported."""
        finding = cls(expected, exchanges[0], assertion=assertion)
        finding.similar_exchanges = tuple(exchanges[1:])
        return finding


class Inconclusive(Exception):  # noqa: N818 - not an error: a precondition of the check did not occur
    """The check could not decide: the reason code, a message, and the exchange that shows the reason."""

    def __init__(self, code: str, text: str, exchange: Exchange | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.exchange = exchange

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.text, self.exchange)


class LiveLimitReached(Inconclusive):
    """No more resources may exist at the same time, and the target deletes none."""


@dataclass(frozen=True)
class Outcome:
    """Result of the check of one requirement."""

    requirement: Requirement
    verdict: Verdict
    observations: int
    reason: str | None = None
    findings: tuple[Finding, ...] = ()
    flaky: bool = False
    seconds: float = 0.0
    error: BaseException | None = None
    sample: Sample | None = None  # of the exchanges that a passed requirement is based on


def violation_verdict(requirement: Requirement, *, confirmed: bool) -> Verdict:
    """Return the verdict on a violated requirement: only a confirmed violation of a `must` fails."""
    fails = confirmed and requirement.level is Level.MUST
    return Verdict.FAILED if fails else Verdict.WARNED
