"""Validation of the JSON Schema formats that the API uses, according to their standards.

The checkers of jsonschema reject leap seconds, the year 0 and lowercase t and z, and accept a trailing line
break.
"""

import calendar
import re
from urllib.parse import urlsplit

_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
_DATE_TIME = re.compile(
    rf"{_DATE.pattern}T(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)(?:\.\d+)?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[01]\d|2[0-3]):(?P<minutes>[0-5]\d))",
    re.ASCII | re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~%A-Z]+")
_LAST_MINUTE = 23 * 60 + 59


def is_date_time(text: str) -> bool:
    """Return whether the text is an RFC 3339 date-time (section 5.6) on an existing day."""
    match = _DATE_TIME.fullmatch(text)
    return match is not None and _exists(match) and (match["second"] != "60" or _may_leap(match))


def is_date(text: str) -> bool:
    """Return whether the text is an RFC 3339 full-date (section 5.6) that exists."""
    match = _DATE.fullmatch(text)
    return match is not None and _exists(match)


def is_uuid(text: str) -> bool:
    """Return whether the text is an RFC 9562 UUID (section 4), in either letter case."""
    return _UUID.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """Return whether the text is an RFC 3986 URI: a scheme, and no character that has to be escaped."""
    if _URI.fullmatch(text) is None:
        return False
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _exists(match: re.Match[str]) -> bool:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    return month in range(1, 13) and 1 <= day <= calendar.monthrange(year, month)[1]


def _may_leap(match: re.Match[str]) -> bool:
    """Return whether the minute is the last of a day in UTC, the only one that can have a second 60."""
    offset = int(f"{match['sign'] or '+'}1") * (60 * int(match["hours"] or 0) + int(match["minutes"] or 0))
    return (60 * int(match["hour"]) + int(match["minute"]) - offset) % (24 * 60) == _LAST_MINUTE
