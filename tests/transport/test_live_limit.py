"""The limit of live resources: it is never exceeded, and no create waits forever."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.target import Limits
from conformance.engine.resource_cleanup import delete_leftovers, retry_failed_deletes
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient
from conformance.transport.resources.live_limit import LiveLimitError, LiveResourceLimit
from conformance.transport.throttling import RunStoppedError, ThrottlingTransport
from tests.support.fake_targets import CONFERENCES, Responder, fake_stack


@contextmanager
def acquisition_in_thread(limit: LiveResourceLimit, check: str) -> Iterator[threading.Event]:
    """Acquire a slot for a check in another thread; the event is set when it is acquired."""
    acquired = threading.Event()

    def acquire() -> None:
        limit.acquire(check)
        acquired.set()

    with ThreadPoolExecutor(1) as pool:
        acquisition = pool.submit(acquire)
        yield acquired
        acquisition.result(5)


def test_a_create_beyond_the_limit_waits_for_a_release() -> None:
    limit = LiveResourceLimit(1)
    limit.acquire("one")
    with acquisition_in_thread(limit, "two") as acquired:
        assert not acquired.wait(0.05)
        limit.release("one")


def test_a_create_fails_if_no_slot_can_be_released() -> None:
    limit = LiveResourceLimit(1, timeout=0.1)
    limit.acquire("one")
    for check in ("one", "two"):
        with pytest.raises(LiveLimitError, match="limit of 1 live resources reached"):
            limit.acquire(check)
    limit.release("one")
    limit.acquire("two")


def test_a_wait_after_a_failed_wait_is_shorter() -> None:
    limit = LiveResourceLimit(1, timeout=3)
    limit.acquire("one")
    waits = []
    for _ in range(2):
        started = time.monotonic()
        with pytest.raises(LiveLimitError):
            limit.acquire("two")
        waits.append(time.monotonic() - started)
        limit.release("one")
        limit.acquire("one")
    assert waits[0] >= 3
    assert waits[1] < 2


def test_a_waiting_create_reclaims_slots() -> None:
    def reclaim_slot() -> bool:
        limit.release("one")
        return True

    limit = LiveResourceLimit(1, timeout=30)
    limit.reclaim = reclaim_slot
    limit.acquire("one")
    with acquisition_in_thread(limit, "two") as acquired:
        assert acquired.wait(5)


def test_a_failed_reclaim_does_not_extend_the_wait() -> None:
    def reclaim_slot() -> bool:
        reclaim_times.append(time.monotonic())
        with limit.request_in_progress():
            return False

    reclaim_times: list[float] = []
    limit = LiveResourceLimit(1, timeout=1.5)
    limit.reclaim = reclaim_slot
    limit.acquire("one")
    started = time.monotonic()
    with pytest.raises(LiveLimitError):
        limit.acquire("two")
    assert time.monotonic() - started >= 1.5
    assert reclaim_times


def test_a_create_waits_as_long_as_a_request_is_in_progress() -> None:
    limit = LiveResourceLimit(1, timeout=0.1)
    limit.acquire("one")
    with acquisition_in_thread(limit, "two") as acquired:
        with limit.request_in_progress():
            assert not acquired.wait(0.4)
        limit.release("one")


def test_a_reservation_gets_all_slots_or_none() -> None:
    limit = LiveResourceLimit(4)
    limit.acquire("one")
    with (
        pytest.raises(LiveLimitError, match="5 live resources are needed at once, and the limit is 4"),
        limit.reserve("two", 5),
    ):
        pass
    with limit.reserve("two", 3):
        for _ in range(3):
            limit.acquire("two")
        with acquisition_in_thread(limit, "three") as acquired:
            assert not acquired.wait(0.05)
            limit.release("one")


def test_reservations_do_not_wait_for_each_other_forever() -> None:
    limit = LiveResourceLimit(10, timeout=0.5)

    def reserve_and_create(check: str) -> None:
        with limit.reserve(check, 8), limit.reserve(check, 4):
            for _ in range(8):
                time.sleep(0.002)
                limit.acquire(check)
            for _ in range(8):
                limit.release(check)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(reserve_and_create, str(number)) for number in range(6)]:
            future.result(10)


def test_a_check_with_resources_precedes_a_reservation() -> None:
    limit = LiveResourceLimit(3)
    limit.acquire("one")
    with ThreadPoolExecutor(1) as pool:
        reservation = limit.reserve("many", 3)
        acquisition = pool.submit(reservation.__enter__)
        time.sleep(0.05)
        with acquisition_in_thread(limit, "new") as acquired:
            limit.acquire("one")
            assert not acquired.wait(0.05)
            limit.release("one")
            limit.release("one")
            acquisition.result(5)
            assert not acquired.is_set()
            reservation.__exit__(None, None, None)


def test_a_reservation_that_waits_for_another_does_not_delay_creates() -> None:
    limit = LiveResourceLimit(3)
    with ThreadPoolExecutor(1) as pool:
        reservation = limit.reserve("as many", 2)
        with limit.reserve("many", 2):
            acquisition = pool.submit(reservation.__enter__)
            time.sleep(0.05)
            with acquisition_in_thread(limit, "new") as acquired:
                assert acquired.wait(5)
            assert not acquisition.done()
        acquisition.result(5)
        reservation.__exit__(None, None, None)


def test_creates_do_not_wait_without_a_limit() -> None:
    limit = LiveResourceLimit(1)
    limit.acquire("one")
    with acquisition_in_thread(limit, "two"):
        limit.remove_limit()
    with limit.reserve("three", 1000):
        limit.acquire("three")


@pytest.mark.parametrize(
    "end",
    [lambda throttling: throttling.stopped.set(), lambda throttling: throttling.set_time_limit(0)],
    ids=["stopped", "too late"],
)
def test_waiting_creates_end_when_the_run_is_stopped(end: Callable[[ThrottlingTransport], None]) -> None:
    throttling = ThrottlingTransport(httpx.MockTransport(lambda _: httpx.Response(204)), concurrency=1)
    limit = LiveResourceLimit(1, throttling.raise_if_stopped)
    limit.acquire("one")
    end(throttling)
    with pytest.raises(RunStoppedError):
        limit.acquire("two")


class CountingTarget:
    """A target that stores resources, and counts the live ones."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.live = self.most_live = self.created = 0
        self.resources: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        time.sleep(0.001)
        with self.lock:
            if request.method == "POST":
                self.created += 1
                self.live += 1
                self.most_live = max(self.most_live, self.live)
                identifier = f"made-{self.created}"
                self.resources[identifier] = {"id": identifier, **json.loads(request.content)}
                return httpx.Response(200, json=self.resources[identifier])
            if request.method == "DELETE":
                self.live -= 1
                return httpx.Response(204)
            return httpx.Response(200, json=self.resources[request.url.path.rpartition("/")[2]])


