"""Values broken in exactly one way, each saying which rule it breaks.

Which values break a rule, the schema decides; which of them a server has to refuse, the documentation. What a
correct server may take in either way (numbers for dates, text that converts to a boolean, leap seconds, times
without an offset) stands under TYPE-CONVERTIBLE or nowhere.

One thing is not to be had: a value of another type is no member of an enumeration either, so that `enum` and
`const` complain together with `type`.
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
"""What a value of another type breaks as well."""
_INT32 = 2**31
_CHARACTERS = "".join(map(chr, range(0x20, 0x7F))) + "".join(near_misses.FOREIGN.values())
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
"""The rules that values are refused by, as spec/derivation_rules.py names them."""
_IN_OBJECTS = ("TYPE", "MAXLENGTH", "PATTERN", "ENUM", "FORMAT", "FORMAT-IMPOSSIBLE", "MINIMUM", "MAXIMUM")
"""The rules that all servers have to keep: of null and of what converts, some are only reported."""

_Labelled = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class Violation:
    """A value that breaks a rule."""

    value: Any
    rule: str
    label: str
    """What is wrong with it, short and the same in every run: 'one character too many, digits'."""


@dataclass(frozen=True)
class _Rule:
    """How a rule is broken."""

    keyword: str
    edges: Callable[[Schema], _Labelled]
    """Candidates, the simplest first."""
    beyond: Callable[[Schema], SearchStrategy[Any]]
    """Random values, for nodes that have edges."""


def refused(schema: Schema, rule: str, *, required: bool = False) -> list[Violation]:
    """Return what the requirement of a rule sends and expects to be refused; [] if it asks for nothing here.

    The rules are those of RULES. The simplest value comes first.
    """
    if rule not in _BROKEN:
        return []
    known, found = _BROKEN[rule], dict[str, Violation]()
    suffix = " for a required member" if rule == "NULL" and required else ""
    for label, value in known.edges(schema_nodes.supported(schema)):
        if _breaks(schema, known.keyword, value):
            found.setdefault(json.dumps(value), Violation(deepcopy(value), rule, label + suffix))
    return list(found.values())


def of(schema: Schema, rule: str) -> SearchStrategy[Violation]:
    """Generate random violations beyond the edges; nothing for a rule that asks for nothing here."""
    return _beyond(schema, rule) if refused(schema, rule) else st.nothing()


def objects(schema: Schema) -> SearchStrategy[tuple[dict[str, Any], str, Violation]]:
    """Generate conforming objects broken in exactly one member, with the member and the violation.

    Left out are null and what a plain conversion makes conform: some servers may take these.
    """
    each = {name: _broken(schema_nodes.member(schema, name)) for name in schema_nodes.names(schema)}
    broken = (violations.map(partial(_named, name)) for name, violations in each.items())
    return st.builds(_with_one_broken, valid_values.conforming(schema), st.one_of(*broken))


def _broken(schema: Schema) -> SearchStrategy[Violation]:
    """Generate violations of all rules, the edges among them."""
    edges = {rule: refused(schema, rule) for rule in _IN_OBJECTS}
    rules = [rule for rule in _IN_OBJECTS if edges[rule]]
    return st.one_of(*(st.one_of(st.sampled_from(edges[rule]), _beyond(schema, rule)) for rule in rules))


def _beyond(schema: Schema, rule: str) -> SearchStrategy[Violation]:
    return _BROKEN[rule].beyond(schema).map(lambda value: Violation(value, rule, "at random"))


def _named(name: str, violation: Violation) -> tuple[str, Violation]:
    return name, violation


def _with_one_broken(
    value: dict[str, Any],
    broken: tuple[str, Violation],
) -> tuple[dict[str, Any], str, Violation]:
    name, violation = broken
    return {**value, name: violation.value}, name, violation


def _breaks(schema: Schema, keyword: str, value: object) -> bool:
    """Tell whether the value breaks the keyword, and nothing but what follows from that."""
    broken = schema_nodes.keywords_broken(schema, value)
    return broken - _CONSEQUENCES == {"type"} if keyword == "type" else broken == {keyword}


def _nulls(_: Schema) -> _Labelled:
    return [("null", None)]


def _too_long(schema: Schema) -> _Labelled:
    return near_misses.of_length(schema) if "maxLength" in schema else ()


def _too_long_in_astral(schema: Schema) -> _Labelled:
    if "maxLength" not in schema or "pattern" in schema:
        return []
    most = schema["maxLength"]
    return [(f"one too many of {each!r}", each * (most + 1)) for each in text.ASTRAL_CHARACTERS]


def _mismatching(schema: Schema) -> _Labelled:
    return near_misses.of_pattern(schema) if "pattern" in schema else ()


def _no_members(schema: Schema) -> _Labelled:
    members = schema.get("enum", ())
    words = [member for member in members if isinstance(member, str)]
    numbers = [member for member in members if type(member) in (int, float)]
    if words:
        yield from near_misses.of_enumeration(words)
        yield from ((f"near to one: {miss}", miss) for miss in schema.get("x-near-misses", ()))
    if numbers:
        yield "one more than the greatest", max(numbers) + 1
        yield "one less than the least", min(numbers) - 1
        yield "all of them added", sum(numbers)


def _too_small(schema: Schema) -> _Labelled:
    if "minimum" in schema:
        least = schema["minimum"]
        yield "one too small", least - 1
        yield "half too small", least - 0.5
        yield "far too small", min(least - 1000, -_INT32)


def _too_great(schema: Schema) -> _Labelled:
    if "maximum" in schema:
        most = schema["maximum"]
        yield "one too great", most + 1
        yield "half too great", most + 0.5
        yield "far too great", max(most + 1000, _INT32 - 1)
        yield "once round 32 bits", most + 2 * _INT32


def _longer(schema: Schema) -> SearchStrategy[str]:
    """Generate texts up to twice too long that have no blanks, which some server might not count."""
    most = schema["maxLength"]
    row = pattern_structure.runs(schema["pattern"]) if "pattern" in schema else None
    longest = None if row is None else pattern_structure.longest(row)
    lengths = st.integers(most + 1, 2 * most + 1 if longest is None else min(2 * most + 1, longest))
    alphabet = text.WITHOUT_BLANKS if row is None else pattern_structure.alphabet(row)
    words = st.text(alphabet, min_size=1, max_size=_LONGEST_WORD)
    return st.builds(lambda length, word: next(boundary_strings.filled(schema, length, word)), lengths, words)


def _astral(schema: Schema) -> SearchStrategy[str]:
    most = schema["maxLength"]
    return st.builds(mul, st.sampled_from(text.ASTRAL_CHARACTERS), st.integers(most + 1, 2 * most + 1))


def _with_foreign(schema: Schema) -> SearchStrategy[str]:
    """Generate texts that match but for one character, which the pattern has nowhere."""
    row = pattern_structure.runs(schema["pattern"])
    foreign = [one for one in _CHARACTERS if not any(run.admits(one) for run in row or ())]
    if row is None or not foreign:
        return st.sampled_from([violation.value for violation in refused(schema, "PATTERN")])
    return st.builds(
        _replaced, valid_values.conforming(schema), st.integers(0, _PLACES), st.sampled_from(foreign)
    )


def _resembling(schema: Schema) -> SearchStrategy[Any]:
    members = schema["enum"]
    words = [member for member in members if isinstance(member, str) and member]
    if not words:
        return st.integers().filter(lambda number: number not in members)
    places, characters = st.integers(0, _PLACES), st.sampled_from(_CHARACTERS)
    mistyped = st.builds(_replaced, st.sampled_from(words), places, characters)
    return mistyped.filter(partial(_breaks, schema, "enum"))


def _replaced(text: str, place: int, character: str) -> str:
    place %= len(text)
    return text[:place] + character + text[place + 1 :]


def _of_other_types(schema: Schema) -> SearchStrategy[Any]:
    return wrong_types.at_random(schema).filter(partial(_breaks, schema, "type"))


def _smaller(schema: Schema) -> SearchStrategy[int]:
    below = math.ceil(schema["minimum"]) - 1
    return st.integers(min(-_INT32, below - _INT32), below)


def _greater(schema: Schema) -> SearchStrategy[int]:
    above = math.floor(schema["maximum"]) + 1
    return st.integers(above, max(_INT32 - 1, above + _INT32))


def _edges_of(rule: str) -> Callable[[Schema], SearchStrategy[Any]]:
    return lambda schema: st.sampled_from([violation.value for violation in refused(schema, rule)])


_BROKEN: Mapping[str, _Rule] = {
    "TYPE": _Rule("type", wrong_types.inconvertible, _of_other_types),
    "TYPE-CONVERTIBLE": _Rule("type", wrong_types.convertible, _edges_of("TYPE-CONVERTIBLE")),
    "NULL": _Rule("type", _nulls, _edges_of("NULL")),
    "MAXLENGTH": _Rule("maxLength", _too_long, _longer),
    "MAXLENGTH-ASTRAL": _Rule("maxLength", _too_long_in_astral, _astral),
    "PATTERN": _Rule("pattern", _mismatching, _with_foreign),
    "ENUM": _Rule("enum", _no_members, _resembling),
    "FORMAT": _Rule(
        "format",
        lambda schema: format_values.of(schema).misfits.items(),
        lambda schema: format_values.of(schema).random_misfits(),
    ),
    "FORMAT-IMPOSSIBLE": _Rule(
        "format",
        lambda schema: format_values.of(schema).impossible.items(),
        lambda schema: format_values.of(schema).random_impossible(),
    ),
    "MINIMUM": _Rule("minimum", _too_small, _smaller),
    "MAXIMUM": _Rule("maximum", _too_great, _greater),
}
