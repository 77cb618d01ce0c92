"""Decoding of the encodings in which a text may contain another text.

Covered are base64 and base32, hexadecimal digits with and without separators, lists of byte values and of
single characters, quoted-printable, text broken by line ends or markup, and compressed data within any of
these. Every response is searched, so each decoder runs only where a fast test of character classes detects
something to decode, and the position of a range in the source is computed on demand.
"""

import base64
import binascii
import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final

SHORTEST: Final = 12  # minimum length of a decoded text that is searched
_INFLATED_FACTOR: Final = 32  # times the compressed size; text rarely reaches 10
_INFLATED_LIMIT: Final = 64 * 1024  # bytes
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
_HEX_DIGITS: Final = f"{_DIGITS}ABCDEFabcdef"

Range = tuple[int, int]
RangeMapping = Callable[[int, int], Range]  # maps a range of a decoded text to a range of its source


@dataclass(frozen=True)
class Decoding:
    """A decoded text, and the mapping of its ranges to the text that contains it."""

    text: str
    source_range: RangeMapping


def decodings(text: str) -> Iterator[Decoding]:
    """Yield the texts that a text may contain in some encoding."""
    if len(text) < SHORTEST:
        return
    plain = text.encode("ascii", "replace")  # one byte for each character
    yield from _base64(plain)
    digits = plain.translate(_HEX_CLASSES)
    if _HEX_LIST in digits or _HEX_DASHED in digits:
        yield from _hexadecimal(plain, digits)
    numbers = plain.translate(_NUMBER_CLASSES)
    if _NUMBER_LIST in numbers:
        yield from _numbers(plain, numbers)
    if plain.translate(_CHARACTER_CLASSES).count(_ALONE) >= _FEW_ALONE:
        yield from _characters(plain)
    if "=" in text:
        yield from _quoted_printable(text)
    if not text.isascii() or any(sign in text for sign in _BREAK_SIGNS):
        yield from _without_breaks(text)
    if text.startswith(_COMPRESSED):
        yield from _inflated(text.encode("latin-1", "replace"), (0, len(text)))


def _classes(sign: str, characters: str, **more: str) -> bytes:
    """Return a table for `bytes.translate` that maps characters to the sign of their class, else a space."""
    table = bytearray(b" " * 256)
    for class_sign, members in ((sign, characters), *more.items()):
        for member in members:
            table[ord(member)] = ord(class_sign)
    return bytes(table)


def _runs(classes: bytes, shortest: int) -> Iterator[Range]:
    """Yield start and end of the runs of classified characters that are long enough."""
    end = 0
    for run in [part for part in classes.split() if len(part) >= shortest]:
        start = classes.index(run, end)
        end = start + len(run)
        yield start, end


# Content of decoded bytes

_STRETCH: Final = re.compile(rb"[\t\n\r -~]{12,}")
_COMPRESSED: Final = ("\x1f\x8b\x08", "x\x01", "x^", "x\x9c", "x\xda")  # gzip; zlib
_COMPRESSED_BYTES: Final = tuple(prefix.encode("latin-1") for prefix in _COMPRESSED)


def _printable(data: bytes, source_range: RangeMapping) -> Iterator[Decoding]:
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


def _inflated(data: bytes, whole: Range) -> Iterator[Decoding]:
    """Yield the text in gzip, zlib or deflate data, up to a limit of its size."""
    headed = data.startswith(_COMPRESSED_BYTES)
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32 if headed else -zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, min(_INFLATED_LIMIT, _INFLATED_FACTOR * len(data)))
    except zlib.error:
        return
    yield from _printable(inflated, lambda *_: whole)


# Base64, base32 and hexadecimal digits without separators


def _base64_alphabet() -> bytes:
    table = bytearray(_classes("+", "+-"))  # both alphabets are treated as the standard one
    for character in f"{_LETTERS}{_DIGITS}/":
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


def _base64(plain: bytes) -> Iterator[Decoding]:
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

        yield from _printable(data, source_range)


def _base64_compressed(run: bytes, start: int) -> Iterator[Decoding]:
    whole = start, start + len(run)
    for match in _COMPRESSED_BASE64.finditer(run):
        offset = match.start() + match[0].startswith(b"/")
        yield from _inflated(_base64_decoded(run[offset:]), whole)
    if len(run) >= _DEFLATED_SHORTEST:
        yield from _inflated(_base64_decoded(run), whole)


