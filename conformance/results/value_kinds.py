"""How an invalid value differs from a valid one, and a returned value from the expected one."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from spec.validation import validation_errors

Schema = Mapping[str, Any]

_LINE_ENDS: Final = ("\n", "\r", "\u0085", "\u2028", "\u2029")
_DATE_TIME_SHAPE: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")
_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_TEXTS: Final = frozenset({"string", "date-time"})
_EMPTY_VALUES: Final[tuple[Any, ...]] = ("", [], {})
_JSON_TYPES: Final = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class InvalidKind(StrEnum):
    """Kinds of invalid values, from the most to the least general.

    A target that accepts a general kind of invalid value usually accepts the more specific ones as well.
    """

    MISSING = "a required member is not required"
    NULL = "null is accepted"
    TYPE = "a value of another type is accepted"
    LENGTH = "a string that is too long is accepted"
    PATTERN = "a string that does not match its pattern is accepted"
    ENUM = "a value outside of the enumeration is accepted"
    RANGE = "a number outside of the range is accepted"
    FORMAT = "a string that is not a date-time is accepted"
    IMPOSSIBLE = "a date or time that does not exist is accepted"
    WHITESPACE = "a value with whitespace before or after it is accepted"
    LINE_BREAK = "a value with a line break at its end is accepted"
    LETTER_CASE = "a value in another letter case is accepted"
    MEMBER_NAME = "a member name that is not the documented one is accepted"
    EMPTY = "an empty value is accepted"


_BY_KEYWORD: Final = {
    "maxLength": InvalidKind.LENGTH,
    "pattern": InvalidKind.PATTERN,
    "enum": InvalidKind.ENUM,
    "minimum": InvalidKind.RANGE,
    "maximum": InvalidKind.RANGE,
}


def invalid_kind(schema: Schema, value: Any) -> InvalidKind:
    """Return the kind of a value that the schema of its member does not allow."""
    if value is None:
        return InvalidKind.NULL
    if value in _EMPTY_VALUES:
        return InvalidKind.EMPTY
    keywords = {str(error.validator) for error in validation_errors(schema, value)}
    if "type" in keywords:
        return InvalidKind.TYPE
    if isinstance(value, str) and (kind := _changed_text(schema, value)):
        return kind
    if "format" in keywords:
        return InvalidKind.IMPOSSIBLE if _DATE_TIME_SHAPE.fullmatch(value) else InvalidKind.FORMAT
    return next((kind for keyword, kind in _BY_KEYWORD.items() if keyword in keywords), InvalidKind.TYPE)


def similar_name(name: str, body: Mapping[str, Any]) -> str | None:
    """Return the member of a body that is named like another, such as displayName like display_name."""
    return next((other for other in body if _plain(other) == _plain(name) and other != name), None)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def general_kind(kinds: Iterable[InvalidKind]) -> InvalidKind:
    """Return the most general of several kinds of values of one rule."""
    return min(kinds, key=list(InvalidKind).index)


def schema_family(schema: Schema) -> str:
    """Return a short noun for the values of a schema, the same for schemas with the same rules."""
    if "anyOf" in schema:
        return schema_family(schema["anyOf"][0])
    if "enum" in schema:
        return "value of an enumeration"
    if "pattern" in schema:
        return "string with a pattern"
    if "format" in schema:
        return str(schema["format"])
    types = schema.get("type", "value")
    named = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    return " or ".join(named)


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def difference(schema: Schema, expected: Any, received: Any) -> str:
    """Return how a returned value differs from the one that was expected."""
    if received is None or _json_type(expected) != _json_type(received):
        return _json_type(received)
    if schema_family(schema) == "string":
        return _text_difference(expected, received)
    if schema_family(schema) == "date-time" and isinstance(expected, str):
        return _date_time_difference(expected, received)
    return f"another {_json_type(expected).rpartition(' ')[2]}"


def _text_difference(expected: str, received: str) -> str:
    if received == "":
        return "an empty string"
    if received == expected.strip() or received.split() == expected.split():
        return "a string with other whitespace"
    if received.lower() == expected.lower():
        return "a string in another letter case"
    return "a part of the string" if expected.startswith(received) else "another string"


def _date_time_difference(expected: str, received: str) -> str:
    if _INSTANT.fullmatch(received):
        return "another instant"
    return "an incomplete date-time" if _INSTANT.fullmatch(expected) else "another value"


def nonconformity(schema: Schema, value: Any) -> str:
    """Return how a returned value violates the schema of its member."""
    if value is None:
        return "null"
    if any("type" in _keywords(error) for error in validation_errors(schema, value)):
        return _json_type(value)
    return {
        "date-time": "an incomplete date-time",
        "value of an enumeration": "not one of them",
        "string with a pattern": "a string that does not match it",
    }.get(schema_family(schema), "not valid")


def _keywords(error: Any) -> set[str]:
    """Return the keywords of an error, and of the first alternative of an anyOf."""
    inner = (one for one in error.context or () if one.schema_path and one.schema_path[0] == 0)
    return {str(error.validator), *(str(one.validator) for one in inner)}


def _changed_text(schema: Schema, value: str) -> InvalidKind | None:
    """Return the kind of a text that is valid apart from whitespace around it or its letter case."""
    if value.endswith(_LINE_ENDS) and not validation_errors(schema, value[:-1]):
        return InvalidKind.LINE_BREAK
    if value != value.strip() and not validation_errors(schema, value.strip()):
        return InvalidKind.WHITESPACE
    names = [member for member in schema.get("enum", ()) if isinstance(member, str)]
    return InvalidKind.LETTER_CASE if value.lower() in map(str.lower, names) else None


def _json_type(value: Any) -> str:
    return _JSON_TYPES.get(type(value), "a value")
