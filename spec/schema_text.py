"""Descriptions of schemas as parts of sentences."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
_FORMATS = {
    "date-time": "a date-time string",
    "date": "a date string",
    "uuid": "a UUID string",
    "uri": "a URI string",
}


def describe_schema(schema: Mapping[str, Any]) -> str:
    """Return the values that a schema allows, such as `small, medium, large or null`."""
    return join_values(_alternatives(schema), last="or")


def describe_values(schema: Mapping[str, Any]) -> str:
    """Return the values of an enum as JSON, such as `"20" or "30"`, or the types of another schema."""
    if "enum" in schema:
        return join_values(map(json.dumps, schema["enum"]), last="or")
    return describe_types(schema)


def describe_types(schema: Mapping[str, Any]) -> str:
    """Return the JSON types that a schema allows, such as `an integer or null`."""
    return join_values((_TYPES[type_] for type_ in _types(schema)), last="or")


def join_values(values: Iterable[object], *, last: str) -> str:
    """Return the values separated by commas, with a word before the last one."""
    *head, tail = [format_value(value) for value in values]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def format_value(value: object) -> str:
    """Return a value as text for a sentence."""
    return value if isinstance(value, str) else json.dumps(value)


def _alternatives(schema: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in schema:
        for alternative in schema["anyOf"]:
            yield from _alternatives(alternative)
    elif "enum" in schema:
        yield from (format_value(value) for value in schema["enum"])
    else:
        yield from (_noun(type_, schema) for type_ in _types(schema))


def _types(schema: Mapping[str, Any]) -> list[str]:
    types: str | list[str] = schema["type"]
    return [types] if isinstance(types, str) else types


def _noun(type_: str, schema: Mapping[str, Any]) -> str:
    if type_ == "string" and "maxLength" in schema:
        return f"a string of at most {schema['maxLength']} characters"
    if type_ == "string":
        return _FORMATS.get(schema.get("format", ""), _TYPES[type_])
    if type_ == "integer" and "maximum" in schema:
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    return _TYPES[type_]
