"""Outcomes of active checks: retries, lost connections, limits and internal errors."""

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
from conformance.transport.resending import RESEND_DELAYS
from spec.catalogue import Level, Requirement
from tests.support.check_executors import (
    MUST,
    ConferenceTarget,
    active_check,
    check_executor,
    check_outcome,
    get_is_404,
    passive_check,
)

SENDINGS = 1 + len(RESEND_DELAYS)  # of a request whose connection is always lost
SHOULD = replace(MUST, level=Level.SHOULD)
MAY = replace(MUST, level=Level.MAY)


def test_a_check_without_findings_passes_with_its_observations(tmp_path: Path) -> None:
    outcome = check_outcome(ConferenceTarget(), tmp_path, active_check(get_is_404))
    assert (outcome.verdict, outcome.observations, outcome.reason) == (Verdict.PASSED, 1, None)
    assert outcome.seconds > 0


def test_the_return_value_of_a_check_is_its_note(tmp_path: Path) -> None:
    def get_with_note(api: ApiClient) -> str:
        get_is_404(api)
        return "uppercase letters are accepted"

    outcome = check_outcome(ConferenceTarget(), tmp_path, active_check(get_with_note))
    assert (outcome.verdict, outcome.reason) == (Verdict.PASSED, "observed: uppercase letters are accepted")


def test_a_finding_that_repeats_is_confirmed(tmp_path: Path) -> None:
    target = ConferenceTarget(lambda _: 200)
    outcome = check_outcome(target, tmp_path, active_check(get_is_404))
    assert (outcome.verdict, outcome.flaky, outcome.reason) == (Verdict.FAILED, False, None)
    assert [finding.expected for finding in outcome.findings] == ["status 404"]
    assert target.asked == 2


@pytest.mark.parametrize("attempt", [1, 5, MAX_RETRIES])
def test_a_finding_that_repeats_late_is_confirmed(tmp_path: Path, attempt: int) -> None:
    target = ConferenceTarget(lambda number: 200 if number in {1, 1 + attempt} else 404)
    outcome = check_outcome(target, tmp_path, active_check(get_is_404))
    assert (outcome.verdict, target.asked) == (Verdict.FAILED, 1 + attempt)
    assert outcome.findings[0].exchange.origin.attempt == attempt


def breaking_at(*numbers: int) -> Callable[[int], int]:
    """Return a function that breaks the connection of the gets with these numbers, and returns 404."""

    def status(number: int) -> int:
        if number in numbers:
            raise httpx.ReadError("gone")
        return 404

    return status


