"""Days and instants exist and are in the future; invalid date-times are invalid."""

import datetime as dt

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from spec.formats import is_date, is_date_time
from strategies import date_times

CERTAIN = settings(max_examples=200, derandomize=True, database=None, deadline=None)
START, END = dt.datetime(2040, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
LAST_DAY_OF_THE_CALENDAR = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


@CERTAIN
@given(date_times.days())
def test_days_are_from_2040_to_9998(day: dt.date) -> None:
    assert START.date() <= day < END.date()


@CERTAIN
@given(date_times.instants())
def test_instants_are_from_2040_to_9998_in_whole_seconds(instant: dt.datetime) -> None:
    assert START <= instant < END
    assert instant.utcoffset() == dt.timedelta(0)
    assert not instant.microsecond


@CERTAIN
@given(date_times.date_times())
def test_date_times_are_in_the_future(text: str) -> None:
    assert is_date_time(text)
    assert START <= date_times.parse_instant(text) < END
    assert date_times.parse_instant(text).microsecond < 500_000


@CERTAIN
@given(date_times.instants(), date_times.offsets())
def test_a_date_time_denotes_its_instant_with_every_offset(
    instant: dt.datetime, offset: dt.timedelta
) -> None:
    assert (
        date_times.parse_instant(date_times.format_date_time(instant))
        == date_times.parse_instant(date_times.format_date_time(instant, offset))
        == instant
    )


def test_parts_of_a_date_time_can_be_chosen() -> None:
    instant = dt.datetime(2041, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
    assert date_times.format_date_time(instant) == "2041-05-06T07:08:09Z"
    assert (
        date_times.format_date_time(instant, dt.timedelta(hours=-5, minutes=-30), ".25")
        == "2041-05-06T01:38:09.25-05:30"
    )
    texts = date_times.rfc3339(st.just(instant), offsets=st.just(dt.timedelta(0)), fractions=st.just(".5"))
    assert find(texts, lambda _: True) == "2041-05-06T07:08:09.5+00:00"


@pytest.mark.parametrize(
    "text", [*date_times.UTC_TEXTS, *date_times.OFFSET_TEXTS, *date_times.FRACTION_TEXTS]
)
def test_listed_date_times_are_in_the_future(text: str) -> None:
    assert is_date_time(text)
    assert START <= date_times.parse_instant(text) < LAST_DAY_OF_THE_CALENDAR


def test_listed_offsets_cross_the_end_of_a_day_both_ways() -> None:
    crossed = [date_times.parse_instant(text).day - int(text[8:10]) for text in date_times.OFFSET_TEXTS]
    assert {0, 30, -30} <= set(crossed)


@pytest.mark.parametrize("text", date_times.INVALID_DATE_TIMES.values(), ids=date_times.INVALID_DATE_TIMES)
def test_listed_invalid_date_times_are_invalid(text: str) -> None:
    assert not is_date_time(text)
    assert not is_date(text)


@pytest.mark.parametrize("day", date_times.IMPOSSIBLE_DAYS)
def test_listed_impossible_days_do_not_exist(day: str) -> None:
    assert not is_date(day)
    assert is_date(day[:8] + "28")


@CERTAIN
@given(date_times.impossible_days())
def test_impossible_days_do_not_exist(day: str) -> None:
    assert not is_date(day)
    assert is_date(day[:8] + "28")


@CERTAIN
@given(date_times.invalid_date_times(), date_times.invalid_dates())
def test_random_invalid_date_times_are_invalid(text: str, day: str) -> None:
    assert not is_date_time(text)
    assert not is_date(text)
    assert not is_date(day)


def test_instants_in_ascending_order_are_a_second_apart() -> None:
    assert date_times.strictly_ascending(
        ["2041-01-01T00:00:00.2Z", "2041-01-01T01:00:00.1+01:00", "2041-01-01T00:30:00Z"]
    ) == [
        "2041-01-01T01:00:00.1+01:00",
        "2041-01-01T01:00:00Z",
        "2041-01-01T02:00:00Z",
    ]
    assert (
        date_times.strictly_ascending(["2041-01-02T00:00:00Z", "2041-01-01T00:00:00Z"])[0]
        == "2041-01-01T00:00:00Z"
    )
