"""Evaluation of a long run in windows: the same verdicts, and at most one window in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.engine.attempts import MAX_RETRIES, Check
from conformance.engine.passive.runner import PassiveCheckRunner
from conformance.results.verdict import NOT_OBSERVED, Finding, Inconclusive, Outcome, Verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from tests.support.check_executors import ConferenceTarget, check_executor, every_get_is_404, passive_check

SIZE = 10


@contextmanager
def passive_runner(target: ConferenceTarget, folder: Path) -> Iterator[tuple[PassiveCheckRunner, ApiClient]]:
    with check_executor(target, folder) as executor:
        yield PassiveCheckRunner(executor.stack, executor.api, SIZE), executor.api("other check")


def evaluate_in_windows(
    target: ConferenceTarget, folder: Path, check: Check, *, gets: int
) -> tuple[Outcome, int]:
    """Send gets, evaluate them in windows, and return the outcome and the maximum of stored exchanges."""
    with passive_runner(target, folder) as (runner, api):
        max_exchanges = 0
        for _ in range(gets):
            api.video.get("unknown")
            runner.process_full_window([check])
            max_exchanges = max(max_exchanges, len(api.transport.evidence.exchanges))
        assert api.transport.evidence.traffic_stats.exchanges == gets
        return runner.outcome(check), max_exchanges


def test_at_most_one_window_is_stored_and_all_exchanges_are_counted(tmp_path: Path) -> None:
    outcome, max_exchanges = evaluate_in_windows(
        ConferenceTarget(), tmp_path, passive_check(every_get_is_404), gets=57
    )
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 57)
    assert max_exchanges == SIZE


@pytest.mark.parametrize("failing_gets", [{1}, {7}, {SIZE + 2}, {57}, {3, 5}, {3, 30}, {1, 11, 21}])
def test_a_finding_is_confirmed_at_the_end_by_its_own_request_only(
    tmp_path: Path, failing_gets: set[int]
) -> None:
    target = ConferenceTarget(lambda number: 200 if number in failing_gets else 404)
    outcome, _ = evaluate_in_windows(target, tmp_path, passive_check(every_get_is_404), gets=57)
    assert (outcome.verdict, outcome.flaky, target.asked) == (Verdict.WARNED, True, 57 + MAX_RETRIES)
    assert outcome.findings[0].exchange.number == min(failing_gets)
    assert outcome.observations == min(failing_gets)


def test_an_observation_in_one_window_is_sufficient(tmp_path: Path) -> None:
    def count_of_410(traffic: Traffic) -> str | None:
        gone = [exchange for exchange, _ in traffic.responses(status={410})]
        if not gone:
            raise Inconclusive(NOT_OBSERVED, "no 410")
        return f"{len(gone)} of them"

    target = ConferenceTarget(lambda number: 410 if number == 34 else 404)
    outcome, _ = evaluate_in_windows(target, tmp_path, passive_check(count_of_410), gets=57)
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 1)
    assert outcome.reason == "observed: 1 of them"


def test_an_internal_error_in_one_window_is_an_error(tmp_path: Path) -> None:
    def broken_check(traffic: Traffic) -> None:
        if any(exchange.number == SIZE + 3 for exchange in traffic.exchanges()):
            raise KeyError("broken")

    outcome, _ = evaluate_in_windows(ConferenceTarget(), tmp_path, passive_check(broken_check), gets=57)
    assert outcome.verdict is Verdict.ERROR


def test_a_get_in_a_later_window_is_compared_with_the_create(tmp_path: Path) -> None:
    def every_get_returns_the_created_resource(traffic: Traffic) -> None:
        for creator, get_exchange in traffic.gets_with_create("VC-GET"):
            if expect.resource(creator) != expect.resource(get_exchange):
                raise Finding("the same", get_exchange, creator)

    check = passive_check(every_get_returns_the_created_resource)
    with passive_runner(ConferenceTarget(), tmp_path) as (runner, api):
        with api.video.existing() as created:
            for _ in range(3 * SIZE):
                api.video.get(str(created.id))
                runner.process_full_window([check])
            assert created.id in api.transport.evidence.creators
        for _ in range(2 * SIZE):
            api.video.get("unknown")
            runner.process_full_window([check])
        assert created.id not in api.transport.evidence.creators
        outcome = runner.outcome(check)
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 3 * SIZE)


def test_a_get_after_the_delete_is_not_a_get_of_an_existing_resource_in_any_window(tmp_path: Path) -> None:
    def every_get_is_accepted(traffic: Traffic) -> None:
        for _, get_exchange in traffic.gets_of_existing("VC-GET"):
            expect.accepted(get_exchange)

    check = passive_check(every_get_is_accepted)
    target = ConferenceTarget()
    with passive_runner(target, tmp_path) as (runner, api):
        with api.video.existing() as created:
            pass
        target.made.clear()
        for _ in range(3 * SIZE):
            api.video.get(str(created.id))
            runner.process_full_window([check])
        outcome = runner.outcome(check)
    assert outcome.verdict is not Verdict.FAILED
    assert not outcome.findings


def test_the_create_of_a_finding_is_kept(tmp_path: Path) -> None:
    def reject_every_get(traffic: Traffic) -> None:
        for _, get_exchange in traffic.gets_with_create("VC-GET"):
            raise Finding("nothing", get_exchange)

    check = passive_check(reject_every_get)
    with passive_runner(ConferenceTarget(), tmp_path) as (runner, api):
        with api.video.existing() as created:
            api.video.get(str(created.id))
        for _ in range(3 * SIZE):
            api.video.get("unknown")
            runner.process_full_window([check])
        outcome = runner.outcome(check)
        creator = api.transport.evidence.creator(outcome.findings[0].exchange)
    assert outcome.verdict is Verdict.FAILED
    assert creator is not None
    assert creator.id == created.id


def test_memory_use_is_bounded_by_the_window(tmp_path: Path) -> None:
    check = passive_check(every_get_is_404)
    with passive_runner(ConferenceTarget(), tmp_path) as (runner, api):
        sizes = []
        for _ in range(5 * SIZE):
            api.video.get("unknown")
            runner.process_full_window([check])
            sizes.append(api.transport.evidence.estimated_size)
    assert max(sizes[SIZE:]) <= max(sizes[:SIZE])