def _base64_decoded(run: bytes) -> bytes:
    """Return the decoded bytes, with or without padding; a single last character is ignored."""
    return binascii.a2b_base64(run[:-1] if len(run) % _GROUP == 1 else run + b"==")


def _base32(run: bytes, start: int) -> Iterator[Decoding]:
    whole = start, start + len(run)
    complete = run[: len(run) - len(run) % _BASE32_GROUP]
    yield from _printable(base64.b32decode(complete), lambda *_: whole)


def _hex_digits(run: bytes, start: int) -> Iterator[Decoding]:
    """Yield the texts in hexadecimal digits, which one more digit may precede."""
    for offset in range(2):
        digits = run[offset : len(run) - (len(run) - offset) % 2]
        data = bytes.fromhex(digits.decode())

        def source_range(first: int, last: int, begin: int = start + offset) -> Range:
            return begin + 2 * first, begin + 2 * last

        yield from _bytes(data, source_range, (start, start + len(run)))


def _bytes(data: bytes, source_range: RangeMapping, whole: Range) -> Iterator[Decoding]:
    """Yield the text in decoded bytes, plain or compressed."""
    yield from _printable(data, source_range)
    if data.startswith(_COMPRESSED_BYTES):
        yield from _inflated(data, whole)


# Lists of hexadecimal digits, byte values and characters

_HEX_CLASSES: Final = _classes("x", f"{_HEX_DIGITS}:;,.|_\\xX+\t\r\n ", d="-")
_HEX_LIST: Final = b"x" * 29  # six groups of four, and their separators
_HEX_DASHED: Final = b"xxdxxdxxdxx"
_HEX_PAIRS: Final = re.compile(
    rb"(?:(?:0[xX]|\\{1,8}[xX])?[0-9A-Fa-f]{2}(?:[\s:;,.|_+-]{1,6}|(?=\\{1,8}[xX]))){11,}"
    rb"(?:0[xX]|\\{1,8}[xX])?[0-9A-Fa-f]{2}(?![0-9A-Fa-f])"
)
_HEX_GROUPS: Final = re.compile(rb"(?:(?:[0-9A-Fa-f]{2}){2,4}[ \t\r\n:]{1,3}){5,}(?:[0-9A-Fa-f]{2}){1,4}")
_HEX_PREFIX: Final = re.compile(rb"0[xX]|\\{1,8}[xX]")
_NOT_HEX: Final = re.compile(rb"[^0-9A-Fa-f]+")


def _hexadecimal(plain: bytes, classes: bytes) -> Iterator[Decoding]:
    """Yield the texts in hexadecimal digits that are separated by spaces, colons and the like."""
    for match in _matches_in_runs(
        plain, _runs(classes.replace(b"d", b"x"), len(_HEX_LIST)), _HEX_PAIRS, _HEX_GROUPS
    ):
        run, start = match[0], match.start()
        if b"x" in run or b"X" in run:
            run = _HEX_PREFIX.sub(lambda prefix: b" " * len(prefix[0]), run)
        data = bytes.fromhex(_NOT_HEX.sub(b"", run).decode())

        def source_range(first: int, last: int, run: bytes = run, start: int = start) -> Range:
            digits = _HEX_DIGITS.encode()
            positions = [start + at for at, byte in enumerate(run) if byte in digits]
            return positions[2 * first], positions[2 * last - 1] + 1

        yield from _bytes(data, source_range, match.span())


_NUMBER_CLASSES: Final = _classes("n", f"{_DIGITS} \t\r\n:;,[]\"'-")
_NUMBER_LIST: Final = b"n" * 34  # twelve numbers of two digits, and their separators
_NUMBERS: Final = re.compile(rb"(?:-?[0-9]{1,3}(?:\s{0,80}[,;]\s{0,80}|\s{1,80})){11,}-?[0-9]{1,3}(?![0-9])")
_NUMBERED: Final = re.compile(
    rb"(?:[\"'][0-9]{1,6}[\"']\s{0,80}:\s{0,80}-?[0-9]{1,3}\s{0,80},\s{0,80}){11,}"
    rb"[\"'][0-9]{1,6}[\"']\s{0,80}:\s{0,80}-?[0-9]{1,3}(?![0-9])"
)
_NUMBER: Final = re.compile(rb"(?<![\"'0-9])-?[0-9]{1,3}(?![\"'0-9])")  # not a key
_BYTE: Final = 0xFF  # Java writes signed bytes


