"""JSON texts that the target or a check wrote, read by RFC 8259 and within reason."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

MOST_VALUES: Final = 10_000  # in one body; no answer of this API comes near it
_SHORT: Final = 100  # characters of what may come often: the name of a member, a field of a header
_DEEPEST: Final = 256  # levels; RFC 8259, 9: a parser may set limits on the depth of nesting


class NotJson:
    """Stands for a body that is no JSON text; distinct from every JSON value, null included."""

    def __repr__(self) -> str:
        return "not JSON"


NOT_JSON: Final = NotJson()


def parsed(body: bytes) -> Any:
    """Return the JSON value of a body by RFC 8259, NOT_JSON where it is none or beyond all sense."""
    if values(body) > MOST_VALUES:
        return NOT_JSON
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return NOT_JSON
    nested = body.count(b"[") + body.count(b"{") > _DEEPEST
    return NOT_JSON if nested and _too_deep(value) else value


def values(body: bytes) -> int:
    """Return how many values a JSON text can hold at the most."""
    return 1 + body.count(b",") + body.count(b"[") + body.count(b"{")


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _members(each)]
    return any(isinstance(each, dict | list) for each in level)


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _named(members: dict[str, Any]) -> dict[str, Any]:
    """Return an object with names that all objects share: there are few of them, and thousands of objects."""
    return {shared(name): value for name, value in members.items()}


def shared(text: str) -> str:
    """Return the text, the same object each time where it comes often."""
    return _remembered(text) if len(text) <= _SHORT else text


@lru_cache(maxsize=1000)
def _remembered(text: str) -> str:
    return text


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON


_DECODER: Final = json.JSONDecoder(object_hook=_named, parse_constant=_refuse)
