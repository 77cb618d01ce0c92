"""Every exchange is appended to the evidence before anyone judges it."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, cast

import httpx

from conformance.evidence.evidence_file import Evidence
from conformance.http.exchange import Exchange, Response
from conformance.http.json_body import shared
from conformance.redaction.masking import Seal
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.transport import deadline
from conformance.transport.content_decoding import TooLargeError, decoded

MOST_FIELDS: Final = 500  # in the header of an answer; none of this API comes near it
INTENT: Final = "conformance.intent"  # request extension: the Request and Origin it was made from
EXCHANGE: Final = "conformance.http.exchange"  # request extension: the Exchange it became


class Recording(httpx.BaseTransport):
    """Reads each answer whole, takes all secrets out, numbers the exchange, keeps it and writes it down."""

    def __init__(self, inner: httpx.BaseTransport, evidence: Evidence, seal: Seal, timeout: float) -> None:
        self._inner = inner
        self._evidence = evidence
        self._seal = seal
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; a failure is recorded as faithfully as an answer, unless it is our own.

        Raise ExhaustedError where this machine lacks what the request needs.
        """
        started, clock = datetime.now(UTC), time.monotonic()
        response: Response | None = None
        failure: str | None = None
        try:
            with deadline.within(self._timeout):
                response = self._read(self._inner.handle_request(request))
        except httpx.RequestError as error:
            resource_exhaustion.check(error)
            failure = f"{type(error).__name__}: {error}".rstrip(": ")
        intent, origin = request.extensions[INTENT]
        seconds = round(time.monotonic() - clock, 6)
        exchange = Exchange(0, origin, intent, response, failure, started, seconds)
        with cpu_time.EVIDENCE:
            kept = self._evidence.add(self._seal.exchange(exchange))
        return passed_on(request, kept)

    def close(self) -> None:
        """Close the connections below."""
        self._inner.close()

    @staticmethod
    def _read(received: httpx.Response) -> Response:
        stream = cast("httpx.SyncByteStream", received.stream)  # of a transport that is none of asyncio's
        body = bytearray()
        try:
            if len(received.headers) > MOST_FIELDS:
                raise TooLargeError(f"more than {MOST_FIELDS} header fields")
            for piece in decoded(stream, received.headers.get("content-encoding", "")):
                deadline.check()
                body += piece
        finally:
            received.close()
        headers = tuple((shared(name), shared(value)) for name, value in received.headers.multi_items())
        return Response(received.status_code, headers, bytes(body))


def passed_on(request: httpx.Request, exchange: Exchange) -> httpx.Response:
    """Return what those above go by: the status and how long to wait; the exchange is at the request."""
    request.extensions[EXCHANGE] = exchange
    response = exchange.response
    if response is None:
        raise httpx.TransportError(exchange.failure or "no answer")
    return _told(response.status, response.header("retry-after"))


@lru_cache(maxsize=100)
def _told(status: int, wait: str | None) -> httpx.Response:
    """Return the response to all requests that were answered so; nobody changes it."""
    told = [] if wait is None else [(b"retry-after", wait.encode("utf-8", "backslashreplace"))]
    return httpx.Response(status, headers=told)
