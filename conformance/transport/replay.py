"""The transport that answers from the evidence: the checks run again, and nothing is sent."""

import json
import threading
from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import httpx

from conformance.evidence.evidence_file import Evidence, body, headers, line
from conformance.evidence.evidence_reader import Answer, Testimony, key
from conformance.http.credentials import labelled
from conformance.http.exchange import Exchange, Origin, Request
from conformance.transport.recording import INTENT, passed_on
from conformance.transport.throttling import StoppedError

_UNTOLD: Final = StoppedError()


class NotRecordedError(StoppedError):
    """The evidence does not hold this request: the run was stopped before it, for the reason that it had."""


class RecalledEvidence(Evidence):
    """Exchanges that keep the numbers they were recorded with, and their order; all of them are kept."""

    in_order = False

    def add(self, exchange: Exchange) -> Exchange:
        """Keep the exchange in its place."""
        with self._lock:
            insort(self.exchanges, exchange, key=lambda each: each.number)
            self.traffic.add(exchange)
            made = exchange.id if exchange.creates else None
            known = self.creators.get(made or "")
            if made is not None and (known is None or known.number < exchange.number):
                self.creators[made] = exchange
        return exchange


class Replaying(httpx.BaseTransport):
    """Gives each request the answer that it got, the first one to the first where several are alike."""

    def __init__(self, testimony: Testimony, evidence: Evidence) -> None:
        self._evidence = evidence
        self._reason = reason(testimony)
        self._lock = threading.Lock()
        self._answers: dict[str, deque[Answer]] = {}
        for answer in testimony.answers:
            self._answers.setdefault(answer.key, deque()).append(answer)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from the evidence."""
        intent, origin = request.extensions[INTENT]
        asked = Exchange(0, origin, intent, None, None, datetime.now(UTC), 0.0)
        with self._lock:
            left = self._answers.get(key(line(asked)))
            if not left:
                raise NotRecordedError(self._reason.text, self._reason.code)
            answer = left.popleft()
        exchange = replace(
            asked,
            number=answer.number,
            response=answer.response,
            failure=answer.failure,
            started=answer.started,
            seconds=answer.seconds,
        )
        return passed_on(request, self._evidence.add(exchange))


def recorded(testimony: Testimony, check: str) -> Iterator[tuple[Request, Origin]]:
    """Yield what one check sent, in the order of the evidence; nothing is concluded from it."""
    start = json.dumps([[check]])[:-2]
    for answer in testimony.answers:
        if answer.key.startswith(start):
            (_, attempt, case, operation), sent = json.loads(answer.key)
            content = {name: sent[name] for name in ("body", "base64") if sent[name] is not None}
            request = Request(
                sent["method"],
                sent["target"],
                headers(sent["headers"]),
                body(content),
                labelled(sent["credential"]),
            )
            yield request, Origin(check, operation, attempt, case, judged=False)


def reason(testimony: Testimony) -> StoppedError:
    """Return why nothing more was sent."""
    told = (testimony.footer or {}).get("stopped") or {}
    return StoppedError(told.get("text", _UNTOLD.text), told.get("code", _UNTOLD.code))
