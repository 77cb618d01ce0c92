"""A long run is judged window by window: the same is said, and no more than a window is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.engine.attempts import MAX_RETRIES, Check
from conformance.engine.passive_checks import PassiveCheckRunner
from conformance.results.verdict import NOT_OBSERVED, Finding, Inconclusive, Outcome, Verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from tests.support.check_executors import Conferences, engine, every_get_is_404, observing

SIZE = 10


@contextmanager
def looking(target: Conferences, folder: Path) -> Iterator[tuple[PassiveCheckRunner, ApiClient]]:
    with engine(target, folder) as opened:
        yield PassiveCheckRunner(opened.wire, opened.api, SIZE), opened.api("others")


def folded(target: Conferences, folder: Path, check: Check, *, gets: int) -> tuple[Outcome, int]:
    """Have some gets judged as they come, and return what is said and how many were kept at the most."""
    with looking(target, folder) as (watch, api):
        kept = 0
        for _ in range(gets):
            api.video.get("unknown")
            watch.process_full_window([check])
            kept = max(kept, len(api.transport.evidence.exchanges))
        assert api.transport.evidence.traffic_stats.exchanges == gets
        return watch.outcome(check), kept


def test_no_more_than_a_window_is_kept_and_everything_counts(tmp_path: Path) -> None:
    outcome, kept = folded(Conferences(), tmp_path, observing(every_get_is_404), gets=57)
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 57)
    assert kept == SIZE


@pytest.mark.parametrize("failed", [{1}, {7}, {SIZE + 2}, {57}])
def test_what_shows_once_is_sent_again_at_the_end(tmp_path: Path, failed: set[int]) -> None:
    target = Conferences(lambda asked: 200 if asked in failed else 404)
    outcome, _ = folded(target, tmp_path, observing(every_get_is_404), gets=57)
    assert (outcome.verdict, outcome.flaky, target.asked) == (Verdict.WARNED, True, 57 + MAX_RETRIES)
    assert outcome.findings[0].exchange.number == min(wrong)
    assert outcome.observations == min(wrong)


@pytest.mark.parametrize("failed", [{3, 5}, {3, 30}, {12, 57}, {1, 11, 21}])
def test_what_shows_in_two_places_is_confirmed_without_a_request(tmp_path: Path, failed: set[int]) -> None:
    target = Conferences(lambda asked: 200 if asked in failed else 404)
    outcome, _ = folded(target, tmp_path, observing(every_get_is_404), gets=57)
    assert (outcome.verdict, target.asked) == (Verdict.FAILED, 57)
    assert outcome.findings[0].exchange.number == min(wrong)


def test_what_was_seen_in_one_window_need_not_be_seen_in_the_others(tmp_path: Path) -> None:
    def only_sometimes(traffic: Traffic) -> str | None:
        fourth = [each for each, _ in traffic.responses(status={410})]
        if not fourth:
            raise Inconclusive(NOT_OBSERVED, "no 410")
        return f"{len(fourth)} of them"

    target = Conferences(lambda asked: 410 if asked == 34 else 404)
    outcome, _ = folded(target, tmp_path, observing(only_sometimes), gets=57)
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 1)
    assert outcome.reason == "observed: 1 of them"


def test_a_mistake_of_ours_in_one_window_is_an_error(tmp_path: Path) -> None:
    def mistaken(traffic: Traffic) -> None:
        if any(exchange.number == SIZE + 3 for exchange in traffic.exchanges()):
            raise KeyError("ours")

    outcome, _ = folded(Conferences(), tmp_path, observing(mistaken), gets=57)
    assert outcome.verdict is Verdict.ERROR


def test_what_lasts_over_windows_is_still_compared_with_its_create(tmp_path: Path) -> None:
    def every_get_reads_what_was_created(traffic: Traffic) -> None:
        for creator, got in traffic.gets_with_create("VC-GET"):
            if expect.resource(creator) != expect.resource(got):
                raise Finding("the same", got, creator)

    check = observing(every_get_reads_what_was_created)
    with looking(Conferences(), tmp_path) as (watch, api):
        with api.video.existing() as made:
            for _ in range(3 * SIZE):
                api.video.get(str(made.id))
                watch.process_full_window([check])
            assert made.id in api.transport.evidence.creators
        for _ in range(2 * SIZE):
            api.video.get("unknown")
            watch.process_full_window([check])
        assert made.id not in api.transport.evidence.creators
        outcome = watch.outcome(check)
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 3 * SIZE)


def test_a_get_after_the_delete_is_no_get_of_what_exists_in_any_window(tmp_path: Path) -> None:
    def what_exists_is_shown(traffic: Traffic) -> None:
        for _, got in traffic.gets_of_existing("VC-GET"):
            expect.accepted(got)

    check = observing(what_exists_is_shown)
    target = Conferences()
    with looking(target, tmp_path) as (watch, api):
        with api.video.existing() as made:
            pass
        target.made.clear()
        for _ in range(3 * SIZE):
            api.video.get(str(made.id))
            watch.process_full_window([check])
        outcome = watch.outcome(check)
    assert outcome.verdict is not Verdict.FAILED
    assert not outcome.findings


def test_where_something_was_found_its_create_is_kept(tmp_path: Path) -> None:
    def nothing_is_read(traffic: Traffic) -> None:
        for _, got in traffic.gets_with_create("VC-GET"):
            raise Finding("nothing", got)

    check = observing(nothing_is_read)
    with looking(Conferences(), tmp_path) as (watch, api):
        with api.video.existing() as made:
            api.video.get(str(made.id))
        for _ in range(3 * SIZE):
            api.video.get("unknown")
            watch.process_full_window([check])
        outcome = watch.outcome(check)
        creator = api.transport.evidence.creator(outcome.findings[0].exchange)
    assert outcome.verdict is Verdict.FAILED
    assert creator is not None
    assert creator.id == made.id


def test_the_size_of_what_is_kept_is_that_of_the_window(tmp_path: Path) -> None:
    check = observing(every_get_is_404)
    with looking(Conferences(), tmp_path) as (watch, api):
        sizes = []
        for _ in range(5 * SIZE):
            api.video.get("unknown")
            watch.process_full_window([check])
            sizes.append(api.transport.evidence.estimated_size)
    assert max(sizes[SIZE:]) <= max(sizes[:SIZE])
