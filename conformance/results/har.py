"""Exchanges as an HTTP Archive (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/)."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from conformance import __version__
from conformance.http.exchange import Exchange, Headers, Request, Response

FINDINGS_FILE: Final = "findings.har"
EXCHANGES_FILE: Final = "exchanges.har"
_VERSION: Final = "1.2"
_HTTP_VERSION: Final = "HTTP/1.1"
_UNKNOWN_TYPE: Final = "x-unknown"  # the value that HAR prescribes
_NOT_AVAILABLE: Final = -1  # the size or duration that HAR prescribes
_MILLISECONDS: Final = 1000


def http_archive(
    exchanges: Iterable[Exchange], origin: str, requirements: Mapping[int, Sequence[str]]
) -> dict[str, Any]:
    """Return the exchanges as a HAR document; `requirements` are the violated ones by exchange number.

    Credentials are not part of an exchange: the comment of a request names the kind of credentials.
    """
    return {
        "log": {
            "version": _VERSION,
            "creator": {"name": "conference-conformance", "version": __version__},
            "entries": [
                _entry(exchange, origin, requirements.get(exchange.number, ())) for exchange in exchanges
            ],
        }
    }


def _entry(exchange: Exchange, origin: str, requirements: Sequence[str]) -> dict[str, Any]:
    duration = round(exchange.seconds * _MILLISECONDS, 3)
    entry = {
        "startedDateTime": exchange.started.isoformat(),
        "time": duration,
        "request": _request(exchange.request, origin),
        "response": _response(exchange.response, exchange.failure),
        "cache": {},
        "timings": {"send": 0, "wait": duration, "receive": 0},
        "comment": f"exchange {exchange.number}, {exchange.origin.check}",
    }
    return {**entry, "_requirements": list(requirements)} if requirements else entry


def _request(request: Request, origin: str) -> dict[str, Any]:
    query = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    data: dict[str, Any] = {
        "method": request.method,
        "url": f"{origin}{request.target}",
        "httpVersion": _HTTP_VERSION,
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": _pairs(query),
        "headersSize": _NOT_AVAILABLE,
        "bodySize": len(request.body),
        "comment": request.credential.label,
    }
    if request.body:
        text = request.body.decode("utf-8", errors="replace")
        data["postData"] = {"mimeType": _media_type(request.headers), "text": text}
    return data


def _response(response: Response | None, failure: str | None) -> dict[str, Any]:
    """Return a response; status 0 stands for a missing one, as in the archives of browsers."""
    status = response.status if response else 0
    headers, body = (response.headers, response.body) if response else ((), b"")
    data: dict[str, Any] = {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": _HTTP_VERSION,
        "cookies": [],
        "headers": _pairs(headers),
        "content": _content(headers, body),
        "redirectURL": next((value for name, value in headers if name.lower() == "location"), ""),
        "headersSize": _NOT_AVAILABLE,
        "bodySize": len(body),
    }
    return {**data, "comment": failure} if failure else data


def _content(headers: Headers, body: bytes) -> dict[str, Any]:
    content = {"size": len(body), "mimeType": _media_type(headers)}
    try:
        return {**content, "text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**content, "text": base64.b64encode(body).decode(), "encoding": "base64"}


def _media_type(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), _UNKNOWN_TYPE)


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
