"""How the body of a request is read."""

import json
from typing import Any

_MEDIA_TYPE = "application/json"
_UTF_8 = {"utf-8", "utf8"}
_LONGEST_NUMBER = 4000  # int() itself stops a little above


class Unreadable(ValueError):  # noqa: N818 - says what the body is
    """A body that is no JSON document in UTF-8."""


class Bodies:
    """The rules of which bodies are read, and how."""

    deepest = 400

    def document(self, content_type: str, body: bytes | None) -> Any:
        """Read a body; raise Unreadable when it is not what it should be."""
        if body is None or not self.readable(content_type):
            raise Unreadable
        try:
            text = self.text_of(body)
            document = self.parsed(text)
        except (ValueError, RecursionError) as error:
            raise Unreadable from error
        if self.too_deep(text, document) or not _is_text(body, document):
            raise Unreadable
        return document

    def readable(self, content_type: str) -> bool:
        """Decide on a media type: JSON in UTF-8 is read, with other parameters as they come."""
        media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
        charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
        return media_type == _MEDIA_TYPE and all(charset in _UTF_8 for charset in charsets)

    def text_of(self, body: bytes) -> str:
        """Decode the bytes."""
        return body.decode("utf-8")

    def parsed(self, text: str) -> Any:
        """Parse JSON; of a member that is there twice, the last counts."""
        return json.loads(text, parse_int=_number, parse_constant=_no_number)

    def too_deep(self, text: str, document: object) -> bool:
        """Decide whether a document is nested more deeply than the server cares to follow."""
        if text.count("{") + text.count("[") <= self.deepest:
            return False
        level, depth = [document], 0
        while level:
            depth += 1
            level = [child for parent in level for child in _children(parent)]
        return depth > self.deepest


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_NUMBER else float(digits)


def _no_number(word: str) -> None:
    raise ValueError(f"not JSON: {word}")


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _is_text(body: bytes, document: object) -> bool:
    r"""Tell whether there is half a surrogate pair in it, which JSON can write only as \ud800."""
    if b"\\u" not in body:
        return True
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
