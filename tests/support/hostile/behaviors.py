"""Behaviors of hostile servers: each receives a request and the correct response, and yields other bytes."""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from tests.support.hostile.raw_server import (
    CloseConnectionError,
    ReceivedRequest,
    ResetConnectionError,
    response_bytes,
    response_with_length,
)

CORRECT_RESPONSES: Final = (
    40  # requests that are answered rightly before a server of the later kind first_request
)
JSON: Final = (("content-type", "application/json"),)
_MEGABYTE: Final = 1024 * 1024
_ZEROS: Final = b"\0" * _MEGABYTE
_LONG: Final = 60.0  # seconds

Behavior = Callable[[ReceivedRequest, bytes], Iterator[bytes]]


def silent(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    time.sleep(_LONG)
    yield b""


def _byte_by_byte(whole: bytes) -> Iterator[bytes]:
    for place in range(len(whole)):
        yield whole[place : place + 1]
        time.sleep(0.2)


def drips_header(_: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    yield from _byte_by_byte(correct)


def drips_body(__: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    head, _, body = correct.partition(b"\r\n\r\n")
    yield head + b"\r\n\r\n"
    yield from _byte_by_byte(body + b" " * 1000)


def endless_body(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield response_bytes(200, JSON, b"[")
    while True:
        yield b"0," * 32768


def endless_continue(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100
        time.sleep(0.001)


def endless_header(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"x-more: " + b"y" * 1000 + b"\r\n"


def _gzip_of_zeros(times: int) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packed.compress(_ZEROS) for _ in range(times)), packed.flush()])


_GZIP_BOMB: Final = _gzip_of_zeros(200)
_NESTED_GZIP_BOMB: Final = gzip.compress(_GZIP_BOMB)
_DEFLATE_BOMB: Final = zlib.compress(_ZEROS * 50)
_BROTLI_BOMB: Final = bytes.fromhex(  # 64 MiB of zeros
    "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f011087"
    "0500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0bdffcbffff3f"
    "fc1300715800a07bff07"
)


def _with_coding(coding: str, body: bytes) -> Iterator[bytes]:
    yield response_with_length(200, (*JSON, ("content-encoding", coding)), body)


def gzip_bomb(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    return _with_coding("gzip", _GZIP_BOMB)


def nested_bomb(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    return _with_coding("gzip, gzip", _NESTED_GZIP_BOMB)


def many_codings(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    return _with_coding(", ".join(["gzip"] * 50), _GZIP_BOMB)


def deflate_bomb(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    return _with_coding("deflate", _DEFLATE_BOMB)


def brotli_bomb(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    return _with_coding("br", _BROTLI_BOMB)


def body_too_short(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield response_bytes(200, (*JSON, ("content-length", "1000")), b"{}")
    raise CloseConnectionError


def body_too_long(__: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    head, _, body = correct.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    yield b"\r\n".join([*lines, b"content-length: 2"]) + b"\r\n\r\n" + body


def negative_length(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield response_bytes(200, (*JSON, ("content-length", "-1")), b"{}")


def reset_before_response(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    raise ResetConnectionError
    yield b""


def close_without_response(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    raise CloseConnectionError
    yield b""


def reset_within_body(_: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    yield correct[: len(correct) // 2]
    raise ResetConnectionError


def reset_after_response(_: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    yield correct
    time.sleep(0.01)
    raise ResetConnectionError


def every_tenth_reset(request: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    if request.number % 10 == 0:
        raise ResetConnectionError
    yield correct


def one_reset(request: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    if request.number == CORRECT_RESPONSES:
        raise ResetConnectionError
    yield correct


def redirect(location: str) -> Behavior:
    def behavior(request: ReceivedRequest, _: bytes) -> Iterator[bytes]:
        yield response_with_length(307, (("location", location or request.target),), b"")

    return behavior


def http_1_0(_: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    yield correct.replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    raise CloseConnectionError


def large_header(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield response_with_length(200, (*JSON, ("x-large", "y" * _MEGABYTE)), b"{}")


def many_headers(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield response_with_length(200, (*JSON, *((f"x-{number}", "y") for number in range(10_000))), b"{}")


def fixed_response(body: bytes, status: int = 200, *headers: tuple[str, str]) -> Behavior:
    def behavior(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
        yield response_with_length(status, (*JSON, *headers), body)

    return behavior


def huge_body(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    yield response_bytes(200, (*JSON, ("content-length", str(200 * _MEGABYTE))), b"")
    for _megabyte in range(200):
        yield b" " * _MEGABYTE


_PADDING: Final = json.dumps([{"x": [1.5, "y", None]}] * 12_000).encode()


def large_responses(request: ReceivedRequest, _: bytes) -> Iterator[bytes]:
    yield response_with_length(200, JSON, b'{"id": "%d", "padding": %b}' % (request.number, _PADDING))


def echo(request: ReceivedRequest, _: bytes) -> Iterator[bytes]:
    yield response_with_length(200, JSON, request.body or request.raw)


def html(_: ReceivedRequest, __: bytes) -> Iterator[bytes]:
    body = b"<!doctype html><script>alert(1)</script>\x1b[31m<title>Welcome</title>"
    yield response_with_length(200, (("content-type", "text/html"),), body)


def stop_responding(request: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    raise CloseConnectionError
    yield correct + request.raw


def extra_response(request: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
    yield correct + response_with_length(200, JSON, b'{"id":"of-another"}')
    if request.number < 0:
        raise CloseConnectionError


class PreviousResponse:
    """Answers each request with what the request before it, on any connection, should have received."""

    def __init__(self) -> None:
        self._previous = response_with_length(404, JSON, b'{"error":"Not Found"}')

    def __call__(self, _: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
        response, self._previous = self._previous, correct
        yield response


def date_header(date: str) -> Behavior:
    def behavior(_: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
        yield correct.replace(b"\r\n", f"\r\ndate: {date}\r\n".encode(), 1)

    return behavior


def id_of_creates(encoded: str) -> Behavior:
    def behavior(request: ReceivedRequest, correct: bytes) -> Iterator[bytes]:
        head, _, body = correct.partition(b"\r\n\r\n")
        if request.method != "POST" or b" 20" not in head[:13]:
            yield correct
            return
        conference = json.loads(body)
        conference["id"] = "MARK"
        changed = json.dumps(conference).encode().replace(b'"MARK"', f'"{encoded}"'.encode())
        yield response_with_length(int(head[9:12]), JSON, changed)

    return behavior
