"""Exchange in the form of the run record: redacted and truncated."""

from collections.abc import Mapping
from typing import Any, Final

from conformance.http.exchange import Exchange, Headers
from conformance.redaction.redactor import RedactFunction, redact_headers

MAX_BODY: Final = 16_384  # characters; the evidence contains the complete body
_MAX_HEADER: Final = 1_024  # characters
_MAX_HEADERS: Final = 50


def exchange_view(exchange: Exchange, redactor: RedactFunction) -> dict[str, Any]:
    """Return request and response with headers and bodies as redacted and truncated text."""
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "operation": exchange.origin.operation,
        "started": exchange.started.isoformat(),
        "seconds": exchange.seconds,
        "request": {
            "method": request.method,
            "target": redactor(request.target),
            "credential": request.credential.label,
            "headers": _headers(request.headers, redactor),
            **_body(request.body, redactor),
        },
        "response": response
        and {
            "status": response.status,
            "headers": _headers(response.headers, redactor),
            **_body(response.body, redactor),
        },
        "failure": exchange.failure and redactor(exchange.failure),
    }


def _headers(headers: Headers, redactor: RedactFunction) -> list[list[str]]:
    pairs = redact_headers(headers, redactor)[:_MAX_HEADERS]
    return [[name[:_MAX_HEADER], value[:_MAX_HEADER]] for name, value in pairs]


def _body(body: bytes, redactor: RedactFunction) -> Mapping[str, Any]:
    text = redactor(body.decode("utf-8", "backslashreplace"))
    return {"body": text[:MAX_BODY], "truncated": max(0, len(text) - MAX_BODY)}
