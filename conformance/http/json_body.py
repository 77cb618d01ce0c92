"""Parsing of JSON bodies as RFC 8259 defines it, with limits on size and depth."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

MAX_VALUES: Final = 10_000  # in one body; responses of this API are far smaller
_MAX_INTERNED_LENGTH: Final = 100  # characters; longer strings rarely repeat
_MAX_DEPTH: Final = 256  # levels; RFC 8259, 9: a parser may set limits on the depth of nesting


class NotJson:
    """Type of NOT_JSON, which is distinct from every JSON value, null included."""

    def __repr__(self) -> str:
        return "not JSON"


NOT_JSON: Final = NotJson()


def parse_json(body: bytes) -> Any:
    """Return the JSON value of a body, or NOT_JSON if it is not valid JSON or exceeds a limit."""
    if max_value_count(body) > MAX_VALUES:
        return NOT_JSON
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return NOT_JSON
    nested = body.count(b"[") + body.count(b"{") > _MAX_DEPTH
    return NOT_JSON if nested and _too_deep(value) else value


def max_value_count(body: bytes) -> int:
    """Return an upper bound of the number of values in a JSON text."""
    return 1 + body.count(b",") + body.count(b"[") + body.count(b"{")


def _too_deep(value: Any) -> bool:
    values_at_level = [value]
    for _ in range(_MAX_DEPTH):
        values_at_level = [inner for outer in values_at_level for inner in _members(outer)]
    return any(isinstance(nested, dict | list) for nested in values_at_level)


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _with_interned_names(members: dict[str, Any]) -> dict[str, Any]:
    """Return the object with interned member names: a few names repeat in thousands of objects."""
    return {interned(name): value for name, value in members.items()}


def interned(text: str) -> str:
    """Return an equal string; short strings that repeat are one object in memory."""
    return _interned(text) if len(text) <= _MAX_INTERNED_LENGTH else text


@lru_cache(maxsize=1000)
def _interned(text: str) -> str:
    return text


def _reject_constant(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are not valid JSON


_DECODER: Final = json.JSONDecoder(object_hook=_with_interned_names, parse_constant=_reject_constant)
