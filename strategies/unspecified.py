"""Values whose acceptance the documentation does not specify.

`x-open` of a node is a schema of values that are valid although a correct server may reject them. They are
never sent where acceptance is expected. Most are excluded by narrowing the node; a schema that keywords
cannot express remains in `x-open`, where `is_specified` checks it.
"""

from typing import Any

from spec import validation
from strategies import pattern_structure
from strategies.schema_nodes import Schema

_TIGHTER = {"maxLength": min, "maximum": min, "minLength": max, "minimum": max}


def specified_part(schema: Schema) -> Schema:
    """Return the node narrowed to the values whose acceptance is specified."""
    open_schema = schema.get("x-open")
    if open_schema is None:
        return schema
    narrower = _narrowed({key: value for key, value in schema.items() if key != "x-open"}, open_schema)
    return schema if narrower is None else narrower


def is_unspecified(schema: Schema, value: Any) -> bool:
    """Return whether the acceptance of a valid value is unspecified."""
    return "x-open" in schema and validation.validator(schema["x-open"]).is_valid(value)


def is_specified(schema: Schema, value: Any) -> bool:
    """Return whether a correct server must accept the value."""
    return validation.validator(schema).is_valid(value) and not is_unspecified(schema, value)


def _narrowed(schema: Schema, open_schema: Schema) -> Schema | None:
    if len(open_schema) != 1:
        return None
    ((keyword, value),) = open_schema.items()
    if keyword == "not":
        return _both(schema, value)
    if keyword == "pattern" and _only_blanks(value):
        # Blank strings are never generated: only the empty string has to be excluded.
        return _both(schema, {"minLength": 1})
    return _without(schema, value) if keyword == "const" else None


def _both(schema: Schema, other: Schema) -> Schema | None:
    """Return a node with the keywords of both; None if a keyword would need two values."""
    merged: dict[str, Any] = {**other, **schema}
    for keyword in schema.keys() & other.keys():
        if keyword in _TIGHTER:
            merged[keyword] = _TIGHTER[keyword](schema[keyword], other[keyword])
        elif schema[keyword] != other[keyword]:
            return None
    return merged


def _without(schema: Schema, value: Any) -> Schema | None:
    """Return the node without a value at one of its ends; None if it is not at an end."""
    if "integer" in schema.get("type", ()) and value == schema.get("minimum"):
        return {**schema, "minimum": schema["minimum"] + 1}
    if "integer" in schema.get("type", ()) and value == schema.get("maximum"):
        return {**schema, "maximum": schema["maximum"] - 1}
    return None


def _only_blanks(pattern: str) -> bool:
    row = pattern_structure.runs(pattern)
    return row is not None and all(run.characters.isspace() and not run.negated for run in row)
