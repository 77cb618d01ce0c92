"""Texts of RFC 3339 and the instants that they denote."""

import datetime as dt
import re
from dataclasses import dataclass

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    _DAY.pattern
    + r"[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)
_LEAP_SECOND = 60
_LAST_HOUR, _LAST_MINUTE = 23, 59


@dataclass(frozen=True)
class Parts:
    """The parts of a date-time; the offset is in minutes east of UTC."""

    day: tuple[int, int, int]
    time: tuple[int, int, int]
    microsecond: int = 0
    offset: int = 0


def day(text: str) -> tuple[int, int, int] | None:
    """Read a bare date: year, month, day, which need not exist."""
    found = _DAY.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def parts(text: str) -> Parts:
    """Read the parts of a date-time, whose day need not exist."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(f"not a date-time: {text!r}")
    numbers = [int(found[group]) for group in range(1, 7)]
    return Parts(
        day=(numbers[0], numbers[1], numbers[2]),
        time=(numbers[3], numbers[4], numbers[5]),
        microsecond=int((found[7] or "0").ljust(6, "0")[:6]),
        offset=0 if found[8] else _offset(found[9], int(found[10]), int(found[11])),
    )


def _offset(sign: str, hours: int, minutes: int) -> int:
    if hours > _LAST_HOUR or minutes > _LAST_MINUTE:
        raise ValueError(f"no such offset: {sign}{hours}:{minutes}")
    return (hours * 60 + minutes) * (-1 if sign == "-" else 1)


def local(of: Parts) -> dt.datetime:
    """Combine the parts, as if the clock of the text were that of UTC; a leap second is the next second."""
    hour, minute, second = of.time
    leap = second == _LEAP_SECOND
    whole = dt.datetime(*of.day, hour, minute, second - leap, of.microsecond, tzinfo=dt.UTC)
    return whole + dt.timedelta(seconds=leap)
