"""Text about values: why a value is invalid, what is unusual about it, and how two values differ."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Self

from jsonschema import ValidationError

from conformance.http.json_body import NOT_JSON, NotJson
from spec.schema_text import describe_schema, describe_types
from spec.validation import matches_pattern, validation_errors

_MAX_LENGTH: Final = 40  # characters of a string that is shown in full
_CONTEXT: Final = 12  # characters on both sides of the first difference of two strings
_MAX_TRAITS: Final = 2
_MAX_ALTERNATIVES: Final = 80  # characters of a list of valid values
_DAY_LENGTH: Final = len("2041-05-06")
_NAMES: Final = {
    "\0": "a NUL character",
    "\t": "a tab",
    "\n": "a newline",
    "\r": "a carriage return",
    " ": "a space",
}
_WITHOUT_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?")
_DATE_TIME: Final = re.compile(rf"{_WITHOUT_OFFSET.pattern}([Zz]|[+-]\d\d:?\d\d)")
_SURROGATES: Final = range(0xD800, 0xE000)


class NumberText(float):
    """A JSON number that keeps its text: 1e400 stays `1e400`, although its value is infinite."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Return the number with its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def parse_with_number_texts(body: bytes) -> Any:
    """Return the JSON value of a body, with the text of each number that is not an integer, or NOT_JSON."""
    try:
        return json.loads(body.decode(), parse_float=NumberText)
    except (ValueError, RecursionError):
        return NOT_JSON


def value_text(value: Any) -> str:
    """Return a value as JSON; a long string is truncated and followed by its length."""
    if isinstance(value, NumberText):
        return value.text
    if isinstance(value, NotJson):
        return "not JSON"
    if isinstance(value, str) and len(value) > _MAX_LENGTH:
        return f"{_quoted(value[: _MAX_LENGTH - 10])}… ({len(value)} characters)"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**_MAX_LENGTH:
        return f"a number of {len(str(abs(value)))} digits"
    if isinstance(value, dict | list):
        text = _quoted(value)
        return text if len(text) <= 2 * _MAX_LENGTH else f"{text[: 2 * _MAX_LENGTH]}…"
    return _quoted(value)


def invalid_value_text(name: str, value: Any, schema: Mapping[str, Any]) -> str:
    """Return why a value of a member is invalid, such as `name has 101 characters; at most 100 are allowed`.

    The result is empty for a valid value.
    """
    error = next(iter(validation_errors(schema, value)), None)
    if error is None:
        return ""
    path = name + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path
    )
    return _error_text(path.removeprefix(".") or "the body", error)


def notable_value_text(name: str, value: Any) -> str:
    """Return a value with what is unusual about it, such as `name is "a b"; contains a space`."""
    if isinstance(value, str) and len(value) > _MAX_LENGTH:
        return "; ".join([f"{name} has {len(value)} characters", *string_traits(value)])
    traits = string_traits(value) if isinstance(value, str) else []
    return "; ".join([f"{name} is {value_text(value)}{_in_utc(value)}", *traits])


def difference_text(
    name: str, expected: Any, received: Any, *, label: str = "expected", other: str = "received"
) -> str:
    """Return two values of a member that differ, such as `size: sent "small", received "medium"`."""
    if isinstance(expected, str) and isinstance(received, str):
        return _string_difference(name, expected, received, label, other)
    return f"{name}: {label} {value_text(expected)}, {other} {value_text(received)}"


def string_traits(text: str) -> list[str]:
    """Return what a reader could overlook in a string: outer white space and unusual characters."""
    if not text:
        return ["the string is empty"]
    if not text.strip():
        return ["the string has white space only"]
    traits = []
    if _is_unusual(text[0]):
        traits.append(f"the first character is {character_name(text[0])}")
    if len(text) > 1 and _is_unusual(text[-1]):
        traits.append(f"the last character is {character_name(text[-1])}")
    inner = next((at for at, character in enumerate(text[1:-1], 2) if _is_notable(character)), None)
    if inner is not None:
        traits.append(f"{character_name(text[inner - 1])} at position {inner}")
    return traits[:_MAX_TRAITS]


def character_name(character: str) -> str:
    """Return the name of a character, such as `U+00A0 NO-BREAK SPACE`."""
    if character in _NAMES:
        return _NAMES[character]
    code = f"U+{ord(character):04X}"
    if ord(character) in _SURROGATES:
        return f"{code}, a lone surrogate"
    name = unicodedata.name(character, "")
    return _quoted(character) if character.isascii() and character.isprintable() else f"{code} {name}".strip()


def _is_unusual(character: str) -> bool:
    """Return whether a character at an end of a string is easily overlooked."""
    return character.isspace() or not character.isascii() or not character.isprintable()


def _is_notable(character: str) -> bool:
    return character != " " and _is_unusual(character)


def _error_text(path: str, error: ValidationError) -> str:
    value: Any = error.instance
    limit: Any = error.validator_value
    texts: Mapping[str, Callable[[], str]] = {
        "required": lambda: _missing_text(path, value, limit),
        "maxLength": lambda: _too_long_text(path, value, limit),
        "pattern": lambda: _pattern_text(path, value, limit),
        "format": lambda: _format_text(path, value, limit),
        "maximum": lambda: f"{path} is {value_text(value)}; the maximum is {limit}",
        "minimum": lambda: f"{path} is {value_text(value)}; the minimum is {limit}",
    }
    text = texts.get(str(error.validator))
    return text() if text else _alternative_text(path, value, error.schema)


