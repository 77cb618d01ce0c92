"""Markdown text from plain text."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+.!-])")
_ADDRESS: Final = re.compile(r"https?://[^\s()]+")


def escaped(text: str) -> str:
    """Return a text that is displayed as it is, also in a table cell."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain).replace("|", "&#124;").replace("\n", " ")


def with_links(text: str) -> str:
    """Return an escaped text in which each address is a link."""
    parts: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        parts += escaped(text[end : address.start()]), f"<{address[0]}>"
        end = address.end()
    return "".join((*parts, escaped(text[end:])))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
