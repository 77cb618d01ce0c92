"""The edges of a schema: short lists, the same in every run, always tried before anything random.

The simplest value comes first, because a finding shows the first that fails. A correct server has to accept
all of them: what the documentation leaves open (`x-open`) is left out, and `left_open` has it for reports.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from covertable import criteria
from covertable import make as covering_array

from strategies import boundary_strings, bounds, chronological_order, format_values, sample_text, schema_nodes
from strategies.schema_nodes import Schema
from strategies.unspecified import is_open, settled, settles

_FEW = 8
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
        "list": ["b", "a", "b", 1, 1],
    },
    {"beyond 32 bits": 2**31, "far beyond": 2**40, "name": "a", "layout": "b", "meta": {"meta": 1}},
    {"$key": 1, "dotted.key": 1, "id": "x", "type": "y", "description": "z", "": "no name"},
    {f"key {number}": [number, "a text of some length, as people write it"] for number in range(30)},
)
_ANYTHING = ("a", 1, True, ["a"], {"key": "value"})


def of(schema: Schema) -> list[Any]:
    """Return the edges of a node.

    Strings: the least length, one more, one below the limit, the limit; the limit in letters of two and three
    bytes, and half of it in characters of four, which are two units in UTF-16; each kind of character that a
    pattern allows. Each member of an enumeration, both booleans, the ends of a range and their neighbours,
    the objects of `objects`, the shortest and the longest arrays.
    """
    return _kept(schema, _edges(settled(schema_nodes.supported(schema))))


def accepted(schema: Schema, rule: str) -> list[Any]:
    """Return what the requirement of a rule sends and expects to be accepted; [] if it asks for nothing here.

    The rules are those of `spec.derivation_rules`: TYPE, MAXLENGTH-ACCEPT, MAXLENGTH-CHARACTERS,
    MAXLENGTH-ASTRAL, TEXT, PATTERN-ACCEPT, ENUM-ACCEPT, FORMAT-ACCEPT, OFFSET, FRACTION,
    MINIMUM-ACCEPT, MAXIMUM-ACCEPT, ECHO. A server that counts UTF-16 units may reject the values of
    MAXLENGTH-ASTRAL.
    """
    return _kept(schema, _ACCEPTED[rule](schema)) if rule in _ACCEPTED else []


def left_open(schema: Schema) -> list[Any]:
    """Return values that fit, but whose acceptance is left open: to be reported, never failed."""
    closed = {key: value for key, value in schema.items() if key != "x-open"}
    candidates = chain(("", " ", "\t\n "), _edges(closed), sample_text.FREE_TEXTS.values())
    return [value for value in _kept(closed, candidates) if is_open(schema, value)]


def minimal(schema: Schema) -> dict[str, Any]:
    """Return the object with the required members only, each with its simplest value."""
    required = schema.get("required", ())
    return _arranged(schema, {name: _simplest(schema_nodes.member(schema, name)) for name in required})


def full(schema: Schema) -> list[dict[str, Any]]:
    """Return two objects with every member, of which no optional one has the same value in both if it can."""
    values = _optional(schema)
    rows = [{name: choices[turn % len(choices)] for name, choices in values.items()} for turn in range(2)]
    return _completed(schema, rows)


def objects(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with no optional member, with each alone, with all, and with each pair of them.

    Alone, a member has a value that is not its default. The rows for the pairs are a covering array over
    absent, one value and another value of each optional member.
    """
    return schema_nodes.distinct([*alone(schema), *_completed(schema, _covering(_optional(schema), 2))])


