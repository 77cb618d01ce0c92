"""Requests without a response from a mock: each costs its timeout once or twice, not once for every attempt.

A mock without memory gives equal requests equal responses. A request of a kind that timed out is therefore
not sent again; its first exchange is returned in its place. Requests of one check whose bodies are all not
valid JSON are of one kind. Nothing else is concluded: another check sends its own request.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Protocol

from conformance.http.credentials import Credential
from conformance.http.exchange import Exchange, Origin, Request
from conformance.http.resource_names import without_attempt_number

_TIMEOUT: Final = "ReadTimeout"  # beginning of a failure
_MIN_TIMEOUTS: Final = 2  # of a kind, or of all malformed bodies of its operation
_MALFORMED: Final = b"not valid JSON"
_Kind = tuple[str, str, str, str, Credential, bytes]


class RequestTimeouts(Protocol):
    """Finds the exchange that shows that a request gets no response."""

    def earlier_exchange(self, request: Request, origin: Origin) -> Exchange | None:
        """Return the exchange to use in place of sending a request; None if it has to be sent."""

    def note(self, exchange: Exchange) -> None:
        """Note an exchange."""


class ObservedTimeouts:
    """The kinds of requests that timed out during this run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: dict[_Kind, Exchange] = {}
        self._timeouts: Counter[_Kind] = Counter()
        self._malformed: Counter[str] = Counter()  # timeouts of malformed bodies, by operation
        self._kinds_with_response: set[_Kind] = set()

    def earlier_exchange(self, request: Request, origin: Origin) -> Exchange | None:
        """Return the first exchange of a kind that timed out repeatedly and never got a response."""
        kind = _kind(request, origin)
        with self._lock:
            if kind in self._kinds_with_response or kind not in self._first:
                return None
            timeouts = self._timeouts[kind]
            if kind[-1] == _MALFORMED:
                timeouts = max(timeouts, self._malformed[origin.operation])
            return _in_place_of(origin, self._first[kind]) if timeouts >= _MIN_TIMEOUTS else None

    def note(self, exchange: Exchange) -> None:
        """Note whether a request timed out."""
        kind = _kind(exchange.request, exchange.origin)
        with self._lock:
            if not _has_timed_out(exchange):
                self._kinds_with_response.add(kind)
                return
            self._timeouts[kind] += 1
            self._malformed[exchange.origin.operation] += kind[-1] == _MALFORMED
            _keep_first(self._first, exchange)


class RecordedTimeouts:
    """The kinds of requests that timed out in a recorded run, which has sent some of them only once."""

    def __init__(self, exchanges: Iterable[Exchange], is_recorded: Callable[[Request, Origin], bool]) -> None:
        self._is_recorded = is_recorded
        self._first: dict[_Kind, Exchange] = {}
        for exchange in filter(_has_timed_out, exchanges):
            _keep_first(self._first, exchange)

    def earlier_exchange(self, request: Request, origin: Origin) -> Exchange | None:
        """Return the first exchange of the kind of a request that the run has not sent."""
        first = self._first.get(_kind(request, origin)) if self._first else None
        is_sent = first is None or self._is_recorded(request, origin)
        return None if first is None or is_sent else _in_place_of(origin, first)

    def note(self, exchange: Exchange) -> None:
        """Ignore it: the evidence determines what was sent."""


def _in_place_of(origin: Origin, earlier: Exchange) -> Exchange:
    """Return the earlier exchange in place of one that is assessed or not."""
    return replace(earlier, origin=replace(earlier.origin, assessed=origin.assessed))


def _kind(request: Request, origin: Origin) -> _Kind:
    content = without_attempt_number(request.body)
    if request.method == "POST" and request.body and not _is_json(request.body):
        content = _MALFORMED
    return origin.check, origin.operation, request.method, request.target, request.credential, content


def _is_json(body: bytes) -> bool:
    """Return whether a body is JSON, or not even UTF-8, which servers handle differently."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return True
    try:
        json.loads(text)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _has_timed_out(exchange: Exchange) -> bool:
    return (exchange.failure or "").startswith(_TIMEOUT)


def _keep_first(first: dict[_Kind, Exchange], exchange: Exchange) -> None:
    """Keep the exchange with the lowest number of each kind."""
    kind = _kind(exchange.request, exchange.origin)
    if kind not in first or exchange.number < first[kind].number:
        first[kind] = exchange
