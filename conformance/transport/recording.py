"""Every exchange is appended to the evidence before anyone judges it."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import httpx

from conformance.exchange import Exchange, Response
from conformance.transport.redaction import Redactor, redacted

LARGEST_BODY: Final = 8 * 1024 * 1024  # bytes after decoding; no answer of this API comes near it
INTENT: Final = "conformance.intent"  # request extension: the Request and Origin it was made from
EXCHANGE: Final = "conformance.exchange"  # request extension: the Exchange it became


class TooLargeError(httpx.TransportError):
    """The answer holds more bytes than any answer of this API can."""


class TooSlowError(httpx.TimeoutException):
    """The answer did not end within the time for one request, however steadily it came."""


class Recording(httpx.BaseTransport):
    """Reads each answer whole, numbers the exchange, keeps it and writes it down."""

    def __init__(self, inner: httpx.BaseTransport, evidence: "Evidence", timeout: float) -> None:
        self._inner = inner
        self._evidence = evidence
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; a failure is recorded as faithfully as an answer."""
        started, clock = datetime.now(UTC), time.monotonic()
        response: Response | None = None
        failure: str | None = None
        try:
            received = self._inner.handle_request(request)
            response = self._read(received, clock + self._timeout)
        except httpx.RequestError as error:
            failure = f"{type(error).__name__}: {error}".rstrip(": ")
        intent, origin = request.extensions[INTENT]
        request.extensions[EXCHANGE] = self._evidence.add(
            Exchange(0, origin, intent, response, failure, started, time.monotonic() - clock)
        )
        if response is None:
            raise httpx.TransportError(failure or "no answer")
        return httpx.Response(
            response.status, headers=_plain(response.headers), content=response.body, request=request
        )

    def close(self) -> None:
        """Close the connections below."""
        self._inner.close()

    @staticmethod
    def _read(received: httpx.Response, deadline: float) -> Response:
        try:
            body = b"".join(_bounded(received.iter_bytes(), deadline))
        finally:
            received.close()
        return Response(received.status_code, tuple(received.headers.multi_items()), body)


def _bounded(chunks: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLargeError(f"more than {LARGEST_BODY} bytes")
        if time.monotonic() > deadline:
            raise TooSlowError("the answer did not end in time")
        yield chunk


def _plain(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    gone = {"content-encoding", "content-length", "transfer-encoding"}
    return [(name, value) for name, value in headers if name.lower() not in gone]


class Evidence:
    """All exchanges of a run, in memory for the judges and in a file for everyone after."""

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self.exchanges: list[Exchange] = []
        self.creators: dict[str, Exchange] = {}  # by the id that a create answered with
        self._redactor = redactor
        self._lock = threading.Lock()
        self._file: IO[str] = path.open("w", encoding="utf-8")
        path.chmod(0o600)

    def add(self, exchange: Exchange) -> Exchange:
        """Give the exchange its number, write it down and keep it."""
        with self._lock:
            numbered = _numbered(exchange, len(self.exchanges) + 1)
            self.exchanges.append(numbered)
            if numbered.request.method == "POST" and numbered.id is not None:
                self.creators[numbered.id] = numbered
            self.write(_line(numbered, self._redactor))
        return numbered

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create that made the resource an exchange addresses."""
        return self.creators.get(exchange.request.path.rpartition("/")[2])

    def write(self, line: dict[str, Any]) -> None:
        """Append one line; the header and the footer of the file pass here too."""
        self._file.write(json.dumps(line, ensure_ascii=True) + "\n")

    def close(self) -> None:
        """Write the footer, so that a truncated file shows."""
        self.write({"footer": {"exchanges": len(self.exchanges)}})
        self._file.close()


def _numbered(exchange: Exchange, number: int) -> Exchange:
    return Exchange(
        number,
        exchange.origin,
        exchange.request,
        exchange.response,
        exchange.failure,
        exchange.started,
        exchange.seconds,
    )


def _line(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "check": exchange.origin.check,
        "attempt": exchange.origin.attempt,
        "operation": exchange.origin.operation,
        "started": exchange.started.isoformat(),
        "seconds": round(exchange.seconds, 6),
        "request": {
            "method": request.method,
            "target": redactor(request.target),
            "headers": redacted(request.headers, redactor),
            "credential": request.credential.label,
            **_body(request.body, redactor),
        },
        "response": response
        and {
            "status": response.status,
            "headers": redacted(response.headers, redactor),
            **_body(response.body, redactor),
        },
        "failure": exchange.failure and redactor(exchange.failure),
    }


def _body(body: bytes, redactor: Redactor) -> dict[str, str]:
    try:
        return {"body": redactor(body.decode("utf-8"))}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(redactor(body.decode("latin-1")).encode("latin-1")).decode()}
