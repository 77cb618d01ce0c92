"""Random values conform, exclude unspecified values, and shrink to small examples."""

import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spec.operations import operation
from spec.validation import validation_errors, validator
from strategies import date_times, sample_text, valid_values
from strategies.schema_nodes import UnsupportedSchemaError

CERTAIN = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
CREATES = {"VC-CREATE": operation("VC-CREATE").request, "FCR-CREATE": operation("FCR-CREATE").request}
CONFERENCE: dict[str, Any] = dict(CREATES["VC-CREATE"] or {})
ROOM: dict[str, Any] = dict(CREATES["FCR-CREATE"] or {})
COLOR = CONFERENCE["properties"]["dark_primary"]
ORDERED = ("join_from", "join_until", "remove_at")


@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=CREATES)
@CERTAIN
@given(data=st.data())
def test_random_bodies_conform(schema: dict[str, Any], data: st.DataObject) -> None:
    body = data.draw(valid_values.conforming(schema))
    assert validation_errors(schema, body) == []
    stock = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(stock.iter_errors(body)) == []


@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=CREATES)
@CERTAIN
@given(data=st.data())
def test_random_bodies_contain_no_unspecified_values(schema: dict[str, Any], data: st.DataObject) -> None:
    body = data.draw(valid_values.conforming(schema))
    for name, value in body.items():
        unspecified = schema["properties"][name].get("x-open", {"not": {}})
        assert not validator(unspecified).is_valid(value)


@CERTAIN
@given(valid_values.conforming(ROOM))
def test_random_bodies_have_their_instants_in_order(body: dict[str, Any]) -> None:
    instants = [
        date_times.parse_instant(body[name]).replace(microsecond=0) for name in ORDERED if name in body
    ]
    assert instants == sorted(set(instants))


@CERTAIN
@given(valid_values.objects_with_members(CONFERENCE, frozenset({"join_until", "join_from", "size"})))
def test_members_can_be_chosen(body: dict[str, Any]) -> None:
    assert list(body) == ["display_name", "join_from", "join_until", "size"]
    assert validation_errors(CONFERENCE, body) == []
    assert date_times.parse_instant(body["join_from"]) < date_times.parse_instant(body["join_until"])


def test_the_error_for_an_unknown_member_names_it() -> None:
    with pytest.raises(ValueError, match="unknown member sizes; expected one of display_name, name"):
        valid_values.objects_with_members(CONFERENCE, frozenset({"sizes"}))


@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_bodies_have_no_optional_member_or_few_or_all(count: int) -> None:
    unshrunk = settings(more_examples(), phases=[Phase.generate])
    body = find(valid_values.conforming(CONFERENCE), lambda body: len(body) == 1 + count, settings=unshrunk)
    assert len(body) == 1 + count


@CERTAIN
@given(
    st.integers(1, 30).flatmap(
        lambda max_length: st.tuples(st.just(max_length), sample_text.free_texts(0, max_length))
    )
)
def test_free_text_has_the_same_length_for_every_counting_method(case: tuple[int, str]) -> None:
    max_length, text = case
    assert text.strip()
    assert len(text.encode("utf-16-le")) // 2 <= max_length
    assert unicodedata.normalize("NFC", text) == text
    assert all(character.isprintable() or character in "\t\n" for character in text)


@CERTAIN
@given(sample_text.free_texts(least=120))
def test_free_text_without_limit_has_its_minimum_length(text: str) -> None:
    assert len(text) >= 120


@pytest.mark.parametrize("character", ["\n", "\u0436", "\u4e00", "\U0001f600"], ids=ascii)
def test_free_text_has_line_breaks_other_scripts_and_emoji(character: str) -> None:
    text = find(sample_text.free_texts(most=200), lambda text: character in text, settings=more_examples())
    assert text.removeprefix("0") == character


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[ a-c]*$"},
        {"type": "string", "pattern": "^(?:[a-c]|[ ])*$", "maxLength": 5},
        {"type": "string", "format": "uri", "maxLength": 30},
        {"type": "number", "minimum": 0.1, "maximum": 0.2},
        {"type": "object", "additionalProperties": False},
        {"type": "object", "additionalProperties": {"type": "boolean"}},
        {"required": ["a"], "additionalProperties": {"type": "boolean"}},
        {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 7}]},
        {"items": {"type": "null"}, "minItems": 2},
        {"type": "integer", "minimum": 3_000_000_000},
        {"type": "integer", "maximum": 9, "minimum": 1, "x-open": {"const": 5}},
        {"type": "integer", "maximum": 9, "x-open": {"minimum": 5}},
        {"type": "string", "maxLength": 9, "x-open": {"not": {"minLength": 3, "maxLength": 5}}},
        {"type": "string", "pattern": "^a*$", "x-open": {"not": {"pattern": "^[ab]{2,4}$"}}},
        {"type": "string", "maxLength": 9, "x-open": {"not": {"type": "string", "maxLength": 5}}},
        {"type": "integer", "minimum": 1, "maximum": 3, "x-open": {"minimum": 2, "maximum": 2}},
        {"type": "string", "enum": ["a", "b", "c"], "x-open": {"enum": ["b"]}},
        {"type": "string", "minLength": 2, "x-open": {"minLength": 6, "pattern": "x"}},
    ],
    ids=str,
)
@CERTAIN
@given(data=st.data())
def test_values_of_other_schemas_conform(schema: dict[str, Any], data: st.DataObject) -> None:
    value = data.draw(valid_values.conforming(schema))
    assert validation_errors(schema, value) == []
    assert "x-open" not in schema or not validator(schema["x-open"]).is_valid(value)
    assert not isinstance(value, str) or value.strip()


@pytest.mark.parametrize(
    "schema", [{"allOf": []}, {"type": "string", "format": "email"}, {"items": {"not": {}}}], ids=str
)
def test_the_error_for_an_unsupported_schema_names_the_keyword(schema: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedSchemaError, match=r"allOf|email|not"):
        valid_values.conforming(schema)


def test_a_length_that_the_pattern_cannot_reach_has_no_values() -> None:
    assert valid_values.conforming({"type": "string", "pattern": "^[a-c]{3}$", "minLength": 5}).is_empty


@pytest.mark.parametrize(
    "members, smallest",
    [
        ({"layout"}, {"layout": "grid-responsive"}),
        ({"name", "dark_primary"}, {"name": "0", "dark_primary": "#000000"}),
        (
            {"join_until", "join_from"},
            {"join_from": "2040-01-01T00:00:00Z", "join_until": "2040-01-01T01:00:00Z"},
        ),
    ],
)
def test_a_finding_has_few_members(members: set[str], smallest: dict[str, str]) -> None:
    body = find(
        valid_values.conforming(CONFERENCE), lambda body: members <= body.keys(), settings=more_examples()
    )
    assert body == {"display_name": "0", **smallest}


def test_a_finding_has_simple_values() -> None:
    smallest = find(
        valid_values.conforming(CONFERENCE),
        lambda body: "-" in body.get("name", "") and len(body["display_name"]) > 2,
        settings=more_examples(),
    )
    assert smallest == {"display_name": "000", "name": "-"}


def more_examples() -> settings:
    return settings(CERTAIN, max_examples=5000)