def _numbers(plain: bytes, classes: bytes) -> Iterator[Decoding]:
    """Yield the texts in lists of byte values: `80, 84`, `[80 84]`, `{"0": 80, "1": 84}`."""
    for match in _matches_in_runs(plain, _runs(classes, len(_NUMBER_LIST)), _NUMBERS, _NUMBERED):
        run, start = match[0], match.start()
        data = bytes(int(number) & _BYTE for number in _NUMBER.findall(run))

        def source_range(first: int, last: int, run: bytes = run, start: int = start) -> Range:
            spans = [number.span() for number in _NUMBER.finditer(run)]
            return start + spans[first][0], start + spans[last - 1][1]

        yield from _bytes(data, source_range, match.span())


_CHARACTER_CLASSES: Final = bytes(
    ord("a" if chr(code) in f"{_LETTERS}{_DIGITS}" else "s") for code in range(256)
)
_ALONE: Final = b"sas"  # one letter or digit
_FEW_ALONE: Final = 5
_NOT_ALONE: Final = re.compile(rb"[^A-Za-z0-9]+")
_CHARACTERS: Final = re.compile(
    rb"(?<![A-Za-z0-9])(?:[A-Za-z0-9][^A-Za-z0-9]{1,40}){11,}[A-Za-z0-9](?![A-Za-z0-9])"
)


def _characters(plain: bytes) -> Iterator[Decoding]:
    """Yield the texts in separated single letters and digits: `P T x`, `["P", "T", "x"]`."""
    for match in _CHARACTERS.finditer(plain):
        run, start = match[0], match.start()

        def source_range(first: int, last: int, run: bytes = run, start: int = start) -> Range:
            positions = [start + at for at in range(len(run)) if run[at : at + 1].isalnum()]
            return positions[first], positions[last - 1] + 1

        yield Decoding(_NOT_ALONE.sub(b"", run).decode(), source_range)


def _matches_in_runs(
    plain: bytes, runs: Iterator[Range], *patterns: re.Pattern[bytes]
) -> Iterator[re.Match[bytes]]:
    """Yield the matches of patterns within runs of a text that do not consist of digits and letters alone."""
    for start, end in runs:
        if not plain[start:end].isalnum():
            for pattern in patterns:
                yield from pattern.finditer(plain, start, end)


# Text with parts to remove or replace

_QUOTED: Final = re.compile(r"=([0-9A-Fa-f]{2})|=(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)")
_BREAK_SIGNS: Final = ("\n", "\r", "<", "\\n", "\\r")
_INVISIBLE: Final = "\u00ad\u200b-\u200d\u2060\ufeff"  # soft hyphen, zero-width characters
_BREAK: Final = re.compile(
    rf"[\r\n<\\{_INVISIBLE}](?:"  # the regex engine finds one class of first characters fastest
    r"(?<=[\r\n])[\r\n \t]{0,200}(?:[>|#*] ?)?"
    r"|(?<=\\)\\{0,7}[rn](?:\\{1,8}[rn]|[ \t]){0,100}"
    r"|(?<=<)/?[A-Za-z][^<>]{0,100}>"
    rf"|(?<=[{_INVISIBLE}]))"
)


def _quoted_printable(text: str) -> Iterator[Decoding]:
    return _substituted(text, _QUOTED, lambda match: chr(int(match[1], 16)) if match[1] else "")


def _without_breaks(text: str) -> Iterator[Decoding]:
    """Yield the text without line ends and indentation, markup, soft hyphens and zero-width characters."""
    return _substituted(text, _BREAK, "")


def _substituted(
    text: str, pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str]
) -> Iterator[Decoding]:
    """Yield the text with each match of a pattern replaced by one character or by nothing."""
    substituted, matches = pattern.subn(replacement, text)
    if not matches:
        return

    @cache
    def positions() -> list[Range]:
        """Return the source range of each character of the decoded text."""
        ranges: list[Range] = []
        end = 0
        for match in pattern.finditer(text):
            ranges += ((at, at + 1) for at in range(end, match.start()))
            ranges += [match.span()] * len(
                replacement if isinstance(replacement, str) else replacement(match)
            )
            end = match.end()
        return ranges + [(at, at + 1) for at in range(end, len(text))]

    def source_range(first: int, last: int) -> Range:
        return positions()[first][0], positions()[last - 1][1]

    yield Decoding(substituted, source_range)
