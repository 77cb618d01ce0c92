"""Decoding of compressed bodies in pieces, up to a limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import httpx
import pytest

from conformance.transport.content_decoding import MAX_BODY, TooLargeError, decode_body

BODY = b'{"a": [1, 2, 3]}' * 100


def split(body: bytes, size: int = 7) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


def gzip_compressed(body: bytes) -> bytes:
    """Return a gzip body without a timestamp, so that parameters are the same in each collection."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize(
    "codings, encoded",
    [
        ("", BODY),
        ("identity", BODY),
        ("gzip", gzip_compressed(BODY)),
        ("GZip", gzip_compressed(BODY)),
        ("x-gzip", gzip_compressed(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("deflate, gzip", gzip_compressed(zlib.compress(BODY))),
        ("gzip, gzip, gzip", gzip_compressed(gzip_compressed(gzip_compressed(BODY)))),
        ("br", BODY),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_is_decoded(codings: str, encoded: bytes, size: int) -> None:
    assert b"".join(decode_body(split(encoded, size), codings)) == BODY


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
        body = gzip_compressed(body)
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            for _ in decode_body([body], codings):
                pass
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BODY
    finally:
        tracemalloc.stop()
