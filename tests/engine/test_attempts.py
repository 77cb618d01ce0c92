"""The result of a check for the exchanges of several windows."""

import pytest

from conformance.engine.attempts import Attempt
from conformance.results.verdict import NO_ACTIVE_SESSION, NOT_OBSERVED, NOT_PRODUCED, Inconclusive

PASSED = Attempt(3)
NOTHING_OBSERVED = Attempt(0)
REASONS = [NO_ACTIVE_SESSION, NOT_OBSERVED, NOT_PRODUCED, "lost"]


def unobserved(code: str) -> Attempt:
    return Attempt(0, unobserved=Inconclusive(code, "a reason"))


@pytest.mark.parametrize("other", [NOTHING_OBSERVED, *map(unobserved, REASONS)])
def test_an_observation_in_any_window_decides(other: Attempt) -> None:
    assert PASSED.merge(other).passes
    assert other.merge(PASSED).passes


@pytest.mark.parametrize("code", [NOT_OBSERVED, NOT_PRODUCED, "lost"])
def test_a_window_that_gives_a_reason_explains_more_than_one_without_observations(code: str) -> None:
    for merged in (NOTHING_OBSERVED.merge(unobserved(code)), unobserved(code).merge(NOTHING_OBSERVED)):
        assert merged.unobserved is not None
        assert merged.unobserved.code == code


def test_a_window_with_a_session_explains_more_than_one_without() -> None:
    for merged in (
        NOTHING_OBSERVED.merge(unobserved(NO_ACTIVE_SESSION)),
        unobserved(NO_ACTIVE_SESSION).merge(NOTHING_OBSERVED),
    ):
        assert merged.unobserved is None
