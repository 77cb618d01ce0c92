"""Schemas in words, as parts of sentences."""

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


def described(schema: Mapping[str, Any]) -> str:
    """Say what the schema asks of a value: `small, medium, large or null`."""
    return listed(_alternatives(schema), last="or")


def kind(schema: Mapping[str, Any]) -> str:
    """Say which types of JSON the schema allows: `an integer or null`."""
    return listed((_TYPES[type_] for type_ in _types(schema)), last="or")


def listed(items: Iterable[object], *, last: str) -> str:
    """List items, with a word before the last one."""
    *head, tail = [shown(item) for item in items]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def shown(value: object) -> str:
    """Write a value the way a sentence can hold it."""
    return value if isinstance(value, str) else json.dumps(value)


def _alternatives(schema: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in schema:
        for part in schema["anyOf"]:
            yield from _alternatives(part)
    elif "enum" in schema:
        yield from (shown(value) for value in schema["enum"])
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
