"""Checks that are under way together: who waits for whom, and what ends them all."""

import threading
import time
from dataclasses import replace
from pathlib import Path

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
    Conferences,
    acting,
    engine,
    every_get_is_404,
    get_is_404,
    observing,
)
from tests.support.fake_targets import faked


def test_directed_checks_are_under_way_before_anyone_asks(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=5)

    def meeting(api: ApiClient) -> None:
        both.wait()
        get_is_404(api)

    checks = [replace(acting(meeting), name=name) for name in ("one", "other")]
    exploring = Check("late", CheckKind.PROPERTY_BASED, MUST, get_is_404, {})
    with engine(Conferences(), tmp_path, Limits(concurrency=2)) as opened:
        opened.start([*checks, exploring])
        outcomes = [opened.outcome(check) for check in (*checks, exploring)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED] * 3


@pytest.mark.parametrize("seconds, most", [(0.0005, 3), (0.0025, 5), (0.012, 12), (5.0, 12)])
def test_no_more_cases_are_worked_on_than_keep_a_target_busy(
    tmp_path: Path, seconds: float, most: int
) -> None:
    under_way: set[int] = set()
    seen: list[int] = []

    def act(case: int) -> None:
        under_way.add(case)
        time.sleep(0.02)
        seen.append(len(under_way))
        under_way.remove(case)

    with faked(Conferences(), tmp_path, Limits(concurrency=12)) as wire:
        looked = ApiClient(wire, "00000000", "preflight").video.get("unknown")
        wire.evidence.exchanges[:] = [replace(looked, seconds=seconds)]
        opened = CheckExecutor(wire, Settings(wire.target))
        opened.api("a check").map_concurrently(act, range(50))
        opened.stop()
    assert max(seen) == most


def test_the_first_failure_ends_a_run_that_is_to_fail_fast(tmp_path: Path) -> None:
    target = Conferences(lambda _: 200)
    later = replace(acting(get_is_404), name="later", kind=CheckKind.PROPERTY_BASED)
    with engine(target, tmp_path, fail_fast=True) as opened:
        opened.start([acting(get_is_404), later])
        outcomes = [opened.outcome(acting(get_is_404)), opened.outcome(later)]
    assert [each.verdict for each in outcomes] == [Verdict.FAILED, Verdict.INCONCLUSIVE]
    assert outcomes[1].reason == "interrupted: the run was stopped"
    assert target.asked == 2


def test_what_every_answer_shows_is_looked_at_meanwhile_where_a_run_is_to_fail_fast(tmp_path: Path) -> None:
    def asking(api: ApiClient) -> None:
        for _ in range(10_000):
            api.video.get("unknown")
            time.sleep(0.001)

    target = Conferences(lambda _: 200)
    busy, watching = replace(acting(asking), name="busy"), observing(every_get_is_404)
    with engine(target, tmp_path, fail_fast=True) as opened:
        opened.start([busy, watching])
        verdicts = [opened.outcome(check).verdict for check in (busy, watching)]
    assert verdicts == [Verdict.INCONCLUSIVE, Verdict.FAILED]
    assert target.asked < 10_000


def test_a_lasting_check_waits_for_the_others(tmp_path: Path) -> None:
    order: list[str] = []

    def waiting(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
        get_is_404(api)
        concurrent_checks.wait(is_retry=False)
        order.append("waited")

    def slow(api: ApiClient) -> None:
        time.sleep(0.05)
        get_is_404(api)
        order.append("done")

    lasting = replace(acting(waiting), name="lasting", waits_for_others=True)
    with engine(Conferences(), tmp_path, Limits(concurrency=2)) as opened:
        opened.start([lasting, replace(acting(slow), name="slow")])
        assert opened.outcome(lasting).verdict is Verdict.PASSED
    assert order == ["done", "waited"]


def test_a_lasting_check_waits_for_nobody_where_one_request_at_a_time_may_go(tmp_path: Path) -> None:
    def waiting(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
        concurrent_checks.wait(is_retry=False)
        get_is_404(api)

    lasting = replace(acting(waiting), name="lasting", waits_for_others=True)
    other = replace(acting(get_is_404), name="other")
    with engine(Conferences(), tmp_path, Limits(concurrency=1)) as opened:
        opened.start([lasting, other])
        assert opened.outcome(lasting).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "limits", [Limits(concurrency=4, max_requests=100), Limits(concurrency=4, max_live=2)]
)
def test_nobody_explores_beside_a_lasting_check_where_requests_or_room_are_scarce(
    tmp_path: Path, limits: Limits
) -> None:
    order: list[str] = []

    def waiting(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
        concurrent_checks.wait(is_retry=False)
        time.sleep(0.05)
        get_is_404(api)
        order.append("lasted")

    def exploring(api: ApiClient) -> None:
        get_is_404(api)
        order.append("explored")

    lasting = replace(acting(waiting), name="lasting", waits_for_others=True)
    later = Check("later", CheckKind.PROPERTY_BASED, MUST, exploring, {})
    with engine(Conferences(), tmp_path, limits) as opened:
        opened.start([later, lasting])
        assert opened.outcome(later).verdict is Verdict.PASSED
    assert order == ["lasted", "explored"]


def test_what_a_check_has_come_to_is_known_before_anyone_asks(tmp_path: Path) -> None:
    may_end = threading.Event()

    def slow(api: ApiClient) -> None:
        may_end.wait(5)
        get_is_404(api)

    def lacking(api: ApiClient) -> None:
        raise Inconclusive("not-offered", "nothing to see", api.video.get("unknown"))

    passing, unseen = acting(get_is_404), replace(acting(lacking), name="unseen")
    unended, unknown = replace(acting(slow), name="slow"), replace(acting(slow), name="unknown")
    with engine(Conferences(), tmp_path, Limits(concurrency=4)) as opened:
        opened.start([passing, unseen, unended])
        until = time.monotonic() + 5
        while opened.conclusive_outcome(passing) is None and time.monotonic() < until:
            time.sleep(0.001)
        known = opened.conclusive_outcome(passing)
        assert known is not None
        assert known.verdict is Verdict.PASSED
        assert [opened.conclusive_outcome(each) for each in (unseen, unended, unknown)] == [None] * 3
        may_end.set()