class BreakingConferences(ConferenceTarget):
    """A target that breaks the connection of the creates with these numbers."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self.numbers = numbers
        self.creates = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.creates += request.method == "POST"
        if request.method == "POST" and self.creates in self.numbers:
            raise httpx.ReadError("gone")
        return super().__call__(request)


def test_a_request_that_is_lost_in_every_attempt_is_a_finding(tmp_path: Path) -> None:
    target = BreakingConferences(*range(1, 100))
    outcome = check_outcome(
        target, tmp_path, active_check(lambda api: expect.status(api.video.create(), 200))
    )
    assert (outcome.verdict, target.creates) == (Verdict.FAILED, MAX_LOSSES * SENDINGS)


@pytest.mark.parametrize("numbers", [(1,), (1, 2)])
def test_a_lost_request_that_succeeds_in_a_retry_is_not_a_finding(
    tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    outcome = check_outcome(ConferenceTarget(breaking_at(*numbers)), tmp_path, active_check(get_is_404))
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 1)


def test_connections_lost_on_different_requests_are_inconclusive(tmp_path: Path) -> None:
    def create_two(api: ApiClient) -> None:
        for description in ("first", "second"):
            expect.status(api.video.create(api.video.minimal(description=description)), 200)

    first_succeeds = {SENDINGS + 1, 3 * SENDINGS + 2, 5 * SENDINGS + 3}  # in every second attempt
    target = BreakingConferences(*set(range(1, 100)).difference(first_succeeds))
    outcome = check_outcome(target, tmp_path, active_check(create_two))
    assert (outcome.verdict, outcome.findings) == (Verdict.INCONCLUSIVE, ())
    assert (outcome.reason or "").startswith("lost: ")


def test_a_connection_lost_in_a_retry_does_not_confirm_a_finding(tmp_path: Path) -> None:
    def status(number: int) -> int:
        return 200 if number == 1 else breaking_at(2)(number)

    outcome = check_outcome(ConferenceTarget(status), tmp_path, active_check(get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)


def test_a_finding_that_never_repeats_is_flaky_and_warns(tmp_path: Path) -> None:
    target = ConferenceTarget(lambda number: 200 if number == 1 else 404)
    outcome = check_outcome(target, tmp_path, active_check(get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)
    assert outcome.reason == f"flaky: not reproduced in {MAX_RETRIES} retries"
    assert [finding.exchange.status for finding in outcome.findings] == [200]
    assert target.asked == 1 + MAX_RETRIES


@pytest.mark.parametrize(
    "bound, verdict", [(MUST, Verdict.FAILED), (SHOULD, Verdict.WARNED), (MAY, Verdict.WARNED)]
)
def test_only_a_violated_must_fails(tmp_path: Path, bound: Requirement, verdict: Verdict) -> None:
    assert (
        check_outcome(ConferenceTarget(lambda _: 200), tmp_path, active_check(get_is_404, bound)).verdict
        is verdict
    )
    assert violation_verdict(bound, confirmed=True) is verdict
    assert violation_verdict(bound, confirmed=False) is Verdict.WARNED


def test_an_exception_in_a_check_is_an_internal_error(tmp_path: Path) -> None:
    def broken_check(api: ApiClient) -> None:
        get_is_404(api)
        raise ZeroDivisionError

    outcome = check_outcome(ConferenceTarget(), tmp_path, active_check(broken_check))
    assert (outcome.verdict, outcome.reason) == (Verdict.ERROR, "suite: ZeroDivisionError")
    assert isinstance(outcome.error, ZeroDivisionError)
    assert (outcome.observations, outcome.findings) == (1, ())


@pytest.mark.parametrize("make_check", [active_check, passive_check])
def test_a_check_without_observations_is_inconclusive(
    tmp_path: Path, make_check: Callable[..., Check]
) -> None:
    outcome = check_outcome(ConferenceTarget(), tmp_path, make_check(lambda **_: None))
    assert (outcome.verdict, outcome.observations) == (Verdict.INCONCLUSIVE, 0)
    assert (outcome.reason or "").startswith("not-observed: ")


@pytest.mark.parametrize("make_check", [active_check, passive_check])
def test_a_check_whose_precondition_never_occurred_is_not_applicable(
    tmp_path: Path, make_check: Callable[..., Check]
) -> None:
    bound = replace(MUST, precondition="the target sends a 403")
    outcome = check_outcome(ConferenceTarget(), tmp_path, make_check(lambda **_: None, bound))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert outcome.reason == "not-observed: the target sends a 403"


def test_a_missing_prerequisite_is_inconclusive_with_its_code(tmp_path: Path) -> None:
    def raise_inconclusive(api: ApiClient) -> None:
        raise Inconclusive("no-session", "name one", api.video.get("unknown"))

    outcome = check_outcome(ConferenceTarget(), tmp_path, active_check(raise_inconclusive))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "no-session: name one")
    assert outcome.observations == 1


def test_an_exhausted_request_budget_is_inconclusive(tmp_path: Path) -> None:
    def send_five_gets(api: ApiClient) -> None:
        for _ in range(5):
            get_is_404(api)

    outcome = check_outcome(
        ConferenceTarget(), tmp_path, active_check(send_five_gets), Limits(max_requests=3)
    )
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "budget: limit of 3 requests reached")
    assert outcome.observations == 3


def test_a_stopped_run_is_inconclusive(tmp_path: Path) -> None:
    with check_executor(ConferenceTarget(), tmp_path) as executor:
        executor.stop()
        outcome = executor.outcome(replace(active_check(get_is_404), kind=CheckKind.PROPERTY_BASED))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "interrupted: the run was stopped")


def test_a_shared_observation_counts_as_an_observation(tmp_path: Path) -> None:
    def add_shared_observations(api: ApiClient) -> None:
        api.shared_observations += 2

    outcome = check_outcome(ConferenceTarget(), tmp_path, active_check(add_shared_observations))
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 2)


def test_a_check_with_packed_bodies_receives_them(tmp_path: Path) -> None:
    arguments: list[Any] = []

    def record_arguments(api: ApiClient, packed_bodies: PackedBodies, limit: int) -> None:
        arguments.extend([packed_bodies, limit])
        get_is_404(api)

    check = replace(active_check(record_arguments, limit=7), uses_packed_bodies=True)
    with check_executor(ConferenceTarget(), tmp_path) as executor:
        executor.outcome(check)
        executor.outcome(check)
    assert isinstance(arguments[0], PackedBodies)
    assert arguments == [arguments[0], 7, arguments[0], 7]


def test_generated_cases_run_concurrently_with_the_preceding_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SchemathesisClient, "prepare", lambda *_: None)
    barrier = Barrier(2)

    def get_together(api: ApiClient, **_: object) -> None:
        barrier.wait(5)
        get_is_404(api)

    preceding = Check("preceding", CheckKind.PROPERTY_BASED, MUST, get_together, {})
    generated = replace(
        preceding, name="generated", arguments={"operation_id": "VC-GET"}, uses_schemathesis=True
    )
    with check_executor(ConferenceTarget(), tmp_path, Limits(concurrency=2)) as executor:
        executor.start([preceding, generated])
        outcomes = [executor.outcome(check) for check in (preceding, generated)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED] * 2


def test_generated_cases_do_not_use_the_requests_of_the_preceding_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SchemathesisClient, "prepare", lambda *_: None)
    events: list[str] = []

    def get_slowly(api: ApiClient, **_: object) -> None:
        events.append(api.check)
        sleep(0.05)
        get_is_404(api)
        events.append(f"{api.check} is done")

    preceding = Check("preceding", CheckKind.PROPERTY_BASED, MUST, get_slowly, {})
    generated = replace(
        preceding, name="generated", arguments={"operation_id": "VC-GET"}, uses_schemathesis=True
    )
    with check_executor(ConferenceTarget(), tmp_path, Limits(concurrency=2, max_requests=10)) as executor:
        executor.start([preceding, generated])
        for check in (preceding, generated):
            executor.outcome(check)
    assert events == ["preceding", "preceding is done", "generated", "generated is done"]


def test_every_attempt_has_its_number_and_unique_names(tmp_path: Path) -> None:
    names: list[str] = []

    def get_with_name(api: ApiClient) -> None:
        names.append(api.fresh_name())
        get_is_404(api)

    target = ConferenceTarget(lambda number: 200 if number in {1, 4} else 404)
    with check_executor(target, tmp_path) as executor:
        executor.outcome(active_check(get_with_name))
        attempts = [exchange.origin.attempt for exchange in executor.stack.evidence.exchanges]
    assert attempts == [0, 1, 2, 3]
    assert len(set(names)) == 4


def test_a_check_that_waits_for_others_ends_with_the_run() -> None:
    checks = ConcurrentChecks()  # none of which has started
    thread = Thread(target=checks.wait, kwargs={"is_retry": False}, daemon=True)
    thread.start()
    checks.release()
    thread.join(60)
    assert not thread.is_alive()
