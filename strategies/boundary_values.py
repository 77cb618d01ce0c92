"""Boundary values of a schema: short, deterministic lists that are tried before random values.

The simplest value comes first, because a finding shows the first value that fails. A correct server must
accept all of them: values whose acceptance is unspecified (`x-open`) are omitted; `unspecified_values`
returns them for reports.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, cycle, islice
from typing import Any

from covertable import criteria
from covertable import make as covering_array

from strategies import (
    boundary_strings,
    bounds,
    chronological_order,
    distinct_values,
    format_values,
    sample_text,
    schema_nodes,
)
from strategies.schema_nodes import Schema
from strategies.unspecified import is_specified, is_unspecified, specified_part

_FEW = 10
_LONGEST_ARRAY = 100
_FREE_OBJECTS: Sequence[dict[str, Any]] = (
    {},
    {"key": "value"},
    {
        "Gr\u00f6\u00dfe": "42",
        "\u4f1a\u8bae": "007",
        "camelCase": {"inner-key": {"a list": [1, "two", True]}},
    },
    {"number": 7, "negative": -1, "fraction": 0.5, "text": "Caf\u00e9 <&>", "true": True, "false": False},
    {
        "zero": 0,
        "null": None,
        "empty": "",
        "empty list": [],
        "empty object": {},
        "list": ["b", "a", "b", 1, 1, None, [2, [3]]],
        "numbered": {"0": "a", "1": "b"},
    },
    {"beyond 32 bits": 2**31, "far beyond": 2**40, "name": "a", "layout": "b", "meta": {"meta": 1}},
    {"$key": 1, "dotted.key": 1, "id": "x", "type": "y", "description": "z", "": "no name"},
    {name: number for number, name in enumerate((*sample_text.SPECIAL_NAMES, "Key", "key"))},
    {"length": {"prototype": "x"}, "self": {"toString": {"class": [{"_id": 1}]}}},
    {
        "word": "true",
        "day": "2041-05-06",
        "blanks": " a  b\n",
        "long": "a text of some length, as people write it; " * 30,
        "digits": 0.123456,
        "one item": ["a"],
        "levels": {"1": {"2": {"3": {"4": {"5": {"6": "end"}}}}}},
        "objects": [{"a": {"b": {"c": {"d": {"e": [[1], []]}}}}}, {"a": 2}],
    },
    {f"key {number}": [number, "a text of some length, as people write it"] for number in range(30)},
)
_ABSENT, _PRESENT = object(), object()  # levels of a member: left out, or with one of its values
_ANYTHING = ("a", 1, True, ["a"], {"key": "value"})


def of(schema: Schema) -> list[Any]:
    """Return the boundary values of a node.

    Strings: the minimum length, one more, one less than the maximum, the maximum; the maximum in letters of
    two and three bytes, and half of it in characters of four bytes (two UTF-16 code units); each kind of
    character that a pattern allows. Each value of an enumeration, both booleans, the ends of a range and
    their neighbors, the objects of `objects`, the shortest and the longest arrays.
    """
    return _specified(schema, _candidates(specified_part(schema_nodes.require_supported(schema))))


def accepted_values(schema: Schema, rule: str) -> list[Any]:
    """Return the values that the requirement of a rule expects to be accepted; [] if the rule has none.

    The rules are those of `spec.derivation_rules`: TYPE, MAXLENGTH-ACCEPT, MAXLENGTH-CHARACTERS,
    MAXLENGTH-ASTRAL, TEXT, PATTERN-ACCEPT, ENUM-ACCEPT, FORMAT-ACCEPT, OFFSET, FRACTION,
    MINIMUM-ACCEPT, MAXIMUM-ACCEPT, ECHO. A server that counts UTF-16 units may reject the values of
    MAXLENGTH-ASTRAL.
    """
    return _specified(schema, _ACCEPTED[rule](schema)) if rule in _ACCEPTED else []


def unspecified_values(schema: Schema) -> list[Any]:
    """Return valid values whose acceptance is unspecified: results are only reported."""
    without_open = {key: value for key, value in schema.items() if key != "x-open"}
    candidates = chain(("", " ", "\t\n "), _candidates(without_open), sample_text.FREE_TEXTS.values())
    return [value for value in _specified(without_open, candidates) if is_unspecified(schema, value)]


def minimal_object(schema: Schema) -> dict[str, Any]:
    """Return an object with only the required members, each with its simplest value."""
    required = schema.get("required", ())
    return _arranged(schema, {name: _simplest(schema_nodes.member_node(schema, name)) for name in required})


def full_objects(schema: Schema) -> list[dict[str, Any]]:
    """Return two objects with every member, with different values of each optional member if possible.

    Every second boolean is true in the first object, and the others in the second.
    """
    values = _varied(schema)
    booleans = [name for name in values if _is_boolean(schema, name)]
    turns = {name: booleans.index(name) if name in booleans else 0 for name in values}
    rows = (
        {name: choices[(turn + turns[name]) % len(choices)] for name, choices in values.items()}
        for turn in range(2)
    )
    return _with_required(schema, rows)


def boundary_objects(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with no optional member, with each alone, with all, and with each pair of them.

    A member alone has a value other than its default. The pairs are a covering array over absence and two
    values of each optional member.
    """
    levels = {name: [_ABSENT, *choices] for name, choices in _optional(schema).items()}
    return schema_nodes.distinct(
        [*single_member_objects(schema), *_with_required(schema, _covering(schema, levels, 2))]
    )


