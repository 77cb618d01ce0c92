"""Values for a parking permit: an unrelated schema that the strategies are not tuned for."""

from typing import Any

import pytest
from hypothesis import find, given, settings

from spec.validation import invalid_members, validation_errors, validator
from strategies import boundary_values, date_times, invalid_values, valid_values

CERTAIN = settings(max_examples=100, derandomize=True, database=None, deadline=None)

PLATE: dict[str, Any] = {"type": "string", "pattern": "^[A-Z]{1,3}-[0-9]{2,4}$"}
PHONE: dict[str, Any] = {"type": "string", "pattern": r"^\+\d{6,}$", "maxLength": 16}
SIDE: dict[str, Any] = {
    "type": "string",
    "pattern": "^(north|south)-[0-9]$",
    "examples": ["north-0", "east-1"],
}
PERMIT: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "plate", "zone", "holder"],
    "additionalProperties": False,
    "x-order": [["valid_from", "valid_until"], ["printed_at", "valid_from"]],
    "properties": {
        "kind": {"const": "permit"},
        "plate": PLATE,
        "zone": {"type": "integer", "enum": [1, 2, 5]},
        "holder": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 2, "maxLength": 12},
                "phone": PHONE,
                "disabled": {"type": "boolean", "default": False},
            },
        },
        "level": {"type": "integer", "minimum": -2, "maximum": 7, "x-open": {"const": 7}},
        "price": {"type": "number", "minimum": 0.5, "maximum": 99.5},
        "side": SIDE,
        "valid_from": {"type": "string", "format": "date-time"},
        "valid_until": {"type": "string", "format": "date-time"},
        "printed_at": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "id": {"type": "string", "format": "uuid"},
        "shown_at": {"type": "string", "format": "uri", "maxLength": 45},
        "note": {"anyOf": [{"type": "string", "maxLength": 60}, {"type": "null"}]},
        "spaces": {"type": ["integer", "null"], "format": "int32", "maximum": 9},
        "extras": {
            "type": "array",
            "items": {"type": "string", "enum": ["roof", "plug"]},
            "minItems": 1,
            "maxItems": 3,
        },
        "counters": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
        "anything": {},
    },
}
MEMBERS: dict[str, dict[str, Any]] = PERMIT["properties"]


@CERTAIN
@given(valid_values.conforming(PERMIT))
def test_a_random_permit_conforms(permit: dict[str, Any]) -> None:
    assert validation_errors(PERMIT, permit) == []


@CERTAIN
@given(valid_values.conforming(PERMIT))
def test_the_instants_of_a_permit_ascend(permit: dict[str, Any]) -> None:
    names = [name for name in ("printed_at", "valid_from", "valid_until") if name in permit]
    instants = [date_times.parse_instant(permit[name]).replace(microsecond=0) for name in names]
    assert instants == sorted(set(instants))


@CERTAIN
@given(invalid_values.objects_with_invalid_member(PERMIT))
def test_an_invalid_permit_has_one_invalid_member(case: tuple[dict[str, Any], str, Any]) -> None:
    permit, name, violation = case
    assert invalid_members(validation_errors(PERMIT, permit)) == {name}
    assert permit[name] == violation.value


def test_the_boundary_values_of_a_permit_conform() -> None:
    permits = boundary_values.of(PERMIT)
    assert permits == boundary_values.boundary_objects(PERMIT)
    assert [permit for permit in permits if not validator(PERMIT).is_valid(permit)] == []


@pytest.mark.parametrize("name", MEMBERS)
def test_each_member_has_boundary_values_that_conform(name: str) -> None:
    values = boundary_values.of(MEMBERS[name])
    assert values
    assert [value for value in values if not validator(MEMBERS[name]).is_valid(value)] == []


def test_the_simplest_permit_has_the_required_members() -> None:
    simplest = {"kind": "permit", "plate": "A-01", "zone": 1, "holder": {"name": "ab"}}
    assert boundary_values.minimal_object(PERMIT) == simplest


