"""Values that violate exactly one rule, with the rule.

The schema determines which values violate a rule; the documentation determines which of them a server must
reject. Values that a correct server may accept or reject are returned for TYPE-CONVERTIBLE (numbers for
dates, strings that convert to a boolean) or not at all (leap seconds, times without an offset).

A value of another type is not in an enumeration either, so that it violates `enum` and `const` together with
`type`.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from operator import mul
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies import (
    boundary_strings,
    format_values,
    near_misses,
    pattern_structure,
    schema_nodes,
    valid_values,
    wrong_types,
)
from strategies import (
    sample_text as text,
)
from strategies.schema_nodes import Schema

_CONSEQUENCES = frozenset({"enum", "const"})
"""Keywords that a value of another type violates as well."""
_INT32 = 2**31
_CHARACTERS = "".join(map(chr, range(0x20, 0x7F))) + "".join(near_misses.FOREIGN_CHARACTERS.values())
_PLACES = 1000
_LONGEST_WORD = 12
RULES = (
    "TYPE",
    "TYPE-CONVERTIBLE",
    "NULL",
    "MAXLENGTH",
    "MAXLENGTH-ASTRAL",
    "PATTERN",
    "ENUM",
    "FORMAT",
    "FORMAT-IMPOSSIBLE",
    "MINIMUM",
    "MAXIMUM",
)
"""The rules of spec/derivation_rules.py that reject values."""
ENFORCED_RULES = ("TYPE", "MAXLENGTH", "PATTERN", "ENUM", "FORMAT", "FORMAT-IMPOSSIBLE", "MINIMUM", "MAXIMUM")
"""The rules that every server must enforce; the others are only reported for some members."""

_Labelled = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class InvalidValue:
    """A value that violates a rule."""

    value: Any
    rule: str
    label: str
    """Short, deterministic description, such as 'one character too many, digits'."""


@dataclass(frozen=True)
class _Rule:
    """Values that violate a rule."""

    keyword: str
    boundary_values: Callable[[Schema], _Labelled]
    """Candidates, the simplest first."""
    random_values: Callable[[Schema], SearchStrategy[Any]]
    """Random values, for nodes that have boundary values."""


def invalid_values(schema: Schema, rule: str, *, required: bool = False) -> list[InvalidValue]:
    """Return the values that the requirement of a rule expects to be rejected; [] if the rule has none.

    The rules are those of RULES. The simplest value comes first.
    """
    if rule not in _VIOLATING:
        return []
    violating, violations = _VIOLATING[rule], dict[str, InvalidValue]()
    suffix = " for a required member" if rule == "NULL" and required else ""
    for label, value in violating.boundary_values(schema_nodes.require_supported(schema)):
        if _violates_only(schema, violating.keyword, value):
            violations.setdefault(json.dumps(value), InvalidValue(deepcopy(value), rule, label + suffix))
    return list(violations.values())


def random_invalid_values(schema: Schema, rule: str) -> SearchStrategy[InvalidValue]:
    """Generate random violations in addition to the boundary values; nothing if the rule has none."""
    return _random_violations(schema, rule) if invalid_values(schema, rule) else st.nothing()


def objects_with_invalid_member(schema: Schema) -> SearchStrategy[tuple[dict[str, Any], str, InvalidValue]]:
    """Generate objects with exactly one invalid member, with its name and the violation.

    Null and values that a plain conversion makes valid are excluded: a server may accept them.
    """
    members = {
        name: _violations(schema_nodes.member_node(schema, name))
        for name in schema_nodes.member_names(schema)
    }
    named = (violations.map(partial(_named, name)) for name, violations in members.items())
    return st.builds(_with_invalid_member, valid_values.conforming(schema), st.one_of(*named))


def _violations(schema: Schema) -> SearchStrategy[InvalidValue]:
    """Generate violations of all rules, including the boundary values."""
    boundary = {rule: invalid_values(schema, rule) for rule in ENFORCED_RULES}
    rules = [rule for rule in ENFORCED_RULES if boundary[rule]]
    return st.one_of(
        *(st.one_of(st.sampled_from(boundary[rule]), _random_violations(schema, rule)) for rule in rules)
    )


def _random_violations(schema: Schema, rule: str) -> SearchStrategy[InvalidValue]:
    return _VIOLATING[rule].random_values(schema).map(lambda value: InvalidValue(value, rule, "at random"))


def _named(name: str, violation: InvalidValue) -> tuple[str, InvalidValue]:
    return name, violation


def _with_invalid_member(
    value: dict[str, Any],
    named: tuple[str, InvalidValue],
) -> tuple[dict[str, Any], str, InvalidValue]:
    name, violation = named
    return {**value, name: violation.value}, name, violation


def _violates_only(schema: Schema, keyword: str, value: object) -> bool:
    """Return whether the value violates only the keyword, apart from its consequences."""
    violated = schema_nodes.violated_keywords(schema, value)
    return violated - _CONSEQUENCES == {"type"} if keyword == "type" else violated == {keyword}


def _nulls(_: Schema) -> _Labelled:
    return [("null", None)]


def _too_long(schema: Schema) -> _Labelled:
    return near_misses.too_long_strings(schema) if "maxLength" in schema else ()


def _too_long_in_astral(schema: Schema) -> _Labelled:
    if "maxLength" not in schema or "pattern" in schema:
        return []
    most = schema["maxLength"]
    return [
        (f"one too many of {character!r}", character * (most + 1)) for character in text.ASTRAL_CHARACTERS
    ]


def _mismatching(schema: Schema) -> _Labelled:
    return near_misses.pattern_near_misses(schema) if "pattern" in schema else ()


def _not_in_enumeration(schema: Schema) -> _Labelled:
    members = schema.get("enum", ())
    words = [member for member in members if isinstance(member, str)]
    numbers = [member for member in members if type(member) in (int, float)]
    if words:
        yield from near_misses.enumeration_near_misses(words)
        yield from ((f"similar to a value: {miss}", miss) for miss in schema.get("x-near-misses", ()))
    if numbers:
        yield "one more than the greatest", max(numbers) + 1
        yield "one less than the least", min(numbers) - 1
        yield "the sum of all values", sum(numbers)


def _too_small(schema: Schema) -> _Labelled:
    if "minimum" in schema:
        least = schema["minimum"]
        yield "one too small", least - 1
        yield "too small by 0.5", least - 0.5
        yield "far too small", min(least - 1000, -_INT32)


def _too_great(schema: Schema) -> _Labelled:
    if "maximum" in schema:
        most = schema["maximum"]
        yield "one too great", most + 1
        yield "too great by 0.5", most + 0.5
        yield "far too great", max(most + 1000, _INT32 - 1)
        yield "too great by 2**32", most + 2 * _INT32


def _longer(schema: Schema) -> SearchStrategy[str]:
    """Generate strings of up to twice the maximum length, without whitespace, which a server may trim."""
    most = schema["maxLength"]
    row = pattern_structure.runs(schema["pattern"]) if "pattern" in schema else None
    longest = None if row is None else pattern_structure.longest_length(row)
    lengths = st.integers(most + 1, 2 * most + 1 if longest is None else min(2 * most + 1, longest))
    alphabet = text.NON_BLANK_CHARACTERS if row is None else pattern_structure.alphabet(row)
    words = st.text(alphabet, min_size=1, max_size=_LONGEST_WORD)
    return st.builds(
        lambda length, word: next(boundary_strings.strings_of_length(schema, length, word)), lengths, words
    )


def _astral(schema: Schema) -> SearchStrategy[str]:
    most = schema["maxLength"]
    return st.builds(mul, st.sampled_from(text.ASTRAL_CHARACTERS), st.integers(most + 1, 2 * most + 1))


def _with_foreign_character(schema: Schema) -> SearchStrategy[str]:
    """Generate strings that match except for one character that the pattern does not contain."""
    row = pattern_structure.runs(schema["pattern"])
    foreign = [one for one in _CHARACTERS if not any(run.admits(one) for run in row or ())]
    if row is None or not foreign:
        return st.sampled_from([violation.value for violation in invalid_values(schema, "PATTERN")])
    return st.builds(
        _replaced, valid_values.conforming(schema), st.integers(0, _PLACES), st.sampled_from(foreign)
    )


def _similar_to_enumeration(schema: Schema) -> SearchStrategy[Any]:
    members = schema["enum"]
    words = [member for member in members if isinstance(member, str) and member]
    if not words:
        return st.integers().filter(lambda number: number not in members)
    places, characters = st.integers(0, _PLACES), st.sampled_from(_CHARACTERS)
    misspelled = st.builds(_replaced, st.sampled_from(words), places, characters)
    return misspelled.filter(partial(_violates_only, schema, "enum"))


def _replaced(text: str, place: int, character: str) -> str:
    place %= len(text)
    return text[:place] + character + text[place + 1 :]


def _of_other_types(schema: Schema) -> SearchStrategy[Any]:
    return wrong_types.random_inconvertible(schema).filter(partial(_violates_only, schema, "type"))


def _smaller(schema: Schema) -> SearchStrategy[int]:
    below = math.ceil(schema["minimum"]) - 1
    return st.integers(min(-_INT32, below - _INT32), below)


def _greater(schema: Schema) -> SearchStrategy[int]:
    above = math.floor(schema["maximum"]) + 1
    return st.integers(above, max(_INT32 - 1, above + _INT32))


def _boundary_values_of(rule: str) -> Callable[[Schema], SearchStrategy[Any]]:
    return lambda schema: st.sampled_from([violation.value for violation in invalid_values(schema, rule)])


_VIOLATING: Mapping[str, _Rule] = {
    "TYPE": _Rule("type", wrong_types.inconvertible, _of_other_types),
    "TYPE-CONVERTIBLE": _Rule("type", wrong_types.convertible, _boundary_values_of("TYPE-CONVERTIBLE")),
    "NULL": _Rule("type", _nulls, _boundary_values_of("NULL")),
    "MAXLENGTH": _Rule("maxLength", _too_long, _longer),
    "MAXLENGTH-ASTRAL": _Rule("maxLength", _too_long_in_astral, _astral),
    "PATTERN": _Rule("pattern", _mismatching, _with_foreign_character),
    "ENUM": _Rule("enum", _not_in_enumeration, _similar_to_enumeration),
    "FORMAT": _Rule(
        "format",
        lambda schema: format_values.format_of(schema).invalid_samples.items(),
        lambda schema: format_values.format_of(schema).random_invalid(),
    ),
    "FORMAT-IMPOSSIBLE": _Rule(
        "format",
        lambda schema: format_values.format_of(schema).impossible.items(),
        lambda schema: format_values.format_of(schema).random_impossible(),
    ),
    "MINIMUM": _Rule("minimum", _too_small, _smaller),
    "MAXIMUM": _Rule("maximum", _too_great, _greater),
}
