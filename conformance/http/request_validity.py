"""Validity of a request body, derived from the request alone."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.http.json_body import NOT_JSON, parse_json
from conformance.http.resource_names import has_unique_name
from spec.operations import operation
from spec.validation import invalid_members, validation_errors

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)  # one for each create request of a window
class RequestValidity:
    """Compliance of a request body with the schema of its operation."""

    well_formed: bool  # one JSON object without duplicate members
    invalid_members: frozenset[str]
    unspecified_members: frozenset[str] = frozenset()  # members that a server may also reject

    @property
    def is_valid(self) -> bool:
        """Return whether the documentation requires this body to be accepted."""
        return self.well_formed and not self.invalid_members


def request_validity(operation_id: str, headers: Sequence[tuple[str, str]], body: bytes) -> RequestValidity:
    """Return the validity of a body sent to an operation."""
    if not _is_json(headers):
        return RequestValidity(well_formed=False, invalid_members=frozenset())
    schema = operation(operation_id).request
    try:
        sent = json.loads(body.decode(), object_pairs_hook=_unique_members, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        return RequestValidity(well_formed=False, invalid_members=frozenset())
    if schema is None or not isinstance(sent, dict) or parse_json(body) is NOT_JSON:  # nested too deeply
        return RequestValidity(well_formed=False, invalid_members=frozenset())
    schema_errors = validation_errors(schema, sent)
    at_fault = invalid_members(schema_errors)
    readable = bool(at_fault) or not schema_errors
    return RequestValidity(
        readable, at_fault, frozenset(name for name in sent if _is_unspecified(schema, name, sent[name]))
    )


def _is_unspecified(schema: Mapping[str, Any], name: str, value: Any) -> bool:
    """Return whether a server may reject a member that matches its schema.

    These are members that are unknown, unspecified, in use or in the past, and strings that are not Unicode
    text because they contain a lone surrogate (RFC 8259, 8.2).
    """
    node = schema["properties"].get(name)
    if node is None or node.get("format") == "date-time" or _has_lone_surrogate(value):
        return True
    if node.get("x-unique"):
        return not has_unique_name(value)
    return "x-open" in node and not validation_errors(node["x-open"], value)


def _has_lone_surrogate(value: Any) -> bool:
    return _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)) is not None


def _unique_members(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("duplicate member")
    return members


def _reject_constant(constant: str) -> None:
    raise ValueError(constant)


def _is_json(headers: Sequence[tuple[str, str]]) -> bool:
    return any(name == "content-type" and value.startswith("application/json") for name, value in headers)
