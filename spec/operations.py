"""The operations of the API, from the API descriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from spec.data_files import NAMES, dereferenced

_METHODS = ("post", "get", "put", "patch", "delete")
_SUCCESSES = (200, 204)


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    id: str
    method: str
    path: str
    profile: str
    summary: str
    request: Mapping[str, Any] | None = field(hash=False)
    """The schema of the request body."""
    response: Mapping[str, Any] | None = field(hash=False)
    """The schema of the body of a successful response; None if it has no body."""
    statuses: frozenset[int]
    """The declared statuses."""
    nested_in: str | None
    """The member of the response that contains the sent values; None if the response itself contains them."""
    boolean_parameters: tuple[str, ...]
    """The names of the boolean query parameters."""
    source: str | list[str] = field(hash=False)


@cache
def operations() -> Mapping[str, Operation]:
    """Return all operations by id."""
    parsed = (
        _operation(method.upper(), path, item[method])
        for name in NAMES
        for path, item in dereferenced(name)["paths"].items()
        for method in _METHODS
        if method in item
    )
    return {operation.id: operation for operation in parsed}


def operation(identifier: str) -> Operation:
    """Return the operation with the id."""
    if identifier not in operations():
        raise ValueError(f"no operation {identifier!r} in spec/; expected one of {', '.join(operations())}")
    return operations()[identifier]


def _operation(method: str, path: str, node: Mapping[str, Any]) -> Operation:
    statuses = frozenset(int(status) for status in node["responses"])
    (success,) = statuses.intersection(_SUCCESSES)
    return Operation(
        id=node["x-id"],
        method=method,
        path=path,
        profile=node["x-profile"],
        summary=node["summary"],
        request=_body_schema(node.get("requestBody", {})),
        response=_body_schema(node["responses"][str(success)]),
        statuses=statuses,
        nested_in=node.get("x-held-in"),
        boolean_parameters=tuple(it["name"] for it in node.get("parameters", ()) if _is_boolean_query(it)),
        source=node["x-source"],
    )


def _is_boolean_query(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["in"] == "query" and parameter["schema"]["type"] == "boolean")


def _body_schema(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    schema: Mapping[str, Any] | None = message.get("content", {}).get("application/json", {}).get("schema")
    return schema
