"""Classes of values: what two values of a member have in common from the point of view of a server.

They measure novelty and coverage, and they identify the trigger of a fault in its smallest case.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.http.resource_names import unique_names

_DATE: Final = re.compile(
    r"(?P<year>\d{4})-(?P<day>\d\d-\d\d)(T(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d+)?(?P<offset>Z|[+-]\d\d:\d\d))?"
)
_SHORT: Final = 16  # characters; the length of a longer text is part of its class
_MAX_CLASSES: Final = 4  # of the characters of a text
_DEEP: Final = 4  # levels of an object from which its depth matters
_GREATEST_INT32: Final = 2**31 - 1
_MAX_DEPTH: Final = 12
_ORDINARY_YEARS: Final = range(2040, 2050)
_PLAIN: Final = "text"


def value_class(value: Any) -> str:
    """Return the class of a value, in words."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return _number_class(value)
    if isinstance(value, str):
        return _text_class(value)
    if isinstance(value, list):
        return f"array of {min(len(value), 3)}" if value else "empty array"
    return " ".join(_object_classes(value)) if isinstance(value, dict) else type(value).__name__


def body_classes(body: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the class of the value of each member."""
    return {name: value_class(value) for name, value in body.items()}


def has_class(value: Any, kind: str) -> bool:
    """Return whether a value has all characteristics of a class, and perhaps more."""
    if kind in {value_class(value), _PLAIN}:
        return True
    if isinstance(value, str):
        words = {
            word for one in (value_class(value), *_character_classes(value or " ")) for word in one.split()
        }
    else:
        words = set(value_class(value).split())
    return {word for word in kind.split() if not word.isdecimal()} <= words


def _number_class(value: float) -> str:
    if isinstance(value, float):
        return "fraction"
    if 0 <= value <= 1:
        return str(value)
    return f"{'negative ' if value < 0 else ''}number of {abs(value).bit_length()} bits"


def _text_class(value: str) -> str:
    for name in unique_names(value):
        value = value.replace(name, "")
    date = _DATE.fullmatch(value)
    if date is not None:
        return " ".join(_date_classes(date))
    if not value:
        return "empty text"
    if len(value) <= _SHORT and value.isascii() and re.fullmatch(r"[0-9]*[a-z#][0-9A-Za-z#_-]*", value):
        return _word_class(value)
    classes = sorted(set(_character_classes(value)))
    length = f" of {1 << (len(value) - 1).bit_length()}" if len(value) > _SHORT else ""
    return f"{' '.join(classes[:_MAX_CLASSES]) or _PLAIN}{length}"


def _word_class(value: str) -> str:
    """Return a short word itself, unless its characters are arbitrary, such as those of a color."""
    return _PLAIN if value.startswith("#") or set(value) == {"a"} else repr(value)


def _character_classes(value: str) -> Iterator[str]:
    if value[0].isspace():
        yield "leading space"
    if value[-1].isspace():
        yield "trailing space"
    if value.isdecimal():
        yield "digits only"
    elif value.isupper() and len(value) > 1:
        yield "uppercase only"
    for character in dict.fromkeys(value):
        if character.isascii():
            if not character.isalnum() and character != " ":
                yield repr(character)
        else:
            yield _class_outside_ascii(character)
    if "  " in value:
        yield "two spaces"


def _class_outside_ascii(character: str) -> str:
    if ord(character) > 0xFFFF:
        return "astral character"
    category = unicodedata.category(character)
    if category[0] == "L":
        return unicodedata.name(character, "unnamed").split()[0].lower()
    return {"M": "combining mark", "N": "numeral", "P": "punctuation", "S": "symbol"}.get(
        category[0], unicodedata.name(character, category).lower()
    )


def _date_classes(date: "re.Match[str]") -> Iterator[str]:
    year = int(date["year"])
    yield "date" if date["time"] is None else "date-time"
    if year not in _ORDINARY_YEARS:
        yield f"of {year // 100}00s"
    if date["day"] in {"01-01", "12-31", "02-29"}:
        yield f"on {date['day']}"
    if date["time"] in {"00:00:00", "23:59:59"}:
        yield f"at {date['time']}"
    if date["fraction"]:
        yield "with a fraction"
    if date["offset"] not in {"Z", None}:
        yield f"with offset {'+' if date['offset'][0] == '+' else '-'}"
        if date["offset"][-2:] != "00":
            yield "in minutes"


def _object_classes(value: Mapping[str, Any]) -> Iterator[str]:
    yield f"object of depth {_depth(value)}" if value else "empty object"
    names = sorted(_names(value))
    for name in names[:_MAX_CLASSES]:
        if not re.fullmatch(r"[a-z]{1,3}", name):
            yield f"with {_name_class(name)}"
    if len(value) > _SHORT:
        yield f"of {1 << (len(value) - 1).bit_length()} members"
    if _depth(value) >= _DEEP:
        yield "deep"
    yield from sorted(set(map(_leaf_class, _leaves(value))))


def _name_class(name: str) -> str:
    """Return the special characters of the name of a member, or the name if it has none."""
    special = "".join(sorted({character for character in name if not character.isalnum()}))
    if not name.isascii():
        return "non-ASCII"
    return repr(special or name[:20])


def _leaf_class(value: Any) -> str:
    is_large = isinstance(value, int) and abs(value) > _GREATEST_INT32
    return "large-int" if is_large else type(value).__name__


def _depth(value: Any, level: int = 0) -> int:
    """Return how deep objects and arrays are nested."""
    if level >= _MAX_DEPTH or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(one, level + 1) for one in inner), default=level + 1)


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def _leaves(value: Any) -> Iterator[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    else:
        for one in inner:
            yield from _leaves(one)
