"""Repeated Content-Length fields, which a recipient may accept if all values are equal (RFC 9110, 8.6)."""

import re
from collections.abc import Iterator
from typing import Final

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_INTERIM: Final = re.compile(rb"HTTP/[0-9.]+ +1[0-9]{2}\b")
_NUMBERS: Final = rb"[0-9]+(?:[ \t]*,[ \t]*[0-9]+)*"
_LENGTH: Final = re.compile(
    rb"(?P<name>content-length:[ \t]*)(?P<numbers>" + _NUMBERS + rb")(?P<end>[ \t]*\r?\n)", re.IGNORECASE
)


class DifferingLengthsError(ValueError):
    """The Content-Length values of one header are not equal."""


def merge_content_lengths(received: bytes) -> bytes | None:
    """Return the bytes with each Content-Length once, or None while the header of the response is incomplete.

    The bytes begin with any interim responses. Raise DifferingLengthsError if the values differ.
    """
    result, start = bytearray(), 0
    while end := _HEAD_END.search(received, start):
        head = received[start : end.end()]
        result += b"".join(_lines(head))
        start = end.end()
        if not _INTERIM.match(head):
            return bytes(result + received[start:])
    return None


def _lines(head: bytes) -> Iterator[bytes]:
    length: int | None = None
    for line in head.splitlines(keepends=True):
        field = _LENGTH.fullmatch(line)
        if field is None:
            yield line
            continue
        values = {int(number) for number in field["numbers"].split(b",")}
        if len(values | ({length} - {None})) > 1:
            raise DifferingLengthsError
        if length is None:
            (length,) = values
            yield b"%s%d%s" % (field["name"], length, field["end"])