def test_concurrent_creates_respect_the_limit(tmp_path: Path) -> None:
    target = CountingTarget()
    with fake_stack(target, tmp_path, Limits(concurrency=16, max_live=5)) as stack:
        api = ApiClient(stack, "00000000", "check")
        api.video.create_read_delete_each([api.video.minimal() for _ in range(100)])
    assert (target.created, target.live) == (100, 0)
    assert target.most_live <= 5


def test_a_check_that_needs_more_resources_than_the_limit_is_inconclusive(tmp_path: Path) -> None:
    with fake_stack(CountingTarget(), tmp_path, Limits(max_live=2)) as stack:
        api = ApiClient(stack, "00000000", "check")
        with pytest.raises(Inconclusive, match="live-cap"):
            api.send_concurrently([lambda: api.video.create(api.video.minimal())] * 3)


def never_connected(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    "respond",
    [lambda _: httpx.Response(400, json={}), lambda _: httpx.Response(422, json={}), never_connected],
    ids=["400", "422", "never sent"],
)
def test_a_create_that_creates_nothing_takes_no_slot(tmp_path: Path, respond: Responder) -> None:
    with fake_stack(respond, tmp_path, Limits(max_live=1)) as stack:
        api = ApiClient(stack, "00000000", "check")
        for _ in range(3):
            api.video.create(api.video.minimal())


