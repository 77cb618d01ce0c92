"""Comparison of JSON values by their meaning."""

import datetime as dt
from functools import partial
from typing import Any

import pytest

from conformance.results import value_comparison

TIME = {"type": "string", "format": "date-time"}
COLOR = {"type": "string", "x-compare": "case-insensitive"}


@pytest.mark.parametrize(
    "one, other, schema",
    [
        ("a", "a", {}),
        (1, 1.0, {}),
        (0, -0.0, {}),
        (None, None, {}),
        (True, True, {}),
        ([1, [2]], [1.0, [2]], {}),
        ({"a": {"b": 1}, "c": 2}, {"c": 2, "a": {"b": 1}}, {}),
        ("#aAbBcC", "#AABBCC", COLOR),
        (None, None, COLOR),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09.000Z", TIME),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09.9Z", TIME),
        ("2041-05-06T07:08:09+05:30", "2041-05-06T01:38:09Z", TIME),
        ("2041-05-06t07:08:09z", "2041-05-06T07:08:09Z", TIME),
        ("2041-05-06", "2041-05-06T00:00:00Z", TIME),
        ("2041-01-01T00:00:00+01:00", "2040-12-31T23:00:00-00:00", TIME),
        (None, None, TIME),
        (7, 7, TIME),
        ("2041-05-06T00:00:00", "2041-05-06T00:00:00", TIME),
        ("2041-05-06T00:00:00+25:00", "2041-05-06T00:00:00+25:00", TIME),
    ],
)
def test_values_with_the_same_meaning_are_equivalent(one: Any, other: Any, schema: dict[str, Any]) -> None:
    assert value_comparison.equivalent(one, other, schema)
    assert value_comparison.equivalent(other, one, schema)


@pytest.mark.parametrize(
    "one, other, schema",
    [
        ("a", "A", {}),
        ("a", "a ", {}),
        ("e\u0301", "\u00e9", {}),
        ("1", 1, {}),
        (1, True, {}),
        (0, False, {}),
        (1.0, True, {}),
        (None, "", {}),
        (None, False, {}),
        (None, [], {}),
        ([], {}, {}),
        ([1], [1, 1], {}),
        ([1, 2], [2, 1], {}),
        ([1], [True], {}),
        ({"a": 1}, {"a": 1, "b": None}, {}),
        ({"a": 1}, {"a": True}, {}),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, {}),
        (1, 1.0000001, {}),
        (9007199254740993, 9007199254740992.0, {}),
        ("#aabbcc", "#aabbcd", COLOR),
        ("#aabbcc", None, COLOR),
        ("#aabbcc", 7, COLOR),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:10Z", TIME),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09+01:00", TIME),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09", TIME),
        ("2041-05-06", "2041-05-07T00:00:00Z", TIME),
        ("2041-05-06T07:08:09Z", None, TIME),
        ("2041-05-06T07:08:09Z", 2251350489, TIME),
        ("2041-05-06T07:08:09Z", "soon", TIME),
    ],
)
def test_values_with_a_different_meaning_are_not_equivalent(
    one: Any, other: Any, schema: dict[str, Any]
) -> None:
    assert not value_comparison.equivalent(one, other, schema)
    assert not value_comparison.equivalent(other, one, schema)


@pytest.mark.parametrize(
    "sent, stored, is_permitted",
    [
        ("2041-05-06T07:08:09.4Z", "2041-05-06T07:08:09Z", True),
        ("2041-05-06T07:08:09.6Z", "2041-05-06T07:08:10Z", True),
        ("2041-05-06T07:08:09.4Z", "2041-05-06T07:08:10Z", False),
        ("2041-05-06T07:08:09.4Z", "2041-05-06T07:08:08Z", False),
    ],
)
def test_a_fraction_may_be_lost_or_rounded_to_the_nearest_second(
    sent: str, stored: str, *, is_permitted: bool
) -> None:
    assert value_comparison.equivalent(sent, stored, TIME) is is_permitted


utc = partial(dt.datetime, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2041-05-06T07:08:09Z", utc(2041, 5, 6, 7, 8, 9)),
        ("2041-05-06t07:08:09z", utc(2041, 5, 6, 7, 8, 9)),
        ("2041-05-06T07:08:09+00:00", utc(2041, 5, 6, 7, 8, 9)),
        ("2041-05-06T07:08:09-00:00", utc(2041, 5, 6, 7, 8, 9)),
        ("2041-05-06T07:08:09.5Z", utc(2041, 5, 6, 7, 8, 9, 500_000)),
        ("2041-05-06T07:08:09.123456789Z", utc(2041, 5, 6, 7, 8, 9, 123_456)),
        ("2041-05-06T07:08:09+14:00", utc(2041, 5, 5, 17, 8, 9)),
        ("2041-05-06T07:08:09-12:00", utc(2041, 5, 6, 19, 8, 9)),
        ("2040-02-29T23:59:59-00:30", utc(2040, 3, 1, 0, 29, 59)),
        ("2041-05-06", utc(2041, 5, 6)),
        ("2040-02-29", utc(2040, 2, 29)),
        ("9999-12-31T23:59:59Z", utc(9999, 12, 31, 23, 59, 59)),
        ("0001-01-01T00:00:00Z", utc(1, 1, 1)),
    ],
)
def test_instants_are_parsed(text: str, moment: dt.datetime) -> None:
    assert value_comparison.parse_instant(text) == moment


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "2041-05-06T07:08:09",
        "2041-02-30",
        "2041-02-29T00:00:00Z",
        "2041-13-01T00:00:00Z",
        "2041-05-06T25:00:00Z",
        "2022-01-01T23:59:60Z",
        "2041-05-06T07:08:09+24:00",
        "20410506",
        "05/06/2041",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        2251350489,
        None,
        True,
        ["2041-05-06"],
    ],
)
def test_an_invalid_instant_is_none(value: Any) -> None:
    assert value_comparison.parse_instant(value) is None


def test_a_missing_instant_is_never_in_the_same_second() -> None:
    now = dt.datetime.now(dt.UTC)
    assert not value_comparison.same_second(None, now)
    assert not value_comparison.same_second(now, None)
    assert not value_comparison.same_second(None, None)
