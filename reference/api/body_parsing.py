"""Parsing of request bodies."""

import json
from typing import Any

_MEDIA_TYPE = "application/json"
_UTF_8 = {"utf-8", "utf8"}
_MAX_DIGITS = 4000  # slightly below the limit of int()


class UnreadableBodyError(ValueError):
    """The body is not a JSON document in UTF-8."""


class BodyParsing:
    """Rules for media types, encodings and JSON syntax."""

    max_depth = 400

    def parse_body(self, content_type: str, body: bytes | None) -> Any:
        """Parse a body; raise UnreadableBodyError if it is not acceptable."""
        if body is None or not self.accepts_media_type(content_type):
            raise UnreadableBodyError
        try:
            text = self.decode_body(body)
            document = self.parse_json(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableBodyError from error
        if self.exceeds_max_depth(text, document) or not _is_unicode(body, document):
            raise UnreadableBodyError
        return document

    def accepts_media_type(self, content_type: str) -> bool:
        """Return whether the media type is JSON in UTF-8; other parameters are ignored."""
        media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
        charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
        return media_type == _MEDIA_TYPE and all(charset in _UTF_8 for charset in charsets)

    def decode_body(self, body: bytes) -> str:
        """Decode UTF-8."""
        return body.decode("utf-8")

    def parse_json(self, text: str) -> Any:
        """Parse JSON; the last of several members with the same name takes precedence."""
        return json.loads(text, parse_int=_parse_integer, parse_constant=_reject_constant)

    def exceeds_max_depth(self, text: str, document: object) -> bool:
        """Return whether a document is nested more deeply than the server supports."""
        if text.count("{") + text.count("[") <= self.max_depth:
            return False
        level, depth = [document], 0
        while level:
            depth += 1
            level = [child for parent in level for child in _children(parent)]
        return depth > self.max_depth


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _MAX_DIGITS else float(digits)


def _reject_constant(constant: str) -> None:
    raise ValueError(f"not JSON: {constant}")


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _is_unicode(body: bytes, document: object) -> bool:
    r"""Return whether the document has no lone surrogates, which JSON can only write as \ud800."""
    if b"\\u" not in body:
        return True
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