@dataclass
class UnclearTarget:
    """A target whose response to a create does not show whether a resource exists."""

    status: int
    body: Any
    listed: Any = None  # the body of the list; None: the target has no list

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(self.status, json=self.body)
        return httpx.Response(405) if self.listed is None else httpx.Response(200, json=self.listed)


UNCLEAR_RESPONSES = pytest.mark.parametrize("status, body", [(500, {}), (200, {"id": ".."}), (200, {})])


@UNCLEAR_RESPONSES
def test_a_resource_that_may_exist_takes_a_slot(tmp_path: Path, status: int, body: Any) -> None:
    with fake_stack(UnclearTarget(status, body), tmp_path, Limits(max_live=1)) as stack:
        api = ApiClient(stack, "00000000", "check")
        api.video.create(api.video.minimal())
        assert [resource.collection for resource in stack.ledger.unconfirmed] == [CONFERENCES]
        with acquisition_in_thread(stack.ledger.live_limit, "another check") as acquired:
            assert not acquired.wait(0.05)
            stack.ledger.live_limit.remove_limit()


@UNCLEAR_RESPONSES
def test_a_resource_that_is_not_in_the_list_takes_no_slot(tmp_path: Path, status: int, body: Any) -> None:
    """The list is known to contain resources of the run as soon as they are created."""
    target = UnclearTarget(status, body, listed={"data": []})
    with fake_stack(target, tmp_path, Limits(max_live=1)) as stack:
        api = ApiClient(stack, "00000000", "check")
        stack.ledger.note_prompt_list(CONFERENCES)
        target.listed = {"data": [{"id": "x", **api.video.create(api.video.minimal()).request.json}]}
        api.video.list_first_page()
        target.listed = {"data": []}
        for _ in range(3):
            assert retry_failed_deletes(api.for_check("clean-up"), stack.ledger)
            api.video.create(api.video.minimal())


def test_an_empty_list_does_not_show_that_a_created_resource_is_gone(tmp_path: Path) -> None:
    with fake_stack(UnclearTarget(201, {}, listed={"data": []}), tmp_path, Limits(max_live=1)) as stack:
        api = ApiClient(stack, "00000000", "check")
        stack.ledger.note_prompt_list(CONFERENCES)
        api.video.create(api.video.minimal())
        assert not retry_failed_deletes(api.for_check("clean-up"), stack.ledger)
        delete_leftovers(api.for_check("clean-up"), stack.ledger)
        assert len(stack.ledger.unconfirmed) == stack.ledger.live_limit.slots_in_use == 1


@pytest.mark.parametrize("status, kept_slot", [(500, False), (200, True)])
def test_without_a_list_only_a_resource_that_exists_keeps_its_slot(
    tmp_path: Path, status: int, *, kept_slot: bool
) -> None:
    with fake_stack(UnclearTarget(status, {}), tmp_path, Limits(max_live=1)) as stack:
        api = ApiClient(stack, "00000000", "check")
        api.video.create(api.video.minimal())
        assert retry_failed_deletes(api.for_check("clean-up"), stack.ledger) is not kept_slot
        with acquisition_in_thread(stack.ledger.live_limit, "another check") as acquired:
            assert acquired.wait(0.05 if kept_slot else 5) is not kept_slot
            stack.ledger.live_limit.remove_limit()


def test_a_create_without_a_unique_name_or_a_usable_response_is_counted_and_takes_no_slot(
    tmp_path: Path,
) -> None:
    with fake_stack(UnclearTarget(500, {}), tmp_path, Limits(max_live=1)) as stack:
        api = ApiClient(stack, "00000000", "check")
        for _ in range(3):
            api.video.create({})
        assert stack.ledger.unidentifiable_creates == 3
