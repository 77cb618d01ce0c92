"""How long a string, how big a number, how full an array may be."""

from dataclasses import dataclass
from typing import Any

from strategies import pattern_structure
from strategies.schema_nodes import Schema

_INTEGERS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_USUAL_INTEGERS = _INTEGERS["int32"]


@dataclass(frozen=True)
class Limits:
    """The least and the most of something; `most` None: no end."""

    least: int
    most: int | None


def lengths(schema: Schema) -> Limits:
    """Return the lengths that a string may have, by keywords and, if its structure is known, by pattern."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    row = pattern_structure.runs(schema["pattern"]) if "pattern" in schema else None
    if row is None:
        return Limits(least, most)
    ends = [end for end in (most, pattern_structure.longest(row)) if end is not None]
    return Limits(max(least, pattern_structure.shortest(row)), min(ends, default=None))


def sizes(schema: Schema) -> Limits:
    """Return how many items an array may have."""
    return Limits(schema.get("minItems", 0), schema.get("maxItems"))


def numbers(schema: Schema) -> tuple[Any, Any]:
    """Return the least and the greatest number that a node allows; 32 bits where it does not say."""
    least, most = _INTEGERS.get(schema.get("format", ""), _USUAL_INTEGERS)
    low = schema.get("minimum", min(least, schema.get("maximum", least)))
    return low, schema.get("maximum", max(most, low))
