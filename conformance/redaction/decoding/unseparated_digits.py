"""Base64, base32 and hexadecimal digits without separators."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from conformance.redaction.decoding.character_classes import DIGITS, LETTERS, class_table
from conformance.redaction.decoding.decoded_text import (
    Decoding,
    Range,
    inflated_text,
    printable_text,
    text_in_bytes,
)


def _base64_alphabet() -> bytes:
    table = bytearray(class_table("+", "+-"))  # both alphabets are treated as the standard one
    for character in f"{LETTERS}{DIGITS}/":
        table[ord(character)] = ord(character)
    table[ord("_")] = ord("/")
    return bytes(table)


_BASE64: Final = _base64_alphabet()
_BASE64_SHORTEST: Final = 16  # characters, for 12 bytes
_BASE64_TEXT: Final = re.compile(rb"(?:[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589].){4}")
_COMPRESSED_BASE64: Final = re.compile(rb"H4sI|(?:^|/)(?:eJ[w-z]|eN[o-r]|eF[4-7]|eA[E-H])")
_DEFLATED_SHORTEST: Final = 40  # characters, for a UUID
_ZEROS_SHARE: Final = 5  # one A in so many characters, as zero bytes cause
_GROUP: Final = 4
_UUID_LENGTH: Final = 36
_DASH: Final = ord("+")  # as _BASE64 translates it
_DIGITS_SHORTEST: Final = 24  # hexadecimal digits, for 12 bytes
_BASE32: Final = re.compile(rb"[A-Z2-7]{24,}")
_BASE32_GROUP: Final = 8
_HEX_RUN: Final = re.compile(rb"[0-9A-Fa-f]{24,}")


def digit_runs(plain: bytes) -> Iterator[Decoding]:
    """Yield the texts in runs of base64 characters, and in parts of them."""
    runs = plain.translate(_BASE64)
    end = 0
    for run in [part for part in runs.split() if len(part) >= _BASE64_SHORTEST and not _is_name(part)]:
        if _is_uuid(run):
            continue
        start = runs.index(run, end)
        end = start + len(run)
        if _BASE64_TEXT.search(run) or _has_zeros(run):
            yield from _base64_text(run, start)
        if len(run) >= _DEFLATED_SHORTEST or _COMPRESSED_BASE64.search(run):
            yield from _base64_compressed(run, start)
        if len(run) >= _DIGITS_SHORTEST:
            for match in _HEX_RUN.finditer(run):
                yield from _hex_digits(match[0], start + match.start())
            for match in _BASE32.finditer(run):
                yield from _base32(match[0], start + match.start())


def _is_name(run: bytes) -> bool:
    """Return whether a run looks like a member name: short and lowercase, where base64 has both cases."""
    return len(run) < _DIGITS_SHORTEST and run.islower()


def _is_uuid(run: bytes) -> bool:
    """Return whether a run has the form of a UUID, as most responses contain UUIDs."""
    return len(run) == _UUID_LENGTH and run[8] == run[13] == run[18] == run[23] == _DASH


def _has_zeros(run: bytes) -> bool:
    """Return whether a run may be base64 of UTF-16 or UTF-32 text, in which zero bytes become an A."""
    return run.count(b"A") * _ZEROS_SHARE > len(run)


def _base64_text(run: bytes, start: int) -> Iterator[Decoding]:
    """Yield the text in a run, which may follow other characters without a separator."""
    if _has_zeros(run):
        offsets = set(range(_GROUP))
    else:
        offsets = {match.start() % _GROUP for match in _BASE64_TEXT.finditer(run)}
    for offset in sorted(offsets):
        begin = start + offset
        data = _base64_decoded(run[offset:])

        def source_range(first: int, last: int, begin: int = begin) -> Range:
            return begin + first * 4 // 3, min(begin - (-last * 4 // 3), start + len(run))

        yield from printable_text(data, source_range)


def _base64_compressed(run: bytes, start: int) -> Iterator[Decoding]:
    whole = start, start + len(run)
    for match in _COMPRESSED_BASE64.finditer(run):
        offset = match.start() + match[0].startswith(b"/")
        yield from inflated_text(_base64_decoded(run[offset:]), whole)
    if len(run) >= _DEFLATED_SHORTEST:
        yield from inflated_text(_base64_decoded(run), whole)


def _base64_decoded(run: bytes) -> bytes:
    """Return the decoded bytes, with or without padding; a single last character is ignored."""
    return binascii.a2b_base64(run[:-1] if len(run) % _GROUP == 1 else run + b"==")


def _base32(run: bytes, start: int) -> Iterator[Decoding]:
    whole = start, start + len(run)
    complete = run[: len(run) - len(run) % _BASE32_GROUP]
    yield from printable_text(base64.b32decode(complete), lambda *_: whole)


def _hex_digits(run: bytes, start: int) -> Iterator[Decoding]:
    """Yield the texts in hexadecimal digits, which one more digit may precede."""
    for offset in range(2):
        digits = run[offset : len(run) - (len(run) - offset) % 2]
        data = bytes.fromhex(digits.decode())

        def source_range(first: int, last: int, begin: int = start + offset) -> Range:
            return begin + 2 * first, begin + 2 * last

        yield from text_in_bytes(data, source_range, (start, start + len(run)))
