"""Values that conform to a schema, drawn at random.

They are built, not filtered, with one choice of Hypothesis for most members: that makes them fast, and lets
them shrink to few members and simple values. What a correct server may take in either way is left out: values
under `x-open`, and texts that servers count or read differently (see text.py and times.py).
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies import (
    bounds,
    chronological_order,
    format_values,
    pattern_structure,
    schema_nodes,
)
from strategies import (
    sample_text as text,
)
from strategies.bounds import Limits
from strategies.schema_nodes import Schema
from strategies.unspecified import settled, settles

_FEW = 3
_USUAL_MOST = 100
_NAMES = st.text(text.LETTERS, min_size=1, max_size=8)
# Nulls, fractions and empty lists are left out: servers differ in what they keep of them where anything goes.
_LEAVES = st.one_of(st.booleans(), st.integers(-1000, 1000), text.texts(most=40))
_FREE = st.one_of(
    _LEAVES,
    st.lists(_LEAVES, min_size=1, max_size=_FEW),
    st.dictionaries(_NAMES, _LEAVES, max_size=_FEW),
)
# One letter for each member: absent where it is 0, as few letters are.
_MOSTLY_PRESENT = "0" + text.LETTERS


@dataclass(frozen=True)
class _Members:
    """How the members of an object are drawn."""

    strategies: Mapping[str, SearchStrategy[Any]]
    optional: tuple[str, ...]
    ascending: tuple[str, ...]
    last_pick: int
    """What stands for nearly all optional members at once."""
    picks: SearchStrategy[int]
    masks: SearchStrategy[str]


def conforming(schema: Schema) -> SearchStrategy[Any]:
    """Generate values that a correct server accepts.

    Left out are blank text, characters that servers count differently, and everything under `x-open`.
    """
    node = settled(schema_nodes.supported(schema))
    if "x-open" in node:
        return _built(node).filter(partial(settles, node))
    return _built(node)


def members(schema: Schema, present: frozenset[str]) -> SearchStrategy[dict[str, Any]]:
    """Generate objects that have their required members and these, and no others."""
    unknown = present.difference(schema_nodes.names(schema))
    if unknown:
        raise ValueError(
            f"no member {', '.join(sorted(unknown))} in the schema; "
            f"it has {', '.join(schema_nodes.names(schema))}"
        )
    required = present.union(schema.get("required", ()))
    kept = tuple(name for name in schema_nodes.names(schema) if name in required)
    return _objects(_members({**schema, "required": kept}, kept))


def _built(node: Schema) -> SearchStrategy[Any]:
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from([value for value in node["enum"] if settles(node, value)])
    alternatives = schema_nodes.branches(node)
    if alternatives:
        whichever = st.one_of(*map(conforming, alternatives))
        return whichever.filter(partial(settles, node)) if "oneOf" in node else whichever
    types = schema_nodes.types(node)
    return st.one_of(*(_BUILDERS[name](node) for name in types)) if types else _FREE


def _strings(node: Schema) -> SearchStrategy[str]:
    if format_values.has_one(node):
        limited = node.keys() & {"pattern", "minLength", "maxLength"}
        having = format_values.of(node).values()
        return having.filter(partial(settles, node)) if limited else having
    length = bounds.lengths(node)
    if "pattern" not in node:
        return text.texts(length.least, length.most)
    row = pattern_structure.runs(node["pattern"])
    if row is None:
        matching = st.from_regex(re.compile(node["pattern"], re.ASCII), fullmatch=True)
        return matching.filter(str.strip).filter(partial(settles, node))
    return _spelled(row, length)


def _spelled(row: pattern_structure.Runs, length: Limits) -> SearchStrategy[str]:
    """Generate texts of these runs, none of them blank."""
    most = max(length.least, _USUAL_MOST) if length.most is None else length.most
    fewest = pattern_structure.counts(row, min(max(length.least, 1), most))
    greatest = pattern_structure.counts(row, most)
    if fewest is None or greatest is None or most < length.least:
        return st.nothing()
    joined = _joined(row, [_of_run(*part) for part in zip(row, fewest, greatest, strict=True)])
    blanks = any(character.isspace() for run in row for character in run.characters)
    return joined.filter(str.strip) if blanks else joined


def _of_run(run: pattern_structure.Run, few: int, many: int) -> SearchStrategy[str]:
    if run.fixed:
        return st.just(run.characters * few)
    return st.text(run.characters, min_size=few, max_size=many)


def _joined(row: pattern_structure.Runs, parts: list[SearchStrategy[str]]) -> SearchStrategy[str]:
    free = [index for index, run in enumerate(row) if not run.fixed]
    if len(free) != 1:
        return st.tuples(*parts).map("".join)
    # One choice is faster than a tuple of them, and shrinks better.
    (index,) = free
    before, after = (_fixed_text(fixed) for fixed in (row[:index], row[index + 1 :]))
    return parts[index].map(lambda text: before + text + after) if before or after else parts[index]


def _fixed_text(row: pattern_structure.Runs) -> str:
    return pattern_structure.spelled(row, [run.least for run in row])


def _integers(node: Schema) -> SearchStrategy[int]:
    low, high = bounds.numbers(node)
    return st.integers(math.ceil(low), math.floor(high))


def _numbers(node: Schema) -> SearchStrategy[float]:
    """Generate whole numbers and quarters, which every server can hold."""
    low, high = bounds.numbers(node)
    if math.ceil(4 * low) > math.floor(4 * high):
        return st.floats(low, high)
    return st.integers(math.ceil(4 * low), math.floor(4 * high)).map(_quarters)


def _quarters(count: int) -> float:
    return count / 4 if count % 4 else count // 4


def _arrays(node: Schema) -> SearchStrategy[list[Any]]:
    size = bounds.sizes(node)
    most = size.least + _FEW if size.most is None else size.most
    return st.lists(conforming(node.get("items", {})), min_size=size.least, max_size=most)


def _objects_of(node: Schema) -> SearchStrategy[dict[str, Any]]:
    if "properties" in node or "required" in node:
        return _objects(_members(node, schema_nodes.names(node)))
    if node.get("additionalProperties", True) is False:
        return st.builds(dict)
    described = schema_nodes.undescribed(node)
    return st.dictionaries(_NAMES, conforming(described) if described else _FREE, max_size=_FEW)


def _members(node: Schema, names: tuple[str, ...]) -> _Members:
    """Prepare the drawing of an object with these members."""
    optional = tuple(name for name in names if name not in node.get("required", ()))
    # 0 is no member, and so are a few numbers at the end.
    last_pick = len(optional) * 5 // 4 + 1
    return _Members(
        strategies={name: conforming(schema_nodes.member(node, name)) for name in names},
        optional=optional,
        ascending=chronological_order.ascending(node),
        last_pick=last_pick,
        picks=st.integers(0, last_pick),
        masks=st.text(_MOSTLY_PRESENT, min_size=len(optional), max_size=len(optional)),
    )


@st.composite
def _objects(draw: st.DrawFn, described: _Members) -> dict[str, Any]:
    left_out = set(described.optional) - _chosen(draw, described)
    drawn = {name: draw(values) for name, values in described.strategies.items() if name not in left_out}
    return chronological_order.arranged(described.ascending, drawn)


def _chosen(draw: st.DrawFn, described: _Members) -> set[str]:
    """Choose optional members: mostly up to three, now and then all or nearly all, now and then none."""
    optional = described.optional
    if not optional:
        return set()
    picks = [draw(described.picks) for _ in range(_FEW)]
    if picks[0] == described.last_pick:
        return {name for name, letter in zip(optional, draw(described.masks), strict=True) if letter != "0"}
    return {optional[pick - 1] for pick in picks if 0 < pick <= len(optional)}


_BUILDERS: Mapping[str, Callable[[Schema], SearchStrategy[Any]]] = {
    "string": _strings,
    "integer": _integers,
    "number": _numbers,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "array": _arrays,
    "object": _objects_of,
}
