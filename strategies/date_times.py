"""Days, instants, RFC 3339 date-times, and strings that are almost date-times.

All are from 2040 to 9999, so that none is in the past and none leaves the calendar when an offset is applied.
A correct server may accept or reject the following, which are therefore omitted: leap seconds, the offset
-00:00, lowercase t and z, a space instead of T, date-times without an offset, fractions that may be rounded
up to the next second, ISO 8601 forms that RFC 3339 does not allow (24:00, the basic format, a month, a
comma), offsets of a day or more, which the parsers of several languages add like any other offset, and
whitespace around a date-time, months and days of one digit and digits of other scripts, which the parser of a
widespread framework reads.
"""

import calendar
import datetime as dt
from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

FIRST_DAY = dt.date(2040, 1, 1)
LAST_DAY = dt.date(9998, 12, 31)

NOTABLE_DAYS = (
    dt.date(2041, 5, 6),
    dt.date(2040, 2, 29),
    dt.date(2040, 12, 31),
    dt.date(2041, 1, 1),
    dt.date(2041, 2, 28),
    dt.date(2041, 3, 1),
    dt.date(2100, 2, 28),
    dt.date(2100, 3, 1),
    dt.date(2400, 2, 29),
    LAST_DAY,
)
"""An ordinary day, leap days, days around a missing leap day, the ends of years, and the last day."""

WITHOUT_OFFSET = "2041-05-06T07:08:09"
"""A date-time that lacks the offset that RFC 3339 requires."""

ANCIENT_DATE_TIMES = (
    "0001-01-01T00:00:00Z",
    "1582-10-10T00:00:00Z",
    "1899-12-31T23:59:59Z",
    "1969-12-31T23:59:59Z",
)
"""Instants in year 1, in the gap between two calendars, and before the 1900 and Unix epochs."""

LEAP_SECONDS = ("2022-01-01T23:59:60Z", "2041-06-30T23:59:60Z")
"""The documented sample, which never occurred, and the end of a month in which one may occur."""
CALENDAR_ENDS = ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00")
"""Instants that are beyond the first and the last year that most libraries can represent."""

IMPOSSIBLE_TIMES = ("25:00:00", "24:00:01", "23:60:00", "23:59:61", "07:99:99")
"""Times of day that do not exist. Not 24:00:00, which ISO 8601 allows, and not the leap second 23:59:60."""
IMPOSSIBLE_DAYS = ("2041-02-29", "2041-02-30", "2041-04-31", "2100-02-29")

UTC_TEXTS = (
    "2041-05-06T07:08:09Z",
    "2041-01-01T00:00:00Z",
    "2041-12-31T23:59:59Z",
    "2040-02-29T12:00:00Z",
    "2400-02-29T23:59:59Z",
    "9999-12-30T23:59:59Z",
)
OFFSET_TEXTS = (
    "2041-05-06T09:08:09+02:00",
    "2041-05-06T07:08:09+00:00",
    "2041-05-06T01:38:09-05:30",
    "2041-01-01T01:00:00+05:45",
    "2040-12-31T20:00:00-08:00",
    "2041-03-01T13:59:59+14:00",
)
"""In UTC, the fourth is in 2040 and the fifth in 2041."""
FRACTION_TEXTS = (
    "2041-05-06T07:08:09.123456Z",
    "2041-05-06T07:08:09.000Z",
    "2041-05-06T09:08:09.123456+02:00",
    "2041-05-06T07:08:09.25Z",
    "2041-05-06T09:08:09.4+02:00",
)
"""Each third of them, one to each of the members that share them, has one of six digits."""

INVALID_DATE_TIMES = {
    "the word soon": "soon",
    "empty": "",
    "the word tomorrow": "tomorrow",
    "day, month and year with slashes": "06/05/2041",
    "the word now": "now",
    "month 13": "2041-13-01T00:00:00Z",
    "day 32": "2041-05-32T00:00:00Z",
    "hour 25": "2041-05-06T25:00:00Z",
    "minute 60": "2041-05-06T07:60:09Z",
    "minute 61": "2041-05-06T07:61:09Z",
    "the name of a zone": "2041-05-06T07:08:09 EST",
    "nothing after the T": "2041-05-06T",
    "trailing words": "2041-05-06T07:08:09Z or later",
    "month 0": "2041-00-06T07:08:09Z",
    "day 0": "2041-05-00T07:08:09Z",
    "a day that does not exist, alone": "2041-02-30",
    "a letter after a day": "2041-05-06x",
    "year, month and day with slashes": "2041/05/06",
    "day 32, alone": "2041-05-32",
    "month 13, alone": "2041-13-01",
    "an HTTP date": "Mon, 06 May 2041 07:08:09 GMT",
    "a year of two digits": "41-05-06T07:08:09Z",
}
"""Strings that are not date-times, by label. Days that do not exist are in IMPOSSIBLE_DAYS."""
INVALID_DATES = {
    "the word soon": "soon",
    "empty": "",
    "day, month and year with slashes": "06/05/2041",
    "month 13": "2041-13-01",
    "day 32": "2041-05-32",
    "no day": "2041-05",
}
"""Strings that are not dates, by label."""

