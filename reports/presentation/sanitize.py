"""Sanitizing of text from a target: unprintable characters are escaped, long text is truncated."""

import re
from typing import Final

_LINE_CONTENT: Final = re.compile(r"[^\n\t]+")
MAX_CHARACTERS: Final = 65_536  # of one text in an output file


def escape_unprintable(text: str) -> str:
    """Return the text with unprintable characters, such as controls and lone surrogates, escaped."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def sanitize_text(text: str, limit: int = MAX_CHARACTERS) -> str:
    """Return a text of several lines truncated and with unprintable characters escaped."""
    return _LINE_CONTENT.sub(lambda match: escape_unprintable(match[0]), truncate(text, limit))


def truncate(text: str, limit: int = MAX_CHARACTERS) -> str:
    """Return the text, truncated to the limit and with the number of omitted characters."""
    return text if len(text) <= limit else f"{text[:limit]}… and {len(text) - limit} more characters"
