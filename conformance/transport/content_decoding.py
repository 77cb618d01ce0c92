"""Bodies are decoded piece by piece, so that a small one that inflates without end is cut off in time.

httpx inflates all that one read brought at once: 64 KiB can be 64 MiB by then.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

ACCEPTED: Final = "gzip, deflate"  # what we say that we understand; anything else stays as it came
LARGEST_BODY: Final = 1024 * 1024  # bytes in each coding; no answer of this API comes near it
_MOST_CODINGS: Final = 3  # one upon another
_PIECE: Final = 64 * 1024
_GZIP: Final = zlib.MAX_WBITS | 16


class TooLargeError(httpx.TransportError):
    """The answer holds more bytes than any answer of this API can."""


def decoded(chunks: Iterable[bytes], codings: str) -> Iterator[bytes]:
    """Yield a body as it was before the codings that Content-Encoding names; the last is undone first."""
    named = [coding.strip().lower() for coding in codings.split(",")]
    known = [coding for coding in reversed(named) if coding in _INFLATED]
    if len(known) > _MOST_CODINGS:
        raise httpx.DecodingError(f"{len(known)} codings one upon another")
    pieces = _bounded(chunks)
    for coding in known:
        pieces = _bounded(_INFLATED[coding](pieces))
    return pieces


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLargeError(f"more than {LARGEST_BODY} bytes")
        yield chunk


def _gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _inflated(chunks, _GZIP)


def _deflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Undo deflate, with the header of zlib, as it should be, or without, as some send it."""
    left = iter(chunks)
    head = b""
    for chunk in left:
        head += chunk
        if len(head) > 1:  # the two bytes of that header
            break
    whole = len(head) > 1 and head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2]) % 31 == 0
    return _inflated(_chained(head, left), zlib.MAX_WBITS if whole else -zlib.MAX_WBITS)


_INFLATED: Final = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _inflated(chunks: Iterable[bytes], window: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(window)
    try:
        for chunk in chunks:
            left = chunk
            while left and not inflater.eof:
                yield inflater.decompress(left, _PIECE)
                left = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
