"""What a JSON Schema node says: its types, its alternatives, and which keywords an instance breaks."""

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
    """A keyword or format that no value can be built for here."""


def supported(schema: Schema) -> Schema:
    """Return the node as it is, or say which of its keywords no value is built for."""
    unknown = [keyword for keyword in _UNSUPPORTED if keyword in schema]
    if unknown:
        raise UnsupportedSchemaError(f"no values are built for {', '.join(unknown)} of {dict(schema)!r}")
    return schema


def types(schema: Schema) -> tuple[str, ...]:
    """Return the types that a node allows, in its own order; none if it does not say, and allows all."""
    named = schema.get("type", ())
    if named:
        return (named,) if isinstance(named, str) else tuple(named)
    implied = (name for name, keywords in _IMPLYING.items() if any(keyword in schema for keyword in keywords))
    return tuple(implied)


def branches(schema: Schema) -> list[Schema]:
    """Return the alternatives of anyOf or oneOf, each with what stands beside it; [] for other nodes."""
    beside = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
    return [{**beside, **branch} for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))]


def names(schema: Schema) -> tuple[str, ...]:
    """Return the members that an object describes or requires."""
    return tuple(dict.fromkeys((*schema.get("properties", ()), *schema.get("required", ()))))


def member(schema: Schema, name: str) -> Schema:
    """Return the node of an object's member; one that allows anything if the object does not describe it."""
    node: Schema | None = schema.get("properties", {}).get(name)
    return undescribed(schema) if node is None else node


def undescribed(schema: Schema) -> Schema:
    """Return the node of the members that an object does not name."""
    node = schema.get("additionalProperties", True)
    return {} if isinstance(node, bool) else node


def keywords_broken(schema: Schema, value: object) -> frozenset[str]:
    """Return the keywords that the value breaks, those inside of anyOf and oneOf instead of these two."""
    return frozenset(_keywords(validation.errors(schema, value)))


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return copies of the values in their order, each once; true is not 1, and 1 is not 1.0."""
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(json.dumps(value, sort_keys=True), value)
    return [deepcopy(value) for value in found.values()]


def _keywords(errors: Iterable[ValidationError]) -> Iterator[str]:
    for error in errors:
        if error.context:
            yield from _keywords(error.context)
        else:
            yield str(error.validator)
