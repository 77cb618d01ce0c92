"""Assertions, and the responses that each of them permits."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.results.verdict import Finding, Inconclusive
from conformance.testkit import expect

JSON: Headers = (("content-type", "application/json"),)
STATUSES = (None, 200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 415, 422, 500, 503)


def exchange(
    status: int | None = 200, body: Any = None, *, headers: Headers = JSON, operation: str = "VC-CREATE"
) -> Exchange:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = None if status is None else Response(status, headers, content)
    request = Request("POST", "/api/video/conferences")
    now = dt.datetime.now(dt.UTC)
    return Exchange(1, Origin("check", operation), request, response, None, now, 0.1)


def permits(assertion: Callable[[Exchange], None], received: Exchange) -> bool:
    try:
        assertion(received)
    except Finding as finding:
        return not (finding.exchange is received and finding.expected)
    return True


@pytest.mark.parametrize(
    "assertion, permitted",
    [
        (expect.accepted, {200, 201, 204}),
        (expect.rejected_as_invalid, {400, 422}),
        (expect.rejected_as_duplicate_name, {400, 409, 422}),
        (expect.rejected_as_unsupported_media_type, {400, 415, 422}),
        (expect.unauthorized, {401}),
        (expect.unauthorized_or_malformed, {400, 401}),
        (expect.authorized, set(STATUSES) - {401, 403}),
        (expect.not_successful, set(STATUSES) - {200, 201, 204}),
        (expect.not_found, {404}),
        (expect.rejected, {302, 400, 401, 403, 404, 405, 409, 415, 422}),
        (expect.no_server_error, {200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 415, 422}),
    ],
)
def test_each_assertion_permits_only_its_statuses(
    assertion: Callable[[Exchange], None], permitted: set[int | None]
) -> None:
    assert {status for status in STATUSES if permits(assertion, exchange(status))} == permitted


@pytest.mark.parametrize(
    "operation, undeclared",
    [("VC-CREATE", {None, 201, 204, 302, 403, 405, 503}), ("VC-DELETE", {None, 200, 201, 302, 403, 405})],
)
def test_an_undeclared_status_is_a_finding(operation: str, undeclared: set[int | None]) -> None:
    findings = {
        status
        for status in STATUSES
        if not permits(expect.declared_status, exchange(status, operation=operation))
    }
    assert undeclared <= findings
    assert not {400, 409, 415} & findings


@pytest.mark.parametrize(
    "status, body, headers, permitted",
    [
        (200, {}, JSON, True),
        (404, b"null", JSON, True),
        (200, {}, (("Content-Type", "Application/JSON; charset=utf-8"),), True),
        (200, {}, (), False),
        (200, {}, (("content-type", "text/html"),), False),
        (200, b"<html>", JSON, False),
        (200, b"", JSON, False),
        (200, b"NaN", JSON, False),
        (200, b'"\xff"', JSON, False),
        (None, b"", JSON, False),
    ],
)
def test_a_json_response_has_its_media_type_and_a_valid_body(
    status: int | None, body: Any, headers: Headers, *, permitted: bool
) -> None:
    assert permits(expect.json, exchange(status, body, headers=headers)) is permitted


ITEM = {"type": "t", "code": "c", "message": "m", "attribute": "a", "url": "u"}


@pytest.mark.parametrize(
    "status, body, permitted",
    [
        (400, {"error": "Bad Request"}, True),
        (400, {"error": 7}, False),
        (401, {"error": "Unauthorized"}, True),
        (401, {}, False),
        (401, b"Unauthorized", False),
        (404, {"error": "Not Found"}, True),
        (404, [], False),
        (404, {"message": "not found"}, False),
        (422, {"errors": [ITEM]}, True),
        (422, {"errors": [{**ITEM, "attribute": None}]}, True),
        (422, {"errors": {}}, False),
        (422, {"errors": ["bad"]}, False),
        (418, b"anything", True),
    ],
)
def test_an_error_response_has_the_body_documented_for_its_status(
    status: int, body: Any, *, permitted: bool
) -> None:
    assert permits(expect.error_envelope, exchange(status, body)) is permitted


def test_a_schema_violation_is_reported_with_its_location() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"maxLength": 2}}}}
    with pytest.raises(Finding, match=r"^the body\.a\.1: maxLength 2$"):
        expect.matches_schema(exchange(), schema, {"a": ["b", "long"]}, "the body")


def test_a_missing_member_is_reported() -> None:
    with pytest.raises(Finding, match=r'^the body: present: \["a"\]$'):
        expect.matches_schema(exchange(), {"required": ["a"]}, {}, "the body")


def test_a_body_that_is_not_an_object_is_named_in_the_problem() -> None:
    with pytest.raises(Finding) as raised:
        expect.error_envelope(exchange(404, []))
    assert raised.value.explanation.problem == "the body is []; expected an object"
    assert raised.value.member is None


@pytest.mark.parametrize(
    "received, extra",
    [({}, None), ({"a": 1}, None), ({"c": 1, "b": 1, "a": 1}, "b, c"), ([], None), ("text", None)],
)
def test_undocumented_members_are_reported(received: Any, extra: str | None) -> None:
    def no_extra_members(response: Exchange) -> None:
        expect.no_extra_members(response, received, {"a": {}})

    assert permits(no_extra_members, exchange()) is (extra is None)
    if extra:
        with pytest.raises(Finding, match=f"not {extra}$"):
            no_extra_members(exchange())


def test_a_finding_of_a_changed_value_contains_the_create() -> None:
    created, read = exchange(), exchange()
    with pytest.raises(Finding) as raised:
        expect.member_equals(read, created, member="name", expected="a", received="b", schema={})
    assert (raised.value.expected, raised.value.related_exchanges) == ('name is "a"', (created,))
    expect.member_equals(read, created, member="name", expected="a", received="a", schema={})


@pytest.mark.parametrize(
    "operation, body, permitted",
    [
        ("VC-CREATE", {"name": "a"}, True),
        ("VC-CREATE", {"name": "b"}, False),
        ("VC-CREATE", {}, True),
        ("FCR-CREATE", {"conference_room": {"name": "a"}, "name": "b"}, True),
        ("FCR-CREATE", {"conference_room": {"name": "b"}, "name": "a"}, False),
        ("FCR-CREATE", {"conference_room": "a"}, True),
        ("FCR-CREATE", {"name": "b"}, True),
    ],
)
def test_a_member_is_compared_where_the_operation_returns_it(
    operation: str, body: Any, *, permitted: bool
) -> None:
    def name_equals(response: Exchange) -> None:
        expect.resource_member_equals(response, "name", "a", {})

    assert permits(name_equals, exchange(200, body, operation=operation)) is permitted


def test_a_response_without_a_resource_is_inconclusive() -> None:
    assert expect.resource(exchange(200, {"id": "a"})) == {"id": "a"}
    for received in (exchange(None), exchange(422, {}), exchange(200, []), exchange(200, b"<html>")):
        with pytest.raises(Inconclusive, match="not-answered"):
            expect.resource(received)


@pytest.mark.parametrize(
    "value, text",
    [
        ("é", '"é"'),
        (None, "null"),
        ({"a": [True]}, '{"a": [true]}'),
        ("x" * 40, f'"{"x" * 40}"'),
        ("x" * 41, f'"{"x" * 30}"… (41 characters)'),
    ],
)
def test_values_are_formatted_as_json_and_long_strings_with_their_length(value: Any, text: str) -> None:
    assert expect.format_value(value) == text
