"""Every violation violates exactly its rule; a correct server rejects all of them."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spec.catalogue import Constraint, catalogue
from spec.formats import is_date
from spec.operations import operation
from spec.validation import invalid_members, validation_errors
from strategies import date_times, invalid_values
from tests.strategies.test_permitted_values import PERMIT

CERTAIN = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
CONFERENCE: dict[str, Any] = dict(operation("VC-CREATE").request or {})
ROOM: dict[str, Any] = dict(operation("FCR-CREATE").request or {})
InvalidBody = tuple[dict[str, Any], tuple[dict[str, Any], str, invalid_values.InvalidValue]]
SCHEMAS = {"conference": CONFERENCE, "room": ROOM, "permit": PERMIT}
KEYWORDS = {
    "TYPE": "type",
    "TYPE-CONVERTIBLE": "type",
    "NULL": "type",
    "MAXLENGTH": "maxLength",
    "MAXLENGTH-ASTRAL": "maxLength",
    "PATTERN": "pattern",
    "ENUM": "enum",
    "FORMAT": "format",
    "FORMAT-IMPOSSIBLE": "format",
    "MINIMUM": "minimum",
    "MAXIMUM": "maximum",
}
ANNOTATIONS = ("description", "default", "x-source")
NODES = {
    json.dumps({key: value for key, value in node.items() if key not in ANNOTATIONS}): (
        f"{kind} {name}",
        node,
    )
    for kind, schema in SCHEMAS.items()
    for name, node in schema["properties"].items()
}
CASES = {
    f"{name} {rule}": (node, rule)
    for name, node in NODES.values()
    for rule in KEYWORDS
    if invalid_values.invalid_values(node, rule)
}
DERIVED = {id_: entry.constraint for id_, entry in catalogue().items() if entry.constraint is not None}
TITLE, NAME, COLOR, START, QUALITY, CHAT = (
    CONFERENCE["properties"][name]
    for name in ("display_name", "name", "dark_primary", "join_from", "quality", "enable_chat")
)
SEATS, META = ROOM["properties"]["max_members"], ROOM["properties"]["meta"]


def violated_keywords(schema: dict[str, Any], value: object) -> set[str]:
    """Return the violated keywords, including those within anyOf."""
    return {
        str(leaf.validator)
        for error in validation_errors(schema, value)
        for leaf in (error.context or [error])
    }  # fmt: skip


def values(schema: dict[str, Any], rule: str) -> list[Any]:
    return [violation.value for violation in invalid_values.invalid_values(schema, rule)]


def violates_only(schema: dict[str, Any], rule: str, value: object) -> bool:
    # A value of another type is not in an enumeration either.
    consequences = {"enum", "const"} if KEYWORDS[rule] == "type" else set()
    return violated_keywords(schema, value) - consequences == {KEYWORDS[rule]}


@pytest.mark.parametrize("schema, rule", CASES.values(), ids=CASES)
def test_listed_values_violate_exactly_their_rule(schema: dict[str, Any], rule: str) -> None:
    rejected = invalid_values.invalid_values(schema, rule)
    assert [violation for violation in rejected if not violates_only(schema, rule, violation.value)] == []
    assert {violation.rule for violation in rejected} == {rule}
    assert (
        len({violation.label for violation in rejected})
        == len({repr(violation.value) for violation in rejected})
        == len(rejected)
    )


@pytest.mark.parametrize(
    "schema, rule, strategy",
    [(schema, rule, invalid_values.random_invalid_values(schema, rule)) for schema, rule in CASES.values()],
    ids=CASES,
)
@CERTAIN
@given(data=st.data())
def test_random_values_violate_exactly_their_rule(
    schema: dict[str, Any],
    rule: str,
    strategy: st.SearchStrategy[invalid_values.InvalidValue],
    data: st.DataObject,
) -> None:
    violation = data.draw(strategy)
    assert violation.rule == rule
    assert violates_only(schema, rule, violation.value)


@pytest.mark.parametrize("rule", ["TYPE", "MAXLENGTH", "ENUM", "MINIMUM", "MAXIMUM"])
def test_plain_jsonschema_rejects_invalid_values(rule: str) -> None:
    for schema, case_rule in CASES.values():
        if case_rule == rule:
            assert not any(Draft202012Validator(schema).is_valid(value) for value in values(schema, rule))


@pytest.mark.parametrize("limit", DERIVED.values(), ids=DERIVED)
def test_each_derived_requirement_of_a_rejecting_rule_has_invalid_values(limit: Constraint) -> None:
    rejected = invalid_values.invalid_values(limit.schema, limit.rule, required=limit.required)
    assert bool(rejected) is (limit.rule in KEYWORDS)


@settings(CERTAIN, max_examples=200)
@given(
    conference=invalid_values.objects_with_invalid_member(CONFERENCE).map(lambda case: (CONFERENCE, case)),
    room=invalid_values.objects_with_invalid_member(ROOM).map(lambda case: (ROOM, case)),
)
def test_an_invalid_body_is_invalid_in_the_named_member(conference: InvalidBody, room: InvalidBody) -> None:
    for schema, (body, name, violation) in (conference, room):
        assert invalid_members(validation_errors(schema, body)) == {name}
        assert body[name] == violation.value
        assert violates_only(schema["properties"][name], violation.rule, violation.value)


@settings(CERTAIN, max_examples=200)
@given(invalid_values.objects_with_invalid_member(CONFERENCE))
def test_invalid_bodies_contain_no_null_and_no_convertible_values(
    case: tuple[dict[str, Any], str, Any],
) -> None:
    body, name, violation = case
    assert body[name] is not None
    assert violation.rule not in {"NULL", "TYPE-CONVERTIBLE"}


def test_values_of_other_types_are_not_convertible() -> None:
    assert values(TITLE, "TYPE") == [[], {}, ["a"], {"key": "value"}]
    assert values(COLOR, "TYPE") == [[], {}, ["#abcdef"], {"key": "value"}, True, 1, 1.5, False]
    assert values(START, "TYPE") == [[], {}, ["2041-05-06T07:08:09Z"], {"key": "value"}, True, False]
    assert values(CHAT, "TYPE") == ["yes", "off", "maybe", 2, [], {}, 0.5, [True], {"key": "value"}]
    assert values(SEATS, "TYPE") == [True, 1.5, 1.001, "ten", [], {}, [1], {"key": "value"}]
    assert values(META, "TYPE") == ["x", 1, [], True, [{"key": "value"}]]
    assert values({"type": "array"}, "TYPE") == ["x", 1, {}]
    assert values({"type": "null"}, "TYPE") == []


def test_convertible_values_have_their_own_rule() -> None:
    assert values(TITLE, "TYPE-CONVERTIBLE") == [1, True]
    assert values(COLOR, "TYPE-CONVERTIBLE") == []
    assert values(START, "TYPE-CONVERTIBLE") == [
        int(date_times.parse_instant("2041-05-06T07:08:09Z").timestamp())
    ]
    assert values(CHAT, "TYPE-CONVERTIBLE") == ["true", "false", 1, 0]
    assert values(SEATS, "TYPE-CONVERTIBLE") == ["10"]
    assert values({"type": "integer", "minimum": 20}, "TYPE-CONVERTIBLE") == ["20"]
    assert values({"type": "string", "enum": ["20", "x"]}, "TYPE-CONVERTIBLE") == [20]
    assert values(META, "TYPE-CONVERTIBLE") == []


def test_whole_floats_count_as_integers() -> None:
    assert not [value for value in values(SEATS, "TYPE") if isinstance(value, float) and value.is_integer()]


def test_null_violates_a_type_that_does_not_allow_it() -> None:
    assert [violation.label for violation in invalid_values.invalid_values(TITLE, "NULL")] == ["null"]
    assert [violation.label for violation in invalid_values.invalid_values(TITLE, "NULL", required=True)] == [
        "null for a required member"
    ]


def test_too_long_strings_have_only_allowed_characters() -> None:
    assert [len(text) for text in values(NAME, "MAXLENGTH")] == [101, 101, 101, 201, 1000]
    assert all(text.replace("-", "a").replace("_", "a").isalnum() for text in values(NAME, "MAXLENGTH"))
    assert [len(text) for text in values(TITLE, "MAXLENGTH")] == [*[201] * 7, 401, 2000]
    assert {len(text) for text in values(TITLE, "MAXLENGTH-ASTRAL")} == {201}


def test_names_that_do_not_match_cover_the_usual_mistakes() -> None:
    rejected = values(NAME, "PATTERN")
    assert rejected[0] == ""
    for text in (" abcdefgh", "abcdefgh ", "abcdefgh\n", "\nabcdefgh", "abcde gh", "abcde\ngh", "abcde\tgh"):
        assert text in rejected
    for character in "/.+:@#%^\u00e9\uff14\u0663\u0430\U0001f600":
        assert f"abcde{character}gh" in rejected
    assert {len(text) for text in rejected if text[0:1] == "!" or text.endswith("!")} == {100}


def test_colors_that_do_not_match_cover_the_usual_mistakes() -> None:
    rejected = values(COLOR, "PATTERN")
    for text in ("", "#012", "#01234567", "012345", "#01234", "#0123456", "0x012345", "red", "rgb(1,2,3)"):
        assert text in rejected
    for text in (
        "#ghijkl",
        " #abcdef",
        "#abcdef ",
        "#abcdef\n",
        "\n#abcdef",
        "#\uff10\uff11\uff12\uff13\uff14\uff15",
    ):
        assert text in rejected


def test_strings_outside_an_enumeration_resemble_its_values() -> None:
    rejected = values(QUALITY, "ENUM")
    for text in ("", "720P", "720p ", " 720p", "720px", "720", "720p,1080p", "null"):
        assert text in rejected


def test_invalid_date_times_cannot_be_parsed_as_date_times() -> None:
    rejected = values(START, "FORMAT") + values(START, "FORMAT-IMPOSSIBLE")
    assert {"soon", "", "06/05/2041", "2041-13-01T00:00:00Z", "2041-02-29T00:00:00Z"} <= set(rejected)
    assert not [text for text in rejected if ":60Z" in text or "T24:00:00" in text or is_date(text)]


def test_numbers_out_of_range_start_next_to_the_limits() -> None:
    assert values(SEATS, "MINIMUM") == [-1, -(2**31)]
    assert values(SEATS, "MAXIMUM") == [301, 2**31 - 1, 300 + 2**32]


def test_a_rule_that_does_not_apply_has_no_values() -> None:
    assert invalid_values.invalid_values(TITLE, "PATTERN") == []
    assert invalid_values.invalid_values(TITLE, "REQUIRED") == []
    assert invalid_values.random_invalid_values(TITLE, "PATTERN").is_empty


def test_lists_are_not_shared() -> None:
    values(TITLE, "TYPE")[0].append(1)
    assert values(TITLE, "TYPE")[0] == []


def test_a_length_that_a_pattern_cannot_exceed_has_no_invalid_values() -> None:
    assert values({"type": "string", "pattern": "^[ab]{2}$", "maxLength": 9}, "MAXLENGTH") == []


def test_a_pattern_that_allows_all_characters_is_violated_by_length() -> None:
    node = {"type": "string", "pattern": r"^[^\x00]{1,3}$"}
    assert values(node, "PATTERN")[:4] == ["", " abc", "abc ", "\nabc"]


def test_an_invalid_body_shrinks_to_the_invalid_member() -> None:
    body, name, violation = find(
        invalid_values.objects_with_invalid_member(CONFERENCE),
        lambda case: case[2].rule == "ENUM",
        settings=settings(CERTAIN, max_examples=5000),
    )
    assert body == {"display_name": "0", name: ""}
    assert violation.label == "empty"
