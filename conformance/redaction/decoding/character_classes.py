"""Classes of characters, by which texts that may contain an encoded text are found fast."""

from collections.abc import Iterator
from typing import Final

from conformance.redaction.decoding.decoded_text import Range

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITS: Final = "0123456789"
HEX_DIGITS: Final = f"{DIGITS}ABCDEFabcdef"


def class_table(sign: str, characters: str, **more: str) -> bytes:
    """Return a table for `bytes.translate` that maps characters to the sign of their class, else a space."""
    table = bytearray(b" " * 256)
    for class_sign, members in ((sign, characters), *more.items()):
        for member in members:
            table[ord(member)] = ord(class_sign)
    return bytes(table)


def class_runs(classes: bytes, shortest: int) -> Iterator[Range]:
    """Yield start and end of the runs of classified characters that are long enough."""
    end = 0
    for run in [part for part in classes.split() if len(part) >= shortest]:
        start = classes.index(run, end)
        end = start + len(run)
        yield start, end