def _missing_text(path: str, value: Mapping[str, Any], required: Sequence[str]) -> str:
    missing = next((name for name in required if name not in value), "")
    return f"{path}.{missing} is missing".removeprefix(".")


def _too_long_text(path: str, value: str, limit: int) -> str:
    length = f"{path} has {len(value)} characters; at most {limit} are allowed"
    return "; ".join([length, *string_traits(value)])


def _alternative_text(path: str, value: Any, schema: Any) -> str:
    """Return why a value is not one of the values, or not of one of the types, of a schema."""
    try:
        allowed = describe_schema(schema)
        if len(allowed) > _MAX_ALTERNATIVES and "enum" in schema:
            allowed = f"one of the {len(schema['enum'])} documented values"
    except (KeyError, TypeError):
        allowed = "a value that matches the schema"
    noun = f", {_kind(value)}" if _needs_kind(value, schema) else ""
    choices = [choice for choice in _choices(schema) if isinstance(choice, str)]
    reasons = string_traits(value) if isinstance(value, str) else []
    if isinstance(value, str) and any(value.lower() == choice.lower() for choice in choices):
        reasons = ["only the letter case differs"]
    return "; ".join([f"{path} is {value_text(value)}{noun}; expected {allowed}", *reasons])


def _choices(schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from schema.get("enum", ())
    for alternative in schema.get("anyOf", ()):
        yield from _choices(alternative)


def _needs_kind(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether the type of a value has to be named, as in `"true", a string`."""
    types = schema.get("type", [])
    expected = {types} if isinstance(types, str) else set(types)
    return bool(expected) and isinstance(value, str) and "string" not in expected


def _kind(value: Any) -> str:
    return describe_types({"type": "string"}) if isinstance(value, str) else ""


def _pattern_text(path: str, value: str, pattern: str) -> str:
    for at, character in enumerate(value):
        harmless = character in pattern or (character.isascii() and character.isalnum())
        if not harmless and matches_pattern(pattern, value.replace(character, "")):
            name = character_name(character)
            if at == len(value) - 1:
                return f"{path} ends in {name}"
            return f"{path} begins with {name}" if at == 0 else f"{path} contains {name} at position {at + 1}"
    if not value:
        return f"{path} is empty"
    return "; ".join([f"{path} is {value_text(value)}; it does not match {pattern}", *string_traits(value)])


def _format_text(path: str, value: str, format_: str) -> str:
    noun = {"date-time": "an RFC 3339 date-time", "uuid": "a UUID", "uri": "a URI", "date": "a date"}
    reasons = string_traits(value)
    if format_ == "date-time" and not reasons:
        if _WITHOUT_OFFSET.fullmatch(value):
            reasons = ["it has no UTC offset"]
        elif _DATE_TIME.fullmatch(value):
            reasons = ["the date, the time or the offset does not exist"]
    return "; ".join([f"{path} is {value_text(value)}; it is not {noun.get(format_, format_)}", *reasons])


def _string_difference(name: str, expected: str, received: str, label: str, other: str) -> str:
    if max(len(expected), len(received)) <= _MAX_LENGTH:
        texts = [f"{value_text(text)}{_in_utc(text)}" for text in (expected, received)]
    else:
        at = _first_difference(expected, received)
        texts = [_excerpt(text, at) for text in (expected, received)]
    text = f"{name}: {label} {texts[0]}, {other} {texts[1]}"
    reason = _difference_reason(expected, received)
    return f"{text}; {reason}" if reason else text


def _difference_reason(expected: str, received: str) -> str:
    """Return where two strings differ if it is easily overlooked or far from the start."""
    if expected.lower() == received.lower():
        return "only the letter case differs"
    if _in_utc(expected) or _in_utc(received):
        return ""
    at = _first_difference(expected, received)
    pair = [text[at : at + 1] for text in (expected, received)]
    is_long = max(len(expected), len(received)) > _MAX_LENGTH
    if not is_long and not any(character and _is_unusual(character) for character in pair):
        return ""
    names = [character_name(character) if character else "the end" for character in pair]
    return f"at position {at + 1}: {names[1]} instead of {names[0]}"


def _first_difference(first: str, second: str) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    shorter = min(len(first), len(second))
    return next((at for at, (character, other) in pairs if character != other), shorter)


def _excerpt(text: str, at: int) -> str:
    """Return the part of a string around a position, with the length of the string."""
    start, end = max(0, at - _CONTEXT), at + _CONTEXT
    marks = ("…" if start else "", "…" if end < len(text) else "")
    return f"{marks[0]}{_quoted(text[start:end])}{marks[1]} ({len(text)} characters)"


def _in_utc(value: Any) -> str:
    """Return the instant of a date-time that is not in UTC, in brackets; otherwise an empty string."""
    if not isinstance(value, str):
        return ""
    is_day = len(value) == _DAY_LENGTH and value[4:5] == "-"
    if not is_day and (not _DATE_TIME.fullmatch(value) or value.endswith("Z")):
        return ""
    try:
        moment = dt.datetime.fromisoformat(value.upper())
        in_utc = moment.replace(tzinfo=dt.UTC) if is_day else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return ""
    return f" ({in_utc.strftime('%Y-%m-%dT%H:%M:%SZ')})"


def _quoted(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a deeply nested value"
