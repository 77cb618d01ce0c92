"""Compressed bodies are decoded in pieces, up to a limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import httpx
import pytest

from conformance.transport.content_decoding import MAX_BODY, TooLargeError, decode_body

BODY = b'{"a": [1, 2, 3]}' * 100


def pieces(body: bytes, size: int = 7) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def raw_deflate(body: bytes) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packed.compress(body) + packed.flush()


def zipped(body: bytes) -> bytes:
    """Return a gzip body without a timestamp, so that parameters are the same in each collection."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize(
    "codings, packed",
    [
        ("", BODY),
        ("identity", BODY),
        ("gzip", zipped(BODY)),
        ("GZip", zipped(BODY)),
        ("x-gzip", zipped(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("deflate, gzip", zipped(zlib.compress(BODY))),
        ("gzip, gzip, gzip", zipped(zipped(zipped(BODY)))),
        ("br", BODY),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_is_decoded(codings: str, packed: bytes, size: int) -> None:
    assert b"".join(decode_body(pieces(packed, size), codings)) == BODY


@pytest.mark.parametrize("codings", ["gzip", "deflate", ""])
def test_an_empty_body_is_decoded_as_empty(codings: str) -> None:
    assert b"".join(decode_body([], codings)) == b""


@pytest.mark.parametrize("codings", ["gzip", "deflate", "gzip, deflate", "gzip, gzip, gzip, gzip"])
def test_a_body_in_another_coding_is_rejected(codings: str) -> None:
    with pytest.raises(httpx.DecodingError):
        b"".join(decode_body([b"plain text"], codings))


@pytest.mark.parametrize("codings", ["", "gzip", "gzip, gzip"])
def test_an_endless_body_takes_little_memory(codings: str) -> None:
    body = b"\0" * (100 * MAX_BODY)
    for _ in filter(None, codings.split(", ")):
        body = zipped(body)
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            for _ in decode_body([body], codings):
                pass
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BODY
    finally:
        tracemalloc.stop()
