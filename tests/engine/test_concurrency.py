"""Concurrent checks: order, waiting, and early end of a run."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.config.target import Limits
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.executor import CheckExecutor
from conformance.results.verdict import Inconclusive, Verdict
from conformance.testkit.api_client import ApiClient
from conformance.testkit.concurrent_checks import ConcurrentChecks
from tests.support.check_executors import (
    MUST,
    ConferenceTarget,
    active_check,
    check_executor,
    every_get_is_404,
    get_is_404,
    passive_check,
)
from tests.support.fake_targets import fake_stack


def test_active_checks_run_concurrently_before_their_outcomes_are_requested(tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=5)

    def get_together(api: ApiClient) -> None:
        barrier.wait()
        get_is_404(api)

    checks = [replace(active_check(get_together), name=name) for name in ("first", "second")]
    property_based = Check("late", CheckKind.PROPERTY_BASED, MUST, get_is_404, {})
    with check_executor(ConferenceTarget(), tmp_path, Limits(concurrency=2)) as executor:
        executor.start([*checks, property_based])
        outcomes = [executor.outcome(check) for check in (*checks, property_based)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED] * 3


@pytest.mark.parametrize("seconds, expected_concurrency", [(0.0005, 3), (0.0025, 5), (0.012, 12), (5.0, 12)])
def test_concurrency_of_cases_depends_on_the_response_time_of_the_target(
    tmp_path: Path, seconds: float, expected_concurrency: int
) -> None:
    running_cases: set[int] = set()
    concurrency_samples: list[int] = []

    def run_case(case: int) -> None:
        running_cases.add(case)
        time.sleep(0.02)
        concurrency_samples.append(len(running_cases))
        running_cases.remove(case)

    with fake_stack(ConferenceTarget(), tmp_path, Limits(concurrency=12)) as stack:
        exchange = ApiClient(stack, "00000000", "preflight").video.get("unknown")
        stack.evidence.exchanges[:] = [replace(exchange, seconds=seconds)]
        executor = CheckExecutor(stack, Settings(stack.target))
        executor.api("a check").map_concurrently(run_case, range(50))
        executor.stop()
    assert max(concurrency_samples) == expected_concurrency


def test_the_first_failure_ends_a_run_with_fail_fast(tmp_path: Path) -> None:
    target = ConferenceTarget(lambda _: 200)
    later = replace(active_check(get_is_404), name="later", kind=CheckKind.PROPERTY_BASED)
    with check_executor(target, tmp_path, fail_fast=True) as executor:
        executor.start([active_check(get_is_404), later])
        outcomes = [executor.outcome(active_check(get_is_404)), executor.outcome(later)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.FAILED, Verdict.INCONCLUSIVE]
    assert outcomes[1].reason == "interrupted: the run was stopped"
    assert target.unknown_gets == 2


def test_a_run_ends_at_the_limit_of_failed_requirements(tmp_path: Path) -> None:
    target = ConferenceTarget(lambda _: 200)
    failing = [
        replace(active_check(get_is_404), name=name, requirement=replace(MUST, id=f"VC-GET-{name}"))
        for name in ("ONE", "TWO")
    ]
    later = replace(active_check(get_is_404), name="later", kind=CheckKind.PROPERTY_BASED)
    with check_executor(target, tmp_path, Limits(concurrency=1), max_failures=2) as executor:
        executor.start([*failing, later])
        outcomes = [executor.outcome(check) for check in (*failing, later)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.FAILED, Verdict.FAILED, Verdict.INCONCLUSIVE]
    assert target.unknown_gets == 4


def test_a_run_continues_below_the_limit_of_failed_requirements(tmp_path: Path) -> None:
    later = replace(active_check(get_is_404), name="later", kind=CheckKind.PROPERTY_BASED)
    with check_executor(ConferenceTarget(lambda _: 200), tmp_path, max_failures=2) as executor:
        executor.start([active_check(get_is_404), later])
        verdicts = [executor.outcome(check).verdict for check in (active_check(get_is_404), later)]
    assert verdicts == [Verdict.FAILED, Verdict.FAILED]


def test_passive_checks_run_during_a_run_with_fail_fast(tmp_path: Path) -> None:
    def send_many_gets(api: ApiClient) -> None:
        for _ in range(10_000):
            api.video.get("unknown")
            time.sleep(0.001)

    target = ConferenceTarget(lambda _: 200)
    checks = [replace(active_check(send_many_gets), name="active"), passive_check(every_get_is_404)]
    with check_executor(target, tmp_path, fail_fast=True) as executor:
        executor.start(checks)
        verdicts = [executor.outcome(check).verdict for check in checks]
    assert verdicts == [Verdict.INCONCLUSIVE, Verdict.FAILED]
    assert target.unknown_gets < 10_000


def test_a_check_that_waits_ends_after_the_concurrent_checks(tmp_path: Path) -> None:
    order: list[str] = []

    def get_and_wait(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
        get_is_404(api)
        concurrent_checks.wait(is_retry=False)
        order.append("waited")

    def get_slowly(api: ApiClient) -> None:
        time.sleep(0.05)
        get_is_404(api)
        order.append("done")

    waiting_check = replace(active_check(get_and_wait), name="waiting", waits_for_others=True)
    with check_executor(ConferenceTarget(), tmp_path, Limits(concurrency=2)) as executor:
        executor.start([waiting_check, replace(active_check(get_slowly), name="slow")])
        assert executor.outcome(waiting_check).verdict is Verdict.PASSED
    assert order == ["done", "waited"]


def test_a_check_does_not_wait_with_a_concurrency_of_one(tmp_path: Path) -> None:
    def wait_and_get(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
        concurrent_checks.wait(is_retry=False)
        get_is_404(api)

    waiting_check = replace(active_check(wait_and_get), name="waiting", waits_for_others=True)
    other_check = replace(active_check(get_is_404), name="other")
    with check_executor(ConferenceTarget(), tmp_path, Limits(concurrency=1)) as executor:
        executor.start([waiting_check, other_check])
        assert executor.outcome(waiting_check).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "limits", [Limits(concurrency=4, max_requests=100), Limits(concurrency=4, max_live=2)]
)
def test_property_based_checks_run_after_a_waiting_check_if_requests_or_resources_are_limited(
    tmp_path: Path, limits: Limits
) -> None:
    order: list[str] = []

    def wait_and_get(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
        concurrent_checks.wait(is_retry=False)
        time.sleep(0.05)
        get_is_404(api)
        order.append("waited")

    def get_once(api: ApiClient) -> None:
        get_is_404(api)
        order.append("generated")

    waiting_check = replace(active_check(wait_and_get), name="waiting", waits_for_others=True)
    property_based_check = Check("later", CheckKind.PROPERTY_BASED, MUST, get_once, {})
    with check_executor(ConferenceTarget(), tmp_path, limits) as executor:
        executor.start([property_based_check, waiting_check])
        assert executor.outcome(property_based_check).verdict is Verdict.PASSED
    assert order == ["waited", "generated"]


def test_a_conclusive_outcome_is_available_as_soon_as_its_check_is_done(tmp_path: Path) -> None:
    may_end = threading.Event()

    def get_after_release(api: ApiClient) -> None:
        may_end.wait(5)
        get_is_404(api)

    def raise_inconclusive(api: ApiClient) -> None:
        raise Inconclusive("not-offered", "nothing to see", api.video.get("unknown"))

    passing_check = active_check(get_is_404)
    inconclusive_check = replace(active_check(raise_inconclusive), name="inconclusive")
    running_check = replace(active_check(get_after_release), name="running")
    unstarted_check = replace(active_check(get_after_release), name="unstarted")
    with check_executor(ConferenceTarget(), tmp_path, Limits(concurrency=4)) as executor:
        executor.start([passing_check, inconclusive_check, running_check])
        deadline = time.monotonic() + 5
        while executor.conclusive_outcome(passing_check) is None and time.monotonic() < deadline:
            time.sleep(0.001)
        outcome = executor.conclusive_outcome(passing_check)
        assert outcome is not None
        assert outcome.verdict is Verdict.PASSED
        for check in (inconclusive_check, running_check, unstarted_check):
            assert executor.conclusive_outcome(check) is None
        may_end.set()


def test_leftovers_are_deleted_while_all_threads_for_requests_wait_for_free_slots(tmp_path: Path) -> None:
    is_deleted = threading.Event()

    def target(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            is_deleted.set()
        return conferences(request)

    def leave_a_conference(api: ApiClient) -> None:
        get_is_404(api)
        api.video.create(api.video.minimal())
        assert has_started.wait(timeout=5)

    def use_all_threads(api: ApiClient) -> None:
        get_is_404(api)
        assert all(api.map_concurrently(wait_for_the_delete, range(12)))

    def wait_for_the_delete(_: int) -> bool:
        has_started.set()
        return is_deleted.wait(timeout=5)

    conferences, has_started = ConferenceTarget(), threading.Event()
    leaving, using = active_check(leave_a_conference), active_check(use_all_threads)
    checks = [replace(leaving, name="leaving"), replace(using, name="using")]
    with check_executor(target, tmp_path, Limits(concurrency=2)) as executor:
        executor.start(checks)
        verdicts = [executor.outcome(check).verdict for check in checks]
    assert verdicts == [Verdict.PASSED, Verdict.PASSED]
