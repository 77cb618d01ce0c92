"""JSON of a type that a node does not have, what a plain conversion would make conform apart from the rest.

A plain conversion writes a number or a boolean as text, reads a number or a boolean from text, or takes a
number for an instant. Servers behind form-friendly frameworks do that.
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
_CONTAINERS = (_EMPTY_LIST, _EMPTY_OBJECT)
_SCALARS: tuple[Labelled, ...] = (_TRUE, _A_NUMBER, ("a fraction", 1.5), ("false", False))

_FEW = 3
_LEAVES = st.one_of(st.booleans(), st.integers(-1000, 1000), st.text(sample_text.LETTERS, max_size=8))
_LISTS = st.lists(_LEAVES, max_size=_FEW)
_OBJECTS = st.dictionaries(st.text(sample_text.LETTERS, min_size=1, max_size=8), _LEAVES, max_size=_FEW)
# No word that begins so stands for a number or a boolean anywhere.
_WORDS = st.text(sample_text.LETTERS, max_size=8).map("zz".__add__)
_NUMBERS = st.integers(2, 10**6)


def inconvertible(node: Schema) -> Iterator[Labelled]:
    """Generate values of other types that no plain conversion makes conform, the simplest first."""
    yield from chain.from_iterable(_OTHERS[name](each) for name, each in _typed(node))


def convertible(node: Schema) -> Iterator[Labelled]:
    """Generate values of other types that a plain conversion makes conform, the simplest first."""
    yield from chain.from_iterable(_CONVERTIBLE.get(name, _none)(each) for name, each in _typed(node))


def at_random(node: Schema) -> SearchStrategy[Any]:
    """Generate values of other types that no plain conversion makes conform."""
    return st.one_of(*(_AT_RANDOM[name](each) for name, each in _typed(node)))


def _typed(node: Schema) -> Iterator[tuple[str, Schema]]:
    for each in schema_nodes.branches(node) or [node]:
        yield from ((name, each) for name in schema_nodes.types(each))


def _none(_: Schema) -> Iterator[Labelled]:
    yield from ()


def _no_strings(node: Schema) -> Iterator[Labelled]:
    yield from _CONTAINERS
    yield "a list of a good value", boundary_values.of(node)[:1]
    yield from ((label, value) for label, value in _SCALARS if not _converts(node, value))


def _strings_to_be(node: Schema) -> Iterator[Labelled]:
    if node.get("format") in _DATES:
        yield "a Unix timestamp", int(date_times.instant(date_times.UTC_TEXTS[0]).timestamp())
        return
    numerals = (member for member in node.get("enum", ()) if isinstance(member, str) and member.isdecimal())
    candidates = (_A_NUMBER, _TRUE, *((f"the number {member}", int(member)) for member in numerals))
    yield from ((label, value) for label, value in candidates if _converts(node, value))


def _converts(node: Schema, value: object) -> bool:
    """Tell whether the text of a number or a boolean conforms, or the number may stand for an instant."""
    if node.get("format") in _DATES:
        return not isinstance(value, bool)
    written = ("true", "True", "1") if value is True else (str(value),)
    return any(validation.validator(node).is_valid(each) for each in written)


def _no_booleans(_: Schema) -> Iterator[Labelled]:
    yield from (("'yes'", "yes"), ("'off'", "off"), ("a word", "maybe"), ("a number", 2), *_CONTAINERS)


def _booleans_to_be(_: Schema) -> Iterator[Labelled]:
    yield from (("'true'", "true"), ("'false'", "false"), ("1", 1), ("0", 0))


def _no_integers(node: Schema) -> Iterator[Labelled]:
    whole = _whole(node, 1)
    yield from (_TRUE, ("a fraction", whole + 0.5), ("almost whole", whole + 0.001), _A_WORD, *_CONTAINERS)


def _no_numbers(_: Schema) -> Iterator[Labelled]:
    yield from (_TRUE, _A_WORD, *_CONTAINERS)


def _numbers_to_be(node: Schema) -> Iterator[Labelled]:
    yield "a number in quotes", str(_whole(node, 10))


def _whole(node: Schema, wanted: int) -> int:
    """Return the wanted number, or the nearest one that the node allows."""
    low, high = bounds.numbers(node)
    nearest: int = min(max(wanted, math.ceil(low)), math.floor(high))
    return nearest


def _no_arrays(_: Schema) -> Iterator[Labelled]:
    yield from (("a word", "x"), _A_NUMBER, _EMPTY_OBJECT)


def _no_objects(_: Schema) -> Iterator[Labelled]:
    yield from (("a word", "x"), _A_NUMBER, _EMPTY_LIST)


def _halves(node: Schema) -> SearchStrategy[float]:
    low, high = bounds.numbers(node)
    least = math.ceil(low)
    return st.integers(least, max(math.floor(high) - 1, least)).map(lambda whole: whole + 0.5)


_OTHERS: Mapping[str, Callable[[Schema], Iterator[Labelled]]] = {
    "string": _no_strings,
    "integer": _no_integers,
    "number": _no_numbers,
    "boolean": _no_booleans,
    "array": _no_arrays,
    "object": _no_objects,
    "null": _none,
}

_CONVERTIBLE: Mapping[str, Callable[[Schema], Iterator[Labelled]]] = {
    "string": _strings_to_be,
    "integer": _numbers_to_be,
    "number": _numbers_to_be,
    "boolean": _booleans_to_be,
}

_AT_RANDOM: Mapping[str, Callable[[Schema], SearchStrategy[Any]]] = {
    "string": lambda _: st.one_of(_LISTS, _OBJECTS),
    "integer": lambda node: st.one_of(_WORDS, _halves(node), _LISTS, _OBJECTS),
    "number": lambda _: st.one_of(_WORDS, _LISTS, _OBJECTS),
    "boolean": lambda _: st.one_of(_NUMBERS, _WORDS, _LISTS, _OBJECTS),
    "array": lambda _: st.one_of(_NUMBERS, _WORDS, _OBJECTS),
    "object": lambda _: st.one_of(_NUMBERS, _WORDS, _LISTS),
    "null": lambda _: st.nothing(),
}
