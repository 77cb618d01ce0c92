"""Distinct values of the members of an object.

Members with equal values hide a server that swaps, copies or confuses them. Booleans and enumerations have
too few values for this; covering arrays separate each pair of them.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, count
from typing import Any

from strategies import format_values, sample_text, schema_nodes
from strategies.schema_nodes import Schema
from strategies.unspecified import is_specified

_CHARACTERS = sample_text.LETTERS + sample_text.DIGITS
_MAX_STEPS = 100  # from an integer to another value of the same member


def with_distinct_values(
    schema: Schema, body: Mapping[str, Any], kept: Collection[str] = ()
) -> dict[str, Any]:
    """Return the object with another value for each member that repeats the value of an earlier one.

    Strings that differ only in letter case count as equal. The values of the `kept` members stay. A member
    without another value repeats the earlier one.
    """
    used = {_key(body[name]) for name in kept}
    distinct = dict(body)
    for name, value in body.items():
        node = schema_nodes.member_node(schema, name)
        if name not in kept and not _has_few_values(node):
            others = (other for other in _others(node, value) if is_specified(node, other))
            candidates = chain((value,), others)
            distinct[name] = next((one for one in candidates if _key(one) not in used), value)
            used.add(_key(distinct[name]))
    return distinct


def _has_few_values(node: Schema) -> bool:
    return "enum" in node or "const" in node or "boolean" in schema_nodes.types(node)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True).casefold()


def _others(node: Schema, value: Any) -> Iterator[Any]:
    """Generate values that are similar to a value of the node; the caller drops invalid ones."""
    if isinstance(value, str) and format_values.has_format(node):
        yield from format_values.format_of(node).samples
    elif isinstance(value, str):
        yield from (value[:-1] + character for character in _CHARACTERS)
    elif isinstance(value, int):
        yield from (value + step for distance in range(1, _MAX_STEPS) for step in (distance, -distance))
    elif value == {}:
        yield from ({"key": number} for number in count(1))
