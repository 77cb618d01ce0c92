"""Limit on failed requirements."""

from dataclasses import replace

import pytest

from conformance.engine.failure_limit import FailureLimit
from conformance.results.verdict import Outcome, Verdict
from tests.support.check_executors import MUST


def outcome(verdict: Verdict = Verdict.FAILED, identifier: str = "VC-GET-ONE") -> Outcome:
    return Outcome(replace(MUST, id=identifier), verdict, 1)


def test_the_limit_is_reached_by_different_requirements() -> None:
    limit = FailureLimit(2)
    assert limit.exists
    assert [limit.is_reached_by(outcome(identifier=name)) for name in ("A", "A", "B", "C")] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.FAILED])
def test_other_verdicts_do_not_count(verdict: Verdict) -> None:
    assert not FailureLimit(1).is_reached_by(outcome(verdict))


def test_excused_failures_do_not_count() -> None:
    limit = FailureLimit(1, lambda failure: failure.requirement.id == "A")
    assert not limit.is_reached_by(outcome(identifier="A"))
    assert limit.is_reached_by(outcome(identifier="B"))


def test_without_a_limit_nothing_reaches_it() -> None:
    limit = FailureLimit(None)
    assert not limit.exists
    assert not limit.is_reached_by(outcome())
