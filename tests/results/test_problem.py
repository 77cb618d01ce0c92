"""The problem of a finding names the member, its value, and why it is invalid."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.http.credentials import NO_CREDENTIALS, VALID, Credential
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.results.problem import problem
from conformance.results.verdict import Finding
from spec.catalogue import catalogue

JSON: Headers = (("content-type", "application/json"),)
REJECTED = "the request is rejected with status 400 or 422"


def create(
    body: Any,
    status: int = 200,
    response: Any = None,
    *,
    headers: Headers = JSON,
    credential: Credential = VALID,
) -> Exchange:
    sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    received = Response(status, JSON, json.dumps(response or {}).encode())
    request = Request("POST", "/api/video/conferences", headers, sent, credential)
    return Exchange(1, Origin("check", "VC-CREATE"), request, received, None, dt.datetime.now(dt.UTC), 0)


def text(
    exchange: Exchange, *related: Exchange, expected: str = REJECTED, id_: str = "VC-CREATE-ROUTE"
) -> str:
    return problem(catalogue()[id_], Finding(expected, exchange, *related))


@pytest.mark.parametrize(
    "body, reason",
    [
        ({"display_name": "a" * 201}, "display_name has 201 characters; at most 200 are allowed"),
        ({"name": "a"}, "display_name is missing"),
        ({"Display_Name": "a"}, "display_name is missing; the body has Display_Name instead"),
        ({"displayName": "a"}, "display_name is missing; the body has displayName instead"),
        ({"display_name": "a", "dark_primary": "#AABBCC\n"}, "dark_primary ends in a newline"),
        (b'{"display_name": 1e400}', "display_name is 1e400; expected a string of at most 200 characters"),
        (b'{"display_name": "a", "enable_chat": NaN}', "the body contains NaN, which is not JSON"),
        (b'{"display_name": "a", "display_name": "b"}', 'the body has the member "display_name" twice'),
        (b'{"display_name": "\xff"}', "the body is not valid UTF-8 at byte 19"),
        (b"", "the body is empty"),
        (b"[]", "the body is [], not an object"),
        (
            {"display_name": "a", "join_from": "2041-05-06T10:00:00Z", "join_until": "2041-05-06"},
            "join_until is before join_from: 2041-05-06T00:00:00Z and 2041-05-06T10:00:00Z",
        ),
    ],
)
def test_an_accepted_invalid_request_is_described_by_its_value(body: Any, reason: str) -> None:
    assert text(create(body)) == f"{reason}; accepted with status 200"


def test_the_media_type_of_a_request_is_named() -> None:
    plain = create({"display_name": "a"}, headers=(("content-type", "text/plain"),))
    assert text(plain) == "Content-Type is text/plain; accepted with status 200"


def test_a_rejected_valid_value_is_shown_with_the_reported_error() -> None:
    error = {"errors": [{"attribute": "name", "message": "Is invalid"}]}
    rejected = create({"display_name": "a", "name": "b"}, 422, error)
    assert text(rejected, expected="the request is accepted") == (
        'name is "b", which is valid; the response reports name: "Is invalid"; rejected with status 422'
    )


def test_the_media_type_of_a_response_is_named_whatever_the_credentials() -> None:
    anonymous = create({}, 401, credential=NO_CREDENTIALS)
    anonymous = replace(anonymous, response=Response(401, (("content-type", "text/plain"),), b"Unauthorized"))
    assert text(anonymous, expected="Content-Type: application/json") == "Content-Type is text/plain"


def test_a_rejected_valid_value_is_shown_although_the_error_does_not_name_it() -> None:
    rejected = create({"display_name": "a", "description": ""}, 400, {"error": "Bad Request"})
    assert text(rejected, expected="the request is accepted") == (
        'description is ""; the string is empty, which is valid; rejected with status 400'
    )


def test_undocumented_members_of_a_response_are_named() -> None:
    rejected = create({}, 401, {"error": "Unauthorized", "code": 1}, credential=NO_CREDENTIALS)
    assert text(rejected, expected="only documented members, not code") == (
        "the response has undocumented members: code"
    )


def test_a_name_in_use_is_named() -> None:
    first = create({"display_name": "a", "name": "b"}, response={"name": "b"})
    assert text(create({"display_name": "a", "name": "b"}), first) == (
        'name is "b", which an earlier create uses; accepted with status 200'
    )


def test_invalid_credentials_are_named() -> None:
    anonymous = create({"display_name": "a"}, credential=NO_CREDENTIALS)
    assert text(anonymous, expected="status 401") == "credentials: no Authorization header; status 200"


@pytest.mark.parametrize(
    "expected, described",
    [
        ("created_at is an RFC 3339 date-time", 'created_at is "soon"'),
        ("layout is present", "layout is missing"),
        ("no unknown_member", "unknown_member is 1"),
        ("an id assigned by the server", 'id is "x"'),
        ("at most one conference created", ""),
    ],
)
def test_a_member_of_a_response_is_shown_with_its_value(expected: str, described: str) -> None:
    received = {"id": "x", "created_at": "soon", "unknown_member": 1}
    assert text(create({"display_name": "a"}, response=received), expected=expected) == described
