"""Limits of requests, and retries of throttled requests."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from conformance.config.target import Limits
from conformance.transport.throttling import BudgetExhaustedError, RunStoppedError, ThrottlingTransport
from tests.support.fake_targets import GET, ORIGIN, fake_stack

REQUEST = httpx.Request("GET", "http://target.test/")


def throttling_transport(
    responses: Iterable[httpx.Response],
    *,
    concurrency: int = 1,
    per_second: float | None = None,
    budget: int | None = None,
) -> ThrottlingTransport:
    """Return the transport over a target that returns the responses, then only status 200."""
    remaining = iter(responses)
    target = httpx.MockTransport(lambda _: next(remaining, httpx.Response(200)))
    return ThrottlingTransport(target, concurrency=concurrency, per_second=per_second, budget=budget)


def throttled(status: int = 429, retry_after: str | None = None) -> httpx.Response:
    return httpx.Response(status, headers={} if retry_after is None else {"retry-after": retry_after})


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace waits by a clock that jumps ahead, and record them."""
    waits: list[float] = []
    past = 0.0

    def wait(_: threading.Event, seconds: float) -> bool:
        nonlocal past
        waits.append(round(seconds, 1))
        past += seconds
        return False

    clock = time.monotonic
    monkeypatch.setattr(threading.Event, "wait", wait)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + past)
    return waits


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_waits_for_the_seconds_in_retry_after(waits: list[float], status: int) -> None:
    transport = throttling_transport([throttled(status, "3")])
    assert transport.handle_request(REQUEST).status_code == 200
    assert waits == [3.0]
    assert transport.requests_sent == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_waits_for_the_date_in_retry_after(waits: list[float], status: int) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert throttling_transport([throttled(status, moment)]).handle_request(REQUEST).status_code == 200
    assert 28 <= waits[0] <= 30


@pytest.mark.parametrize(
    "retry_after", ["Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 -0000", "0"]
)
def test_a_retry_after_in_the_past_is_not_waited_for(waits: list[float], retry_after: str) -> None:
    assert throttling_transport([throttled(429, retry_after)]).handle_request(REQUEST).status_code == 200
    assert waits == []


@pytest.mark.parametrize(
    "retry_after",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "nan",
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999",
    ],
)
def test_a_429_without_valid_retry_after_is_followed_by_increasing_waits(
    waits: list[float], retry_after: str | None
) -> None:
    transport = throttling_transport(
        [throttled(429, retry_after), throttled(429, retry_after), throttled(429, retry_after)]
    )
    assert transport.handle_request(REQUEST).status_code == 200
    assert waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("retry_after", [None, "", "soon"])
def test_a_503_without_valid_retry_after_is_not_retried(waits: list[float], retry_after: str | None) -> None:
    transport = throttling_transport([throttled(503, retry_after)])
    assert transport.handle_request(REQUEST).status_code == 503
    assert (waits, transport.requests_sent) == ([], 1)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["61", "3600", "9" * 20, "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_long_retry_after_is_not_waited_for(waits: list[float], status: int, retry_after: str) -> None:
    assert (
        throttling_transport([throttled(status, retry_after)]).handle_request(REQUEST).status_code == status
    )
    assert waits == []


def test_the_number_of_retries_is_limited(waits: list[float]) -> None:
    transport = throttling_transport([throttled(429, "1")] * 100)
    assert transport.handle_request(REQUEST).status_code == 429
    assert transport.requests_sent == 6
    assert waits == [1.0] * 5


def test_all_requests_wait_while_the_target_throttles(waits: list[float]) -> None:
    transport = throttling_transport([])
    transport._quiet_until = time.monotonic() + 2  # noqa: SLF001 - another request was throttled
    transport.handle_request(REQUEST)
    assert waits == [2.0]


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 422, 500, 502])
def test_other_responses_are_not_retried(waits: list[float], status: int) -> None:
    transport = throttling_transport([throttled(status, "3")])
    assert transport.handle_request(REQUEST).status_code == status
    assert (waits, transport.requests_sent) == ([], 1)


