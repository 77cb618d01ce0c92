"""Throttling of requests: concurrency, rate, request budget, time limit, and waits after 429 and 503."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Final

import httpx

from conformance.runtime import resource_exhaustion
from conformance.transport import deadline
from conformance.transport.recording import EXCHANGE

MAX_WAIT: Final = 60.0  # longest Retry-After that is waited for; a longer one is an outage
_THROTTLED: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
_MAX_ATTEMPTS: Final = 6
_MAX_DIGITS: Final = 10  # more digits would be over a century of seconds
_LOST_CONNECTIONS: Final = ("ReadError", "WriteError", "RemoteProtocolError: Server disconnected")
_FIRST_WAIT: Final = 0.5  # seconds, doubled for each retry, after a 429 without Retry-After


class RunStoppedError(Exception):
    """No more requests are sent; `code` and `text` are the reason."""

    def __init__(self, text: str = "the run was stopped", code: str = "interrupted") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class BudgetExhaustedError(RunStoppedError):
    """The limit on the number of requests is reached."""

    def __init__(self, requests: int) -> None:
        super().__init__(f"limit of {requests:,} requests reached", "budget")


class TimeLimitError(RunStoppedError):
    """The time limit of the run is reached."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"limit of {seconds:g} s reached", "time")


class ThrottlingTransport(httpx.BaseTransport):
    """Delays requests to stay within the limits, and retries those that the target throttled."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        concurrency: int,
        per_second: float | None = None,
        budget: int | None = None,
        waits: bool = True,
    ) -> None:
        self._inner = inner
        self._slots = threading.BoundedSemaphore(concurrency)
        self._interval = 1 / per_second if per_second else 0.0
        self._budget = budget
        self._time_limit: float | None = None
        self._deadline: float | None = None
        self._waits = waits  # false in a replay, which has all responses already
        self._lock = threading.Lock()
        self._next_turn = time.monotonic()
        self._halt_reason: RunStoppedError | None = None
        self._quiet_until = 0.0
        self.requests_sent = 0
        self.stopped = threading.Event()
        self.on_wait: Callable[[float], None] = (
            _ignore  # called with the seconds that the target asks to wait
        )
        self.last_answered_number = 0  # number of the last exchange that had a response
        self.stop_reason: RunStoppedError | None = None  # the first reason for which a request was not sent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request in its turn; a response that throttles is followed by a wait and a retry."""
        response = self._send_with_retry(request)
        for attempt in range(1, _MAX_ATTEMPTS):
            wait = _seconds_to_wait(response, attempt, _time_sent(request))
            if wait is None:
                break
            if self._waits:
                with self._lock:
                    self._quiet_until = max(self._quiet_until, time.monotonic() + wait)
                self.on_wait(wait)
            response = self._send_with_retry(request)
        return response

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()

    def reset_for_cleanup(self, requests: int, seconds: float) -> None:
        """Allow that many more requests within that time, for a clean-up after the limits are reached."""
        with self._lock:
            self.stopped.clear()
            self._halt_reason = None
            if self._budget is not None:
                self._budget = self.requests_sent + requests
        self.set_time_limit(seconds)

    def raise_budget(self, requests: int) -> None:
        """Allow more requests, for a clean-up that goes on."""
        with self._lock:
            if self._budget is not None:
                self._budget += requests

    def set_time_limit(self, seconds: float) -> None:
        """Send no requests after that many seconds from now."""
        with self._lock:
            self._time_limit, self._deadline = seconds, time.monotonic() + seconds

    def note_response(self, number: int) -> None:
        """Note that an exchange had a response, unless a request was held back before."""
        with self._lock:
            if self.stop_reason is None:
                self.last_answered_number = max(self.last_answered_number, number)

    def stop(self, reason: RunStoppedError, *, last_answered: int | None = None) -> None:
        """Send no more requests, for that reason; responses after `last_answered` do not count as such."""
        with self._lock:
            self._halt_reason = self._halt_reason or reason
            if last_answered is not None and self.stop_reason is None:
                self.last_answered_number = min(self.last_answered_number, last_answered)
                self.stop_reason = self._halt_reason

    def raise_if_stopped(self) -> None:
        """Raise RunStoppedError if no more requests may be sent."""
        with self._lock:
            self._raise_if_stopped(time.monotonic())

    def pause(self, seconds: float) -> None:
        """Wait for some seconds, but not beyond the time limit."""
        if self._waits:
            self.stopped.wait(min(seconds, self._remaining_seconds()))

    def _send_with_retry(self, request: httpx.Request) -> httpx.Response:
        """Send the request, and a get once more if its connection was lost."""
        try:
            return self._send(request)
        except httpx.TransportError as error:
            if request.method != "GET" or not _was_lost(request, error):
                raise
        return self._send(request)

    def _send(self, request: httpx.Request) -> httpx.Response:
        with self._slots:
            delay = self._take_turn()
            if delay > 0 and self.stopped.wait(delay):
                raise self._note_reason(RunStoppedError())
            with deadline.within(self._remaining_seconds()):
                return self._pass_on(request)

    def _pass_on(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; stop the run if this machine lacks the resources for requests."""
        try:
            return self._inner.handle_request(request)
        except resource_exhaustion.ResourceExhaustedError as error:
            reason = RunStoppedError(str(error), resource_exhaustion.REASON_CODE)
            self.stop(reason)
            with self._lock:
                raise self._note_reason(reason) from error

    def _take_turn(self) -> float:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_turn, self._quiet_until)
            self._raise_if_stopped(turn)
            self.requests_sent += 1
            self._next_turn = turn + self._interval
            return turn - now

    def _remaining_seconds(self) -> float:
        """Return the maximum duration of a request: the time until the deadline of the run."""
        return inf if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def _raise_if_stopped(self, turn: float) -> None:
        if self._halt_reason is not None:
            raise self._note_reason(self._halt_reason)
        if self.stopped.is_set():
            raise self._note_reason(RunStoppedError())
        if self._budget is not None and self.requests_sent >= self._budget:
            raise self._note_reason(BudgetExhaustedError(self._budget))
        if self._time_limit is not None and self._deadline is not None and turn > self._deadline:
            raise self._note_reason(TimeLimitError(self._time_limit))

    def _note_reason(self, reason: RunStoppedError) -> RunStoppedError:
        self.stop_reason = self.stop_reason or reason
        return reason


def _was_lost(request: httpx.Request, error: httpx.TransportError) -> bool:
    """Return whether the connection was lost, and neither the response nor a timeout was the problem."""
    exchange = request.extensions.get(EXCHANGE)
    failure = exchange.failure or "" if exchange else type(error).__name__
    return failure.startswith(_LOST_CONNECTIONS)


def _ignore(_: float) -> None:
    """Ignore a wait."""


def _time_sent(request: httpx.Request) -> datetime:
    """Return the time at which a request was sent: now, or in a replay the recorded time."""
    exchange = request.extensions.get(EXCHANGE)
    return exchange.started if exchange else datetime.now(UTC)


def _seconds_to_wait(response: httpx.Response, attempt: int, now: datetime) -> float | None:
    """Return the seconds to wait before a retry, or None to accept the response as it is."""
    if response.status_code not in _THROTTLED:
        return None
    seconds = _retry_after_seconds(response.headers.get("retry-after", ""), now)
    if seconds is None:
        too_many = response.status_code == httpx.codes.TOO_MANY_REQUESTS
        return _FIRST_WAIT * 2 ** (attempt - 1) if too_many else None
    return seconds if seconds <= MAX_WAIT else None


def _retry_after_seconds(value: str, now: datetime) -> float | None:
    """Return the seconds that Retry-After specifies (RFC 9110, 10.2.3: seconds or a date)."""
    digits = value.strip()
    if digits.isascii() and digits.isdecimal():
        return float(digits) if len(digits) < _MAX_DIGITS else inf
    try:
        retry_at = parsedate_to_datetime(value)
        retry_at_utc = retry_at if retry_at.tzinfo else retry_at.replace(tzinfo=UTC)
        return max(0.0, (retry_at_utc - now).total_seconds())
    except (ValueError, OverflowError, TypeError, IndexError):  # parsedate_to_datetime raises all of them
        return None