def single_member_objects(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with no optional member, with each alone (not its default value), and with all."""
    values = _optional(schema)
    singles = ({name: first} for name, (first, *_) in values.items())
    all_members = {name: first for name, (first, *_) in values.items()}
    return _with_required(schema, chain(({},), singles, (all_members,)))


def value_triples(schema: Schema) -> list[dict[str, Any]]:
    """Return objects that contain each triple of values of three members.

    They are a covering array over the values of enumerations and booleans, the ends of ranges, and the
    absence and presence of all other optional members. From object to object, a present member takes its
    values in turn: two simple ones and the longest string.
    """
    levels = {
        name: _values(schema_nodes.member_node(schema, name)) or [_ABSENT, _PRESENT]
        for name in _varied(schema)
    }
    return _with_required(schema, _covering(schema, levels, 3))


def presence_pairs(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with each pair of optional members, with only one of them, and with neither.

    They are a covering array over absence and presence; a boolean is present with both values.
    """
    levels = {
        name: ([_ABSENT] if name in _optional(schema) else [])
        + ([False, True] if _is_boolean(schema, name) else [_PRESENT])
        for name in _varied(schema)
    }
    return _with_required(schema, _covering(schema, levels, 2))


def presence_triples(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with each triple of optional members in every combination of absence and presence.

    They are a covering array over absence and presence. From object to object, a member takes its values in
    turn, an enumeration all of its values.
    """
    optional = _optional(schema)
    levels = {name: [_ABSENT, _PRESENT] if name in optional else [_PRESENT] for name in _varied(schema)}
    return _with_required(schema, _covering(schema, levels, 3))


def _specified(schema: Schema, candidates: Iterable[Any]) -> list[Any]:
    return schema_nodes.distinct(value for value in candidates if is_specified(schema, value))


def _candidates(node: Schema) -> Iterator[Any]:
    if "const" in node:
        yield node["const"]
    elif "enum" in node:
        yield from node["enum"]
    elif alternatives := schema_nodes.alternatives(node):
        yield from chain.from_iterable(map(of, alternatives))
    elif types := schema_nodes.types(node):
        yield from chain.from_iterable(_BOUNDARY_VALUES[name](node) for name in types)
    else:
        yield from _ANYTHING


def _numbers(node: Schema) -> Iterator[float]:
    """Generate the ends of a range and their neighbors, lower first; 0 and 1 if it has no minimum."""
    if "minimum" in node:
        yield from (node["minimum"], node["minimum"] + 1)
    else:
        yield from (0, 1)
    if "maximum" in node:
        yield from (node["maximum"] - 1, node["maximum"])


def _arrays(node: Schema) -> Iterator[list[Any]]:
    items = of(node.get("items", {}))
    size = bounds.size_limits(node)
    ends = [size.least, size.least + 1]
    if size.most is not None and size.most <= _LONGEST_ARRAY:
        ends += [size.most - 1, size.most]
    yield from ([items[index % len(items)] for index in range(max(count, 0))] for count in ends)


def _objects(node: Schema) -> Iterator[dict[str, Any]]:
    if schema_nodes.member_names(node):
        yield from boundary_objects(node)
    elif schema_nodes.additional_members_node(node):
        yield from ({}, *({"key": value} for value in of(schema_nodes.additional_members_node(node))))
    else:
        yield from _FREE_OBJECTS


def _simplest(schema: Schema) -> Any:
    return _simplest_first(schema)[0]


def _simplest_first(schema: Schema) -> list[Any]:
    """Return the boundary values of a node, preceded by the simplest of them."""
    values = of(schema)
    simplest = [value for value in values if not isinstance(value, str) or value.strip()]
    if not simplest:
        raise schema_nodes.UnsupportedSchemaError(f"no value can be generated for {dict(schema)!r}")
    return [simplest[0], *values]


def _two(schema: Schema) -> list[Any]:
    """Return two simple values of a node, or the only one; a value other than the default first."""
    values = _simplest_first(schema)
    non_default = [value for value in values if value != schema.get("default")]
    return schema_nodes.distinct([*non_default, *values])[:2]


def _values(node: Schema) -> list[Any]:
    """Return the values of an enumeration or boolean, or the ends of a range; nothing for other nodes."""
    if "enum" in node or "boolean" in schema_nodes.types(node):
        return of(node)
    values = of(node) if {"integer", "number"} & set(schema_nodes.types(node)) else []
    return schema_nodes.distinct([values[0], values[-1]]) if values else []


def _in_turn(node: Schema) -> list[Any]:
    """Return the values that a member takes from object to object, the simplest first."""
    if "enum" in node:
        return of(node)
    longest = boundary_strings.max_length_strings(node) if "pattern" not in node else ()
    return [*_two(node), *_specified(node, longest)[:1]]


def _optional(schema: Schema) -> Mapping[str, Sequence[Any]]:
    """Return two values of each optional member."""
    required = schema.get("required", ())
    return {
        name: _two(schema_nodes.member_node(schema, name))
        for name in schema_nodes.member_names(schema)
        if name not in required
    }


def _varied(schema: Schema) -> Mapping[str, Sequence[Any]]:
    """Return two values of each optional member and of each required boolean."""
    optional = _optional(schema)
    return {
        name: optional.get(name) or _two(schema_nodes.member_node(schema, name))
        for name in schema_nodes.member_names(schema)
        if name in optional or _is_boolean(schema, name)
    }


def _is_boolean(schema: Schema, name: str) -> bool:
    return "boolean" in schema_nodes.types(schema_nodes.member_node(schema, name))


def _with_required(schema: Schema, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    required = minimal_object(schema)
    return _specified(schema, (_arranged(schema, {**required, **row}) for row in rows))


def _covering(schema: Schema, levels: Mapping[str, Sequence[Any]], strength: int) -> Iterator[dict[str, Any]]:
    """Generate the rows of a covering array over the levels of members.

    The greedy criterion would save 5% of the rows and take ten times as long.
    """
    if len(levels) < strength:
        return
    turns = {
        name: islice(cycle(_in_turn(schema_nodes.member_node(schema, name))), place, None)
        for place, name in enumerate(levels)
    }
    places = [list(range(len(choices))) for choices in levels.values()]
    for row in covering_array(places, strength=strength, criterion=criteria.simple):
        chosen = {name: choices[place] for (name, choices), place in zip(levels.items(), row, strict=True)}
        yield {
            name: next(turns[name]) if level is _PRESENT else level
            for name, level in chosen.items()
            if level is not _ABSENT
        }


def _arranged(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """Return the object with members in schema order, instants in chronological order and distinct values."""
    ordered = {name: value[name] for name in schema_nodes.member_names(schema) if name in value}
    in_time = chronological_order.put_in_order(chronological_order.ordered_members(schema), ordered)
    return distinct_values.with_distinct_values(schema, in_time)


def _free_texts(schema: Schema) -> Iterable[str]:
    free = "string" in schema_nodes.types(schema) and not schema.keys() & {
        "pattern",
        "format",
        "enum",
        "const",
    }
    return sample_text.FREE_TEXTS.values() if free else ()


def _max_length_of(schema: Schema, characters: Iterable[str]) -> list[str]:
    """Return a string of maxLength of each character, if the node has no pattern."""
    if "maxLength" not in schema or "pattern" in schema:
        return []
    return [character * schema["maxLength"] for character in characters]


def _first_boundary_values(schema: Schema) -> Iterable[Any]:
    return of(schema)[:_FEW]


def _end_and_neighbor(end: float | None, step: int) -> Iterable[float]:
    """Return an end of a range and its neighbor inside; nothing if there is no such end."""
    return () if end is None else (end, end + step)


_BOUNDARY_VALUES: Mapping[str, Callable[[Schema], Iterable[Any]]] = {
    "string": boundary_strings.boundary_strings,
    "integer": _numbers,
    "number": _numbers,
    "boolean": lambda _: (False, True),
    "null": lambda _: (None,),
    "array": _arrays,
    "object": _objects,
}

_ACCEPTED: Mapping[str, Callable[[Schema], Iterable[Any]]] = {
    "TYPE": _first_boundary_values,
    "TYPE-ACCEPT": _first_boundary_values,
    "MAXLENGTH-ACCEPT": boundary_strings.max_length_strings,
    "MAXLENGTH-CHARACTERS": lambda schema: _max_length_of(schema, sample_text.BASIC_LETTERS),
    "MAXLENGTH-ASTRAL": lambda schema: _max_length_of(schema, sample_text.ASTRAL_CHARACTERS),
    "TEXT": _free_texts,
    "PATTERN-ACCEPT": lambda schema: (
        boundary_strings.character_kind_strings(schema) if "pattern" in schema else ()
    ),
    "ENUM-ACCEPT": lambda schema: schema.get("enum", ()),
    "FORMAT-ACCEPT": lambda schema: format_values.format_of(schema).samples,
    "OFFSET": lambda schema: format_values.format_of(schema).offsets,
    "FRACTION": lambda schema: format_values.format_of(schema).fractions,
    "MINIMUM-ACCEPT": lambda schema: _end_and_neighbor(schema.get("minimum"), 1),
    "MAXIMUM-ACCEPT": lambda schema: _end_and_neighbor(schema.get("maximum"), -1),
    "ECHO": lambda schema: chain(of(schema), _free_texts(schema)),
}
