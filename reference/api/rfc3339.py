"""Parsing of RFC 3339 dates and timestamps."""

import datetime as dt
import re
from dataclasses import dataclass

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMESTAMP = re.compile(
    _DATE.pattern
    + r"[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)
_LEAP_SECOND = 60
_MAX_HOUR, _MAX_MINUTE = 23, 59


@dataclass(frozen=True)
class TimestampParts:
    """The parts of a timestamp; the offset is in minutes east of UTC."""

    day: tuple[int, int, int]
    time: tuple[int, int, int]
    microsecond: int = 0
    offset: int = 0


def parse_date(text: str) -> tuple[int, int, int] | None:
    """Parse a date without a time as year, month and day; the day may not exist."""
    match = _DATE.fullmatch(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def parse_timestamp(text: str) -> TimestampParts:
    """Parse a timestamp; the day may not exist."""
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        raise ValueError(f"not a timestamp: {text!r}")
    numbers = [int(match[group]) for group in range(1, 7)]
    return TimestampParts(
        day=(numbers[0], numbers[1], numbers[2]),
        time=(numbers[3], numbers[4], numbers[5]),
        microsecond=int((match[7] or "0").ljust(6, "0")[:6]),
        offset=0 if match[8] else _offset(match[9], int(match[10]), int(match[11])),
    )


def _offset(sign: str, hours: int, minutes: int) -> int:
    if hours > _MAX_HOUR or minutes > _MAX_MINUTE:
        raise ValueError(f"invalid offset: {sign}{hours}:{minutes}")
    return (hours * 60 + minutes) * (-1 if sign == "-" else 1)


def local_time(parts: TimestampParts) -> dt.datetime:
    """Combine the parts without the offset; a leap second is the first second of the next minute."""
    hour, minute, second = parts.time
    leap = second == _LEAP_SECOND
    whole = dt.datetime(*parts.day, hour, minute, second - leap, parts.microsecond, tzinfo=dt.UTC)
    return whole + dt.timedelta(seconds=leap)
