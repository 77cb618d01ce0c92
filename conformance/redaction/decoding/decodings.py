"""Decoding of the encodings in which a text may contain another text.

Covered are base64 and base32, hexadecimal digits with and without separators, lists of byte values and of
single characters, quoted-printable, text broken by line ends or markup, and compressed data within any of
these. Every response is searched, so each decoder runs only where a fast test of character classes detects
something to decode, and the position of a range in the source is computed on demand.
"""

from collections.abc import Iterator

from conformance.redaction.decoding.broken_text import BREAK_SIGNS, quoted_printable, without_breaks
from conformance.redaction.decoding.decoded_text import COMPRESSED, SHORTEST, Decoding, inflated_text
from conformance.redaction.decoding.separated_characters import (
    ALONE,
    CHARACTER_CLASSES,
    FEW_ALONE,
    HEX_CLASSES,
    HEX_DASHED,
    HEX_LIST,
    NUMBER_CLASSES,
    NUMBER_LIST,
    byte_lists,
    character_lists,
    hexadecimal_lists,
)
from conformance.redaction.decoding.unseparated_digits import digit_runs


def decodings(text: str) -> Iterator[Decoding]:
    """Yield the texts that a text may contain in some encoding."""
    if len(text) < SHORTEST:
        return
    plain = text.encode("ascii", "replace")  # one byte for each character
    yield from digit_runs(plain)
    digits = plain.translate(HEX_CLASSES)
    if HEX_LIST in digits or HEX_DASHED in digits:
        yield from hexadecimal_lists(plain, digits)
    numbers = plain.translate(NUMBER_CLASSES)
    if NUMBER_LIST in numbers:
        yield from byte_lists(plain, numbers)
    if plain.translate(CHARACTER_CLASSES).count(ALONE) >= FEW_ALONE:
        yield from character_lists(plain)
    if "=" in text:
        yield from quoted_printable(text)
    if not text.isascii() or any(sign in text for sign in BREAK_SIGNS):
        yield from without_breaks(text)
    if text.startswith(COMPRESSED):
        yield from inflated_text(text.encode("latin-1", "replace"), (0, len(text)))
