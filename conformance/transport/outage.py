"""Detection of outages: a target that is gone, as opposed to a single request without a response.

If no other response has been received since, the target is probed after some delays. If the probes get no
response either, the target is gone: no more requests are sent, and nothing is concluded from the requests
that were lost last. A replay uses the number of the last exchange that had a response.

A target may also respond to everything with the same status from one moment on: 502 from a gateway, 401 after
the credentials have expired, 404 after its routes are gone. The requests of the preflight are then repeated.
If their responses have this status too, and had another one before, the target is unavailable.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

import httpx

from conformance.evidence.evidence_file import Evidence
from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange, Request
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
_UNAUTHORIZED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_Question = tuple[str, str, bool]  # method, target, and whether the credentials are valid
_NO_ROUTE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED})
UNAVAILABLE: Final = "unavailable"  # reason code of a target that gives all requests the same status


class OutageDetector(httpx.BaseTransport):
    """Probes a target that stopped responding, and ends the run if it does not come back."""

    def __init__(
        self,
        throttling: ThrottlingTransport,
        probe: Callable[[int, int], httpx.Request],
        questions: Sequence[Request],
        evidence: Evidence,
    ) -> None:
        """Initialize with the requests of the preflight that are repeated, the probe of an outage first.

        `probe` returns the request to send for the number of a probe and the position of a question.
        """
        self._throttling = throttling
        self._evidence = evidence
        self._make_probe = probe
        self._questions = [_question(request) for request in questions]
        self._first_statuses: dict[_Question, int] = {}  # of the first response to each question
        self._last_trusted = 0  # number of the last exchange that shows an available target
        self._probes = 0
        self._is_gone = False  # whether all probes failed before
        self._probe_lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; raise RunStoppedError if the target is gone."""
        try:
            response = self._throttling.handle_request(request)
        except httpx.TransportError:
            self._probe_until_available(request)
            raise
        if _exchange(request).is_throttled:
            self._probe_until_available(request)
        else:
            self._note_response(_exchange(request))
        if self._evidence.estimated_size > _MAX_EVIDENCE_SIZE:
            self._throttling.stop(
                RunStoppedError("the responses that are not yet evaluated take too much memory", "size")
            )
        return response

    def confirm(self, exchange: Exchange) -> None:
        """Raise RunStoppedError if the target gives the status of an exchange to all requests."""
        if not _may_be_unavailable(exchange) or self._last_trusted > exchange.number:
            return
        with self._probe_lock:
            try:
                self._throttling.raise_if_stopped()
                for pause in (0.0,) if self._is_gone else (0.0, *PROBE_DELAYS):
                    self._throttling.pause(pause)
                    if self._last_trusted > exchange.number or not self._is_rejected(exchange):
                        return
                self._is_gone = True
                self._throttling.stop(_unavailable(exchange), last_answered=self._last_trusted)
                self._throttling.raise_if_stopped()
            except RunStoppedError:
                if self._throttling.last_answered_number < exchange.number:
                    raise

    @property
    def last_reliable(self) -> int | None:
        """Return the number of the last exchange that decides anything; None if all do."""
        reason = self._throttling.stop_reason
        is_unavailable = reason is not None and reason.code == UNAVAILABLE
        return self._throttling.last_answered_number if is_unavailable else None

    def close(self) -> None:
        """Close the transport below."""
        self._throttling.close()

    def _note_response(self, exchange: Exchange) -> None:
        if exchange.is_gateway_error:
            return
        self._throttling.note_response(exchange.number)
        question = _question(exchange.request)
        if question in self._questions and exchange.status is not None:
            self._first_statuses.setdefault(question, exchange.status)
        if exchange.status not in _UNAUTHORIZED | _NO_ROUTE:
            self._last_trusted = max(self._last_trusted, exchange.number)

    def _is_rejected(self, exchange: Exchange) -> bool:
        """Return whether questions whose first response had another status now get that of the exchange."""
        positions = [
            position
            for position, question in enumerate(self._questions)
            if self._first_statuses.get(question, exchange.status) != exchange.status
            and (question[2] or exchange.status in _NO_ROUTE)
        ]
        if not positions:
            return False
        for position in positions:
            self._probes += 1
            probe = self._make_probe(self._probes, position)
            try:
                self._throttling.handle_request(probe)
            except httpx.TransportError:
                continue
            if not _has_same_status(_exchange(probe), exchange):
                self._throttling.note_response(_exchange(probe).number)
                self._last_trusted = max(self._last_trusted, _exchange(probe).number)
                return False
        return True

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
        probe = self._make_probe(self._probes, 0)
        try:
            self._throttling.handle_request(probe)
        except httpx.TransportError:
            return False
        if _exchange(probe).is_throttled or _exchange(probe).is_gateway_error:
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
        """Pass the request on; raise RunStoppedError if it was lost in an outage."""
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError:
            self._raise_if_outage(request)
            raise
        if _exchange(request).is_throttled:
            self._raise_if_outage(request)
        return response

    def confirm(self, exchange: Exchange) -> None:
        """Raise RunStoppedError if the run was stopped because all requests had the status of an exchange."""
        if _may_be_unavailable(exchange) and self._is_after_end(exchange):
            raise self._reason

    @property
    def last_reliable(self) -> int | None:
        """Return the number of the last exchange that decides anything; None if all do."""
        return self._answered if self._reason.code == UNAVAILABLE else None

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()

    def _raise_if_outage(self, request: httpx.Request) -> None:
        exchange = _exchange(request)
        if _may_be_outage(exchange) and self._is_after_end(exchange):
            raise self._reason

    def _is_after_end(self, exchange: Exchange) -> bool:
        return self._answered is not None and exchange.number > self._answered


def _may_be_outage(exchange: Exchange) -> bool:
    """Return whether no response came, or only a part; an invalid response shows that the target runs."""
    return exchange.is_throttled or (exchange.failure or "").startswith(_OUTAGE_FAILURES)


def _may_be_unavailable(exchange: Exchange) -> bool:
    """Return whether the status may be that of a target which gives it to all requests."""
    if exchange.is_gateway_error:
        return True
    statuses = _UNAUTHORIZED | _NO_ROUTE if exchange.is_create else _UNAUTHORIZED
    return exchange.status in statuses and exchange.request.credential is VALID


def _has_same_status(probe: Exchange, exchange: Exchange) -> bool:
    return probe.status == exchange.status or (probe.is_gateway_error and exchange.is_gateway_error)


def _question(request: Request) -> _Question:
    return request.method, request.target, request.credential is VALID


def _exchange(request: httpx.Request) -> Exchange:
    exchange: Exchange = request.extensions[EXCHANGE]
    return exchange


def _reason(exchange: Exchange) -> RunStoppedError:
    if exchange.is_throttled:
        return RunStoppedError(f"the target keeps returning {exchange.status}", "busy")
    return RunStoppedError("the target stopped responding", "outage")


def _unavailable(exchange: Exchange) -> RunStoppedError:
    text = f"the target returns {exchange.status} to all requests, the requests of the preflight included"
    return RunStoppedError(text, UNAVAILABLE)
