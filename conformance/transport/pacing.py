"""How fast and how much: concurrency, rate, budget, and patience with 429 and 503."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from conformance.transport.recording import EXCHANGE

LONGEST_WAIT: Final = 60.0  # seconds that one Retry-After is honoured; longer is an outage
_BUSY: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
_TRIES: Final = 6
_FIRST_WAIT: Final = 0.5  # seconds, doubled each time, where a 429 names no time


class BudgetSpentError(Exception):
    """The run has sent as many requests as it may."""


class StoppedError(Exception):
    """The run was interrupted; nothing more is sent."""


class Pacing(httpx.BaseTransport):
    """Holds requests back until they may go, and repeats those that came too early."""

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
        self._waits = waits  # false where the answers are long there
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self._quiet_until = 0.0
        self.sent = 0
        self.stopped = threading.Event()
        self.tell: Callable[[float], None] = _nobody  # the seconds that the target asks us to wait

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request in its turn; a busy target is waited for, never judged."""
        response = self._send(request)
        for attempt in range(1, _TRIES):
            wait = _wait(response, attempt, _sent(request))
            if wait is None:
                break
            if self._waits:
                with self._lock:
                    self._quiet_until = max(self._quiet_until, time.monotonic() + wait)
                self.tell(wait)
            response = self._send(request)
        return response

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()

    def grant(self, requests: int) -> None:
        """Allow more requests, as clean-up needs them after the budget is spent."""
        if self._budget is not None:
            self._budget += requests

    def _send(self, request: httpx.Request) -> httpx.Response:
        with self._slots:
            delay = self._turn()
            if delay > 0 and self.stopped.wait(delay):
                raise StoppedError
            return self._inner.handle_request(request)

    def _turn(self) -> float:
        with self._lock:
            if self.stopped.is_set():
                raise StoppedError
            if self._budget is not None and self.sent >= self._budget:
                raise BudgetSpentError(f"{self._budget} requests are spent")
            self.sent += 1
            now = time.monotonic()
            turn = max(now, self._next, self._quiet_until)
            self._next = turn + self._interval
            return turn - now


def _nobody(_: float) -> None:
    """Tell nobody."""


def _sent(request: httpx.Request) -> datetime:
    """Return when a request was sent: now, but for one that is answered from the evidence."""
    exchange = request.extensions.get(EXCHANGE)
    return exchange.started if exchange else datetime.now(UTC)


def _wait(response: httpx.Response, attempt: int, now: datetime) -> float | None:
    """Return the seconds to wait before the request is repeated, None to take the answer as it is."""
    if response.status_code not in _BUSY:
        return None
    named = _named(response.headers.get("retry-after", ""), now)
    if named is None:
        too_many = response.status_code == httpx.codes.TOO_MANY_REQUESTS
        return _FIRST_WAIT * 2 ** (attempt - 1) if too_many else None
    return named if named <= LONGEST_WAIT else None


def _named(value: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After names (RFC 9110, 10.2.3: seconds or a date)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
