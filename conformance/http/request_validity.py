"""Validity of a request body, derived from the request alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.http.json_body import NOT_JSON, parsed
from conformance.http.resource_names import has_unique_name
from spec.operations import operation
from spec.validation import errors, members_of


@dataclass(frozen=True, slots=True)  # one for each create request of a window
class RequestValidity:
    """Compliance of a request body with the schema of its operation."""

    readable: bool  # one JSON object without duplicate members
    at_fault: frozenset[str]
    disputable: frozenset[str] = frozenset()  # members that a server may also reject

    @property
    def conforms(self) -> bool:
        """Return whether the documentation requires this body to be accepted."""
        return self.readable and not self.at_fault


def request_validity(operation_id: str, headers: Sequence[tuple[str, str]], body: bytes) -> RequestValidity:
    """Return the validity of a body sent to an operation."""
    if not _is_json(headers):
        return RequestValidity(readable=False, at_fault=frozenset())
    schema = operation(operation_id).request
    try:
        sent = json.loads(body.decode(), object_pairs_hook=_unique_members, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        return RequestValidity(readable=False, at_fault=frozenset())
    if schema is None or not isinstance(sent, dict) or parsed(body) is NOT_JSON:  # nested too deeply
        return RequestValidity(readable=False, at_fault=frozenset())
    schema_errors = errors(schema, sent)
    at_fault = members_of(schema_errors)
    readable = bool(at_fault) or not schema_errors
    return RequestValidity(
        readable, at_fault, frozenset(name for name in sent if _is_unspecified(schema, name, sent[name]))
    )


def _is_unspecified(schema: Mapping[str, Any], name: str, value: Any) -> bool:
    """Return whether a server may reject a valid member: unknown, unspecified, in use or in the past."""
    node = schema["properties"].get(name)
    if node is None or node.get("format") == "date-time":
        return True
    if node.get("x-unique"):
        return not has_unique_name(value)
    return "x-open" in node and not errors(node["x-open"], value)


def _unique_members(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("duplicate member")
    return members


def _reject_constant(constant: str) -> None:
    raise ValueError(constant)


def _is_json(headers: Sequence[tuple[str, str]]) -> bool:
    return any(name == "content-type" and value.startswith("application/json") for name, value in headers)