_MIDNIGHT = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
_LAST_SECOND = (LAST_DAY - FIRST_DAY).days * 86_400 + 86_399
_NOTABLE_INSTANTS = tuple(
    dt.datetime.combine(day, time, dt.UTC)
    for day in NOTABLE_DAYS
    for time in (dt.time(), dt.time(23, 59, 59))
)
_ONE_HOUR = dt.timedelta(hours=1)
_BEYOND_SHORT_MONTHS = ("02-30", "02-31", "04-31", "06-31", "09-31", "11-31")
_LENGTH_TO_SECONDS = len("2041-05-06T07:08:09")
_WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
_NO_OFFSET: SearchStrategy[dt.timedelta | None] = st.none()
_NO_FRACTION = st.just("")


def days() -> SearchStrategy[dt.date]:
    """Generate calendar days from 2040 on, including leap days and the ends of years."""
    return st.one_of(st.sampled_from(NOTABLE_DAYS), st.dates(FIRST_DAY, LAST_DAY))


def instants() -> SearchStrategy[dt.datetime]:
    """Generate instants in UTC from 2040 on, in whole seconds, including notable days."""
    # Drawing seconds is three times faster than st.datetimes().
    counted = st.integers(0, _LAST_SECOND).map(lambda seconds: _MIDNIGHT + dt.timedelta(seconds=seconds))
    return st.one_of(counted, st.sampled_from(_NOTABLE_INSTANTS))


def offsets() -> SearchStrategy[dt.timedelta]:
    """Generate offsets from -12:00 to +14:00 in steps of 15 minutes."""
    return st.integers(-12 * 4, 14 * 4).map(lambda quarters: dt.timedelta(minutes=15 * quarters))


def fractions() -> SearchStrategy[str]:
    """Generate fractions of a second with a leading point: one to six digits, less than half a second."""
    return st.builds(_fraction, st.sampled_from("01234"), st.text("0123456789", max_size=5))


_INSTANTS = instants()


def rfc3339(
    instants: SearchStrategy[dt.datetime] = _INSTANTS,
    *,
    offsets: SearchStrategy[dt.timedelta | None] = _NO_OFFSET,
    fractions: SearchStrategy[str] = _NO_FRACTION,
) -> SearchStrategy[str]:
    """Generate RFC 3339 date-times: whole seconds in UTC with Z, unless offsets or fractions are passed."""
    return st.builds(format_date_time, instants, offset=offsets, fraction=fractions)


def date_times() -> SearchStrategy[str]:
    """Generate RFC 3339 date-times: in UTC, sometimes with an offset or a fraction."""
    in_utc = instants().map(format_date_time)
    return st.one_of(in_utc, in_utc, rfc3339(offsets=offsets()), rfc3339(fractions=fractions()))


def impossible_days() -> SearchStrategy[str]:
    """Generate dates that do not exist, such as 29 February of a common year."""
    years = st.integers(FIRST_DAY.year, LAST_DAY.year)
    short = st.builds("{}-{}".format, years, st.sampled_from(_BEYOND_SHORT_MONTHS))
    return st.one_of(short, years.map(_no_leap_day))


def invalid_date_times() -> SearchStrategy[str]:
    """Generate strings that are not date-times: one part out of range, or words.

    Excludes days that do not exist, and 24:00, which ISO 8601 allows.
    """
    return st.one_of(
        st.integers(13, 99).map("2041-{:02}-06T07:08:09Z".format),
        st.integers(32, 99).map("2041-05-{:02}T07:08:09Z".format),
        st.integers(25, 99).map("2041-05-06T{:02}:08:09Z".format),
        st.integers(60, 99).map("2041-05-06T07:{:02}:09Z".format),
        st.integers(61, 99).map("2041-05-06T07:08:{:02}Z".format),
        _WORDS,
    )


def invalid_dates() -> SearchStrategy[str]:
    """Generate strings that are not dates, except days that do not exist: one part out of range, or words."""
    return st.one_of(
        st.integers(13, 99).map("2041-{:02}-06".format),
        st.integers(32, 99).map("2041-05-{:02}".format),
        _WORDS,
    )


def format_date_time(instant: dt.datetime, offset: dt.timedelta | None = None, fraction: str = "") -> str:
    """Return an instant as an RFC 3339 date-time, with Z if there is no offset."""
    local = instant.astimezone(dt.UTC if offset is None else dt.timezone(offset)).isoformat(
        timespec="seconds"
    )
    return f"{local[:_LENGTH_TO_SECONDS]}{fraction}{'Z' if offset is None else local[_LENGTH_TO_SECONDS:]}"


def parse_instant(text: str) -> dt.datetime:
    """Return the instant that an RFC 3339 date-time denotes."""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def strictly_ascending(texts: Iterable[str]) -> list[str]:
    """Return the date-times in ascending order, at least one second apart.

    A date-time that is too close to its predecessor is replaced by one an hour after the predecessor.
    """
    ordered: list[str] = []
    for date_time in sorted(texts, key=parse_instant):
        if ordered and _second(date_time) <= _second(ordered[-1]):
            ordered.append(format_date_time(_second(ordered[-1]) + _ONE_HOUR))
        else:
            ordered.append(date_time)
    return ordered


def _second(text: str) -> dt.datetime:
    return parse_instant(text).replace(microsecond=0)


def _fraction(first: str, rest: str) -> str:
    return f".{first}{rest}"


def _no_leap_day(year: int) -> str:
    return f"{year + calendar.isleap(year)}-02-29"
