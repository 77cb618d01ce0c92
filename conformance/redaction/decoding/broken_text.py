"""Text with parts to remove or replace: quoted-printable, line ends, markup, invisible characters."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from conformance.redaction.decoding.decoded_text import Decoding, Range

_QUOTED: Final = re.compile(r"=([0-9A-Fa-f]{2})|=(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)")
BREAK_SIGNS: Final = ("\n", "\r", "<", "\\n", "\\r")
_INVISIBLE: Final = "\u00ad\u200b-\u200d\u2060\ufeff"  # soft hyphen, zero-width characters
_BREAK: Final = re.compile(
    rf"[\r\n<\\{_INVISIBLE}](?:"  # the regex engine finds one class of first characters fastest
    r"(?<=[\r\n])[\r\n \t]{0,200}(?:[>|#*] ?)?"
    r"|(?<=\\)\\{0,7}[rn](?:\\{1,8}[rn]|[ \t]){0,100}"
    r"|(?<=<)/?[A-Za-z][^<>]{0,100}>"
    rf"|(?<=[{_INVISIBLE}]))"
)


def quoted_printable(text: str) -> Iterator[Decoding]:
    """Yield the text with quoted-printable characters decoded."""
    return _substituted(text, _QUOTED, lambda match: chr(int(match[1], 16)) if match[1] else "")


def without_breaks(text: str) -> Iterator[Decoding]:
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