def test_the_boundary_values_of_a_number_are_its_limits_and_their_neighbors() -> None:
    assert boundary_values.of(MEMBERS["level"]) == [-2, -1, 5, 6]
    assert boundary_values.of(MEMBERS["price"]) == [0.5, 1.5, 98.5, 99.5]
    assert boundary_values.of(MEMBERS["spaces"]) == [0, 1, 8, 9, None]


def test_unspecified_values_are_listed_but_not_accepted_values() -> None:
    assert boundary_values.unspecified_values(MEMBERS["level"]) == [7]
    assert boundary_values.accepted_values(MEMBERS["level"], "MAXIMUM-ACCEPT") == [6]


def test_the_boundary_values_of_an_array_are_its_sizes() -> None:
    assert boundary_values.of(MEMBERS["extras"]) == [["roof"], ["roof", "plug"], ["roof", "plug", "roof"]]


def test_the_boundary_values_of_an_unlimited_array_are_its_shortest() -> None:
    assert boundary_values.of({"items": {"type": "null"}, "minItems": 2}) == [
        [None, None],
        [None, None, None],
    ]


def test_the_boundary_values_of_a_map_are_those_of_its_values() -> None:
    assert boundary_values.of(MEMBERS["counters"]) == [{}, {"key": 0}, {"key": 1}]


def test_a_pattern_of_unsupported_structure_uses_examples() -> None:
    assert boundary_values.of(SIDE) == boundary_values.accepted_values(SIDE, "PATTERN-ACCEPT") == ["north-0"]
    assert boundary_values.of({"type": "string", "pattern": "^(north|south)-[0-9]$"}) == []
    assert "" in {
        violation.value
        for violation in invalid_values.invalid_values({"type": "string", "pattern": "^(x|y)$"}, "PATTERN")
    }
    assert {"", "NORTH-0", "north-0\n", " north-0"} <= {
        violation.value for violation in invalid_values.invalid_values(SIDE, "PATTERN")
    }


def test_invalid_values_of_a_pattern_follow_its_structure() -> None:
    rejected = {
        violation.label: violation.value for violation in invalid_values.invalid_values(PLATE, "PATTERN")
    }
    assert rejected["one too many in part 1"] == "ABCD-01"
    assert rejected["one too few in part 2"] == "A01"
    assert rejected["one too few in part 3"] == "A-0"
    assert rejected["other letters in part 1"] == "a-01"
    assert rejected["inverted letter case"] == "abc-1234"


def test_too_long_strings_match_the_pattern() -> None:
    rejected = [violation.value for violation in invalid_values.invalid_values(PHONE, "MAXLENGTH")]
    assert rejected[0] == "+0123456789012345"
    assert all(text.startswith("+") and text[1:].isdecimal() for text in rejected)


def test_invalid_values_of_an_enumeration_of_numbers_are_numbers() -> None:
    assert [violation.value for violation in invalid_values.invalid_values(MEMBERS["zone"], "ENUM")] == [
        6,
        0,
        8,
    ]


def test_halves_are_out_of_range_for_numbers_only() -> None:
    price, level = (
        invalid_values.invalid_values(MEMBERS[member], "MAXIMUM") for member in ("price", "level")
    )
    assert [violation.value for violation in price] == [100.5, 100, 2**31 - 1, 99.5 + 2**32]
    assert [violation.value for violation in level] == [8, 2**31 - 1, 7 + 2**32]


def test_null_is_valid_for_a_nullable_member() -> None:
    assert invalid_values.invalid_values(MEMBERS["spaces"], "NULL") == []
    assert invalid_values.invalid_values(MEMBERS["note"], "NULL") == []
    assert [violation.value for violation in invalid_values.invalid_values(MEMBERS["note"], "TYPE")] == [
        [],
        {},
        ["a"],
        {"key": "value"},
    ]


def test_a_finding_shrinks_to_few_members_and_simple_values() -> None:
    smallest = find(
        valid_values.conforming(PERMIT),
        lambda permit: "valid_until" in permit and permit.get("level", 0) > 2,
        settings=settings(CERTAIN, max_examples=5000),
    )
    assert smallest == {
        "kind": "permit",
        "plate": "A-00",
        "zone": 1,
        "holder": {"name": "00"},
        "level": 3,
        "valid_until": "2040-01-01T00:00:00Z",
    }
