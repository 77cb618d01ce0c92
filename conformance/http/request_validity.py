"""Does a request keep the documentation, and where does it not? Pure functions of what was sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.http.json_body import NOT_JSON, parsed
from conformance.http.resource_names import is_fresh
from spec.operations import operation
from spec.validation import errors, members_of


@dataclass(frozen=True, slots=True)  # there is one for each create of a window
class Conformity:
    """Where a body leaves the schema of its operation: nowhere, in some members, or altogether."""

    readable: bool  # one JSON object, each member once
    at_fault: frozenset[str]
    disputable: frozenset[str] = frozenset()  # what a correct server may refuse besides

    @property
    def conforms(self) -> bool:
        """Tell whether the documentation asks for this body to be accepted."""
        return self.readable and not self.at_fault


def conformity(operation_id: str, headers: Sequence[tuple[str, str]], body: bytes) -> Conformity:
    """Judge the body that was sent to an operation."""
    if not _is_json(headers):
        return Conformity(readable=False, at_fault=frozenset())
    schema = operation(operation_id).request
    try:
        sent = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return Conformity(readable=False, at_fault=frozenset())
    if schema is None or not isinstance(sent, dict) or parsed(body) is NOT_JSON:  # nested beyond all sense
        return Conformity(readable=False, at_fault=frozenset())
    broken = errors(schema, sent)
    at_fault = members_of(broken)
    readable = bool(at_fault) or not broken
    return Conformity(
        readable, at_fault, frozenset(name for name in sent if _disputable(schema, name, sent[name]))
    )


def _disputable(schema: Mapping[str, Any], name: str, value: Any) -> bool:
    """Tell whether a server may refuse a member that fits: unknown, left open, in use, or in the past."""
    node = schema["properties"].get(name)
    if node is None or node.get("format") == "date-time":
        return True
    if node.get("x-unique"):
        return not is_fresh(value)
    return "x-open" in node and not errors(node["x-open"], value)


def _once(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_json(headers: Sequence[tuple[str, str]]) -> bool:
    return any(name == "content-type" and value.startswith("application/json") for name, value in headers)
