"""Variants in the HTTP messages and the JSON encoding of responses."""

import gzip
import json
from dataclasses import replace

from reference.api.behavior import ServerBehavior
from reference.api.credentials import Credentials
from reference.api.messages import RawResponse, ServerRequest, ServerResponse
from reference.api.store import Record
from reference.variants.variant import variant

_HTTP = "HTTP leaves this to the server."
_JSON = "JSON leaves this to the encoder."


@variant("gzip", permitted=_HTTP)
class Gzip(ServerBehavior):
    """Compresses responses with gzip when the client accepts it."""

    def to_raw_response(self, request: ServerRequest, response: ServerResponse) -> RawResponse:
        raw_response = super().to_raw_response(request, response)
        if "gzip" not in request.headers.get("accept-encoding", "") or response.body is None:
            return raw_response
        body = gzip.compress(b"".join(raw_response.chunks))
        headers = [(name, value) for name, value in raw_response.headers if name.lower() != b"content-length"]
        encoding_headers = [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(body))]
        return replace(raw_response, headers=headers + encoding_headers, chunks=[body])


@variant("chunked", permitted=_HTTP)
class Chunked(ServerBehavior):
    """Sends responses in chunked transfer coding."""

    def to_raw_response(self, request: ServerRequest, response: ServerResponse) -> RawResponse:
        raw_response = super().to_raw_response(request, response)
        if response.body is None:
            return raw_response
        headers = [(name, value) for name, value in raw_response.headers if name.lower() != b"content-length"]
        body = b"".join(raw_response.chunks)
        return replace(raw_response, headers=headers, chunks=[body[:7], body[7:]])


@variant("connection-close", permitted=_HTTP)
class ConnectionClose(ServerBehavior):
    """Closes the connection after each response."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        return replace(response, headers={**response.headers, "connection": "close"})


@variant("http-1.0", permitted=_HTTP)
class Http10(ServerBehavior):
    """Responds with HTTP/1.0 and closes the connection after each response."""

    http_version = b"HTTP/1.0"

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        return replace(response, headers={**response.headers, "connection": "close"})


@variant("header-names-in-uppercase", permitted="Header names are case-insensitive.")
class HeaderNames(ServerBehavior):
    """Sends header names in uppercase."""

    def to_raw_response(self, request: ServerRequest, response: ServerResponse) -> RawResponse:
        raw_response = super().to_raw_response(request, response)
        return replace(raw_response, headers=[(name.upper(), value) for name, value in raw_response.headers])


@variant("no-date-header", permitted=_HTTP)
class NoDateHeader(ServerBehavior):
    """Omits the Date header."""

    date_header = False


@variant("charset-in-responses", permitted="A media type may have parameters.")
class CharsetInResponses(ServerBehavior):
    """Adds a charset to the media type of responses."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        return replace(response, media_type=f"{response.media_type}; charset=utf-8")


@variant("cookies", permitted=_HTTP)
class Cookies(ServerBehavior):
    """Sends Set-Cookie, Cache-Control and Vary headers."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        extra_headers = {
            "set-cookie": "node=7; Path=/; HttpOnly",
            "cache-control": "no-store",
            "vary": "Accept",
        }
        return replace(response, headers={**response.headers, **extra_headers})


@variant("location-of-created", permitted="The documentation neither requires nor forbids a Location header.")
class LocationOfCreated(ServerBehavior):
    """Sends a Location header in create responses."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        return replace(response, headers={**response.headers, "location": f"{request.path}/{record.id}"})


@variant("members-in-reverse", permitted="The members of an object are unordered.")
class MembersInReverse(ServerBehavior):
    """Returns the members of objects in reverse order."""

    def serialize(self, body: object) -> bytes:
        return super().serialize(_reversed(body))


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@variant("responses-in-ascii", permitted=_JSON)
class ResponsesInAscii(ServerBehavior):
    """Escapes non-ASCII characters in response bodies."""

    def serialize(self, body: object) -> bytes:
        return json.dumps(body).encode()


@variant("responses-indented", permitted=_JSON)
class ResponsesIndented(ServerBehavior):
    """Returns indented JSON."""

    def serialize(self, body: object) -> bytes:
        return json.dumps(body, ensure_ascii=False, indent=4).encode() + b"\n"


@variant("slow", permitted="The documentation specifies no response time.")
class Slow(ServerBehavior):
    """Responds ten milliseconds later."""

    def response_delay(self, request: ServerRequest) -> float:
        return super().response_delay(request) + 0.01


@variant("rate-limited", permitted="AMB-49: a 429 response is accepted at any time; the request is retried.")
class RateLimited(ServerBehavior):
    """Returns 429 for every 300th request."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.count = 0

    def handle(self, request: ServerRequest) -> ServerResponse:
        self.count += 1
        if self.count % 300 == 0:
            return ServerResponse(429, self.error_body("Too Many Requests"), {"retry-after": "1"})
        return super().handle(request)


@variant(
    "rate-limit-headers",
    permitted="AMB-49: every response is documented to contain the limit and the remaining requests.",
)
class RateLimitHeaders(ServerBehavior):
    """Sends rate limit headers."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        extra_headers = {"x-ratelimit-limit": "13800", "x-ratelimit-remaining": "13799"}
        return replace(response, headers={**response.headers, **extra_headers})


@variant("method-not-allowed", permitted="404 and 405 are accepted for an undeclared method.")
class MethodNotAllowed(ServerBehavior):
    """Returns 405 for an unknown method on a known path."""

    def execute(self, request: ServerRequest) -> ServerResponse:
        response = super().execute(request)
        known_path = request.path.endswith(("/conferences", "/conference_rooms"))
        if request.operation == "UNKNOWN" and known_path:
            return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "GET, POST"})
        return response
