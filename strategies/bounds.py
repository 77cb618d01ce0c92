"""Limits of string lengths, numbers and array sizes."""

from dataclasses import dataclass
from typing import Any

from strategies import pattern_structure
from strategies.schema_nodes import Schema

_INTEGERS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_DEFAULT_INTEGERS = _INTEGERS["int32"]


@dataclass(frozen=True)
class Bounds:
    """Minimum and maximum; `most` is None if there is no maximum."""

    least: int
    most: int | None


def length_limits(schema: Schema) -> Bounds:
    """Return the length limits of a string, from its keywords and a pattern of supported structure."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    row = pattern_structure.runs(schema["pattern"]) if "pattern" in schema else None
    if row is None:
        return Bounds(least, most)
    ends = [end for end in (most, pattern_structure.longest_length(row)) if end is not None]
    return Bounds(max(least, pattern_structure.shortest_length(row)), min(ends, default=None))


def size_limits(schema: Schema) -> Bounds:
    """Return the limits of the number of items of an array."""
    return Bounds(schema.get("minItems", 0), schema.get("maxItems"))


def number_limits(schema: Schema) -> tuple[Any, Any]:
    """Return the minimum and maximum number of a node; those of 32 bits if it has none."""
    least, most = _INTEGERS.get(schema.get("format", ""), _DEFAULT_INTEGERS)
    low = schema.get("minimum", min(least, schema.get("maximum", least)))
    return low, schema.get("maximum", max(most, low))
