"""The hostile servers: what each one sends, from the first request or later in a run.

A server that misbehaves from the first request is rejected before anything is created. A server that does so
later has been accepted as a Conference API, and shows whether the verdicts of a run are right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.support.hostile import behaviors
from tests.support.hostile.behaviors import Behavior
from tests.support.hostile.raw_server import (
    ReceivedRequest,
    ReferenceResponder,
    Responder,
    reference_response_bytes,
)


@dataclass(frozen=True)
class HostileServer:
    """A hostile server, and the exit codes that a run against it may have."""

    name: str
    behavior: Behavior
    first_request: int  # number of the first request with the behavior
    exit_codes: frozenset[int]
    certificate: str | None = None

    @contextmanager
    def responder(self) -> Iterator[Responder]:
        """Yield the responses of a new server."""
        reference = ReferenceResponder()

        def respond(request: ReceivedRequest) -> Iterator[bytes]:
            correct = reference_response_bytes(reference(request))
            if request.number < self.first_request:
                yield correct
            else:
                yield from self.behavior(request, correct)

        try:
            yield respond
        finally:
            reference.close()


_DEEP: Final = b"[" * 1_000_000  # with closing brackets it would exceed the size limit
_HALF_DEEP: Final = b'{"id":"x","a":' + b"[" * 600 + b"]" * 600 + b"}"
_DUPLICATE_MEMBERS: Final = b'{"error":"Not Found","error":"Unauthorized","id":1,"id":"two"}'
_HUGE_NUMBERS: Final = b'{"id":"x","created_at":1e999,"size":-1e999,"name":' + b"9" * 10_000 + b"}"
_RETRY_AFTER: Final = {
    "absurd": "99999999999999999999",
    "year-9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "an-hour": "3600",
    "superscript": "\xb2",
}

_BEHAVIORS: Final[dict[str, Behavior]] = {
    "accepts-and-is-silent": behaviors.silent,
    "drips-header": behaviors.drips_header,
    "drips-body": behaviors.drips_body,
    "endless-body": behaviors.endless_body,
    "endless-100-continue": behaviors.endless_continue,
    "endless-header": behaviors.endless_header,
    "gzip-bomb": behaviors.gzip_bomb,
    "nested-gzip-bomb": behaviors.nested_bomb,
    "fifty-codings": behaviors.many_codings,
    "deflate-bomb": behaviors.deflate_bomb,
    "brotli-bomb": behaviors.brotli_bomb,
    "length-too-great": behaviors.body_too_short,
    "length-too-small": behaviors.body_too_long,
    "length-negative": behaviors.negative_length,
    "reset-before-response": behaviors.reset_before_response,
    "closes-without-response": behaviors.close_without_response,
    "reset-within-body": behaviors.reset_within_body,
    "redirects-to-itself": behaviors.redirect(""),
    "redirects-elsewhere": behaviors.redirect("http://elsewhere.test/"),
    "redirects-to-file": behaviors.redirect("file:///etc/passwd"),
    "header-of-1-mb": behaviors.large_header,
    "10000-headers": behaviors.many_headers,
    "invalid-utf-8": behaviors.fixed_response(b'{"id":"\xff\xfe"}'),
    "utf-16": behaviors.fixed_response('{"id":"x"}'.encode("utf-16")),
    "bom": behaviors.fixed_response(b'\xef\xbb\xbf{"error":"Not Found"}'),
    "nan-and-infinity": behaviors.fixed_response(b'{"id":"x","a":NaN,"b":Infinity}'),
    "duplicate-members": behaviors.fixed_response(_DUPLICATE_MEMBERS),
    "huge-numbers": behaviors.fixed_response(_HUGE_NUMBERS),
    "a-million-deep": behaviors.fixed_response(_DEEP),
    "600-deep": behaviors.fixed_response(_HALF_DEEP),
    "body-of-200-mb": behaviors.huge_body,
    "large-responses": behaviors.large_responses,
    "always-200": behaviors.fixed_response(b'{"id":"x"}'),
    "always-204": behaviors.fixed_response(b"", 200),
    "always-401": behaviors.fixed_response(b'{"error":"Unauthorized"}', 401),
    "always-404": behaviors.fixed_response(b'{"error":"Not Found"}', 404),
    "always-500": behaviors.fixed_response(b'{"error":"Internal Server Error"}', 500),
    "always-503": behaviors.fixed_response(b"", 503),
    "always-503-retry-after": behaviors.fixed_response(b"", 503, ("retry-after", "1")),
    "always-429": behaviors.fixed_response(b"", 429),
    **{
        f"always-429-{name}": behaviors.fixed_response(b"", 429, ("retry-after", value))
        for name, value in _RETRY_AFTER.items()
    },
    "echo": behaviors.echo,
    "html": behaviors.html,
    "stale-responses": behaviors.extra_response,
    "no-http": lambda _, __: iter([b"SSH-2.0-OpenSSH_9.2\r\n"]),
}
_UNAVAILABLE: Final = frozenset(
    {
        "accepts-and-is-silent",
        "drips-header",
        "drips-body",
        "endless-100-continue",
        "reset-before-response",
        "closes-without-response",
        "reset-within-body",
        "always-401",
        "always-503",
        "always-503-retry-after",
        *(name for name in _BEHAVIORS if name.startswith("always-429")),
    }
)
_SLOW: Final = ("a-million-deep", "large-responses")  # the time limit may end a run before a retry
_TOLERABLE: Final[dict[str, tuple[Behavior, frozenset[int]]]] = {
    "http-1.0": (behaviors.http_1_0, frozenset({0, 3})),
    "reset-after-response": (behaviors.reset_after_response, frozenset({0, 1, 3})),
    "clock-years-off": (behaviors.date_header("Wed, 21 Oct 2015 07:28:00 GMT"), frozenset({0, 3})),
    "date-in-year-9999": (behaviors.date_header("Fri, 31 Dec 9999 23:59:59 GMT"), frozenset({0, 3})),
    "date-in-year-1": (behaviors.date_header("Mon, 01 Jan 0001 00:00:00 +0100"), frozenset({0, 3})),
    "date-no-date": (behaviors.date_header("\xff\xfe +99999999999999"), frozenset({0, 3})),
    "one-reset": (behaviors.one_reset, frozenset({0, 3})),
    "every-tenth-reset": (behaviors.every_tenth_reset, frozenset({0, 1, 3})),
    "surrogate-ids": (behaviors.id_of_creates("\\ud800"), frozenset({1})),
    "ids-with-slashes": (behaviors.id_of_creates("a/../b"), frozenset({1})),
    "ids-of-dots": (behaviors.id_of_creates(".."), frozenset({1})),
    "ids-with-controls": (behaviors.id_of_creates("a\\u0000\\n\\u001b[31m"), frozenset({1})),
    "ids-of-1-mb": (behaviors.id_of_creates("x" * 500_000), frozenset({1, 3})),
}


def _later_exit_codes(name: str) -> frozenset[int]:
    if name in _ACCEPTED_BY_PREFLIGHT:  # an unsolicited response is not taken for a response
        return frozenset({0, 1, 3})
    if name in _SLOW:
        return frozenset({1, 3})
    if name == "always-404":  # a run that sees nothing but rejections is inconclusive
        return frozenset({1, 3})
    return frozenset({3} if name in _UNAVAILABLE else {1})


def hostile_servers() -> list[HostileServer]:
    """Return all hostile servers."""
    return [
        *(
            HostileServer(name, behavior, 0, frozenset({2, 3} if name in _RETRIED_UNTIL_THE_LIMIT else {2}))
            for name, behavior in _BEHAVIORS.items()
            if name not in _ACCEPTED_BY_PREFLIGHT
        ),
        *(HostileServer(name, _BEHAVIORS[name], 0, frozenset({0, 1, 3})) for name in _ACCEPTED_BY_PREFLIGHT),
        *(
            HostileServer(f"{name}, later", behavior, behaviors.CORRECT_RESPONSES, _later_exit_codes(name))
            for name, behavior in _BEHAVIORS.items()
            if name not in _ONLY_FROM_THE_START
        ),
        *(HostileServer(name, behavior, 0, codes) for name, (behavior, codes) in _TOLERABLE.items()),
        HostileServer("dies-after-50", behaviors.stop_responding, 51, frozenset({3})),
        HostileServer("responses-of-other-requests", behaviors.PreviousResponse(), 0, frozenset({1, 2})),
        HostileServer(
            "responses-of-other-requests, later",
            behaviors.PreviousResponse(),
            behaviors.CORRECT_RESPONSES,
            frozenset({1}),
        ),
        *(
            HostileServer(f"tls-{kind}", behaviors.silent, 0, frozenset({2}), kind)
            for kind in ("expired", "self-signed", "wrong-host")
        ),
    ]


_ONLY_FROM_THE_START: Final = frozenset(  # later in a run, another server has the same effect
    {
        "drips-body",
        "endless-header",
        "fifty-codings",
        "deflate-bomb",
        "brotli-bomb",
        "length-negative",
        "redirects-elsewhere",
        "redirects-to-file",
        "10000-headers",
        "utf-16",
        "bom",
        "nan-and-infinity",
        "always-204",
        "always-503-retry-after",
        "always-429-year-9999",
        "always-429-an-hour",
        "no-http",
    }
)
_RETRIED_UNTIL_THE_LIMIT: Final = ("always-429", "always-429-superscript")  # until the time limit
_ACCEPTED_BY_PREFLIGHT: Final = ("stale-responses", "length-too-small")
