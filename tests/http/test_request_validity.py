"""Validity of request bodies."""

import json
from typing import Any

import pytest

from conformance.http.exchange import Headers
from conformance.http.request_validity import RequestValidity, request_validity
from conformance.http.resource_names import has_unique_name, unique_name

JSON: Headers = (("content-type", "application/json"),)


def validity_of(body: Any, *, operation: str = "VC-CREATE", headers: Headers = JSON) -> RequestValidity:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request_validity(operation, headers, content)


@pytest.mark.parametrize(
    "body",
    [
        {"display_name": "a"},
        {"display_name": "a", "name": "b-_1", "quality": "1080p", "enable_chat": False},
        {"display_name": "a", "join_from": "2041-05-06T07:08:09+05:30"},
        {"display_name": "a", "unknown": 1},
        b' {"display_name":"\\u0061"} ',
    ],
)
def test_a_body_that_matches_the_schema_is_valid(body: Any) -> None:
    assert validity_of(body).is_valid
    assert validity_of(body).invalid_members == frozenset()


@pytest.mark.parametrize(
    "body, invalid_members",
    [
        ({}, {"display_name"}),
        ({"name": "a b"}, {"display_name", "name"}),
        ({"display_name": 7}, {"display_name"}),
        ({"display_name": "a", "quality": "none", "dark_primary": "red"}, {"quality", "dark_primary"}),
        ({"display_name": "a", "enable_chat": 1}, {"enable_chat"}),
        ({"display_name": "a", "join_from": "soon"}, {"join_from"}),
        ({"display_name": "x" * 201}, {"display_name"}),
    ],
)
def test_invalid_members_are_listed(body: Any, invalid_members: set[str]) -> None:
    assert validity_of(body).invalid_members == invalid_members
    assert validity_of(body).well_formed
    assert not validity_of(body).is_valid


def test_invalid_members_depend_on_the_operation() -> None:
    assert validity_of({"display_name": "a"}, operation="FCR-CREATE").invalid_members == {
        "name",
        "enable_room_previews",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"display_name": "a"} {}',
        b'{"display_name": "a", "display_name": "a"}',
        b'{"display_name": "a", "x": {"y": 1, "y": 1}}',
        b'{"display_name": "a", "x": NaN}',
        b'{"display_name": "a", "x": Infinity}',
        b'{"display_name": "\xff"}',
        b"[" * 100_000,
        b"[]",
        b"null",
        b'"display_name"',
        b"7",
        b'[{"display_name": "a"}]',
    ],
)
def test_only_an_object_without_duplicate_members_is_well_formed(body: bytes) -> None:
    assert validity_of(body) == RequestValidity(well_formed=False, invalid_members=frozenset())
    assert not validity_of(body).is_valid


@pytest.mark.parametrize(
    "headers, well_formed",
    [
        (JSON, True),
        ((("content-type", "application/json; charset=utf-8"),), True),
        ((("content-type", "text/plain"),), False),
        ((), False),
    ],
)
def test_a_body_without_a_json_content_type_is_not_well_formed(
    headers: Headers, *, well_formed: bool
) -> None:
    assert validity_of({"display_name": "a"}, headers=headers).well_formed is well_formed


def test_a_body_for_an_operation_without_a_body_is_not_well_formed() -> None:
    assert not validity_of({"display_name": "a"}, operation="VC-GET").well_formed


@pytest.mark.parametrize(
    "member, value, unspecified",
    [
        ("name", "in-use", True),
        ("name", unique_name("prefix", 12, "a check"), False),
        ("unknown", unique_name("prefix", 12, "a check"), True),
        ("join_from", "2001-01-01T00:00:00Z", True),
        ("unknown", 1, True),
        ("display_name", "   ", True),
        ("display_name", "a", False),
        ("quality", "720p", False),
    ],
)
def test_a_valid_member_that_a_server_may_reject_is_unspecified(
    member: str, value: Any, *, unspecified: bool
) -> None:
    assert (member in validity_of({"display_name": "a", member: value}).unspecified_members) is unspecified


@pytest.mark.parametrize("value", [r'"\ud800"', r'"a\udfffb"', r'{"a": ["\ud800"]}'])
def test_a_string_with_a_lone_surrogate_may_be_rejected(value: str) -> None:
    body = f'{{"display_name": "a", "meta": {value}}}'.encode()
    assert "meta" in validity_of(body).unspecified_members


def test_a_surrogate_pair_is_a_character() -> None:
    validity = validity_of(rb'{"display_name": "a", "description": "\ud83d\ude00"}')
    assert validity.unspecified_members == frozenset()


def test_a_unique_name_is_recognized_by_its_form() -> None:
    name = unique_name("prefix", 12, "a check")
    assert has_unique_name(name)
    assert has_unique_name(f"before {name} after")
    assert not any(map(has_unique_name, ("", "cc-prefix-", "in-use", None, 1, [name])))
