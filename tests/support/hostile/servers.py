"""The catalogue of misbehaviour: what each server does, from the start or once a run is under way.

A server that misbehaves from the start is no target, and the user is told so before anything is created.
One that does so later has passed for a Conference API: there it shows whether a run blames fairly.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.support.hostile import deeds
from tests.support.hostile.deeds import Deed
from tests.support.hostile.sockets import Answer, Asked, Right, passed


@dataclass(frozen=True)
class Hostile:
    """A server: its name, what it does, when it begins, and the exit codes that a run may end with."""

    name: str
    deed: Deed
    begins: int
    codes: frozenset[int]
    certificate: str | None = None

    @contextmanager
    def answering(self) -> Iterator[Answer]:
        """Give a fresh server."""
        right = Right()

        def answered(asked: Asked) -> Iterator[bytes]:
            good = passed(right(asked))
            if asked.number < self.begins:
                yield good
            else:
                yield from self.deed(asked, good)

        try:
            yield answered
        finally:
            right.close()


_DEEP: Final = b"[" * 1_000_000  # and closed, it would be too large to be read
_HALF_DEEP: Final = b'{"id":"x","a":' + b"[" * 600 + b"]" * 600 + b"}"
_TWICE: Final = b'{"error":"Not Found","error":"Unauthorized","id":1,"id":"two"}'
_NUMBERS: Final = b'{"id":"x","created_at":1e999,"size":-1e999,"name":' + b"9" * 10_000 + b"}"
_RETRY: Final = {
    "absurd": "99999999999999999999",
    "year-9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "an-hour": "3600",
    "superscript": "\xb2",
}

_DEEDS: Final[dict[str, Deed]] = {
    "accepts-and-is-silent": deeds.silent,
    "drips-header": deeds.drips_header,
    "drips-body": deeds.drips_body,
    "endless-body": deeds.endless_body,
    "endless-100-continue": deeds.endless_continue,
    "endless-header": deeds.endless_header,
    "gzip-bomb": deeds.gzip_bomb,
    "nested-gzip-bomb": deeds.nested_bomb,
    "fifty-codings": deeds.many_codings,
    "deflate-bomb": deeds.deflate_bomb,
    "brotli-bomb": deeds.brotli_bomb,
    "length-too-great": deeds.too_short,
    "length-too-small": deeds.too_long,
    "length-negative": deeds.no_length,
    "reset-before-answer": deeds.reset_before,
    "closes-without-answer": deeds.closes,
    "reset-within-body": deeds.reset_within,
    "redirects-to-itself": deeds.redirect(""),
    "redirects-elsewhere": deeds.redirect("http://elsewhere.test/"),
    "redirects-to-file": deeds.redirect("file:///etc/passwd"),
    "header-of-1-mb": deeds.large_header,
    "10000-headers": deeds.many_headers,
    "invalid-utf-8": deeds.said(b'{"id":"\xff\xfe"}'),
    "utf-16": deeds.said('{"id":"x"}'.encode("utf-16")),
    "bom": deeds.said(b'\xef\xbb\xbf{"error":"Not Found"}'),
    "nan-and-infinity": deeds.said(b'{"id":"x","a":NaN,"b":Infinity}'),
    "duplicate-members": deeds.said(_TWICE),
    "huge-numbers": deeds.said(_NUMBERS),
    "a-million-deep": deeds.said(_DEEP),
    "600-deep": deeds.said(_HALF_DEEP),
    "body-of-200-mb": deeds.huge_body,
    "large-answers": deeds.large_answers,
    "always-200": deeds.said(b'{"id":"x"}'),
    "always-204": deeds.said(b"", 200),
    "always-401": deeds.said(b'{"error":"Unauthorized"}', 401),
    "always-404": deeds.said(b'{"error":"Not Found"}', 404),
    "always-500": deeds.said(b'{"error":"Internal Server Error"}', 500),
    "always-503": deeds.said(b"", 503),
    "always-503-retry-after": deeds.said(b"", 503, ("retry-after", "1")),
    "always-429": deeds.said(b"", 429),
    **{f"always-429-{name}": deeds.said(b"", 429, ("retry-after", value)) for name, value in _RETRY.items()},
    "echo": deeds.echo,
    "html": deeds.html,
    "stale-answers": deeds.stale,
    "no-http": lambda _, __: iter([b"SSH-2.0-OpenSSH_9.2\r\n"]),
}
_GONE: Final = frozenset(
    {
        "accepts-and-is-silent",
        "drips-header",
        "drips-body",
        "endless-100-continue",
        "reset-before-answer",
        "closes-without-answer",
        "reset-within-body",
        "always-503-retry-after",
        *(name for name in _DEEDS if name.startswith("always-429")),
    }
)
_TOLERABLE: Final[dict[str, tuple[Deed, frozenset[int]]]] = {
    "http-1.0": (deeds.old_http, frozenset({0, 3})),
    "reset-after-answer": (deeds.reset_after, frozenset({0, 1, 3})),
    "clock-years-off": (deeds.dated("Wed, 21 Oct 2015 07:28:00 GMT"), frozenset({0, 3})),
    "date-in-year-9999": (deeds.dated("Fri, 31 Dec 9999 23:59:59 GMT"), frozenset({0, 3})),
    "date-in-year-1": (deeds.dated("Mon, 01 Jan 0001 00:00:00 +0100"), frozenset({0, 3})),
    "date-no-date": (deeds.dated("\xff\xfe +99999999999999"), frozenset({0, 3})),
    "one-reset": (deeds.one_reset, frozenset({0, 3})),
    "every-tenth-reset": (deeds.every_tenth_reset, frozenset({0, 1, 3})),
    "surrogate-ids": (deeds.with_id("\\ud800"), frozenset({1})),
    "ids-with-slashes": (deeds.with_id("a/../b"), frozenset({1})),
    "ids-of-dots": (deeds.with_id(".."), frozenset({1})),
    "ids-with-controls": (deeds.with_id("a\\u0000\\n\\u001b[31m"), frozenset({1})),
    "ids-of-1-mb": (deeds.with_id("x" * 500_000), frozenset({1})),
}


def _later(name: str) -> frozenset[int]:
    if name in _MILD:  # what came unasked is not taken for an answer
        return frozenset({0, 1, 3})
    return frozenset({3} if name in _GONE else {1})


def hostile() -> list[Hostile]:
    """Return all of them."""
    return [
        *(
            Hostile(name, deed, 0, frozenset({2, 3} if name in _LONG_PUT_OFF else {2}))
            for name, deed in _DEEDS.items()
            if name not in _MILD
        ),
        *(Hostile(name, _DEEDS[name], 0, frozenset({0, 1, 3})) for name in _MILD),
        *(
            Hostile(f"{name}, later", deed, deeds.UNDER_WAY, _later(name))
            for name, deed in _DEEDS.items()
            if name not in _LIKE_OTHERS
        ),
        *(Hostile(name, deed, 0, codes) for name, (deed, codes) in _TOLERABLE.items()),
        Hostile("dies-after-50", deeds.dies, 51, frozenset({3})),
        Hostile("answers-of-others", deeds.Crossed(), 0, frozenset({1, 2})),
        Hostile("answers-of-others, later", deeds.Crossed(), deeds.UNDER_WAY, frozenset({1})),
        *(
            Hostile(f"tls-{kind}", deeds.silent, 0, frozenset({2}), kind)
            for kind in ("expired", "self-signed", "wrong-host")
        ),
    ]


_LIKE_OTHERS: Final = frozenset(  # once a run is under way
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
_LONG_PUT_OFF: Final = ("always-429", "always-429-superscript")  # until the time is over
_MILD: Final = ("stale-answers", "length-too-small")  # they pass for the API
