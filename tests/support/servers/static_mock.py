"""A static mock: validates requests by the published documents, and always returns the same examples."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx

from conformance.results import value_comparison
from spec.formats import is_uuid
from spec.operations import Operation, operations
from spec.published_documents import published_document
from spec.validation import invalid_members, validation_errors

ERRORS: Final[Mapping[int, Any]] = {
    400: {"error": "Bad Request"},
    401: {"error": "Unauthorized"},
    404: {"error": "Not Found"},
    405: {"error": "Method Not Allowed"},
    415: {"error": "Unsupported Media Type"},
    422: {
        "errors": [
            {
                "type": "validation_error",
                "code": "invalid_parameter",
                "message": "A value is invalid.",
                "attribute": "display_name",
                "url": "https://example.com/errors",
            }
        ]
    },
}
_FORMATS: Final[Mapping[str, Any]] = {
    "uuid": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
    "date-time": "2019-08-24T14:15:22Z",
    "uri": "https://example.com/",
}
_BY_TYPE: Final[Mapping[str, Any]] = {
    "string": "example",
    "boolean": True,
    "integer": 20,
    "number": 20,
    "object": {},
}
_BY_NAME: Final[Mapping[str, Any]] = {"preview_url": "https://example.com/preview"}


@dataclass(frozen=True)
class StaticMock(httpx.BaseTransport):
    """The mock as an httpx transport; each field is a fault, or makes it less complete."""

    create_status: int = 200
    unchecked_members: frozenset[str] = frozenset()  # whose values are not validated
    rejected_members: frozenset[str] = frozenset()  # rejected whatever their value
    requires_credentials: bool = True
    finds_resources: bool = True  # false: gets return 404
    deletes: bool = True  # false: there is no delete

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to a request."""
        request.read()
        status, body = self._answer(request)
        headers = {"www-authenticate": "Basic"} if status == 401 else {}
        return httpx.Response(status, json=body, headers=headers)

    def _answer(self, request: httpx.Request) -> tuple[int, Any]:
        described, identifier = _described_operation(request)
        if self.requires_credentials and not _is_basic(request.headers.get("authorization")):
            return _error(401)
        if described is None:
            return _error(404 if identifier is None else 405)
        if (identifier and not is_uuid(identifier)) or _has_invalid_query(request):
            return _error(422)
        answers = {"POST": self._create, "DELETE": self._delete, "GET": self._get}
        return answers[request.method](described, request)

    def _get(self, described: Operation, _: httpx.Request) -> tuple[int, Any]:
        if described.path.endswith("}") and not self.finds_resources:
            return _error(404)
        return 200, _example(described)

    def _delete(self, _described: Operation, _: httpx.Request) -> tuple[int, Any]:
        return (204, None) if self.deletes else _error(405)

    def _create(self, described: Operation, request: httpx.Request) -> tuple[int, Any]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _error(415)
        try:
            body = json.loads(request.content.decode())
        except (ValueError, RecursionError):
            return _error(400)
        errors = validation_errors(_request_schema(described.id), body)
        invalid = invalid_members(errors) - self.unchecked_members
        is_object = isinstance(body, dict)
        if not is_object or invalid or _breaks_order(described, body) or self.rejected_members & body.keys():
            return _error(422)
        return self.create_status, _example(described)


def _error(status: int) -> tuple[int, Any]:
    return status, ERRORS[status]


def _has_invalid_query(request: httpx.Request) -> bool:
    return request.url.params.get("include_active_session", "true") not in {"true", "false"}


def _described_operation(request: httpx.Request) -> tuple[Operation | None, str | None]:
    """Return the operation that a request addresses, and the id in its path; "" for a collection."""
    path = request.url.path
    known = None
    for operation in operations().values():
        collection = operation.path.removesuffix("/{id}")
        identifier = path.removeprefix(f"{collection}/") if operation.path.endswith("}") else ""
        if path == collection + (f"/{identifier}" if identifier else "") and "/" not in identifier:
            known = identifier
            if operation.method == request.method:
                return operation, identifier
    return None, known


def _is_basic(header: str | None) -> bool:
    """Return whether a header has the form of Basic credentials, whatever they are."""
    scheme, _, encoded = (header or "").partition(" ")
    try:
        return scheme.lower() == "basic" and b":" in base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return False


def _breaks_order(described: Operation, body: Mapping[str, Any]) -> bool:
    pairs = (described.request or {}).get("x-order", ())
    times = {name: value_comparison.parse_instant(value) for name, value in body.items()}
    compared = [(times.get(first), times.get(second)) for first, second in pairs]
    return any(first is not None and second is not None and first > second for first, second in compared)


@cache
def _request_schema(operation_id: str) -> Mapping[str, Any]:
    described = operations()[operation_id]
    document = published_document("video" if operation_id.startswith("VC") else "fabric")
    content = document["paths"][described.path][described.method.lower()]["requestBody"]["content"]
    return {**content["application/json"]["schema"], "components": document["components"]}


@cache
def _example(described: Operation) -> Any:
    return _value("", described.response)


def _value(name: str, schema: Mapping[str, Any] | None) -> Any:
    """Return an example of a schema: the first of several choices, and a value of its format or type."""
    node = (schema or {}).get("anyOf", [schema or {}])[0]
    if "properties" in node:
        return {member: _value(member, member_node) for member, member_node in node["properties"].items()}
    if "items" in node:
        return [_value("", node["items"])]
    if node.get("x-compare"):
        return "#044EF4"
    types = node.get("type", "null")
    by_type = _BY_TYPE.get(types if isinstance(types, str) else types[0])
    return node.get("enum", [_BY_NAME.get(name) or _FORMATS.get(node.get("format", ""), by_type)])[0]
