"""Form of a response that two servers share if they behave alike.

Values that a server chooses freely, such as ids, times and generated names, are reduced to their type. The
order of members and of errors, and the notation of date-times and colors, do not matter.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.results.assertion import Comparison, comparison_for
from spec.operations import operation, operations
from spec.validation import error_body_schemas

MISSING: Final = "missing"
PRESENT: Final = "present"
_EXACT: Final = frozenset({"enum", "const", "default"})  # keywords of members whose value is documented
_ERROR_MEMBER: Final = "attribute"  # of an item of the errors: the only one that is compared exactly
_TYPES: Final = {str: "a string", int: "a number", float: "a number", bool: "a boolean", list: "an array"}


@dataclass(frozen=True)
class ResponseForm:
    """Status, media type and documented members of a response, and the paths of undocumented ones."""

    status: str
    media_type: str
    members: tuple[tuple[str, str], ...] = ()
    undocumented: frozenset[str] = frozenset()


def response_form(exchange: Exchange, created_with: Mapping[str, Any] | None) -> ResponseForm:
    """Return the form of a response; `created_with` is the create body of its resource, if that is known."""
    response = exchange.response
    if response is None:
        return ResponseForm("no response", "")
    schema = _schema(exchange)
    body = response.json
    media_type = response.media_type or "no Content-Type"
    if schema is None or not isinstance(body, dict):
        return ResponseForm(str(exchange.status), media_type, (("the body", _type_of(body)),))
    documented: dict[str, str] = {}
    undocumented: set[str] = set()
    sent = _Sent(created_with, operation(exchange.origin.operation).request or {})
    for path, form in _members(body, schema, "", sent if exchange.succeeded else None):
        if form is None:
            undocumented.add(path)
        else:
            documented[path] = form
    return ResponseForm(str(exchange.status), media_type, tuple(documented.items()), frozenset(undocumented))


@dataclass(frozen=True)
class _Sent:
    """The create body of a resource, and the schema of create requests."""

    body: Mapping[str, Any] | None
    schema: Mapping[str, Any]


def _schema(exchange: Exchange) -> Mapping[str, Any] | None:
    if exchange.succeeded and exchange.origin.operation in operations():
        return operation(exchange.origin.operation).response
    return error_body_schemas().get(exchange.status or 0)


def _members(
    value: Mapping[str, Any], schema: Mapping[str, Any], path: str, sent: _Sent | None
) -> Iterator[tuple[str, str | None]]:
    """Yield the path of each member with its form; None for an undocumented member."""
    properties = schema.get("properties", {})
    for name, node in properties.items():
        place = f"{path}{name}"
        if name not in value:
            yield place, MISSING
        elif isinstance(value[name], dict) and _object_schema(node) is not None:
            yield from _members(value[name], _object_schema(node) or {}, f"{place}.", sent)
        elif isinstance(value[name], list) and "items" in node:
            yield from _items(value[name], node["items"], place)
        else:
            yield place, _member_form(name, value[name], node, sent)
    yield from ((f"{path}{name}", None) for name in value.keys() - properties.keys())


def _object_schema(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of an object with documented members; None for any other member."""
    if "properties" in node:
        return node
    return next((choice for choice in node.get("anyOf", ()) if "properties" in choice), None)


def _items(items: list[Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Yield the members of all items together: neither their order nor their number is documented."""
    for name in schema.get("properties", {}):
        values = [item[name] for item in items if isinstance(item, dict) and name in item]
        if name == _ERROR_MEMBER:
            yield from ((f"{path}[{name}={text}]", PRESENT) for text in sorted(set(map(_exact, values))))
        else:
            yield f"{path}[].{name}", ", ".join(sorted(set(map(_type_of, values)))) or MISSING


def _member_form(name: str, value: Any, node: Mapping[str, Any], sent: _Sent | None) -> str:
    """Return the form of a member: its value if that is documented or was sent, and otherwise its type."""
    if sent is None:  # an error
        return _exact(value) if _EXACT & node.keys() and "x-tolerates" not in node else _type_of(value)
    if sent.body is None:  # a resource that the comparison did not create
        return _type_of(value)
    request_node = sent.schema.get("properties", {}).get(name, {})
    if name in sent.body and request_node:
        return _comparable(value, node)
    has_documented_value = isinstance(value, bool) or _EXACT & {*node, *request_node, *_choices(node)}
    return _comparable(value, node) if has_documented_value else _type_of(value)


def _choices(node: Mapping[str, Any]) -> set[str]:
    return {keyword for choice in node.get("anyOf", ()) for keyword in choice}


def _comparable(value: Any, node: Mapping[str, Any]) -> str:
    comparison = comparison_for(node)
    if comparison is Comparison.INSTANT and isinstance(value, str):
        return _instant(value)
    return _exact(value).lower() if comparison is Comparison.LETTER_CASE else _exact(value)


def _instant(text: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(text.upper())
        moment = moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return _exact(text)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _exact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    return _TYPES.get(type(value), "an object" if isinstance(value, dict) else "not JSON")
