"""The operations of the API: what each is called, where it is, what it takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from spec.data_files import NAMES, inlined

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
    """The schema of the body."""
    response: Mapping[str, Any] | None = field(hash=False)
    """The schema of the answer when all went well; None if there is no body."""
    success: int
    statuses: frozenset[int]
    """Every status that is declared."""
    held_in: str | None
    """The member of the answer that holds what was sent; None if the answer itself does."""
    switches: tuple[str, ...]
    """The parameters of the query that are true or false."""
    source: str | list[str] = field(hash=False)


@cache
def operations() -> Mapping[str, Operation]:
    """Return all operations by id."""
    found = (
        _operation(method.upper(), path, item[method])
        for name in NAMES
        for path, item in inlined(name)["paths"].items()
        for method in _METHODS
        if method in item
    )
    return {operation.id: operation for operation in found}


def operation(identifier: str) -> Operation:
    """Return the operation of that id."""
    if identifier not in operations():
        raise ValueError(f"no operation {identifier!r} in spec/; there are {', '.join(operations())}")
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
        request=_body(node.get("requestBody", {})),
        response=_body(node["responses"][str(success)]),
        success=success,
        statuses=statuses,
        held_in=node.get("x-held-in"),
        switches=tuple(each["name"] for each in node.get("parameters", ()) if _switches(each)),
        source=node["x-source"],
    )


def _switches(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["in"] == "query" and parameter["schema"]["type"] == "boolean")


def _body(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    schema: Mapping[str, Any] | None = message.get("content", {}).get("application/json", {}).get("schema")
    return schema
