"""How fast and how much: concurrency, rate, budget, time, and patience with 429 and 503."""

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

LONGEST_WAIT: Final = 60.0  # seconds that one Retry-After is honoured; longer is an outage
_BUSY: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
_TRIES: Final = 6
_ENDLESS: Final = 10  # digits: more than a century of seconds
_LOST: Final = ("ReadError", "WriteError", "RemoteProtocolError: Server disconnected")
_FIRST_WAIT: Final = 0.5  # seconds, doubled each time, where a 429 names no time


class StoppedError(Exception):
    """Nothing more is sent: a code word for the reason, and the reason."""

    def __init__(self, text: str = "the run was stopped", code: str = "interrupted") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class BudgetSpentError(StoppedError):
    """The run has sent as many requests as it may."""

    def __init__(self, requests: int) -> None:
        super().__init__(f"{requests} requests are spent", "budget")


class TimeSpentError(StoppedError):
    """The run has taken as long as it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:g} seconds are spent", "time")


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
        self._seconds: float | None = None
        self._ends: float | None = None
        self._waits = waits  # false where the answers are long there
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self._halted: StoppedError | None = None
        self._quiet_until = 0.0
        self.sent = 0
        self.stopped = threading.Event()
        self.tell: Callable[[float], None] = _nobody  # the seconds that the target asks us to wait
        self.answered = 0  # the number of the last exchange that was answered
        self.reason: StoppedError | None = None  # the first for which a request was held back

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request in its turn; a busy target is waited for, never judged."""
        response = self._patient(request)
        for attempt in range(1, _TRIES):
            wait = _wait(response, attempt, _sent(request))
            if wait is None:
                break
            if self._waits:
                with self._lock:
                    self._quiet_until = max(self._quiet_until, time.monotonic() + wait)
                self.tell(wait)
            response = self._patient(request)
        return response

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()

    def begin_anew(self, requests: int, seconds: float) -> None:
        """Allow that many requests more within that time, as clean-up needs them when all else is spent."""
        with self._lock:
            self.stopped.clear()
            self._halted = None
            if self._budget is not None:
                self._budget = self.sent + requests
        self.last(seconds)

    def grant(self, requests: int) -> None:
        """Allow some more requests, as clean-up needs them while it goes on."""
        with self._lock:
            if self._budget is not None:
                self._budget += requests

    def last(self, seconds: float) -> None:
        """Send nothing any more when that many seconds from now are over."""
        with self._lock:
            self._seconds, self._ends = seconds, time.monotonic() + seconds

    def lives(self, number: int) -> None:
        """Note that an exchange was answered; only those count that came before any was held back."""
        with self._lock:
            if self.reason is None:
                self.answered = max(self.answered, number)

    def halt(self, reason: StoppedError) -> None:
        """Send nothing more, for a reason."""
        with self._lock:
            self._halted = self._halted or reason

    def check(self) -> None:
        """Raise StoppedError where nothing more may be sent."""
        with self._lock:
            self._check(time.monotonic())

    def pause(self, seconds: float) -> None:
        """Let some time pass, as long as there is any."""
        self.stopped.wait(min(seconds, self._left()))

    def _patient(self, request: httpx.Request) -> httpx.Response:
        """Send a get that was lost on the way once more: it asks for nothing but an answer."""
        try:
            return self._send(request)
        except httpx.TransportError as lost:
            if request.method != "GET" or not _was_lost(request, lost):
                raise
        return self._send(request)

    def _send(self, request: httpx.Request) -> httpx.Response:
        with self._slots:
            delay = self._turn()
            if delay > 0 and self.stopped.wait(delay):
                raise self._held(StoppedError())
            with deadline.within(self._left()):
                return self._unless_exhausted(request)

    def _unless_exhausted(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; halt where this machine lacks what requests need."""
        try:
            return self._inner.handle_request(request)
        except resource_exhaustion.ExhaustedError as error:
            reason = StoppedError(str(error), resource_exhaustion.CODE)
            self.halt(reason)
            with self._lock:
                raise self._held(reason) from error

    def _turn(self) -> float:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next, self._quiet_until)
            self._check(turn)
            self.sent += 1
            self._next = turn + self._interval
            return turn - now

    def _left(self) -> float:
        """Return how long a request may take at the most: what is left of the time for the run."""
        return inf if self._ends is None else max(0.0, self._ends - time.monotonic())

    def _check(self, turn: float) -> None:
        if self._halted is not None:
            raise self._held(self._halted)
        if self.stopped.is_set():
            raise self._held(StoppedError())
        if self._budget is not None and self.sent >= self._budget:
            raise self._held(BudgetSpentError(self._budget))
        if self._seconds is not None and self._ends is not None and turn > self._ends:
            raise self._held(TimeSpentError(self._seconds))

    def _held(self, reason: StoppedError) -> StoppedError:
        self.reason = self.reason or reason
        return reason


def _was_lost(request: httpx.Request, error: httpx.TransportError) -> bool:
    """Tell whether the connection broke, and nothing else was wrong with the answer or its time."""
    exchange = request.extensions.get(EXCHANGE)
    told = exchange.failure or "" if exchange else type(error).__name__
    return told.startswith(_LOST)


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
    digits = value.strip()
    if digits.isascii() and digits.isdecimal():
        return float(digits) if len(digits) < _ENDLESS else inf
    try:
        moment = parsedate_to_datetime(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, OverflowError, TypeError, IndexError):  # the parser of dates lets all of them out
        return None
