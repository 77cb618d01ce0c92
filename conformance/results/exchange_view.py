"""An exchange as a record shows it to people: whole, but for what is too long to be read."""

from collections.abc import Mapping
from typing import Any, Final

from conformance.http.exchange import Exchange, Headers
from conformance.redaction.redactor import Redaction, redacted

LONGEST_BODY: Final = 16_384  # characters; the evidence holds the rest
_LONGEST_HEADER: Final = 1_024  # characters
_MOST_HEADERS: Final = 50


def shown(exchange: Exchange, redactor: Redaction) -> dict[str, Any]:
    """Return request and response with headers and bodies as text, secrets removed, cut where too long."""
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


def _headers(headers: Headers, redactor: Redaction) -> list[list[str]]:
    kept = redacted(headers, redactor)[:_MOST_HEADERS]
    return [[name[:_LONGEST_HEADER], value[:_LONGEST_HEADER]] for name, value in kept]


def _body(body: bytes, redactor: Redaction) -> Mapping[str, Any]:
    text = redactor(body.decode("utf-8", "backslashreplace"))
    return {"body": text[:LONGEST_BODY], "cut": max(0, len(text) - LONGEST_BODY)}
