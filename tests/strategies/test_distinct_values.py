"""Members of an object get distinct values, as far as their types allow it."""

from typing import Any

from spec.operations import operation
from spec.validation import validator
from strategies.distinct_values import with_distinct_values

CONFERENCE: dict[str, Any] = dict(operation("VC-CREATE").request or {})
COLORS = [name for name, node in CONFERENCE["properties"].items() if "x-compare" in node]
NUMBERS = {"properties": {name: {"type": "integer", "minimum": 0, "maximum": 2} for name in "abcd"}}


def test_colors_are_distinct_without_letter_case() -> None:
    for color in ("#abcdef", "#ABCDEF", "#000000"):
        body = with_distinct_values(CONFERENCE, {"display_name": "a", **dict.fromkeys(COLORS, color)})
        assert len({body[name].lower() for name in COLORS}) == len(COLORS)
        assert body[COLORS[0]] == color
        assert validator(CONFERENCE).is_valid(body)


def test_the_values_of_kept_members_stay() -> None:
    body = {"display_name": "a", "name": "a", "description": "a"}
    distinct = with_distinct_values(CONFERENCE, body, kept={"description"})
    assert distinct["description"] == "a"
    assert len(set(distinct.values())) == 3


def test_numbers_stay_within_their_limits() -> None:
    distinct = with_distinct_values(NUMBERS, dict.fromkeys("abc", 2))
    assert sorted(distinct.values()) == [0, 1, 2]


def test_a_member_without_another_value_repeats_one() -> None:
    assert with_distinct_values(NUMBERS, dict.fromkeys("abcd", 1)) == {"a": 1, "b": 2, "c": 0, "d": 1}


def test_booleans_and_enumerations_stay() -> None:
    body = {"display_name": "a", "record_on_start": True, "enable_chat": True, "quality": "720p"}
    assert with_distinct_values(CONFERENCE, body) == body
