"""Decoding of Content-Encoding in pieces, so that a decompression bomb is rejected in time.

httpx decompresses everything that one read returned: 64 KiB can become 64 MiB.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

ACCEPTED: Final = "gzip, deflate"  # value of Accept-Encoding; bodies in other codings are not decoded
MAX_BODY: Final = 1024 * 1024  # bytes in each coding; responses of this API are far smaller
_MAX_CODINGS: Final = 3
_PIECE_SIZE: Final = 64 * 1024
_GZIP: Final = zlib.MAX_WBITS | 16


class TooLargeError(httpx.TransportError):
    """The response is larger than any valid response of this API."""


def decode_body(chunks: Iterable[bytes], codings: str) -> Iterator[bytes]:
    """Yield the body without the codings in Content-Encoding, of which the last is decoded first."""
    codings_in_order = [coding.strip().lower() for coding in codings.split(",")]
    supported = [coding for coding in reversed(codings_in_order) if coding in _DECODERS]
    if len(supported) > _MAX_CODINGS:
        raise httpx.DecodingError(f"{len(supported)} content codings")
    pieces = _limit(chunks)
    for coding in supported:
        pieces = _limit(_DECODERS[coding](pieces))
    return pieces


def _limit(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY:
            raise TooLargeError(f"more than {MAX_BODY} bytes")
        yield chunk


def _gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _inflate(chunks, _GZIP)


def _deflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decode deflate data, with the zlib header or, as some servers send it, without."""
    remaining = iter(chunks)
    head = b""
    for chunk in remaining:
        head += chunk
        if len(head) > 1:  # the length of the header
            break
    has_header = len(head) > 1 and head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2]) % 31 == 0
    return _inflate(_chain(head, remaining), zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


_DECODERS: Final = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _inflate(chunks: Iterable[bytes], window: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(window)
    try:
        for chunk in chunks:
            unprocessed = chunk
            while unprocessed and not inflater.eof:
                yield inflater.decompress(unprocessed, _PIECE_SIZE)
                unprocessed = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
