"""Evaluation of recorded assertions on the responses of a replay."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator, SchemaError

from conformance.finding_replay.fresh_names import FreshNames
from conformance.finding_replay.recorded_step import MissingValueError, Values, text_value
from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from spec.data_files import NAMES, api_description
from spec.validation import validation_errors

_STATUS_CLASSES: Final = range(1, 6)
STATUS_RULES: Final = frozenset({"status-in", "status-not-in", "one-success"})
_SINGLE: Final = frozenset({"json", "media-type", "header"})  # rules on the response as a whole
_KEYWORDS: Final = frozenset(
    {
        *("type", "required", "anyOf", "pattern", "format", "enum", "const", "maxLength", "minLength"),
        *("maximum", "minimum", "maxItems", "minItems", "description", "title", "default", "example"),
    }
)


class UndecidableError(ValueError):
    """An assertion is not one that this version can decide."""


def is_decidable(assertion: Mapping[str, Any] | None) -> bool:
    """Return whether an assertion can be decided, as far as that does not depend on the response."""
    if assertion is None or assertion["rule"] != "schema":
        return assertion is not None
    try:
        _check_schema(assertion.get("value"))
    except UndecidableError:
        return False
    return True


def holds(
    assertion: Mapping[str, Any], exchanges: Sequence[Exchange], values: Values, names: FreshNames
) -> bool:
    """Return whether the last of the exchanges satisfies an assertion; raise UndecidableError if unknown."""
    rule, value, last = assertion["rule"], assertion.get("value"), exchanges[-1]
    if rule in {"status-in", "status-not-in"}:
        return _is_listed(last.status, value) is (rule == "status-in")
    if rule == "one-success":
        return sum(exchange.succeeded for exchange in exchanges if exchange.is_create) <= 1
    if rule in _SINGLE:
        return _response_holds(rule, value, last)
    try:
        return _body_holds(assertion, exchanges, lambda text: names.renewed(text_value(text, values)))
    except MissingValueError as error:
        raise UndecidableError(str(error)) from None
    except (LookupError, TypeError, AttributeError):
        return False  # the value that the assertion is about is missing


def _is_listed(status: int | None, listed: Any) -> bool:
    if not isinstance(listed, list) or not all(type(item) is int for item in listed):
        raise UndecidableError("statuses")
    return status is not None and (status in listed or status // 100 in {*listed} & {*_STATUS_CLASSES})


def _response_holds(rule: str, value: Any, exchange: Exchange) -> bool:
    if exchange.response is None:
        return False
    if rule == "json":
        return exchange.response_json is not NOT_JSON
    if not isinstance(value, str):
        raise UndecidableError(rule)
    if rule == "header":
        return exchange.response.header(value.lower()) is not None
    return (exchange.response.media_type or "").lower() == value.lower()


def _body_holds(
    assertion: Mapping[str, Any], exchanges: Sequence[Exchange], text: Callable[[Sequence[Any]], str]
) -> bool:
    """Return whether the body satisfies an assertion; raise LookupError if it lacks the value."""
    rule, path, body = assertion["rule"], assertion.get("path", []), exchanges[-1].response_json
    if body is NOT_JSON:
        return False
    if rule in {"present", "absent"}:
        return (path[-1] in _member_names(_at(body, path[:-1]))) is (rule == "present")
    if rule == "falsy":
        return not _at(body, path[:-1]).get(path[-1])
    received = _at(body, path)
    if rule == "schema":
        return _is_valid(received, _expected(assertion.get("value"), text))
    comparable = _comparable(assertion.get("comparison"))
    if rule in {"one-of", "none-of"}:
        listed = [comparable(_expected(item, text)) for item in assertion["value"]]
        return any(_equal(comparable(received), item) for item in listed) is (rule == "one-of")
    if rule in {"equal", "different"}:
        earlier = exchanges[assertion["step"] - 1].response_json
        compared = comparable(_at(earlier, assertion.get("step_path", [])))
        return _equal(comparable(received), compared) is (rule == "equal")
    raise UndecidableError(rule)


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def _member_names(value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def _expected(value: Any, text: Callable[[Sequence[Any]], str]) -> Any:
    """Return a value of an assertion with the values of its variables."""
    if isinstance(value, dict):
        if value.keys() == {"$text"}:
            return text(value["$text"])
        return {name: _expected(item, text) for name, item in value.items()}
    return [_expected(item, text) for item in value] if isinstance(value, list) else value


def _equal(first: Any, second: Any) -> bool:
    """Return whether two JSON values are equal; unlike in Python, true is not equal to 1."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_equal(first[name], second[name]) for name in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_equal, first, second))
    return bool(first == second)


def _comparable(comparison: Any) -> Callable[[Any], Any]:
    if comparison == "instant":
        return _instant
    return (lambda value: str(value).lower()) if comparison == "letter-case" else (lambda value: value)


def _instant(value: Any) -> Any:
    """Return the second of a date-time or of a date; any other value as it is."""
    try:
        moment = dt.datetime.fromisoformat(str(value).upper())
        return int(moment.replace(tzinfo=moment.tzinfo or dt.UTC).timestamp())
    except (ValueError, OverflowError):
        return value


def _is_valid(value: Any, schema: Any) -> bool:
    """Return whether a value matches a schema of keywords and patterns that the specification contains."""
    _check_schema(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise UndecidableError("schema") from error
    return not validation_errors(schema, value)


def _check_schema(schema: Any) -> None:
    """Raise UndecidableError for keywords, and for patterns that could take long, of another source."""
    if not isinstance(schema, dict):
        raise UndecidableError("schema")
    for keyword, value in schema.items():
        if keyword not in _KEYWORDS and not keyword.startswith("x-"):
            raise UndecidableError(keyword)
        if keyword == "pattern" and value not in _patterns():
            raise UndecidableError("pattern")
        for node in value if keyword == "anyOf" else ():
            _check_schema(node)


@cache
def _patterns() -> frozenset[str]:
    """Return the patterns in the API descriptions."""
    return frozenset(pattern for name in NAMES for pattern in _patterns_in(api_description(name)))


def _patterns_in(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
        return own.union(*map(_patterns_in, node.values()))
    return set().union(*map(_patterns_in, node)) if isinstance(node, list) else set()
