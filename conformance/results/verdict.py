"""Verdicts, findings, and the outcome of a check."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

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


class Finding(AssertionError):  # noqa: N818 - a finding is not an error of the suite
    """The target violates a requirement: the expectation, and the exchange that shows the violation.

    `related_exchanges` are earlier exchanges that the finding depends on, such as the create whose value
    was not stored. `similar_exchanges` show the same violation with other values. `member` is the member with
    the wrong value, if there is a single one. `problem` is what is wrong with it, on one line, if the check
    knows it. `note` is why these exchanges alone may not show it. `assertion` is what the response violates,
    in a form that a program can decide.
    """

    def __init__(  # noqa: PLR0913 - the parts of a finding
        self,
        expected: str,
        exchange: Exchange,
        *related_exchanges: Exchange,
        why: str = "",
        member: str | None = None,
        problem: str = "",
        note: str = "",
        similar_exchanges: Sequence[Exchange] = (),
        assertion: Assertion | None = None,
    ) -> None:
        super().__init__(expected)
        self.expected = expected
        self.exchange = exchange
        self.related_exchanges = related_exchanges
        self.why = why
        self.member = member
        self.problem = problem
        self.note = note
        self.similar_exchanges = similar_exchanges
        self.assertion = assertion


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
