"""Text from a target, made harmless: what is not printable is spelled out, and what is too long is cut."""

import re
from typing import Final

_ON_ONE_LINE: Final = re.compile(r"[^\n\t]+")
MOST: Final = 65_536  # characters of one text in a file that others read


def inert(text: str) -> str:
    """Return the text with control characters, lone surrogates and their like spelled out."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def legible(text: str, most: int = MOST) -> str:
    """Return the same of a text of several lines, cut where it becomes too long."""
    return _ON_ONE_LINE.sub(lambda found: inert(found[0]), bounded(text, most))


def bounded(text: str, most: int = MOST) -> str:
    """Return a text that is cut where it becomes too long, and says so."""
    return text if len(text) <= most else f"{text[:most]}… and {len(text) - most} characters more"
