"""What the documentation leaves open.

`x-open` of a node is a schema for values that fit the node although a correct server may refuse them. None of
them is sent where acceptance is expected. Most are kept out by narrowing the node; what cannot be said in
keywords stays in `x-open`, and `settles` looks there.
"""

from typing import Any

from spec import validation
from strategies import pattern_structure
from strategies.schema_nodes import Schema

_TIGHTER = {"maxLength": min, "maximum": min, "minLength": max, "minimum": max}


def settled(schema: Schema) -> Schema:
    """Return the node narrowed to what it does not leave open."""
    left_open = schema.get("x-open")
    if left_open is None:
        return schema
    narrower = _narrowed({key: value for key, value in schema.items() if key != "x-open"}, left_open)
    return schema if narrower is None else narrower


def is_open(schema: Schema, value: Any) -> bool:
    """Tell whether the documentation leaves open what becomes of a value that fits."""
    return "x-open" in schema and validation.validator(schema["x-open"]).is_valid(value)


def settles(schema: Schema, value: Any) -> bool:
    """Tell whether a correct server has to accept the value: it fits, and is not left open."""
    return validation.validator(schema).is_valid(value) and not is_open(schema, value)


def _narrowed(closed: Schema, left_open: Schema) -> Schema | None:
    if len(left_open) != 1:
        return None
    ((keyword, value),) = left_open.items()
    if keyword == "not":
        return _both(closed, value)
    if keyword == "pattern" and _only_blanks(value):
        # Blank text is never built, so that there is nothing but the empty text to keep out.
        return _both(closed, {"minLength": 1})
    return _without(closed, value) if keyword == "const" else None


def _both(schema: Schema, other: Schema) -> Schema | None:
    """Return a node that says what both say; None if that takes more than one value for a keyword."""
    merged: dict[str, Any] = {**other, **schema}
    for keyword in schema.keys() & other.keys():
        if keyword in _TIGHTER:
            merged[keyword] = _TIGHTER[keyword](schema[keyword], other[keyword])
        elif schema[keyword] != other[keyword]:
            return None
    return merged


def _without(schema: Schema, value: Any) -> Schema | None:
    """Return the node without a value at one of its ends; None if it stands elsewhere."""
    if "integer" in schema.get("type", ()) and value == schema.get("minimum"):
        return {**schema, "minimum": schema["minimum"] + 1}
    if "integer" in schema.get("type", ()) and value == schema.get("maximum"):
        return {**schema, "maximum": schema["maximum"] - 1}
    return None


def _only_blanks(pattern: str) -> bool:
    row = pattern_structure.runs(pattern)
    return row is not None and all(run.characters.isspace() and not run.negated for run in row)
