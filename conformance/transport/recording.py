"""Recording: each exchange is added to the evidence before any check reads it."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, cast

import httpx

from conformance.evidence.evidence_file import Evidence
from conformance.http.exchange import Exchange, Response
from conformance.http.json_body import interned
from conformance.redaction.masking import SecretMask
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.transport import deadline
from conformance.transport.content_decoding import TooLargeError, decode_body

MAX_FIELDS: Final = 500  # in the header of a response; responses of this API have far fewer
INTENT: Final = "conformance.intent"  # request extension: its Request and Origin
EXCHANGE: Final = "conformance.http.exchange"  # request extension: its Exchange, once it has ended


class RecordingTransport(httpx.BaseTransport):
    """Reads each response completely, masks its secrets, and records the exchange."""

    def __init__(
        self, inner: httpx.BaseTransport, evidence: Evidence, secret_mask: SecretMask, timeout: float
    ) -> None:
        self._inner = inner
        self._evidence = evidence
        self._secret_mask = secret_mask
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; a failure is recorded like a response, unless this machine is the cause.

        Raise ResourceExhaustedError if this machine lacks the resources for the request.
        """
        started, clock = datetime.now(UTC), time.monotonic()
        response: Response | None = None
        failure: str | None = None
        try:
            with deadline.within(self._timeout):
                response = self._read(self._inner.handle_request(request))
        except httpx.RequestError as error:
            resource_exhaustion.raise_if_exhausted(error)
            failure = f"{type(error).__name__}: {error}".rstrip(": ")
        intent, origin = request.extensions[INTENT]
        seconds = round(time.monotonic() - clock, 6)
        exchange = Exchange(0, origin, intent, response, failure, started, seconds)
        with cpu_time.EVIDENCE:
            recorded = self._evidence.add(self._secret_mask.mask_exchange(exchange))
        return response_for_stack(request, recorded)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()

    @staticmethod
    def _read(received: httpx.Response) -> Response:
        stream = cast("httpx.SyncByteStream", received.stream)  # the transports below are synchronous
        body = bytearray()
        try:
            if len(received.headers) > MAX_FIELDS:
                raise TooLargeError(f"more than {MAX_FIELDS} header fields")
            for piece in decode_body(stream, received.headers.get("content-encoding", "")):
                deadline.check()
                body += piece
        finally:
            received.close()
        headers = tuple((interned(name), interned(value)) for name, value in received.headers.multi_items())
        return Response(received.status_code, headers, bytes(body))


def response_for_stack(request: httpx.Request, exchange: Exchange) -> httpx.Response:
    """Return a response with the status and Retry-After for the stack; attach the exchange to the request."""
    request.extensions[EXCHANGE] = exchange
    response = exchange.response
    if response is None:
        raise httpx.TransportError(exchange.failure or "no response")
    return _shared_response(response.status, response.header("retry-after"))


@lru_cache(maxsize=100)
def _shared_response(status: int, wait: str | None) -> httpx.Response:
    """Return one response object for all responses with these values; it is never modified."""
    headers = [] if wait is None else [(b"retry-after", wait.encode("utf-8", "backslashreplace"))]
    return httpx.Response(status, headers=headers)
