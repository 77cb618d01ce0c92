"""The limit of live resources is respected, and no create waits forever."""

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
from conformance.engine.resource_cleanup import retry_failed_deletes
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient
from conformance.transport.resources.live_limit import LiveLimitError, LiveResourceLimit
from conformance.transport.throttling import RunStoppedError, ThrottlingTransport
from tests.support.fake_targets import CONFERENCES, Answer, faked


@contextmanager
def waiting(room: LiveResourceLimit, check: str) -> Iterator[threading.Event]:
    """Acquire a slot for a check in another thread; the event is set when it is acquired."""
    entered = threading.Event()

    def enter() -> None:
        room.acquire(check)
        entered.set()

    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(enter)
        yield entered
        doing.result(5)


def test_a_create_beyond_the_limit_waits_for_a_release() -> None:
    room = LiveResourceLimit(1)
    room.acquire("one")
    with waiting(room, "two") as entered:
        assert not entered.wait(0.05)
        room.release("one")


def test_a_create_fails_if_no_slot_can_be_released() -> None:
    room = LiveResourceLimit(1, timeout=0.1)
    room.acquire("one")
    for check in ("one", "two"):
        with pytest.raises(LiveLimitError, match="limit of 1 live resources reached"):
            room.acquire(check)
    room.release("one")
    room.acquire("two")


def test_a_wait_after_a_failed_one_is_shorter() -> None:
    room = LiveResourceLimit(1, timeout=3)
    room.acquire("one")
    waits = []
    for _ in range(2):
        started = time.monotonic()
        with pytest.raises(LiveLimitError):
            room.acquire("two")
        waits.append(time.monotonic() - started)
        room.release("one")
        room.acquire("one")
    assert waits[0] >= 3
    assert waits[1] < 2


def test_a_waiting_create_reclaims_slots() -> None:
    def relief() -> bool:
        room.release("one")
        return True

    room = LiveResourceLimit(1, timeout=30)
    room.reclaim = relief
    room.acquire("one")
    with waiting(room, "two") as entered:
        assert entered.wait(5)


def test_a_failed_reclaim_does_not_extend_the_wait() -> None:
    def relief() -> bool:
        tried.append(time.monotonic())
        with room.request_in_progress():
            return False

    tried: list[float] = []
    room = LiveResourceLimit(1, timeout=1.5)
    room.reclaim = relief
    room.acquire("one")
    started = time.monotonic()
    with pytest.raises(LiveLimitError):
        room.acquire("two")
    assert time.monotonic() - started >= 1.5
    assert tried


def test_a_create_waits_as_long_as_a_request_is_in_progress() -> None:
    room = LiveResourceLimit(1, timeout=0.1)
    room.acquire("one")
    with waiting(room, "two") as entered:
        with room.request_in_progress():
            assert not entered.wait(0.4)
        room.release("one")


def test_a_reservation_gets_all_slots_or_none() -> None:
    room = LiveResourceLimit(4)
    room.acquire("one")
    with (
        pytest.raises(LiveLimitError, match="5 live resources are needed at once, and the limit is 4"),
        room.reserve("two", 5),
    ):
        pass
    with room.reserve("two", 3):
        for _ in range(3):
            room.acquire("two")
        with waiting(room, "three") as entered:
            assert not entered.wait(0.05)
            room.release("one")


def test_reservations_do_not_wait_for_each_other_forever() -> None:
    room = LiveResourceLimit(10, timeout=0.5)

    def hoard(check: str) -> None:
        with room.reserve(check, 8), room.reserve(check, 4):
            for _ in range(8):
                time.sleep(0.002)
                room.acquire(check)
            for _ in range(8):
                room.release(check)

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(hoard, str(number)) for number in range(6)]:
            done.result(10)


def test_a_check_with_resources_precedes_a_reservation() -> None:
    room = LiveResourceLimit(3)
    room.acquire("one")
    with ThreadPoolExecutor(1) as pool:
        stack = room.reserve("many", 3)
        doing = pool.submit(stack.__enter__)
        time.sleep(0.05)
        with waiting(room, "new") as entered:
            room.acquire("one")
            assert not entered.wait(0.05)
            room.release("one")
            room.release("one")
            doing.result(5)
            assert not entered.is_set()
            stack.__exit__(None, None, None)


def test_a_reservation_that_waits_for_another_does_not_delay_creates() -> None:
    room = LiveResourceLimit(3)
    with ThreadPoolExecutor(1) as pool:
        many = room.reserve("as many", 2)
        with room.reserve("many", 2):
            doing = pool.submit(many.__enter__)
            time.sleep(0.05)
            with waiting(room, "new") as entered:
                assert entered.wait(5)
            assert not doing.done()
        doing.result(5)
        many.__exit__(None, None, None)


def test_creates_do_not_wait_without_a_limit() -> None:
    room = LiveResourceLimit(1)
    room.acquire("one")
    with waiting(room, "two"):
        room.remove_limit()
    with room.reserve("three", 1000):
        room.acquire("three")


