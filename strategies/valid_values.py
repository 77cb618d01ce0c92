"""Random values that conform to a schema.

They are constructed, not filtered, mostly with one Hypothesis choice per member: this is fast, and shrinks to
few members and simple values. Values that a correct server may accept or reject are excluded: those of
`x-open`, and strings that servers count or parse differently (see sample_text.py and date_times.py).
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
from strategies.bounds import Bounds
from strategies.schema_nodes import Schema
from strategies.unspecified import is_specified, specified_part

_FEW = 3
_DEFAULT_MAX_LENGTH = 100
_NAMES = st.text(text.LETTERS, min_size=1, max_size=8)
# Without null, fractions and empty lists, which servers store differently in free-form objects.
_LEAVES = st.one_of(st.booleans(), st.integers(-1000, 1000), text.free_texts(most=40))
_FREE = st.one_of(
    _LEAVES,
    st.lists(_LEAVES, min_size=1, max_size=_FEW),
    st.dictionaries(_NAMES, _LEAVES, max_size=_FEW),
)
# One character for each member: 0 means absent, all others present.
_MOSTLY_PRESENT = "0" + text.LETTERS


@dataclass(frozen=True)
class _Members:
    """Strategies for the members of an object."""

    strategies: Mapping[str, SearchStrategy[Any]]
    optional: tuple[str, ...]
    ascending: tuple[str, ...]
    last_pick: int
    """The pick that selects nearly all optional members at once."""
    picks: SearchStrategy[int]
    masks: SearchStrategy[str]


def conforming(schema: Schema) -> SearchStrategy[Any]:
    """Generate values that a correct server accepts.

    Excludes blank strings, characters that servers count differently, and values of `x-open`.
    """
    node = specified_part(schema_nodes.require_supported(schema))
    if "x-open" in node:
        return _strategy(node).filter(partial(is_specified, node))
    return _strategy(node)


def objects_with_members(schema: Schema, present: frozenset[str]) -> SearchStrategy[dict[str, Any]]:
    """Generate objects with exactly the required members and the given ones."""
    unknown = present.difference(schema_nodes.member_names(schema))
    if unknown:
        raise ValueError(
            f"unknown member {', '.join(sorted(unknown))}; "
            f"expected one of {', '.join(schema_nodes.member_names(schema))}"
        )
    required = present.union(schema.get("required", ()))
    selected = tuple(name for name in schema_nodes.member_names(schema) if name in required)
    return _objects(_members({**schema, "required": selected}, selected))


def _strategy(node: Schema) -> SearchStrategy[Any]:
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from([value for value in node["enum"] if is_specified(node, value)])
    alternatives = schema_nodes.alternatives(node)
    if alternatives:
        any_of = st.one_of(*map(conforming, alternatives))
        return any_of.filter(partial(is_specified, node)) if "oneOf" in node else any_of
    types = schema_nodes.types(node)
    return st.one_of(*(_BUILDERS[name](node) for name in types)) if types else _FREE


def _strings(node: Schema) -> SearchStrategy[str]:
    if format_values.has_format(node):
        limited = node.keys() & {"pattern", "minLength", "maxLength"}
        formatted = format_values.format_of(node).values()
        return formatted.filter(partial(is_specified, node)) if limited else formatted
    length = bounds.length_limits(node)
    if "pattern" not in node:
        return text.free_texts(length.least, length.most)
    row = pattern_structure.runs(node["pattern"])
    if row is None:
        matching = st.from_regex(re.compile(node["pattern"], re.ASCII), fullmatch=True)
        return matching.filter(str.strip).filter(partial(is_specified, node))
    return _run_strings(row, length)


def _run_strings(row: pattern_structure.Runs, length: Bounds) -> SearchStrategy[str]:
    """Generate strings of the runs that are not blank."""
    most = max(length.least, _DEFAULT_MAX_LENGTH) if length.most is None else length.most
    fewest = pattern_structure.distribute_length(row, min(max(length.least, 1), most))
    greatest = pattern_structure.distribute_length(row, most)
    if fewest is None or greatest is None or most < length.least:
        return st.nothing()
    joined = _joined(row, [_of_run(*part) for part in zip(row, fewest, greatest, strict=True)])
    blanks = any(character.isspace() for run in row for character in run.characters)
    return joined.filter(str.strip) if blanks else joined


def _of_run(run: pattern_structure.CharacterRun, few: int, many: int) -> SearchStrategy[str]:
    if run.is_fixed:
        return st.just(run.characters * few)
    return st.text(run.characters, min_size=few, max_size=many)


def _joined(row: pattern_structure.Runs, parts: list[SearchStrategy[str]]) -> SearchStrategy[str]:
    free = [index for index, run in enumerate(row) if not run.is_fixed]
    if len(free) != 1:
        return st.tuples(*parts).map("".join)
    # A single choice is faster than a tuple of choices, and shrinks better.
    (index,) = free
    before, after = (_fixed_text(fixed) for fixed in (row[:index], row[index + 1 :]))
    return parts[index].map(lambda text: before + text + after) if before or after else parts[index]


def _fixed_text(row: pattern_structure.Runs) -> str:
    return pattern_structure.write_runs(row, [run.least for run in row])


def _integers(node: Schema) -> SearchStrategy[int]:
    low, high = bounds.number_limits(node)
    return st.integers(math.ceil(low), math.floor(high))


def _numbers(node: Schema) -> SearchStrategy[float]:
    """Generate multiples of a quarter, which every server can represent."""
    low, high = bounds.number_limits(node)
    if math.ceil(4 * low) > math.floor(4 * high):
        return st.floats(low, high)
    return st.integers(math.ceil(4 * low), math.floor(4 * high)).map(_quarters)


def _quarters(count: int) -> float:
    return count / 4 if count % 4 else count // 4


def _arrays(node: Schema) -> SearchStrategy[list[Any]]:
    size = bounds.size_limits(node)
    most = size.least + _FEW if size.most is None else size.most
    return st.lists(conforming(node.get("items", {})), min_size=size.least, max_size=most)


def _objects_of(node: Schema) -> SearchStrategy[dict[str, Any]]:
    if "properties" in node or "required" in node:
        return _objects(_members(node, schema_nodes.member_names(node)))
    if node.get("additionalProperties", True) is False:
        return st.builds(dict)
    described = schema_nodes.additional_members_node(node)
    return st.dictionaries(_NAMES, conforming(described) if described else _FREE, max_size=_FEW)


def _members(node: Schema, names: tuple[str, ...]) -> _Members:
    """Return the strategies for an object with the members."""
    optional = tuple(name for name in names if name not in node.get("required", ()))
    # 0 selects no member, and so do a few numbers at the end.
    last_pick = len(optional) * 5 // 4 + 1
    return _Members(
        strategies={name: conforming(schema_nodes.member_node(node, name)) for name in names},
        optional=optional,
        ascending=chronological_order.ordered_members(node),
        last_pick=last_pick,
        picks=st.integers(0, last_pick),
        masks=st.text(_MOSTLY_PRESENT, min_size=len(optional), max_size=len(optional)),
    )


@st.composite
def _objects(draw: st.DrawFn, described: _Members) -> dict[str, Any]:
    absent = set(described.optional) - _optional_members(draw, described)
    drawn = {name: draw(values) for name, values in described.strategies.items() if name not in absent}
    return chronological_order.put_in_order(described.ascending, drawn)


def _optional_members(draw: st.DrawFn, described: _Members) -> set[str]:
    """Return optional members: mostly up to three, sometimes all or nearly all, sometimes none."""
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
