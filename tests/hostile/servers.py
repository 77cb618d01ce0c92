"""The catalogue of misbehaviour: what each server does, from the start or once a run is under way.

A server that misbehaves from the start is no target, and the user is told so before anything is created.
One that does so later has passed for a Conference API: there it shows whether a run blames fairly.
"""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.hostile.sockets import Answer, Asked, EndError, ResetError, Right, passed, sized, written

UNDER_WAY: Final = 40  # requests that are answered rightly before a server of the later kind begins
JSON: Final = (("content-type", "application/json"),)
_MEGABYTE: Final = 1024 * 1024
_ZEROS: Final = b"\0" * _MEGABYTE
_LONG: Final = 60.0  # seconds

Deed = Callable[[Asked, bytes], Iterator[bytes]]  # of what was asked and the right answer


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


def silent(_: Asked, __: bytes) -> Iterator[bytes]:
    time.sleep(_LONG)
    yield b""


def _dripped(whole: bytes) -> Iterator[bytes]:
    for place in range(len(whole)):
        yield whole[place : place + 1]
        time.sleep(0.2)


def drips_header(_: Asked, good: bytes) -> Iterator[bytes]:
    yield from _dripped(good)


def drips_body(__: Asked, good: bytes) -> Iterator[bytes]:
    head, _, body = good.partition(b"\r\n\r\n")
    yield head + b"\r\n\r\n"
    yield from _dripped(body + b" " * 1000)


def endless_body(_: Asked, __: bytes) -> Iterator[bytes]:
    yield written(200, JSON, b"[")
    while True:
        yield b"0," * 32768


def endless_continue(_: Asked, __: bytes) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100
        time.sleep(0.001)


def endless_header(_: Asked, __: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"x-more: " + b"y" * 1000 + b"\r\n"


def _zipped(times: int) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packed.compress(_ZEROS) for _ in range(times)), packed.flush()])


_BOMB: Final = _zipped(200)
_NESTED: Final = gzip.compress(_BOMB)
_DEFLATED: Final = zlib.compress(_ZEROS * 50)
_BROTLI: Final = bytes.fromhex(  # 64 MiB of zeros
    "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f011087"
    "0500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0bdffcbffff3f"
    "fc1300715800a07bff07"
)


def _coded(coding: str, body: bytes) -> Iterator[bytes]:
    yield sized(200, (*JSON, ("content-encoding", coding)), body)


def gzip_bomb(_: Asked, __: bytes) -> Iterator[bytes]:
    return _coded("gzip", _BOMB)


def nested_bomb(_: Asked, __: bytes) -> Iterator[bytes]:
    return _coded("gzip, gzip", _NESTED)


def many_codings(_: Asked, __: bytes) -> Iterator[bytes]:
    return _coded(", ".join(["gzip"] * 50), _BOMB)


def deflate_bomb(_: Asked, __: bytes) -> Iterator[bytes]:
    return _coded("deflate", _DEFLATED)


def brotli_bomb(_: Asked, __: bytes) -> Iterator[bytes]:
    return _coded("br", _BROTLI)


def too_short(_: Asked, __: bytes) -> Iterator[bytes]:
    yield written(200, (*JSON, ("content-length", "1000")), b"{}")
    raise EndError


def too_long(__: Asked, good: bytes) -> Iterator[bytes]:
    head, _, body = good.partition(b"\r\n\r\n")
    lines = [each for each in head.split(b"\r\n") if not each.startswith(b"content-length")]
    yield b"\r\n".join([*lines, b"content-length: 2"]) + b"\r\n\r\n" + body


def no_length(_: Asked, __: bytes) -> Iterator[bytes]:
    yield written(200, (*JSON, ("content-length", "-1")), b"{}")


def reset_before(_: Asked, __: bytes) -> Iterator[bytes]:
    raise ResetError
    yield b""


def closes(_: Asked, __: bytes) -> Iterator[bytes]:
    raise EndError
    yield b""


