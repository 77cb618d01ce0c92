"""JSON Schema nodes: types, alternatives, members, and the keywords that a value violates."""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, TypeAlias

from jsonschema import ValidationError

from spec import validation

Schema: TypeAlias = Mapping[str, Any]

_IMPLYING = {
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum"),
    "array": ("items", "minItems", "maxItems"),
    "object": ("properties", "required", "additionalProperties"),
}
_UNSUPPORTED = (
    "$ref",
    "allOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "not",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
)


class UnsupportedSchemaError(ValueError):
    """The schema has a keyword or format for which values cannot be generated."""


def require_supported(schema: Schema) -> Schema:
    """Return the node, or raise UnsupportedSchemaError if it has an unsupported keyword."""
    unsupported = [keyword for keyword in _UNSUPPORTED if keyword in schema]
    if unsupported:
        raise UnsupportedSchemaError(f"unsupported keywords {', '.join(unsupported)} in {dict(schema)!r}")
    return schema


def types(schema: Schema) -> tuple[str, ...]:
    """Return the types that a node allows, in its order; none if it allows all."""
    named = schema.get("type", ())
    if named:
        return (named,) if isinstance(named, str) else tuple(named)
    implied = (name for name, keywords in _IMPLYING.items() if any(keyword in schema for keyword in keywords))
    return tuple(implied)


def alternatives(schema: Schema) -> list[Schema]:
    """Return the alternatives of anyOf or oneOf, merged with the sibling keywords; [] for other nodes."""
    siblings = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
    return [
        {**siblings, **alternative} for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    ]


def member_names(schema: Schema) -> tuple[str, ...]:
    """Return the names of the members that an object describes or requires."""
    return tuple(dict.fromkeys((*schema.get("properties", ()), *schema.get("required", ()))))


def member_node(schema: Schema, name: str) -> Schema:
    """Return the node of a member; one that allows everything if the object does not describe it."""
    node: Schema | None = schema.get("properties", {}).get(name)
    return additional_members_node(schema) if node is None else node


def additional_members_node(schema: Schema) -> Schema:
    """Return the node of the additional members of an object."""
    node = schema.get("additionalProperties", True)
    return {} if isinstance(node, bool) else node


def violated_keywords(schema: Schema, value: object) -> frozenset[str]:
    """Return the keywords that the value violates; for anyOf and oneOf, those of their alternatives."""
    return frozenset(_keywords(validation.validation_errors(schema, value)))


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return copies of the values in order, without duplicates; true is not 1, and 1 is not 1.0."""
    unique: dict[str, Any] = {}
    for value in values:
        unique.setdefault(json.dumps(value, sort_keys=True), value)
    return [deepcopy(value) for value in unique.values()]


def _keywords(errors: Iterable[ValidationError]) -> Iterator[str]:
    for error in errors:
        if error.context:
            yield from _keywords(error.context)
        else:
            yield str(error.validator)
