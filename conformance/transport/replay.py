"""Replay: responses come from recorded evidence, and nothing is sent."""

import json
import threading
from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import httpx

from conformance.evidence.evidence_file import Evidence, exchange_data, parse_body, parse_headers
from conformance.evidence.evidence_reader import RecordedResponse, RecordedRun, request_key
from conformance.http.credentials import credential_with_label
from conformance.http.exchange import Exchange, Origin, Request
from conformance.transport.recording import INTENT, response_for_stack
from conformance.transport.throttling import RunStoppedError

_DEFAULT_REASON: Final = RunStoppedError()


class NotRecordedError(RunStoppedError):
    """The evidence does not contain this request, as the run was stopped before it."""


class ReplayedEvidence(Evidence):
    """Evidence with the recorded numbers of the exchanges, ordered by them; no exchange is removed."""

    adds_in_order = False

    def add(self, exchange: Exchange) -> Exchange:
        """Insert the exchange according to its number."""
        with self._lock:
            insort(self.exchanges, exchange, key=lambda member: member.number)
            self.traffic_stats.add(exchange)
            path = exchange.created_path
            creator = self.creators.get(path or "")
            if path is not None and (creator is None or creator.number < exchange.number):
                self.creators[path] = exchange
        return exchange


class ReplayTransport(httpx.BaseTransport):
    """Returns the recorded response to each request; equal requests get theirs in recorded order."""

    def __init__(self, recorded_run: RecordedRun, evidence: Evidence) -> None:
        self._evidence = evidence
        self._reason = stop_reason(recorded_run)
        self._lock = threading.Lock()
        self._responses: dict[str, deque[RecordedResponse]] = {}
        for recorded in recorded_run.responses:
            self._responses.setdefault(recorded.request_key, deque()).append(recorded)

    def has_response(self, request: Request, origin: Origin) -> bool:
        """Return whether the evidence has another exchange for a request."""
        unanswered = Exchange(0, origin, request, None, None, datetime.now(UTC), 0.0)
        with self._lock:
            return bool(self._responses.get(request_key(exchange_data(unanswered))))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the recorded response."""
        intent, origin = request.extensions[INTENT]
        unanswered = Exchange(0, origin, intent, None, None, datetime.now(UTC), 0.0)
        with self._lock:
            responses = self._responses.get(request_key(exchange_data(unanswered)))
            if not responses:
                raise NotRecordedError(self._reason.text, self._reason.code)
            recorded = responses.popleft()
        exchange = replace(
            unanswered,
            number=recorded.number,
            response=recorded.response,
            failure=recorded.failure,
            started=recorded.started,
            seconds=recorded.seconds,
        )
        return response_for_stack(request, self._evidence.add(exchange))


def recorded_requests(recorded_run: RecordedRun, check: str) -> Iterator[tuple[Request, Origin]]:
    """Yield the requests of a check in recorded order, each with an origin that is not assessed."""
    start = json.dumps([[check]])[:-2]
    for recorded in recorded_run.responses:
        if recorded.request_key.startswith(start):
            yield _recorded_request(recorded)


def recorded_failures(recorded_run: RecordedRun) -> Iterator[Exchange]:
    """Yield the exchanges without a response."""
    for recorded in recorded_run.responses:
        if recorded.failure is not None:
            request, origin = _recorded_request(recorded)
            yield Exchange(
                recorded.number, origin, request, None, recorded.failure, recorded.started, recorded.seconds
            )


def _recorded_request(recorded: RecordedResponse) -> tuple[Request, Origin]:
    (check, attempt, case, operation, *resend), sent = json.loads(recorded.request_key)
    content = {name: sent[name] for name in ("body", "base64") if sent[name] is not None}
    request = Request(
        sent["method"],
        sent["target"],
        parse_headers(sent["headers"]),
        parse_body(content),
        credential_with_label(sent["credential"]),
    )
    return request, Origin(check, operation, attempt, case, assessed=False, resend=sum(resend))


def stop_reason(recorded_run: RecordedRun) -> RunStoppedError:
    """Return the reason for which the run sent no more requests."""
    stopped = (recorded_run.footer or {}).get("stopped") or {}
    return RunStoppedError(
        stopped.get("text", _DEFAULT_REASON.text), stopped.get("code", _DEFAULT_REASON.code)
    )
