"""What a check ends with, and the outcome that its requirement gets from it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from time import sleep
from typing import Any

import httpx
import pytest

from conformance.config.target import Limits
from conformance.engine.attempts import MAX_LOSSES, MAX_RETRIES, Check, CheckKind
from conformance.results.verdict import Inconclusive, Verdict, violation_verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.concurrent_checks import ConcurrentChecks
from conformance.testkit.schemathesis_cases import SchemathesisClient
from conformance.testkit.value_packing import PackedBodies
from spec.catalogue import Level, Requirement
from tests.support.check_executors import MUST, Conferences, acting, engine, get_is_404, judged, observing

SHOULD = replace(MUST, level=Level.SHOULD)
MAY = replace(MUST, level=Level.MAY)


def test_a_check_that_finds_nothing_passes_with_its_observations(tmp_path: Path) -> None:
    outcome = judged(Conferences(), tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.observations, outcome.reason) == (Verdict.PASSED, 1, None)
    assert outcome.seconds > 0


def test_what_a_check_returns_is_noted(tmp_path: Path) -> None:
    def noting(api: ApiClient) -> str:
        get_is_404(api)
        return "capital letters are accepted"

    outcome = judged(Conferences(), tmp_path, acting(noting))
    assert (outcome.verdict, outcome.reason) == (Verdict.PASSED, "observed: capital letters are accepted")


def test_a_finding_that_repeats_is_confirmed(tmp_path: Path) -> None:
    target = Conferences(lambda _: 200)
    outcome = judged(target, tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.flaky, outcome.reason) == (Verdict.FAILED, False, None)
    assert [finding.expected for finding in outcome.findings] == ["status 404"]
    assert target.asked == 2


@pytest.mark.parametrize("time", [1, 5, MAX_RETRIES])
def test_a_finding_that_repeats_late_is_confirmed(tmp_path: Path, time: int) -> None:
    target = Conferences(lambda asked: 200 if asked in {1, 1 + time} else 404)
    outcome = judged(target, tmp_path, acting(get_is_404))
    assert (outcome.verdict, target.asked) == (Verdict.FAILED, 1 + time)
    assert outcome.findings[0].exchange.origin.attempt == time


def breaking(*times: int) -> Callable[[int], int]:
    """Return a target that breaks the connection these times that it is asked."""

    def unknown(asked: int) -> int:
        if asked in times:
            raise httpx.ReadError("gone")
        return 404

    return unknown


class Breaking(Conferences):
    """A target that breaks the connection at some of its creates."""

    def __init__(self, *times: int) -> None:
        super().__init__()
        self.times = times
        self.creates = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.creates += request.method == "POST"
        if request.method == "POST" and self.creates in self.times:
            raise httpx.ReadError("gone")
        return super().__call__(request)


def test_what_is_lost_each_time_is_a_finding(tmp_path: Path) -> None:
    target = Breaking(*range(1, 10))
    outcome = judged(target, tmp_path, acting(lambda api: expect.status(api.video.create(), 200)))
    assert (outcome.verdict, target.creates) == (Verdict.FAILED, MAX_LOSSES)


@pytest.mark.parametrize("times", [(1,), (1, 2)])
def test_what_is_answered_when_asked_again_is_none(tmp_path: Path, times: tuple[int, ...]) -> None:
    outcome = judged(Conferences(breaking(*times)), tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 1)


def test_connections_that_break_elsewhere_each_time_are_none(tmp_path: Path) -> None:
    def creating(api: ApiClient) -> None:
        for display_name in ("one", "another"):
            expect.status(api.video.create(api.video.minimal(description=display_name)), 200)

    outcome = judged(Breaking(1, 3, 4), tmp_path, acting(creating))
    assert (outcome.verdict, outcome.findings) == (Verdict.INCONCLUSIVE, ())
    assert outcome.reason == "lost: connection lost repeatedly, each time on a different request"


def test_a_connection_that_breaks_while_a_finding_is_tried_again_confirms_nothing(tmp_path: Path) -> None:
    def once(asked: int) -> int:
        return 200 if asked == 1 else breaking(2)(asked)

    outcome = judged(Conferences(once), tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)


def test_a_finding_that_never_repeats_is_flaky_and_warns(tmp_path: Path) -> None:
    target = Conferences(lambda asked: 200 if asked == 1 else 404)
    outcome = judged(target, tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)
    assert outcome.reason == f"flaky: not reproduced in {MAX_RETRIES} retries"
    assert [finding.exchange.status for finding in outcome.findings] == [200]
    assert target.asked == 1 + MAX_RETRIES


@pytest.mark.parametrize(
    "bound, verdict", [(MUST, Verdict.FAILED), (SHOULD, Verdict.WARNED), (MAY, Verdict.WARNED)]
)
def test_only_a_must_fails(tmp_path: Path, bound: Requirement, verdict: Verdict) -> None:
    assert judged(Conferences(lambda _: 200), tmp_path, acting(get_is_404, bound)).verdict is verdict
    assert violation_verdict(bound, confirmed=True) is verdict
    assert violation_verdict(bound, confirmed=False) is Verdict.WARNED


def test_an_exception_in_a_check_is_an_error_of_ours(tmp_path: Path) -> None:
    def mistaken(api: ApiClient) -> None:
        get_is_404(api)
        raise ZeroDivisionError

    outcome = judged(Conferences(), tmp_path, acting(mistaken))
    assert (outcome.verdict, outcome.reason) == (Verdict.ERROR, "suite: ZeroDivisionError")
    assert isinstance(outcome.error, ZeroDivisionError)
    assert (outcome.observations, outcome.findings) == (1, ())


@pytest.mark.parametrize("make", [acting, observing])
def test_without_observations_nothing_is_decided(tmp_path: Path, make: Callable[..., Check]) -> None:
    outcome = judged(Conferences(), tmp_path, make(lambda **_: None))
    assert (outcome.verdict, outcome.observations) == (Verdict.INCONCLUSIVE, 0)
    assert (outcome.reason or "").startswith("not-observed: ")


@pytest.mark.parametrize("make", [acting, observing])
def test_a_condition_that_never_came_about_is_not_applicable(
    tmp_path: Path, make: Callable[..., Check]
) -> None:
    bound = replace(MUST, precondition="the target sends a 403")
    outcome = judged(Conferences(), tmp_path, make(lambda **_: None, bound))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert outcome.reason == "not-observed: the target sends a 403"


def test_a_missing_prerequisite_is_inconclusive_with_its_code(tmp_path: Path) -> None:
    def unable(api: ApiClient) -> None:
        raise Inconclusive("no-session", "name one", api.video.get("unknown"))

    outcome = judged(Conferences(), tmp_path, acting(unable))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "no-session: name one")
    assert outcome.observations == 1


def test_a_spent_budget_is_inconclusive(tmp_path: Path) -> None:
    def many(api: ApiClient) -> None:
        for _ in range(5):
            get_is_404(api)

    outcome = judged(Conferences(), tmp_path, acting(many), Limits(max_requests=3))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "budget: limit of 3 requests reached")
    assert outcome.observations == 3


def test_a_stopped_run_is_inconclusive(tmp_path: Path) -> None:
    with engine(Conferences(), tmp_path) as opened:
        opened.stop()
        outcome = opened.outcome(replace(acting(get_is_404), kind=CheckKind.PROPERTY_BASED))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "interrupted: the run was stopped")


def test_what_was_shown_elsewhere_counts_as_an_observation(tmp_path: Path) -> None:
    def shown(api: ApiClient) -> None:
        api.shared_observations += 2

    outcome = judged(Conferences(), tmp_path, acting(shown))
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 2)


def test_a_packed_check_is_given_the_packing(tmp_path: Path) -> None:
    given: list[Any] = []

    def packed(api: ApiClient, packed_bodies: PackedBodies, limit: int) -> None:
        given.extend([packed_bodies, limit])
        get_is_404(api)

    check = replace(acting(packed, limit=7), uses_packed_bodies=True)
    with engine(Conferences(), tmp_path) as opened:
        opened.outcome(check)
        opened.outcome(check)
    assert isinstance(given[0], PackedBodies)
    assert given == [given[0], 7, given[0], 7]


def test_generated_cases_are_sent_beside_the_check_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SchemathesisClient, "prepare", lambda *_: None)
    both = Barrier(2)

    def meeting(api: ApiClient, **_: object) -> None:
        both.wait(5)
        get_is_404(api)

    before = Check("before", CheckKind.PROPERTY_BASED, MUST, meeting, {})
    generated = replace(
        before, name="generated", arguments={"operation_id": "VC-GET"}, uses_schemathesis=True
    )
    with engine(Conferences(), tmp_path, Limits(concurrency=2)) as opened:
        opened.start([before, generated])
        outcomes = [opened.outcome(check) for check in (before, generated)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED] * 2


def test_generated_cases_take_no_request_from_the_check_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SchemathesisClient, "prepare", lambda *_: None)
    began: list[str] = []

    def beginning(api: ApiClient, **_: object) -> None:
        began.append(api.check)
        sleep(0.05)
        get_is_404(api)
        began.append(f"{api.check} is over")

    before = Check("before", CheckKind.PROPERTY_BASED, MUST, beginning, {})
    generated = replace(
        before, name="generated", arguments={"operation_id": "VC-GET"}, uses_schemathesis=True
    )
    with engine(Conferences(), tmp_path, Limits(concurrency=2, max_requests=10)) as opened:
        opened.start([before, generated])
        for check in (before, generated):
            opened.outcome(check)
    assert began == ["before", "before is over", "generated", "generated is over"]


def test_each_attempt_has_its_number_and_names_of_its_own(tmp_path: Path) -> None:
    names: list[str] = []

    def naming(api: ApiClient) -> None:
        names.append(api.fresh_name())
        get_is_404(api)

    target = Conferences(lambda asked: 200 if asked in {1, 4} else 404)
    with engine(target, tmp_path) as opened:
        opened.outcome(acting(naming))
        attempts = [each.origin.attempt for each in opened.wire.evidence.exchanges]
    assert attempts == [0, 1, 2, 3]
    assert len(set(names)) == 4


def test_a_check_that_waits_for_others_ends_with_the_run() -> None:
    others = ConcurrentChecks()  # who were never said to have begun
    waiting = Thread(target=others.wait, kwargs={"rerun": False}, daemon=True)
    waiting.start()
    others.release()
    waiting.join(60)
    assert not waiting.is_alive()
