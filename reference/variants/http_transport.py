"""Answers that travel in another way, or look another way on the wire."""

import gzip
import json
from dataclasses import replace

from reference.api.behavior import Rules
from reference.api.credentials import Credentials
from reference.api.messages import Answer, Request, Written
from reference.api.store import Record
from reference.variants.variant import variant

_HTTP = "HTTP leaves it to the server."
_JSON = "JSON leaves it to the writer."


@variant("gzip", permitted=_HTTP)
class Gzip(Rules):
    """Answers are compressed if the client takes them so."""

    def written(self, request: Request, answer: Answer) -> Written:
        written = super().written(request, answer)
        if "gzip" not in request.headers.get("accept-encoding", "") or answer.body is None:
            return written
        body = gzip.compress(b"".join(written.chunks))
        others = [(name, value) for name, value in written.headers if name.lower() != b"content-length"]
        own = [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(body))]
        return replace(written, headers=others + own, chunks=[body])


@variant("chunked", permitted=_HTTP)
class Chunked(Rules):
    """Answers come in chunks, without a length."""

    def written(self, request: Request, answer: Answer) -> Written:
        written = super().written(request, answer)
        if answer.body is None:
            return written
        others = [(name, value) for name, value in written.headers if name.lower() != b"content-length"]
        body = b"".join(written.chunks)
        return replace(written, headers=others, chunks=[body[:7], body[7:]])


@variant("connection-close", permitted=_HTTP)
class ConnectionClose(Rules):
    """Each answer ends its connection."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        return replace(answer, headers={**answer.headers, "connection": "close"})


@variant("http-1.0", permitted=_HTTP)
class Http10(Rules):
    """Answers are those of HTTP/1.0, each of which ends its connection."""

    http_version = b"HTTP/1.0"

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        return replace(answer, headers={**answer.headers, "connection": "close"})


@variant("header-names-in-capitals", permitted="The names of headers have no letter case.")
class HeaderNames(Rules):
    """Names of headers are written in capitals."""

    def written(self, request: Request, answer: Answer) -> Written:
        written = super().written(request, answer)
        return replace(written, headers=[(name.upper(), value) for name, value in written.headers])


@variant("no-date-header", permitted=_HTTP)
class NoDateHeader(Rules):
    """Answers have no Date."""

    date_header = False


@variant("charset-in-answers", permitted="A media type may have parameters.")
class CharsetInAnswers(Rules):
    """The media type of answers has a charset."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        return replace(answer, media_type=f"{answer.media_type}; charset=utf-8")


@variant("cookies", permitted=_HTTP)
class Cookies(Rules):
    """Answers set a cookie, and say how they may be kept."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        own = {"set-cookie": "node=7; Path=/; HttpOnly", "cache-control": "no-store", "vary": "Accept"}
        return replace(answer, headers={**answer.headers, **own})


@variant("location-of-created", permitted="No page promises a Location, and none forbids it.")
class LocationOfCreated(Rules):
    """The answer to a create says where to find what was created."""

    def created(self, request: Request, record: Record) -> Answer:
        answer = super().created(request, record)
        return replace(answer, headers={**answer.headers, "location": f"{request.path}/{record.id}"})


@variant("members-in-reverse", permitted="Members of an object have no order.")
class MembersInReverse(Rules):
    """Members of answers come in reverse order."""

    def serialised(self, body: object) -> bytes:
        return super().serialised(_reversed(body))


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@variant("answers-in-ascii", permitted=_JSON)
class AnswersInAscii(Rules):
    """Letters outside ASCII are escaped in answers."""

    def serialised(self, body: object) -> bytes:
        return json.dumps(body).encode()


@variant("answers-indented", permitted=_JSON)
class AnswersIndented(Rules):
    """Answers are laid out for reading."""

    def serialised(self, body: object) -> bytes:
        return json.dumps(body, ensure_ascii=False, indent=4).encode() + b"\n"


@variant("slow", permitted="No page promises a time.")
class Slow(Rules):
    """Each answer takes ten milliseconds longer."""

    def pause(self, request: Request) -> float:
        return super().pause(request) + 0.01


@variant("rate-limited", permitted="AMB-49: a 429 is accepted at any time, to be waited for and repeated.")
class RateLimited(Rules):
    """Every 300th request is answered with 429."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.count = 0

    def answer(self, request: Request) -> Answer:
        self.count += 1
        if self.count % 300 == 0:
            return Answer(429, self.error("Too Many Requests"), {"retry-after": "1"})
        return super().answer(request)


@variant("rate-limit-headers", permitted="AMB-49: each answer is said to tell limit and remainder.")
class RateLimitHeaders(Rules):
    """Answers say how many requests are left."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        own = {"x-ratelimit-limit": "13800", "x-ratelimit-remaining": "13799"}
        return replace(answer, headers={**answer.headers, **own})


@variant("method-not-allowed", permitted="An undeclared method may be answered with 404 or 405.")
class MethodNotAllowed(Rules):
    """What is neither a known path nor a known method is answered with 405."""

    def perform(self, request: Request) -> Answer:
        answer = super().perform(request)
        known = request.path.endswith(("/conferences", "/conference_rooms"))
        if request.operation == "UNKNOWN" and known:
            return Answer(405, self.error("Method Not Allowed"), {"allow": "GET, POST"})
        return answer