def test_the_budget_includes_retries_and_is_never_exceeded(waits: list[float]) -> None:
    transport = throttling_transport([throttled(429, "1")], budget=3)
    transport.handle_request(REQUEST)
    transport.handle_request(REQUEST)
    with pytest.raises(BudgetExhaustedError, match="limit of 3 requests reached"):
        transport.handle_request(REQUEST)
    assert transport.requests_sent == 3
    assert waits == [1.0]


def test_the_budget_applies_to_concurrent_requests() -> None:
    transport = throttling_transport([], concurrency=8, budget=20)

    def is_sent(_: int) -> bool:
        try:
            transport.handle_request(REQUEST)
        except BudgetExhaustedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_sent, range(100))) == 20


def test_clean_up_has_its_own_budget() -> None:
    transport = throttling_transport([], budget=1)
    transport.handle_request(REQUEST)
    transport.reset_for_cleanup(2, 60)
    for _ in range(2):
        transport.handle_request(REQUEST)
    with pytest.raises(BudgetExhaustedError):
        transport.handle_request(REQUEST)


def test_clean_up_without_a_budget_is_unlimited() -> None:
    transport = throttling_transport([])
    transport.reset_for_cleanup(1, 60)
    assert [transport.handle_request(REQUEST).status_code for _ in range(5)] == [200] * 5


def test_the_rate_limit_applies_from_the_second_request_on(waits: list[float]) -> None:
    transport = throttling_transport([], per_second=2)
    for _ in range(4):
        transport.handle_request(REQUEST)
    assert waits == [0.5, 0.5, 0.5]


def test_the_rate_limit_applies_to_concurrent_requests(tmp_path: Path) -> None:
    limits = Limits(concurrency=8, requests_per_second=100)
    with fake_stack(lambda _: httpx.Response(200), tmp_path, limits) as stack:
        started = time.monotonic()
        list(stack.request_pool.map(lambda _: stack.send(GET, ORIGIN), range(21)))
        assert 0.19 <= time.monotonic() - started < 2


@pytest.mark.parametrize("concurrency", [1, 3])
def test_concurrent_requests_do_not_exceed_the_limit(concurrency: int) -> None:
    in_progress, most_in_progress, lock = 0, 0, threading.Lock()

    def respond(_: httpx.Request) -> httpx.Response:
        nonlocal in_progress, most_in_progress
        with lock:
            in_progress += 1
            most_in_progress = max(most_in_progress, in_progress)
        time.sleep(0.005)
        with lock:
            in_progress -= 1
        return httpx.Response(200)

    transport = ThrottlingTransport(
        httpx.MockTransport(respond), concurrency=concurrency, per_second=None, budget=None
    )
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: transport.handle_request(REQUEST), range(24)))
    assert most_in_progress == concurrency


def test_a_failure_frees_its_slot() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    transport = ThrottlingTransport(httpx.MockTransport(fail), concurrency=1, per_second=None, budget=None)
    for _ in range(3):
        with pytest.raises(httpx.ReadError):
            transport.handle_request(REQUEST)


def test_no_request_is_sent_after_a_stop() -> None:
    transport = throttling_transport([])
    transport.stopped.set()
    with pytest.raises(RunStoppedError):
        transport.handle_request(REQUEST)
    assert transport.requests_sent == 0


def test_a_stop_ends_a_wait() -> None:
    transport = throttling_transport([throttled(429, "50")])
    threading.Timer(0.05, transport.stopped.set).start()
    started = time.monotonic()
    with pytest.raises(RunStoppedError):
        transport.handle_request(REQUEST)
    assert time.monotonic() - started < 5


def test_every_throttled_response_is_recorded(tmp_path: Path, waits: list[float]) -> None:
    responses = [throttled(429, "1"), throttled(503, "2"), httpx.Response(200)]
    with fake_stack(lambda _: responses.pop(0), tmp_path) as stack:
        assert stack.send(GET, ORIGIN).status == 200
        assert [exchange.status for exchange in stack.evidence.exchanges] == [429, 503, 200]
    assert waits == [1.0, 2.0]
