"""Values of types that a node does not allow, divided by whether a plain conversion makes them valid.

A plain conversion turns a number or a boolean into a string, a string into a number or a boolean, or a number
into an instant. Servers built on form-oriented frameworks do that.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from spec import validation
from strategies import boundary_values, bounds, date_times, sample_text, schema_nodes
from strategies.schema_nodes import Schema

Labelled = tuple[str, Any]
"""A label and a value."""

_DATES = ("date-time", "date")
_TRUE = ("true", True)
_A_NUMBER = ("a number", 1)
_A_WORD = ("a word", "ten")
_EMPTY_LIST: Labelled = ("an empty list", [])
_EMPTY_OBJECT: Labelled = ("an empty object", {})
_AN_OBJECT: Labelled = ("an object", {"key": "value"})
_CONTAINERS = (_EMPTY_LIST, _EMPTY_OBJECT)
_SCALARS: tuple[Labelled, ...] = (_TRUE, _A_NUMBER, ("a fraction", 1.5), ("false", False))

_FEW = 3
_LEAVES = st.one_of(st.booleans(), st.integers(-1000, 1000), st.text(sample_text.LETTERS, max_size=8))
_LISTS = st.lists(_LEAVES, max_size=_FEW)
_OBJECTS = st.dictionaries(st.text(sample_text.LETTERS, min_size=1, max_size=8), _LEAVES, max_size=_FEW)
# No framework converts a word that begins with zz to a number or a boolean.
_WORDS = st.text(sample_text.LETTERS, max_size=8).map("zz".__add__)
_NUMBERS = st.integers(2, 10**6)


def inconvertible(node: Schema) -> Iterator[Labelled]:
    """Generate values of other types that no plain conversion makes valid, the simplest first."""
    yield from chain.from_iterable(_INCONVERTIBLE[name](part) for name, part in _by_type(node))


def convertible(node: Schema) -> Iterator[Labelled]:
    """Generate values of other types that a plain conversion makes valid, the simplest first."""
    yield from chain.from_iterable(_CONVERTIBLE.get(name, _none)(part) for name, part in _by_type(node))


def random_inconvertible(node: Schema) -> SearchStrategy[Any]:
    """Generate random values of other types that no plain conversion makes valid."""
    return st.one_of(*(_RANDOM[name](part) for name, part in _by_type(node)))


def _by_type(node: Schema) -> Iterator[tuple[str, Schema]]:
    for part in schema_nodes.alternatives(node) or [node]:
        yield from ((name, part) for name in schema_nodes.types(part))


def _none(_: Schema) -> Iterator[Labelled]:
    yield from ()


def _not_strings(node: Schema) -> Iterator[Labelled]:
    yield from _CONTAINERS
    yield "a list of a valid value", boundary_values.of(node)[:1]
    yield _AN_OBJECT
    yield from ((label, value) for label, value in _SCALARS if not _converts(node, value))


def _to_strings(node: Schema) -> Iterator[Labelled]:
    if node.get("format") in _DATES:
        yield "a Unix timestamp", int(date_times.parse_instant(date_times.UTC_TEXTS[0]).timestamp())
        return
    numerals = (member for member in node.get("enum", ()) if isinstance(member, str) and member.isdecimal())
    candidates = (_A_NUMBER, _TRUE, *((f"the number {member}", int(member)) for member in numerals))
    yield from ((label, value) for label, value in candidates if _converts(node, value))


def _converts(node: Schema, value: object) -> bool:
    """Return whether a number or boolean is valid as a string, or a number may denote an instant."""
    if node.get("format") in _DATES:
        return not isinstance(value, bool)
    texts = ("true", "True", "1") if value is True else (str(value),)
    return any(validation.validator(node).is_valid(text) for text in texts)


def _not_booleans(_: Schema) -> Iterator[Labelled]:
    yield from (("'yes'", "yes"), ("'off'", "off"), ("a word", "maybe"), ("a number", 2), *_CONTAINERS)
    yield from (("a fraction", 0.5), ("a list of a boolean", [True]), _AN_OBJECT)


def _to_booleans(_: Schema) -> Iterator[Labelled]:
    yield from (("'true'", "true"), ("'false'", "false"), ("1", 1), ("0", 0))


def _not_integers(node: Schema) -> Iterator[Labelled]:
    whole = _whole(node, 1)
    yield from (_TRUE, ("a fraction", whole + 0.5), ("almost whole", whole + 0.001), _A_WORD, *_CONTAINERS)
    yield from (("a list of a whole number", [whole]), _AN_OBJECT)


def _not_numbers(_: Schema) -> Iterator[Labelled]:
    yield from (_TRUE, _A_WORD, *_CONTAINERS, _AN_OBJECT)


def _to_numbers(node: Schema) -> Iterator[Labelled]:
    yield "a number in quotes", str(_whole(node, 10))


def _whole(node: Schema, preferred: int) -> int:
    """Return the preferred number, or the nearest one that the node allows."""
    low, high = bounds.number_limits(node)
    nearest: int = min(max(preferred, math.ceil(low)), math.floor(high))
    return nearest


def _not_arrays(_: Schema) -> Iterator[Labelled]:
    yield from (("a word", "x"), _A_NUMBER, _EMPTY_OBJECT)


def _not_objects(_: Schema) -> Iterator[Labelled]:
    yield from (("a word", "x"), _A_NUMBER, _EMPTY_LIST, _TRUE, ("a list of an object", [{"key": "value"}]))


def _halves(node: Schema) -> SearchStrategy[float]:
    low, high = bounds.number_limits(node)
    least = math.ceil(low)
    return st.integers(least, max(math.floor(high) - 1, least)).map(lambda whole: whole + 0.5)


_INCONVERTIBLE: Mapping[str, Callable[[Schema], Iterator[Labelled]]] = {
    "string": _not_strings,
    "integer": _not_integers,
    "number": _not_numbers,
    "boolean": _not_booleans,
    "array": _not_arrays,
    "object": _not_objects,
    "null": _none,
}

_CONVERTIBLE: Mapping[str, Callable[[Schema], Iterator[Labelled]]] = {
    "string": _to_strings,
    "integer": _to_numbers,
    "number": _to_numbers,
    "boolean": _to_booleans,
}

_RANDOM: Mapping[str, Callable[[Schema], SearchStrategy[Any]]] = {
    "string": lambda _: st.one_of(_LISTS, _OBJECTS),
    "integer": lambda node: st.one_of(_WORDS, _halves(node), _LISTS, _OBJECTS),
    "number": lambda _: st.one_of(_WORDS, _LISTS, _OBJECTS),
    "boolean": lambda _: st.one_of(_NUMBERS, _WORDS, _LISTS, _OBJECTS),
    "array": lambda _: st.one_of(_NUMBERS, _WORDS, _OBJECTS),
    "object": lambda _: st.one_of(_NUMBERS, _WORDS, _LISTS),
    "null": lambda _: st.nothing(),
}
