"""Detection of outages: a target that is gone, as opposed to a single request without a response.

If no other response has been received since, the target is probed after some delays. If the probes get no
response either, the target is gone: no more requests are sent, and nothing is concluded from the requests
that were lost last. A replay uses the number of the last exchange that had a response.
"""

import threading
from collections.abc import Callable
from typing import Final

import httpx

from conformance.evidence.evidence_file import Evidence
from conformance.http.exchange import Exchange
from conformance.transport.recording import EXCHANGE
from conformance.transport.throttling import RunStoppedError, ThrottlingTransport

_MAX_EVIDENCE_SIZE: Final = 96 * 1024 * 1024  # bytes of responses that no check has evaluated yet
_OUTAGE_FAILURES: Final = (
    "ConnectError",
    "ConnectTimeout",
    "ReadError",
    "ReadTimeout",
    "WriteError",
    "WriteTimeout",
    "ProxyError",
    "RemoteProtocolError: Server disconnected",
)
PROBE_DELAYS: Final = (0.25, 0.5, 1.0, 1.5)  # seconds before each probe


class OutageDetector(httpx.BaseTransport):
    """Probes a target that stopped responding, and ends the run if it does not come back."""

    def __init__(
        self, throttling: ThrottlingTransport, probe: Callable[[int], httpx.Request], evidence: Evidence
    ) -> None:
        self._throttling = throttling
        self._evidence = evidence
        self._make_probe = probe
        self._probes = 0
        self._is_gone = False  # whether all probes failed before
        self._probe_lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; raise StoppedError if the target is gone."""
        try:
            response = self._throttling.handle_request(request)
        except httpx.TransportError:
            self._probe_until_available(request)
            raise
        if _exchange(request).is_throttled:
            self._probe_until_available(request)
        else:
            self._throttling.note_response(_exchange(request).number)
        if self._evidence.estimated_size > _MAX_EVIDENCE_SIZE:
            self._throttling.stop(
                RunStoppedError("the responses that are not yet evaluated take too much memory", "size")
            )
        return response

    def close(self) -> None:
        """Close the transport below."""
        self._throttling.close()

    def _probe_until_available(self, request: httpx.Request) -> None:
        """Return once the target responds; only one of the threads whose requests were lost probes it."""
        exchange = _exchange(request)
        if self._throttling.last_answered_number == 0 or not _may_be_outage(exchange):
            return  # no response was ever received, or one has been received since
        with self._probe_lock:
            try:
                self._throttling.raise_if_stopped()
                if not self._is_available(exchange):
                    self._is_gone = True
                    self._throttling.stop(_reason(exchange))
                    self._throttling.raise_if_stopped()
            except RunStoppedError:
                if self._throttling.last_answered_number < exchange.number:
                    raise

    def _is_available(self, exchange: Exchange) -> bool:
        if self._throttling.last_answered_number > exchange.number:
            return True
        if exchange.is_throttled:  # its Retry-After has been waited for
            return self._probe_target()
        for pause in () if self._is_gone else PROBE_DELAYS:
            self._throttling.pause(pause)
            if self._throttling.last_answered_number > exchange.number or self._probe_target():
                return True
        return False

    def _probe_target(self) -> bool:
        self._probes += 1
        probe = self._make_probe(self._probes)
        try:
            self._throttling.handle_request(probe)
        except httpx.TransportError:
            return False
        if _exchange(probe).is_throttled:
            return False
        self._throttling.note_response(_exchange(probe).number)
        return True


class ReplayedOutage(httpx.BaseTransport):
    """Ends a replay at the same request as its run: what was lost after the last response was an outage."""

    def __init__(self, inner: httpx.BaseTransport, answered: int | None, reason: RunStoppedError) -> None:
        self._inner = inner
        self._answered = answered  # None if the target did not become unavailable
        self._reason = reason

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; raise StoppedError if it was lost in an outage."""
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError:
            self._raise_if_outage(request)
            raise
        if _exchange(request).is_throttled:
            self._raise_if_outage(request)
        return response

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()

    def _raise_if_outage(self, request: httpx.Request) -> None:
        exchange = _exchange(request)
        if self._answered is not None and _may_be_outage(exchange) and exchange.number > self._answered:
            raise self._reason


def _may_be_outage(exchange: Exchange) -> bool:
    """Return whether no response came, or only a part; an invalid response shows that the target runs."""
    return exchange.is_throttled or (exchange.failure or "").startswith(_OUTAGE_FAILURES)


def _exchange(request: httpx.Request) -> Exchange:
    exchange: Exchange = request.extensions[EXCHANGE]
    return exchange


def _reason(exchange: Exchange) -> RunStoppedError:
    if exchange.is_throttled:
        return RunStoppedError(f"the target keeps returning {exchange.status}", "busy")
    return RunStoppedError("the target stopped responding", "outage")
