"""Chronological order of date-time members, for which JSON Schema has no keyword.

`x-order` of an object is a list of pairs of date-time members, of which the first must be the earlier one. A
server may reject an object that violates this order.
"""

from collections.abc import Sequence
from graphlib import TopologicalSorter
from typing import Any

from strategies import date_times
from strategies.schema_nodes import Schema


def ordered_members(schema: Schema) -> tuple[str, ...]:
    """Return the members in x-order, earliest first."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for earlier, later in schema.get("x-order", ()):
        sorter.add(later, earlier)
    return tuple(sorter.static_order())


def put_in_order(names: Sequence[str], value: dict[str, Any]) -> dict[str, Any]:
    """Return the object with the date-times of the named members rearranged in strictly ascending order."""
    present = [name for name in names if name in value]
    if len(present) <= 1:
        return value
    return {
        **value,
        **dict(zip(present, date_times.strictly_ascending([value[name] for name in present]), strict=True)),
    }
