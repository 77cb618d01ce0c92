"""What a check can end with, and the verdict that a requirement gets from it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from conformance.http.exchange import Exchange
from spec.catalogue import Level, Requirement

NEVER_SEEN: Final = "never-seen"  # the code word for a condition that did not come about


class Verdict(StrEnum):
    """The verdicts on a requirement."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"
    ERROR = "error"


class Finding(AssertionError):  # noqa: N818 - what is found is no error of ours
    """The target broke a requirement: what was expected, and the exchange that shows it.

    `told` are earlier exchanges that the finding rests on, such as the create whose value was not kept;
    `about` is the member whose value is wrong, where it is one member's.
    """

    def __init__(
        self, expected: str, exchange: Exchange, *told: Exchange, why: str = "", about: str | None = None
    ) -> None:
        super().__init__(expected)
        self.expected = expected
        self.exchange = exchange
        self.told = told
        self.why = why
        self.about = about


class Unobserved(Exception):  # noqa: N818 - no error: something that a check needs did not come about
    """Too little was seen to judge: a code word, what was missing, and the exchange that shows it."""

    def __init__(self, code: str, text: str, exchange: Exchange | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.exchange = exchange

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.text, self.exchange)


@dataclass(frozen=True)
class Outcome:
    """What one check found out about its requirement."""

    requirement: Requirement
    verdict: Verdict
    observations: int
    reason: str | None = None
    findings: tuple[Finding, ...] = ()
    flaky: bool = False
    seconds: float = 0.0
    error: BaseException | None = None


def of_finding(requirement: Requirement, *, confirmed: bool) -> Verdict:
    """Return the verdict for a broken requirement: only a confirmed `must` fails."""
    fails = confirmed and requirement.level is Level.MUST
    return Verdict.FAILED if fails else Verdict.WARNED
