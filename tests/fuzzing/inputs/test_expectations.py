"""Bodies that every server has to accept or reject, and those that it may treat in either way."""

from typing import Any

import pytest

from conformance.fuzzing.inputs import expectations

NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"


def body(**members: Any) -> dict[str, Any]:
    return {"display_name": "a", "name": NAME, **members}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"description": "\u00e9" * 3000},
        {"description": "\U0001f600\n\u2028 tab\t"},
        {"join_from": "2041-05-06", "join_until": "2041-05-06T00:00:01Z"},
        {"join_until": "9998-12-31T23:59:59.5-05:30"},
        {"dark_primary": "#aBcDeF", "quality": "1080p"},
    ],
)
def test_a_documented_value_must_be_accepted(members: dict[str, Any]) -> None:
    assert expectations.must_be_accepted("VC-CREATE", body(**members))
    assert not expectations.is_doubtful("VC-CREATE", body(**members))


@pytest.mark.parametrize(
    "members",
    [
        {"name": "taken"},
        {"description": " "},
        {"description": "a\x00"},
        {"description": "\ufeffa"},
        {"display_name": "\U0001f600" * 51},
        {"join_from": "1970-01-01T00:00:00Z"},
        {"join_from": "2041-06-30T23:59:60Z"},
        {"join_from": "2041-05-06T07:08:09-00:00"},
        {"join_from": "2041-05-06T07:08:09.9999Z"},
        {"join_from": "2041-05-06T07:08:09Z", "join_until": "2041-05-06T09:08:09+02:00"},
        {"another": 1},
    ],
)
def test_a_value_that_a_server_may_reject_is_in_doubt(members: dict[str, Any]) -> None:
    assert not expectations.must_be_accepted("VC-CREATE", body(**members))
    assert expectations.is_doubtful("VC-CREATE", body(**members))
    assert expectations.rejection_rules("VC-CREATE", body(**members)) == {}


@pytest.mark.parametrize(
    "members, rules",
    [
        ({"quality": "8k"}, {"quality": "ENUM"}),
        ({"name": "a b"}, {"name": "PATTERN"}),
        ({"description": "a" * 3001}, {"description": "MAXLENGTH"}),
        ({"display_name": []}, {"display_name": "TYPE"}),
        ({"join_from": "2041-02-30T00:00:00Z"}, {"join_from": "FORMAT-IMPOSSIBLE"}),
        ({"quality": "8k", "size": {}}, {"quality": "ENUM", "size": "TYPE"}),
    ],
)
def test_a_certainly_invalid_value_has_the_rule_that_it_breaks(
    members: dict[str, Any], rules: dict[str, str]
) -> None:
    assert expectations.rejection_rules("VC-CREATE", body(**members)) == rules


@pytest.mark.parametrize(
    "members",
    [{"description": "\U0001f600" * 2000}, {"record_on_start": "true"}, {"size": None}],
)
def test_an_invalid_value_that_a_server_may_convert_or_count_differently_breaks_no_rule(
    members: dict[str, Any],
) -> None:
    assert expectations.rejection_rules("VC-CREATE", body(**members)) == {}


def test_null_and_empty_values_of_a_free_form_object_are_in_doubt() -> None:
    room = {"name": NAME, "enable_room_previews": True}
    meta: dict[str, Any]
    for meta in ({"a": {"b": ["c", 1, True]}}, {}):
        assert expectations.must_be_accepted("FCR-CREATE", {**room, "meta": meta})
    for meta in ({"a": None}, {"a": 1.5}, {"a": []}, {"__proto__": 1}):
        assert not expectations.must_be_accepted("FCR-CREATE", {**room, "meta": meta})
