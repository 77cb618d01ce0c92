"""Lists of hexadecimal digits, of byte values and of single characters."""

import re
from collections.abc import Iterator
from typing import Final

from conformance.redaction.decoding.character_classes import (
    DIGITS,
    HEX_DIGITS,
    LETTERS,
    class_runs,
    class_table,
)
from conformance.redaction.decoding.decoded_text import Decoding, Range, text_in_bytes

HEX_CLASSES: Final = class_table("x", f"{HEX_DIGITS}:;,.|_\\xX+\t\r\n ", d="-")
HEX_LIST: Final = b"x" * 29  # six groups of four, and their separators
HEX_DASHED: Final = b"xxdxxdxxdxx"
_HEX_PAIRS: Final = re.compile(
    rb"(?:(?:0[xX]|\\{1,8}[xX])?[0-9A-Fa-f]{2}(?:[\s:;,.|_+-]{1,6}|(?=\\{1,8}[xX]))){11,}"
    rb"(?:0[xX]|\\{1,8}[xX])?[0-9A-Fa-f]{2}(?![0-9A-Fa-f])"
)
_HEX_GROUPS: Final = re.compile(rb"(?:(?:[0-9A-Fa-f]{2}){2,4}[ \t\r\n:]{1,3}){5,}(?:[0-9A-Fa-f]{2}){1,4}")
_HEX_PREFIX: Final = re.compile(rb"0[xX]|\\{1,8}[xX]")
_NOT_HEX: Final = re.compile(rb"[^0-9A-Fa-f]+")
NUMBER_CLASSES: Final = class_table("n", f"{DIGITS} \t\r\n:;,[]\"'-")
NUMBER_LIST: Final = b"n" * 34  # twelve numbers of two digits, and their separators
_NUMBERS: Final = re.compile(rb"(?:-?[0-9]{1,3}(?:\s{0,80}[,;]\s{0,80}|\s{1,80})){11,}-?[0-9]{1,3}(?![0-9])")
_NUMBERED: Final = re.compile(
    rb"(?:[\"'][0-9]{1,6}[\"']\s{0,80}:\s{0,80}-?[0-9]{1,3}\s{0,80},\s{0,80}){11,}"
    rb"[\"'][0-9]{1,6}[\"']\s{0,80}:\s{0,80}-?[0-9]{1,3}(?![0-9])"
)
_NUMBER: Final = re.compile(rb"(?<![\"'0-9])-?[0-9]{1,3}(?![\"'0-9])")  # not a key
_BYTE: Final = 0xFF  # Java writes signed bytes
CHARACTER_CLASSES: Final = bytes(
    ord("a" if chr(code) in f"{LETTERS}{DIGITS}" else "s") for code in range(256)
)
ALONE: Final = b"sas"  # one letter or digit
FEW_ALONE: Final = 5
_NOT_ALONE: Final = re.compile(rb"[^A-Za-z0-9]+")
_CHARACTERS: Final = re.compile(
    rb"(?<![A-Za-z0-9])(?:[A-Za-z0-9][^A-Za-z0-9]{1,40}){11,}[A-Za-z0-9](?![A-Za-z0-9])"
)


def hexadecimal_lists(plain: bytes, classes: bytes) -> Iterator[Decoding]:
    """Yield the texts in hexadecimal digits that are separated by spaces, colons and the like."""
    for match in _matches_in_runs(
        plain, class_runs(classes.replace(b"d", b"x"), len(HEX_LIST)), _HEX_PAIRS, _HEX_GROUPS
    ):
        run, start = match[0], match.start()
        if b"x" in run or b"X" in run:
            run = _HEX_PREFIX.sub(lambda prefix: b" " * len(prefix[0]), run)
        data = bytes.fromhex(_NOT_HEX.sub(b"", run).decode())

        def source_range(first: int, last: int, run: bytes = run, start: int = start) -> Range:
            digits = HEX_DIGITS.encode()
            positions = [start + at for at, byte in enumerate(run) if byte in digits]
            return positions[2 * first], positions[2 * last - 1] + 1

        yield from text_in_bytes(data, source_range, match.span())


def byte_lists(plain: bytes, classes: bytes) -> Iterator[Decoding]:
    """Yield the texts in lists of byte values: `80, 84`, `[80 84]`, `{"0": 80, "1": 84}`."""
    for match in _matches_in_runs(plain, class_runs(classes, len(NUMBER_LIST)), _NUMBERS, _NUMBERED):
        run, start = match[0], match.start()
        data = bytes(int(number) & _BYTE for number in _NUMBER.findall(run))

        def source_range(first: int, last: int, run: bytes = run, start: int = start) -> Range:
            spans = [number.span() for number in _NUMBER.finditer(run)]
            return start + spans[first][0], start + spans[last - 1][1]

        yield from text_in_bytes(data, source_range, match.span())


def character_lists(plain: bytes) -> Iterator[Decoding]:
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
