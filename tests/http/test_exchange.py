"""Exchanges, and parsing of untrusted JSON bodies."""

import datetime as dt
import json
from typing import Any

import pytest

from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.http.json_body import NOT_JSON, parse_json

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def exchange(response: Response | None = None, request: Request | None = None) -> Exchange:
    return Exchange(
        1, Origin("check", "VC-CREATE"), request or Request("POST", "/x"), response, None, NOW, 0.1
    )


def response(body: bytes = b"", status: int = 200, **headers: str) -> Response:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, fields, body)


def test_a_request_of_an_undocumented_operation_has_no_well_formed_body() -> None:
    undocumented = Exchange(1, Origin("check", "FCR-LIST"), Request("GET", "/x"), None, None, NOW, 0.1)
    assert not undocumented.request_validity.well_formed


@pytest.mark.parametrize(
    "body, value",
    [
        (b"null", None),
        (b"true", True),
        (b"0", 0),
        (b"-0.5e1", -5.0),
        (b' "a" ', "a"),
        (b'"\\u00e9"', "é"),
        ('"é😀"'.encode(), "é😀"),
        (b'"\\ud800"', "\ud800"),
        (b"[]", []),
        (b'{"a": {"b": [1, null]}}', {"a": {"b": [1, None]}}),
        (b"1e400", float("inf")),
    ],
)
def test_json_is_parsed(body: bytes, value: object) -> None:
    assert parse_json(body) == value
    assert type(parse_json(body)) is type(value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"NaN",
        b'{"a": NaN}',
        b"[Infinity]",
        b"-Infinity",
        b"<html></html>",
        b"undefined",
        b"1 2",
        b"01",
        b'"\xff"',
        b'"a\nb"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 1_000_000,
    ],
)
def test_invalid_json_is_distinct_from_every_value(body: bytes) -> None:
    assert parse_json(body) is NOT_JSON
    assert Response(200, (), body).json is NOT_JSON
    assert Request("POST", "/x", (), body).json is NOT_JSON


def test_not_json_has_a_readable_repr() -> None:
    assert repr(NOT_JSON) == "not JSON"


def test_a_path_has_no_query() -> None:
    assert Request("GET", "/a/b?c=d?e").path == "/a/b"
    assert Request("GET", "/a/b").path == "/a/b"


@pytest.mark.parametrize(
    "value, media_type",
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("application/json;charset=UTF-8", "application/json"),
        ("text/html", "text/html"),
        ("application/problem+json", "application/problem+json"),
    ],
)
def test_the_media_type_is_lowercase_and_has_no_parameters(value: str, media_type: str) -> None:
    assert response(content_type=value).media_type == media_type


def test_a_response_without_a_content_type_has_no_media_type() -> None:
    assert response().media_type is None


def test_a_header_is_the_first_one_with_its_name_in_any_letter_case() -> None:
    response_with_duplicates = Response(200, (("Retry-AFTER", "1"), ("retry-after", "2")), b"")
    assert response_with_duplicates.header("retry-after") == "1"
    assert response_with_duplicates.header("date") is None


@pytest.mark.parametrize(
    "status, success", [(199, False), (200, True), (204, True), (299, True), (300, False)]
)
def test_a_success_is_any_2xx_status(status: int, *, success: bool) -> None:
    assert exchange(response(status=status)).succeeded is success


def test_an_exchange_without_a_response_has_no_data() -> None:
    without_response = exchange()
    assert (
        without_response.status,
        without_response.succeeded,
        without_response.resource,
        without_response.id,
    ) == (None, False, None, None)
    assert without_response.response_json is NOT_JSON


@pytest.mark.parametrize(
    "body, status, resource",
    [
        ({"id": "a"}, 200, {"id": "a"}),
        ({"id": "a"}, 404, None),
        ([{"id": "a"}], 200, None),
        ("a", 200, None),
        (None, 200, None),
        ({}, 201, {}),
    ],
)
def test_a_resource_is_the_object_in_a_successful_response(body: Any, status: int, resource: Any) -> None:
    assert exchange(response(json.dumps(body).encode(), status)).resource == resource


@pytest.mark.parametrize(
    "status, headers, throttled",
    [
        (429, (), True),
        (429, (("Retry-After", "1"),), True),
        (503, (("Retry-After", "1"),), True),
        (503, (), False),
        (500, (("Retry-After", "1"),), False),
        (200, (), False),
    ],
)
def test_a_429_or_a_503_with_retry_after_is_throttled(
    status: int, headers: Headers, *, throttled: bool
) -> None:
    assert exchange(Response(status, headers, b"")).is_throttled is throttled
    assert not exchange().is_throttled


@pytest.mark.parametrize(
    "value, identifier", [("a", "a"), ("", None), (7, None), (None, None), (["a"], None)]
)
def test_an_id_is_a_string_that_is_not_empty(value: Any, identifier: str | None) -> None:
    assert exchange(response(json.dumps({"id": value}).encode())).id == identifier


@pytest.mark.parametrize(
    "depth, parsed", [(1, True), (200, True), (256, True), (257, False), (1_000_000, False)]
)
def test_a_body_that_is_nested_too_deeply_is_not_json(depth: int, *, parsed: bool) -> None:
    for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
        inner = b"1" if opened != b"[" else b""
        value = parse_json(opened * depth + inner + closed * depth)
        assert (value is not NOT_JSON) is parsed


def test_a_body_with_too_many_values_is_not_json() -> None:
    assert parse_json(b"[" + b"0," * 9_000 + b"0]") is not NOT_JSON
    assert parse_json(b"[" + b"0," * 10_000 + b"0]") is NOT_JSON
