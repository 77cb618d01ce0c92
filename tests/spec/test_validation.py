"""Validators check formats and patterns as JSON Schema defines them, and name the invalid members."""

from typing import Any

import pytest

from spec.operations import operation
from spec.validation import (
    error_body_schemas,
    invalid_members,
    matches_pattern,
    resource_schemas,
    tolerant_schema,
    validation_errors,
    validator,
)

NAME = "^[A-Za-z0-9_-]+$"
COLOR = "^#[0-9a-fA-F]{6}$"


@pytest.mark.parametrize(
    "pattern, text",
    [
        (NAME, "a"),
        (NAME, "-_9Z"),
        (COLOR, "#a1B2c3"),
        (r"\d", "7"),
        (r"a\$b$", "a$b"),
        ("[$]b", "$b"),
        (r"[\]$]b", "$b"),
        ("a|b$", "ax"),
        ("b", "abc"),
    ],
)
def test_patterns_match_as_in_ecmascript(pattern: str, text: str) -> None:
    assert matches_pattern(pattern, text)


@pytest.mark.parametrize(
    "pattern, text",
    [
        (NAME, ""),
        (NAME, "a\n"),
        (NAME, "a\nb"),
        (NAME, "é"),
        (COLOR, "#112233\n"),
        (COLOR, "x#112233"),
        (r"\d", "٣"),
        (r"^\w+$", "é"),
        ("a$|b", "a\n"),
    ],
)
def test_patterns_do_not_match_where_ecmascript_does_not(pattern: str, text: str) -> None:
    assert not matches_pattern(pattern, text)


def test_a_pattern_mismatch_violates_only_pattern() -> None:
    (error,) = validation_errors({"type": "string", "pattern": NAME}, "a\n")
    assert error.validator == "pattern"


@pytest.mark.parametrize("schema", [{"pattern": NAME}, {"format": "date-time"}, {"maxLength": 1}])
def test_keywords_for_strings_ignore_other_values(schema: dict[str, Any]) -> None:
    assert validation_errors(schema, 12) == []


@pytest.mark.parametrize(
    "format_, text",
    [
        ("date-time", "2041-02-29T00:00:00Z"),
        ("date", "2041-02-29"),
        ("uuid", "0f4e2a9c61d84b7e8c153a9b7d5e6f10"),
        ("uri", "example.com"),
    ],
)
def test_formats_are_checked(format_: str, text: str) -> None:
    (error,) = validation_errors({"type": "string", "format": format_}, text)
    assert error.validator == "format"


@pytest.mark.parametrize(
    "value, fits",
    [(1, True), (1.0, True), (True, False), (1.5, False), ("1", False), (None, False)],
)
def test_integers_are_numbers_without_a_fraction(value: object, *, fits: bool) -> None:
    assert (validation_errors({"type": "integer"}, value) == []) is fits


def test_a_validator_is_created_once_for_each_schema() -> None:
    schema = {"type": "string"}
    assert validator(schema) is validator(schema)
    assert validator(schema) is not validator(dict(schema))


@pytest.mark.parametrize(
    "body, members",
    [
        ({"display_name": "a"}, set()),
        ({}, {"display_name"}),
        ({"name": "a b"}, {"display_name", "name"}),
        ({"display_name": "x" * 201, "quality": "4k", "size": "small"}, {"display_name", "quality"}),
        ({"display_name": "a", "join_from": "soon"}, {"join_from"}),
        ({"display_name": "a", "undocumented": 1}, set()),
        ([], set()),
        ("display_name", set()),
        (None, set()),
    ],
)
def test_invalid_members_are_named(body: object, members: set[str]) -> None:
    request = operation("VC-CREATE").request
    assert request is not None
    assert invalid_members(validation_errors(request, body)) == members


def test_an_error_of_the_body_itself_concerns_no_member() -> None:
    assert invalid_members(validation_errors({"type": "object", "maxProperties": 0}, {"a": 1})) == frozenset()


@pytest.mark.parametrize("depth", ["fps", "conference_room"])
def test_tolerated_values_are_valid_at_every_depth(depth: str) -> None:
    schema: Any = {"properties": {"fps": resource_schemas()["FCR-ROOM"]["properties"]["fps"]}}
    instance: Any = {"fps": "30"}
    if depth == "conference_room":
        schema, instance = {"properties": {depth: schema}}, {depth: instance}
    assert validation_errors(schema, instance) != []
    assert validation_errors(tolerant_schema(schema), instance) == []


def test_values_that_are_not_tolerated_are_invalid() -> None:
    assert validation_errors(tolerant_schema(resource_schemas()["FCR-ROOM"]["properties"]["fps"]), "25") != []
    assert (
        validation_errors(
            tolerant_schema(resource_schemas()["VC-CONF"]["properties"]["active_session"]), "none"
        )
        != []
    )


def test_another_error_string_of_a_404_is_tolerated() -> None:
    assert validation_errors(error_body_schemas()[404], {"error": "not found"}) != []
    assert validation_errors(tolerant_schema(error_body_schemas()[404]), {"error": "not found"}) == []


@pytest.mark.parametrize(
    "id_, member, value",
    [
        ("VC-CREATE", "display_name", ""),
        ("VC-CREATE", "display_name", " \n"),
        ("VC-CREATE", "description", ""),
        ("FCR-CREATE", "name", ""),
        ("FCR-CREATE", "name", "a b"),
        ("FCR-CREATE", "name", "x" * 101),
        ("FCR-CREATE", "max_members", 0),
    ],
)
def test_unspecified_values_are_valid(id_: str, member: str, value: object) -> None:
    schema = _member(id_, member)
    assert validation_errors(schema, value) == []
    assert validation_errors(schema["x-open"], value) == []


@pytest.mark.parametrize(
    "id_, member, value",
    [("VC-CREATE", "display_name", "a"), ("FCR-CREATE", "name", "x" * 100), ("FCR-CREATE", "max_members", 1)],
)
def test_other_values_are_specified(id_: str, member: str, value: object) -> None:
    assert validation_errors(_member(id_, member)["x-open"], value) != []


def _member(id_: str, member: str) -> Any:
    request = operation(id_).request
    assert request is not None
    return request["properties"][member]
