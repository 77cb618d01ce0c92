"""What the documentation requires of a create request, derived from its body alone.

A body is expected to be accepted or rejected only if the documentation leaves no doubt about it. For any
other body, nothing is expected but that it causes no server error.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from conformance.http.resource_names import has_unique_name
from spec.operations import operation
from spec.validation import invalid_members, validation_errors, validator
from strategies import date_times, invalid_values, schema_nodes, unspecified

Schema = Mapping[str, Any]

_FRACTION: Final = re.compile(r"\.(\d+)", re.ASCII)
_MAX_DIGITS: Final = 9  # of a fraction: nanoseconds
_BREAKS: Final = "\t\n\r"
# Control, surrogate, unassigned and private-use characters, whose storage is not specified.
_UNSPECIFIED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Cn", "Co"})
_BYTE_ORDER_MARK: Final = "\ufeff"
_BASIC_PLANE: Final = "\uffff"


def must_be_accepted(operation_id: str, body: Mapping[str, Any]) -> bool:
    """Return whether a server has to accept a body, unless its name is in use."""
    schema = operation(operation_id).request or {}
    properties = schema["properties"]
    if not body.keys() <= properties.keys() or not set(schema["required"]) <= body.keys():
        return False
    return all(_is_safe(properties[name], value) for name, value in body.items()) and _is_in_order(
        schema, body
    )


def rejection_rules(operation_id: str, body: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the rule that each invalid member breaks; {} if there is a doubt about any of them."""
    schema = operation(operation_id).request or {}
    rules = {}
    for name in invalid_members(validation_errors(schema, dict(body))):
        if name not in body:
            rule = "REQUIRED" if _is_required_for_certain(schema, name) else None
        else:
            rule = _broken_rule(schema["properties"][name], body[name])
        if rule is None:
            return {}
        rules[name] = rule
    return rules


def is_doubtful(operation_id: str, body: Mapping[str, Any]) -> bool:
    """Return whether a body has a member that a correct server may accept, change or reject."""
    schema = operation(operation_id).request or {}
    properties = schema["properties"]
    rules = rejection_rules(operation_id, body)
    others = {name: value for name, value in body.items() if name not in rules}
    if not others.keys() <= properties.keys() or not _is_in_order(schema, others):
        return True
    return not all(_is_safe(properties[name], value) for name, value in others.items())


def _is_safe(node: Schema, value: Any) -> bool:
    if node.get("format") == "date-time":
        return isinstance(value, str) and _is_safe_time(node, value)
    if not unspecified.is_specified(node, value):
        return False
    if isinstance(value, str) and node.get("x-unique"):
        return has_unique_name(value)
    if isinstance(value, str) and "enum" not in node and "pattern" not in node:
        return is_safe_text(value, node.get("maxLength"))
    return not isinstance(value, dict) or is_safe_object(value)


def is_safe_text(value: str, most: int | None) -> bool:
    """Return whether every server has to accept and return a text: not blank, and of countable length."""
    if not value.strip() or value.startswith(_BYTE_ORDER_MARK):
        return False
    if most is not None and max(value) > _BASIC_PLANE and len(value.encode(errors="surrogatepass")) > most:
        return False
    if value.isascii() and value.isprintable():
        return True
    return not any(
        character not in _BREAKS and unicodedata.category(character) in _UNSPECIFIED_CATEGORIES
        for character in value
    )


def is_safe_object(value: Any) -> bool:
    """Return whether servers store a free-form value unchanged: no null, fraction or empty array."""
    if isinstance(value, dict):
        return all(is_safe_text(name, None) for name in value) and all(map(is_safe_object, value.values()))
    if isinstance(value, list):
        return bool(value) and all(map(is_safe_object, value))
    if isinstance(value, str):
        return is_safe_text(value, None)
    return isinstance(value, int)


def _is_safe_time(node: Schema, value: str) -> bool:
    """Return whether an instant is in the documented form, in the future and within the calendar."""
    if validation_errors(node, value):
        return bool(node.get("x-also-valid")) and _is_safe_day(node["x-also-valid"], value)
    fraction = _FRACTION.search(value)
    digits = fraction[1] if fraction else ""
    is_unusual = ":60" in value or value.endswith("-00:00") or value != value.upper()
    rounded_up = digits.startswith("999")
    return not (is_unusual or rounded_up) and len(digits) <= _MAX_DIGITS and _is_safe_year(value)


def _is_safe_day(node: Schema, value: str) -> bool:
    return validator(node).is_valid(value) and _is_safe_year(value)


def _is_safe_year(value: str) -> bool:
    return date_times.FIRST_DAY.year <= int(value[:4]) <= date_times.LAST_DAY.year


def _is_in_order(schema: Schema, body: Mapping[str, Any]) -> bool:
    for pair in schema.get("x-order", ()):
        first, second = (instant(body[name]) if name in body else None for name in pair)
        is_present = all(name in body for name in pair)
        if is_present and (first is None or second is None or second - first < dt.timedelta(seconds=1)):
            return False
    return True


def instant(value: Any) -> dt.datetime | None:
    """Return the instant of a date-time or of a date; None for any other value."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    try:
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except OverflowError:
        return None


def _is_required_for_certain(schema: Schema, name: str) -> bool:
    """Return whether a request without a required member has to be rejected."""
    readings = schema["properties"][name].get("x-readings", {})
    return "level" not in readings.get("REQUIRED", {})


def _broken_rule(node: Schema, value: Any) -> str | None:
    """Return the rule that a value breaks; None if a correct server may accept it."""
    for rule in invalid_values.ENFORCED_RULES:
        if any(type(one) is type(value) and one == value for one in invalid_pool(node, rule)):
            return rule
    if not isinstance(value, str) or not is_safe_text(value, None) or value != value.strip():
        return None
    violated = schema_nodes.violated_keywords(node, value)
    if violated == {"pattern"}:
        return "PATTERN"
    if violated == {"enum"}:
        words = {str(word).lower() for word in node["enum"]}
        return "ENUM" if value.lower() not in words and value.isascii() else None
    if violated == {"maxLength"} and value.isprintable():
        marks = sum(
            unicodedata.category(character)[0] != "L" and not character.isascii() for character in value
        )
        is_certain = not marks and max(value) <= _BASIC_PLANE
        return "MAXLENGTH" if is_certain else None
    return None


@cache
def _pools() -> dict[tuple[int, str], tuple[Any, ...]]:
    return {}


def invalid_pool(node: Schema, rule: str) -> tuple[Any, ...]:
    """Return the values of a member that break a rule, of which every server has to reject each."""
    key = (id(node), rule)  # the nodes of the API description live as long as the process
    if key not in _pools():
        readings = node.get("x-readings", {}).get(rule, {})
        values = () if "level" in readings else invalid_values.invalid_values(node, rule)
        _pools()[key] = tuple(violation.value for violation in values)
    return _pools()[key]


def invalid_candidates(node: Schema) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the rules that a member can break, with the values that break them."""
    for rule in invalid_values.ENFORCED_RULES:
        values = invalid_pool(node, rule)
        if values:
            yield rule, values
