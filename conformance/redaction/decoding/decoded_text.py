"""Decoded texts, and the text in decoded bytes, plain or compressed."""

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

SHORTEST: Final = 12  # minimum length of a decoded text that is searched
_INFLATED_FACTOR: Final = 32  # times the compressed size; text rarely reaches 10
_INFLATED_LIMIT: Final = 64 * 1024  # bytes
Range = tuple[int, int]
RangeMapping = Callable[[int, int], Range]  # maps a range of a decoded text to a range of its source
_STRETCH: Final = re.compile(rb"[\t\n\r -~]{12,}")
COMPRESSED: Final = ("\x1f\x8b\x08", "x\x01", "x^", "x\x9c", "x\xda")  # gzip; zlib
COMPRESSED_BYTES: Final = tuple(prefix.encode("latin-1") for prefix in COMPRESSED)


@dataclass(frozen=True)
class Decoding:
    """A decoded text, and the mapping of its ranges to the text that contains it."""

    text: str
    source_range: RangeMapping


def text_in_bytes(data: bytes, source_range: RangeMapping, whole: Range) -> Iterator[Decoding]:
    """Yield the text in decoded bytes, plain or compressed."""
    yield from printable_text(data, source_range)
    if data.startswith(COMPRESSED_BYTES):
        yield from inflated_text(data, whole)


def printable_text(data: bytes, source_range: RangeMapping) -> Iterator[Decoding]:
    """Yield the printable stretches of decoded bytes as one text.

    Zero bytes, which UTF-16 and UTF-32 add to ASCII, are removed first.
    """
    nonzero = data.replace(b"\0", b"")
    stretches = _STRETCH.findall(nonzero)
    if not stretches:
        return
    if len(stretches[0]) == len(data):
        yield Decoding(data.decode("ascii"), source_range)
        return

    def within(first: int, last: int) -> Range:
        positions = [at for at, byte in enumerate(data) if byte]
        stretch_starts = [match.start() for match in _STRETCH.finditer(nonzero)]
        text_starts = list(accumulate((len(stretch) + 1 for stretch in stretches), initial=0))
        number = bisect_right(text_starts, first) - 1
        shift = stretch_starts[number] - text_starts[number]
        return source_range(positions[first + shift], positions[last - 1 + shift] + 1)

    yield Decoding(b"\1".join(stretches).decode("ascii"), within)


def inflated_text(data: bytes, whole: Range) -> Iterator[Decoding]:
    """Yield the text in gzip, zlib or deflate data, up to a limit of its size."""
    headed = data.startswith(COMPRESSED_BYTES)
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32 if headed else -zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, min(_INFLATED_LIMIT, _INFLATED_FACTOR * len(data)))
    except zlib.error:
        return
    yield from printable_text(inflated, lambda *_: whole)
