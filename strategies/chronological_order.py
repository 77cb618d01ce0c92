"""The members of an object whose instants have to ascend: something that JSON Schema has no keyword for.

`x-order` of an object is a list of pairs of date-time members, the first of each before the second. A server
that compares them may refuse an object that has them the other way round.
"""

from collections.abc import Sequence
from graphlib import TopologicalSorter
from typing import Any

from strategies import date_times
from strategies.schema_nodes import Schema


def ascending(schema: Schema) -> tuple[str, ...]:
    """Return the members that an object orders, earliest first."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for earlier, later in schema.get("x-order", ()):
        sorter.add(later, earlier)
    return tuple(sorter.static_order())


def arranged(names: Sequence[str], value: dict[str, Any]) -> dict[str, Any]:
    """Return the object with the date-times of these members dealt out again, strictly ascending."""
    present = [name for name in names if name in value]
    if len(present) <= 1:
        return value
    return {
        **value,
        **dict(zip(present, date_times.ascending([value[name] for name in present]), strict=True)),
    }