def alone(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with no optional member, with each alone, not at its default, and with all."""
    values = _optional(schema)
    each = ({name: first} for name, (first, *_) in values.items())
    together = {name: first for name, (first, *_) in values.items()}
    return _completed(schema, chain(({},), each, (together,)))


def pairs(schema: Schema) -> list[dict[str, Any]]:
    """Return objects in which each value of an enumeration and each switch meets each of every other member.

    They are a covering array over absent, all members of an enumeration, the ends of a range, a short and the
    longest text, and two values of anything else.
    """
    members = {name: schema_nodes.member(schema, name) for name in _optional(schema)}
    values = {name: node.get("enum") or _ends(node) for name, node in members.items()}
    return _completed(schema, _covering(values, 2))


def presences(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with each two optional members together, each without the other, and without both.

    They are a covering array over absent and present; present is a value that is not the default.
    """
    return _completed(schema, _covering({name: two[:1] for name, two in _optional(schema).items()}, 2))


def triples(schema: Schema) -> list[dict[str, Any]]:
    """Return objects with each three optional members together, each two without the third, and so on.

    They are a covering array over absent and present. From row to row a member goes through its values, an
    enumeration through all of its members.
    """
    values = _optional(schema)
    turns = {name: schema_nodes.member(schema, name).get("enum", two) for name, two in values.items()}
    rows = _covering({name: two[:1] for name, two in values.items()}, 3)
    turned = ({name: turns[name][turn % len(turns[name])] for name in row} for turn, row in enumerate(rows))
    return _completed(schema, turned)


def _kept(schema: Schema, candidates: Iterable[Any]) -> list[Any]:
    return schema_nodes.distinct(value for value in candidates if settles(schema, value))


def _edges(node: Schema) -> Iterator[Any]:
    if "const" in node:
        yield node["const"]
    elif "enum" in node:
        yield from node["enum"]
    elif alternatives := schema_nodes.branches(node):
        yield from chain.from_iterable(map(of, alternatives))
    elif types := schema_nodes.types(node):
        yield from chain.from_iterable(_EDGES[name](node) for name in types)
    else:
        yield from _ANYTHING


def _numbers(node: Schema) -> Iterator[float]:
    """Generate the ends of a range and their neighbours, the lower first; 0 and 1 if it has no lower end."""
    if "minimum" in node:
        yield from (node["minimum"], node["minimum"] + 1)
    else:
        yield from (0, 1)
    if "maximum" in node:
        yield from (node["maximum"] - 1, node["maximum"])


def _arrays(node: Schema) -> Iterator[list[Any]]:
    items = of(node.get("items", {}))
    size = bounds.sizes(node)
    ends = [size.least, size.least + 1]
    if size.most is not None and size.most <= _LONGEST_ARRAY:
        ends += [size.most - 1, size.most]
    yield from ([items[index % len(items)] for index in range(max(count, 0))] for count in ends)


def _objects(node: Schema) -> Iterator[dict[str, Any]]:
    if schema_nodes.names(node):
        yield from objects(node)
    elif schema_nodes.undescribed(node):
        yield from ({}, *({"key": value} for value in of(schema_nodes.undescribed(node))))
    else:
        yield from _FREE_OBJECTS


def _simplest(schema: Schema) -> Any:
    return _simplest_first(schema)[0]


def _simplest_first(schema: Schema) -> list[Any]:
    """Return the edges of a node behind the simplest of them, which stands there twice."""
    values = of(schema)
    simplest = [value for value in values if not isinstance(value, str) or value.strip()]
    if not simplest:
        raise schema_nodes.UnsupportedSchemaError(f"no value is found for {dict(schema)!r}")
    return [simplest[0], *values]


def _two(schema: Schema) -> list[Any]:
    """Return two simple values of a node, or the only one; one that is not the default first."""
    values = _simplest_first(schema)
    others = [value for value in values if value != schema.get("default")]
    return schema_nodes.distinct([*others, *values])[:2]


def _ends(node: Schema) -> list[Any]:
    """Return the ends of a range, a short and the longest text, or two values of what has no ends."""
    values = of(node)
    if {"integer", "number"} & set(schema_nodes.types(node)):
        return schema_nodes.distinct([values[0], values[-1]])
    if "maxLength" in node and "pattern" not in node:
        return [_simplest(node), *list(_kept(node, boundary_strings.at_the_limit(node)))[:1]]
    return _two(node)


def _optional(schema: Schema) -> Mapping[str, Sequence[Any]]:
    """Return two values of each optional member."""
    required = schema.get("required", ())
    return {
        name: _two(schema_nodes.member(schema, name))
        for name in schema_nodes.names(schema)
        if name not in required
    }


def _completed(schema: Schema, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    least = minimal(schema)
    return _kept(schema, (_arranged(schema, {**least, **row}) for row in rows))


def _covering(values: Mapping[str, Sequence[Any]], strength: int) -> Iterator[dict[str, Any]]:
    """Generate rows in which so many members have their values, absence among these, in each combination.

    The greedy criterion would save a row in twenty and take ten times as long.
    """
    if len(values) < strength:
        return
    levels = [range(len(choices) + 1) for choices in values.values()]
    rows = covering_array(list(map(list, levels)), strength=strength, criterion=criteria.simple)
    for row in rows:
        chosen = zip(values.items(), row, strict=True)
        yield {name: choices[level - 1] for (name, choices), level in chosen if level}


def _arranged(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """Return the object with its members in the order of the schema, and its instants in theirs."""
    ordered = {name: value[name] for name in schema_nodes.names(schema) if name in value}
    return chronological_order.arranged(chronological_order.ascending(schema), ordered)


def _free_texts(schema: Schema) -> Iterable[str]:
    free = "string" in schema_nodes.types(schema) and not schema.keys() & {
        "pattern",
        "format",
        "enum",
        "const",
    }
    return sample_text.FREE_TEXTS.values() if free else ()


def _all_of(schema: Schema, characters: Iterable[str]) -> list[str]:
    """Return the limit in each of these characters, if the limit is all there is to say."""
    if "maxLength" not in schema or "pattern" in schema:
        return []
    return [character * schema["maxLength"] for character in characters]


def _first_edges(schema: Schema) -> Iterable[Any]:
    return of(schema)[:_FEW]


def _from(end: float | None, step: int) -> Iterable[float]:
    """Return an end of a range and its neighbour within; nothing if there is no such end."""
    return () if end is None else (end, end + step)


_EDGES: Mapping[str, Callable[[Schema], Iterable[Any]]] = {
    "string": boundary_strings.edges,
    "integer": _numbers,
    "number": _numbers,
    "boolean": lambda _: (False, True),
    "null": lambda _: (None,),
    "array": _arrays,
    "object": _objects,
}

_ACCEPTED: Mapping[str, Callable[[Schema], Iterable[Any]]] = {
    "TYPE": _first_edges,
    "TYPE-ACCEPT": _first_edges,
    "MAXLENGTH-ACCEPT": boundary_strings.at_the_limit,
    "MAXLENGTH-CHARACTERS": lambda schema: _all_of(schema, sample_text.BASIC_LETTERS),
    "MAXLENGTH-ASTRAL": lambda schema: _all_of(schema, sample_text.ASTRAL_CHARACTERS),
    "TEXT": _free_texts,
    "PATTERN-ACCEPT": lambda schema: boundary_strings.of_each_kind(schema) if "pattern" in schema else (),
    "ENUM-ACCEPT": lambda schema: schema.get("enum", ()),
    "FORMAT-ACCEPT": lambda schema: format_values.of(schema).samples,
    "OFFSET": lambda schema: format_values.of(schema).offsets,
    "FRACTION": lambda schema: format_values.of(schema).fractions,
    "MINIMUM-ACCEPT": lambda schema: _from(schema.get("minimum"), 1),
    "MAXIMUM-ACCEPT": lambda schema: _from(schema.get("maximum"), -1),
    "ECHO": lambda schema: chain(of(schema), _free_texts(schema)),
}
