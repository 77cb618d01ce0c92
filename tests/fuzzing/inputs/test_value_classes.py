"""Classes of values."""

from typing import Any

import pytest

from conformance.fuzzing.inputs.value_classes import has_class, value_class


@pytest.mark.parametrize(
    "value, expected",
    [
        (True, "true"),
        (None, "null"),
        (1, "1"),
        (300, "number of 9 bits"),
        (1.5, "fraction"),
        ("", "empty text"),
        ("a", "text"),
        ("1080p", "'1080p'"),
        ("#aabbcc", "text"),
        (" a", "leading space"),
        ("a\u2028b", "line separator"),
        ("a" * 100, "text of 128"),
        ("\U0001f600", "astral character"),
        ("2041-05-06", "date"),
        ("2041-05-06T07:08:09Z", "date-time"),
        (
            "2100-02-29T00:00:00.5+05:30",
            "date-time of 2100s on 02-29 at 00:00:00 with a fraction with offset + in minutes",
        ),
        ({}, "empty object"),
        ({"a": {"b": 1}}, "object of depth 2 int"),
        ({"a.b": "x"}, "object of depth 1 with '.' str"),
        (["x"], "array of 1"),
    ],
)
def test_a_value_has_a_class(value: Any, expected: str) -> None:
    assert value_class(value) == expected


def test_the_unique_name_in_a_text_does_not_count() -> None:
    assert value_class("-cc-0badcafe-5d3c1f9e7a2b-0_Z") == value_class("-")


@pytest.mark.parametrize(
    "value, kind, expected",
    [
        ("a\u200bb\u00e9", "zero width space", True),
        ("a\u00e9", "zero width space", False),
        ("anything", "text", True),
        ({"a.b": {"c": 2**40}}, "object of depth 1 large-int", True),
        ({"a": 1}, "object of depth 1 large-int", False),
    ],
)
def test_a_value_may_have_more_characteristics_than_a_class(value: Any, kind: str, *, expected: bool) -> None:
    assert has_class(value, kind) is expected