@pytest.mark.parametrize(
    "end", [lambda pacing: pacing.stopped.set(), lambda pacing: pacing.last(0)], ids=["stopped", "too late"]
)
def test_waiting_creates_end_when_the_run_is_stopped(end: Callable[[ThrottlingTransport], None]) -> None:
    pacing = ThrottlingTransport(httpx.MockTransport(lambda _: httpx.Response(204)), concurrency=1)
    room = LiveResourceLimit(1, pacing.raise_if_stopped)
    room.acquire("one")
    end(pacing)
    with pytest.raises(RunStoppedError):
        room.acquire("two")


class Crowd:
    """A target that returns what it creates, and counts its live resources."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.live = self.most = self.made = 0
        self.resources: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        time.sleep(0.001)
        with self.lock:
            if request.method == "POST":
                self.made += 1
                self.live += 1
                self.most = max(self.most, self.live)
                new = f"made-{self.made}"
                self.resources[new] = {"id": new, **json.loads(request.content)}
                return httpx.Response(200, json=self.resources[new])
            if request.method == "DELETE":
                self.live -= 1
                return httpx.Response(204)
            return httpx.Response(200, json=self.resources[request.url.path.rpartition("/")[2]])


def test_concurrent_creates_respect_the_limit(tmp_path: Path) -> None:
    crowd = Crowd()
    with faked(crowd, tmp_path, Limits(concurrency=16, max_live=5)) as wire:
        api = ApiClient(wire, "00000000", "check")
        api.video.create_read_delete_each([api.video.minimal() for _ in range(100)])
    assert (crowd.made, crowd.live) == (100, 0)
    assert crowd.most <= 5


def test_a_check_that_needs_more_resources_than_the_limit_is_inconclusive(tmp_path: Path) -> None:
    with faked(Crowd(), tmp_path, Limits(max_live=2)) as wire:
        api = ApiClient(wire, "00000000", "check")
        with pytest.raises(Inconclusive, match="live-cap"):
            api.send_concurrently([lambda: api.video.create(api.video.minimal())] * 3)


def never_connected(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    "answer",
    [lambda _: httpx.Response(400, json={}), lambda _: httpx.Response(422, json={}), never_connected],
    ids=["400", "422", "never sent"],
)
def test_a_create_that_creates_nothing_takes_no_slot(tmp_path: Path, answer: Answer) -> None:
    with faked(answer, tmp_path, Limits(max_live=1)) as wire:
        api = ApiClient(wire, "00000000", "check")
        for _ in range(3):
            api.video.create(api.video.minimal())


@dataclass
class Unclear:
    """A target whose create response does not show whether and what it created."""

    status: int
    body: Any
    listed: Any = None  # the list; None: there is none

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(self.status, json=self.body)
        return httpx.Response(405) if self.listed is None else httpx.Response(200, json=self.listed)


UNCLEAR = pytest.mark.parametrize("status, body", [(500, {}), (200, {"id": ".."}), (200, {})])


@UNCLEAR
def test_a_resource_that_may_exist_takes_a_slot(tmp_path: Path, status: int, body: Any) -> None:
    with faked(Unclear(status, body), tmp_path, Limits(max_live=1)) as wire:
        api = ApiClient(wire, "00000000", "check")
        api.video.create(api.video.minimal())
        assert [each.collection for each in wire.ledger.unconfirmed] == [CONFERENCES]
        with waiting(wire.ledger.live_limit, "another check") as entered:
            assert not entered.wait(0.05)
            wire.ledger.live_limit.remove_limit()


@UNCLEAR
def test_a_resource_that_is_not_in_the_list_takes_no_slot(tmp_path: Path, status: int, body: Any) -> None:
    with faked(Unclear(status, body, listed={"data": []}), tmp_path, Limits(max_live=1)) as wire:
        api = ApiClient(wire, "00000000", "check")
        for _ in range(3):
            api.video.create(api.video.minimal())
            assert retry_failed_deletes(api.for_check("room"), wire.ledger)


@pytest.mark.parametrize("status, keeps", [(500, False), (200, True)])
def test_without_a_list_only_a_resource_that_exists_keeps_its_slot(
    tmp_path: Path, status: int, *, keeps: bool
) -> None:
    with faked(Unclear(status, {}), tmp_path, Limits(max_live=1)) as wire:
        api = ApiClient(wire, "00000000", "check")
        api.video.create(api.video.minimal())
        assert retry_failed_deletes(api.for_check("room"), wire.ledger) is not keeps
        with waiting(wire.ledger.live_limit, "another check") as entered:
            assert entered.wait(0.05 if keeps else 5) is not keeps
            wire.ledger.live_limit.remove_limit()


def test_a_create_without_a_unique_name_or_a_usable_response_is_counted_and_takes_no_slot(
    tmp_path: Path,
) -> None:
    with faked(Unclear(500, {}), tmp_path, Limits(max_live=1)) as wire:
        api = ApiClient(wire, "00000000", "check")
        for _ in range(3):
            api.video.create({})
        assert wire.ledger.unidentifiable_creates == 3
