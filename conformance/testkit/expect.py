"""Assertions on responses: functions of exchanges, and the only place that names status codes.

Each raises a Finding with the expected outcome; the received one is part of the exchange.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from json import dumps
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from conformance.results.assertion import (
    Assertion,
    Path,
    Rule,
    comparison_for,
    keyword_assertion,
    path_of,
    status_in,
    status_not_in,
)
from conformance.results.value_comparison import equivalent
from conformance.results.value_text import difference_text, invalid_value_text
from conformance.results.verdict import Explanation, Finding, Inconclusive
from conformance.runtime import cpu_time
from spec.operations import operation
from spec.schema_text import describe_schema
from spec.validation import error_body_schemas, resource_schemas, tolerant_schema, validation_errors

INVALID_BODY_STATUSES: Final = frozenset({400, 422})  # the documentation is read as permitting either
_DUPLICATE_NAME_STATUSES: Final = frozenset({400, 409, 422})
_SERVER_ERRORS: Final = range(500, 600)
_ALWAYS_PERMITTED: Final = frozenset(
    {400, 409, 413, 414, 415, 431}
)  # malformed JSON, a name in use, another media type, and a body, target or headers that are too large
_NOT_COMPARED: Final = frozenset({"updated_at", "active_session", "conference_room"})  # by `unchanged`
_MAX_LENGTH: Final = 40  # characters of a string that is formatted in full
_TRUNCATED_LENGTH: Final = 30  # characters of a longer one


def accepted(exchange: Exchange) -> None:
    """Expect any success: the exact status is a separate requirement."""
    if not exchange.succeeded:
        raise Finding(
            "the request is accepted",
            exchange,
            explanation=Explanation(why="the documentation allows this request"),
            assertion=status_in(2),
        )


def status(exchange: Exchange, expected: int) -> None:
    """Expect this status."""
    if exchange.status != expected:
        raise Finding(f"status {expected}", exchange, assertion=status_in(expected))


def rejected_as_invalid(exchange: Exchange, *more: Exchange) -> None:
    """Expect the rejection of an invalid request body, or of each of several with the same kind of error."""
    violating = [response for response in (exchange, *more) if response.status not in INVALID_BODY_STATUSES]
    if violating:
        expected = "the request is rejected with status 400 or 422"
        raise Finding.of_similar(expected, violating, status_in(*INVALID_BODY_STATUSES))


def validation_failure(exchange: Exchange) -> None:
    """Expect status 422, which is documented for a request that fails validation."""
    _one_of(exchange, frozenset({422}), "the request is rejected with status 422")


def rejected_as_duplicate_name(exchange: Exchange, *related: Exchange, note: str = "") -> None:
    """Expect the rejection of a name that is in use; `related` are the creates that use it."""
    if exchange.status not in _DUPLICATE_NAME_STATUSES:
        expected = "the second create is rejected with status 400, 409 or 422"
        explanation, assertion = Explanation(note=note), status_in(*_DUPLICATE_NAME_STATUSES)
        raise Finding(expected, exchange, *related, explanation=explanation, assertion=assertion)


def rejected_as_unsupported_media_type(exchange: Exchange) -> None:
    """Expect the rejection of a media type."""
    statuses = INVALID_BODY_STATUSES | {415}
    _one_of(exchange, statuses, "the request is rejected with status 400, 415 or 422")


def unauthorized(exchange: Exchange) -> None:
    """Expect status 401."""
    _one_of(exchange, frozenset({401}), "status 401")


def unauthorized_or_malformed(exchange: Exchange) -> None:
    """Expect status 401, or 400 for a malformed Authorization header."""
    _one_of(exchange, frozenset({400, 401}), "status 401 (or 400)")


def not_successful(exchange: Exchange) -> None:
    """Expect any response but a success."""
    if exchange.succeeded:
        raise Finding("a status other than 2xx", exchange, assertion=status_not_in(2))


def authorized(exchange: Exchange) -> None:
    """Expect that the credentials are accepted, whether or not the rest of the request is valid."""
    if exchange.status in {401, 403}:
        raise Finding("the credentials are accepted", exchange, assertion=status_not_in(401, 403))


def not_found(exchange: Exchange) -> None:
    """Expect status 404."""
    status(exchange, 404)


def rejected(exchange: Exchange) -> None:
    """Expect a response that is neither a success nor a server error."""
    if exchange.succeeded or exchange.status is None or exchange.status in _SERVER_ERRORS:
        raise Finding("a status that is neither 2xx nor 5xx", exchange, assertion=status_not_in(2, 5))


def no_server_error(exchange: Exchange) -> None:
    """Expect a response that is not a server error."""
    if exchange.status is None or exchange.status in _SERVER_ERRORS:
        raise Finding("a status other than 5xx", exchange, assertion=status_not_in(5))


@cpu_time.CHECKING
def json(exchange: Exchange) -> None:
    """Expect a body with media type application/json that is valid JSON in UTF-8."""
    if exchange.response is None or exchange.response.media_type != "application/json":
        raise Finding(
            "Content-Type: application/json",
            exchange,
            assertion=Assertion(Rule.MEDIA_TYPE, "application/json"),
        )
    if exchange.response_json is NOT_JSON:
        raise Finding("a body that is valid JSON in UTF-8", exchange, assertion=Assertion(Rule.JSON))


def error_envelope(exchange: Exchange) -> None:
    """Expect the error body that is documented for the status of the response."""
    schema = _envelopes().get(exchange.status or 0)
    if schema is not None:
        matches_schema(exchange, schema, exchange.response_json, f"the body of a {exchange.status} response")


@cache
def _envelopes() -> Mapping[int, Mapping[str, Any]]:
    return {status: tolerant_schema(schema) for status, schema in error_body_schemas().items()}


def declared_status(exchange: Exchange) -> None:
    """Expect a declared status, or one that is documented elsewhere for any operation."""
    statuses = operation(exchange.origin.operation).statuses
    if exchange.status not in statuses | _ALWAYS_PERMITTED:
        raise Finding(
            f"one of the declared statuses: {', '.join(map(str, sorted(statuses)))}",
            exchange,
            assertion=status_in(*statuses, *_ALWAYS_PERMITTED),
        )


@cpu_time.CHECKING
def matches_schema(
    exchange: Exchange, schema: Mapping[str, Any], value: Any, location: str, holder: Path | None = None
) -> None:
    """Expect that a received value is valid; `location` names it in the finding.

    `holder` is the path of the object whose member it is; it is searched for by default.
    """
    error = next(iter(validation_errors(schema, value)), None)
    if error is not None:
        path = "".join(f".{step}" for step in error.absolute_path)
        expected = _format_keyword(str(error.validator), error.validator_value, error.schema)
        member = None if " " in location else location
        explanation = Explanation(invalid_value_text(member or "", value, schema))
        found = path_of(exchange, location, value) if holder is None else (*holder, location)
        place = (*found, *error.absolute_path)
        assertion = keyword_assertion(place, error.schema, str(error.validator), error.validator_value)
        raise Finding(
            f"{location}{path}: {expected}",
            exchange,
            member=member,
            explanation=explanation,
            assertion=assertion,
        )


def no_extra_members(exchange: Exchange, received: Any, documented: Mapping[str, Any]) -> None:
    """Expect that an object has only documented members."""
    extra = sorted(received.keys() - documented.keys()) if isinstance(received, dict) else []
    if extra:
        raise Finding(
            f"only documented members, not {', '.join(extra)}",
            exchange,
            assertion=Assertion(Rule.ABSENT, path=path_of(exchange, extra[0], received[extra[0]])),
        )


def member_equals(
    exchange: Exchange,
    *related: Exchange,
    member: str,
    expected: Any,
    received: Any,
    schema: Mapping[str, Any],
) -> None:
    """Expect that a member has a value; the value follows from the `related` exchanges, its source first."""
    if not equivalent(expected, received, schema):
        explanation = Explanation(_difference(exchange, related, member, expected, received))
        comparison, path = comparison_for(schema), path_of(exchange, member, received)
        assertion = Assertion(Rule.ONE_OF, [expected], path, comparison)
        if related:
            source_path = path_of(related[0], member, expected)
            assertion = Assertion(Rule.EQUAL, None, path, comparison, related[0], source_path)
        raise Finding(
            f"{member} is {format_value(expected)}",
            exchange,
            *related,
            member=member,
            explanation=explanation,
            assertion=assertion,
        )


def _difference(
    exchange: Exchange, related: Sequence[Exchange], member: str, expected: Any, received: Any
) -> str:
    """Return how two values of a member differ: the sent, earlier or default value, and the received one."""
    sent = exchange.request.json
    if isinstance(sent, dict) and member in sent:
        return difference_text(member, expected, received, label="sent")
    if related:
        first, second = (
            "create" if it.is_create else it.request.method.lower() for it in (related[0], exchange)
        )
        label, other = ("an earlier", "this") if first == second else ("the", "the")
        return difference_text(
            member, expected, received, label=f"{label} {first} returned", other=f"{other} {second} returns"
        )
    return difference_text(member, expected, received, label="not sent; the default is")


@cpu_time.CHECKING
def resource_member_equals(exchange: Exchange, member: str, expected: Any, schema: Mapping[str, Any]) -> None:
    """Expect that a member of the returned resource, if present, has a value."""
    held_in = operation(exchange.origin.operation).nested_in
    holder = resource(exchange).get(held_in) if held_in else resource(exchange)
    if isinstance(holder, dict) and member in holder:
        member_equals(exchange, member=member, expected=expected, received=holder[member], schema=schema)


@cpu_time.CHECKING
def unchanged(
    earlier: Exchange, later: Exchange, kind: str, *related: Exchange, within: str | None = None
) -> None:
    """Expect that two responses show the same resource unchanged; null, "" and {} are equivalent."""
    before, after = (_part(resource(exchange), within) for exchange in (earlier, later))
    for member, schema in resource_schemas()[kind]["properties"].items():
        if member in _NOT_COMPARED or member not in before or member not in after:
            continue
        if not (_is_empty(before[member]) and _is_empty(after[member])):
            member_equals(
                later,
                earlier,
                *related,
                member=member,
                expected=before[member],
                received=after[member],
                schema=schema,
            )


def _part(whole: Mapping[str, Any], within: str | None) -> Mapping[str, Any]:
    part = whole.get(within) if within else whole
    return part if isinstance(part, dict) else {}


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", {})


def resource(exchange: Exchange) -> Mapping[str, Any]:
    """Return the object of a successful response; inconclusive without one."""
    if exchange.resource is None:
        raise Inconclusive(
            "not-answered", "the target did not return the resource that this check examines", exchange
        )
    return exchange.resource


def format_value(value: Any) -> str:
    """Return a value as JSON; a long string is truncated, with its length."""
    text = dumps(value, ensure_ascii=False)
    if isinstance(value, str) and len(value) > _MAX_LENGTH:
        return f"{dumps(value[:_TRUNCATED_LENGTH], ensure_ascii=False)}… ({len(value)} characters)"
    return text


def _one_of(exchange: Exchange, statuses: frozenset[int], expected: str) -> None:
    if exchange.status not in statuses:
        raise Finding(expected, exchange, assertion=status_in(*statuses))


def _format_keyword(keyword: str, value: Any, schema: Any) -> str:
    if keyword == "anyOf":
        return describe_schema(schema)
    return f"{keyword} {format_value(value)}" if keyword != "required" else f"present: {format_value(value)}"
