"""What hostile servers do: each deed is given what was asked and the right answer, and says other things."""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from tests.support.hostile.sockets import Asked, EndError, ResetError, sized, written

UNDER_WAY: Final = 40  # requests that are answered rightly before a server of the later kind begins
JSON: Final = (("content-type", "application/json"),)
_MEGABYTE: Final = 1024 * 1024
_ZEROS: Final = b"\0" * _MEGABYTE
_LONG: Final = 60.0  # seconds

Deed = Callable[[Asked, bytes], Iterator[bytes]]


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


def redirect(location: str) -> Deed:
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


def said(body: bytes, status: int = 200, *headers: tuple[str, str]) -> Deed:
    def deed(_: Asked, __: bytes) -> Iterator[bytes]:
        yield sized(status, (*JSON, *headers), body)

    return deed


def huge_body(_: Asked, __: bytes) -> Iterator[bytes]:
    yield written(200, (*JSON, ("content-length", str(200 * _MEGABYTE))), b"")
    for _megabyte in range(200):
        yield b" " * _MEGABYTE


_PADDING: Final = json.dumps([{"x": [1.5, "y", None]}] * 12_000).encode()


def large_answers(asked: Asked, _: bytes) -> Iterator[bytes]:
    yield sized(200, JSON, b'{"id": "%d", "padding": %b}' % (asked.number, _PADDING))


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


def dated(date: str) -> Deed:
    def deed(_: Asked, good: bytes) -> Iterator[bytes]:
        yield good.replace(b"\r\n", f"\r\ndate: {date}\r\n".encode(), 1)

    return deed


def with_id(encoded: str) -> Deed:
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