def reset_within(_: Asked, good: bytes) -> Iterator[bytes]:
    yield good[: len(good) // 2]
    raise ResetError


def reset_after(_: Asked, good: bytes) -> Iterator[bytes]:
    yield good
    time.sleep(0.01)
    raise ResetError


def every_tenth_reset(asked: Asked, good: bytes) -> Iterator[bytes]:
    if asked.number % 10 == 0:
        raise ResetError
    yield good


def one_reset(asked: Asked, good: bytes) -> Iterator[bytes]:
    if asked.number == UNDER_WAY:
        raise ResetError
    yield good


def _redirect(location: str) -> Deed:
    def deed(asked: Asked, _: bytes) -> Iterator[bytes]:
        yield sized(307, (("location", location or asked.target),), b"")

    return deed


def old_http(_: Asked, good: bytes) -> Iterator[bytes]:
    yield good.replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    raise EndError


def large_header(_: Asked, __: bytes) -> Iterator[bytes]:
    yield sized(200, (*JSON, ("x-large", "y" * _MEGABYTE)), b"{}")


def many_headers(_: Asked, __: bytes) -> Iterator[bytes]:
    yield sized(200, (*JSON, *((f"x-{number}", "y") for number in range(10_000))), b"{}")


def _said(body: bytes, status: int = 200, *headers: tuple[str, str]) -> Deed:
    def deed(_: Asked, __: bytes) -> Iterator[bytes]:
        yield sized(status, (*JSON, *headers), body)

    return deed


def huge_body(_: Asked, __: bytes) -> Iterator[bytes]:
    yield written(200, (*JSON, ("content-length", str(200 * _MEGABYTE))), b"")
    for _megabyte in range(200):
        yield b" " * _MEGABYTE


def large_answers(asked: Asked, _: bytes) -> Iterator[bytes]:
    padding = [{"x": [1.5, "y", None]}] * 30_000
    yield sized(200, JSON, json.dumps({"id": f"{asked.number}", "padding": padding}).encode())


def echo(asked: Asked, _: bytes) -> Iterator[bytes]:
    yield sized(200, JSON, asked.body or asked.raw)


def html(_: Asked, __: bytes) -> Iterator[bytes]:
    body = b"<!doctype html><script>alert(1)</script>\x1b[31m<title>Welcome</title>"
    yield sized(200, (("content-type", "text/html"),), body)


def dies(asked: Asked, good: bytes) -> Iterator[bytes]:
    raise EndError
    yield good + asked.raw


def stale(asked: Asked, good: bytes) -> Iterator[bytes]:
    yield good + sized(200, JSON, b'{"id":"of-another"}')
    if asked.number < 0:
        raise EndError


class Crossed:
    """Answers each request with what the request before it, on any connection, should have got."""

    def __init__(self) -> None:
        self.before = sized(404, JSON, b'{"error":"Not Found"}')

    def __call__(self, _: Asked, good: bytes) -> Iterator[bytes]:
        said, self.before = self.before, good
        yield said


def _dated(date: str) -> Deed:
    def deed(_: Asked, good: bytes) -> Iterator[bytes]:
        yield good.replace(b"\r\n", f"\r\ndate: {date}\r\n".encode(), 1)

    return deed


def _with_id(encoded: str) -> Deed:
    def deed(asked: Asked, good: bytes) -> Iterator[bytes]:
        head, _, body = good.partition(b"\r\n\r\n")
        if asked.method != "POST" or b" 20" not in head[:13]:
            yield good
            return
        told = json.loads(body)
        told["id"] = "MARK"
        changed = json.dumps(told).encode().replace(b'"MARK"', f'"{encoded}"'.encode())
        yield sized(int(head[9:12]), JSON, changed)

    return deed


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
    "accepts-and-is-silent": silent,
    "drips-header": drips_header,
    "drips-body": drips_body,
    "endless-body": endless_body,
    "endless-100-continue": endless_continue,
    "endless-header": endless_header,
    "gzip-bomb": gzip_bomb,
    "nested-gzip-bomb": nested_bomb,
    "fifty-codings": many_codings,
    "deflate-bomb": deflate_bomb,
    "brotli-bomb": brotli_bomb,
    "length-too-great": too_short,
    "length-too-small": too_long,
    "length-negative": no_length,
    "reset-before-answer": reset_before,
    "closes-without-answer": closes,
    "reset-within-body": reset_within,
    "redirects-to-itself": _redirect(""),
    "redirects-elsewhere": _redirect("http://elsewhere.test/"),
    "redirects-to-file": _redirect("file:///etc/passwd"),
    "header-of-1-mb": large_header,
    "10000-headers": many_headers,
    "invalid-utf-8": _said(b'{"id":"\xff\xfe"}'),
    "utf-16": _said('{"id":"x"}'.encode("utf-16")),
    "bom": _said(b'\xef\xbb\xbf{"error":"Not Found"}'),
    "nan-and-infinity": _said(b'{"id":"x","a":NaN,"b":Infinity}'),
    "duplicate-members": _said(_TWICE),
    "huge-numbers": _said(_NUMBERS),
    "a-million-deep": _said(_DEEP),
    "600-deep": _said(_HALF_DEEP),
    "body-of-200-mb": huge_body,
    "large-answers": large_answers,
    "always-200": _said(b'{"id":"x"}'),
    "always-204": _said(b"", 200),
    "always-401": _said(b'{"error":"Unauthorized"}', 401),
    "always-404": _said(b'{"error":"Not Found"}', 404),
    "always-500": _said(b'{"error":"Internal Server Error"}', 500),
    "always-503": _said(b"", 503),
    "always-503-retry-after": _said(b"", 503, ("retry-after", "1")),
    "always-429": _said(b"", 429),
    **{f"always-429-{name}": _said(b"", 429, ("retry-after", value)) for name, value in _RETRY.items()},
    "echo": echo,
    "html": html,
    "stale-answers": stale,
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
    "http-1.0": (old_http, frozenset({0, 3})),
    "reset-after-answer": (reset_after, frozenset({0, 1, 3})),
    "clock-years-off": (_dated("Wed, 21 Oct 2015 07:28:00 GMT"), frozenset({0, 3})),
    "date-in-year-9999": (_dated("Fri, 31 Dec 9999 23:59:59 GMT"), frozenset({0, 3})),
    "date-in-year-1": (_dated("Mon, 01 Jan 0001 00:00:00 +0100"), frozenset({0, 3})),
    "date-no-date": (_dated("\xff\xfe +99999999999999"), frozenset({0, 3})),
    "one-reset": (one_reset, frozenset({0, 3})),
    "every-tenth-reset": (every_tenth_reset, frozenset({0, 1, 3})),
    "surrogate-ids": (_with_id("\\ud800"), frozenset({1})),
    "ids-with-slashes": (_with_id("a/../b"), frozenset({1})),
    "ids-of-dots": (_with_id(".."), frozenset({1})),
    "ids-with-controls": (_with_id("a\\u0000\\n\\u001b[31m"), frozenset({1})),
    "ids-of-1-mb": (_with_id("x" * 500_000), frozenset({1})),
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
            Hostile(f"{name}, later", deed, UNDER_WAY, _later(name))
            for name, deed in _DEEDS.items()
            if name not in _LIKE_OTHERS
        ),
        *(Hostile(name, deed, 0, codes) for name, (deed, codes) in _TOLERABLE.items()),
        Hostile("dies-after-50", dies, 51, frozenset({3})),
        Hostile("answers-of-others", Crossed(), 0, frozenset({1, 2})),
        Hostile("answers-of-others, later", Crossed(), UNDER_WAY, frozenset({1})),
        *(
            Hostile(f"tls-{kind}", silent, 0, frozenset({2}), kind)
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
