"""Comparison of JSON values by their meaning: instants, colors, numbers."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

ONE_SECOND: Final = dt.timedelta(seconds=1)
_HALF_A_SECOND: Final = ONE_SECOND / 2
_BARE_DATE: Final = len("2041-05-06")


def equivalent(expected: Any, received: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether two values have the same meaning: instants to the second, colors in any letter case.

    Identical values are the same, whatever their form; whether a string is an instant is another requirement.
    """
    if _json_equal(expected, received):
        return True
    if schema.get("format") == "date-time" and isinstance(expected, str) and isinstance(received, str):
        return _may_be_stored_as(parse_instant(expected), parse_instant(received))
    if (
        schema.get("x-compare") == "case-insensitive"
        and isinstance(expected, str)
        and isinstance(received, str)
    ):
        return expected.lower() == received.lower()
    return False


def _json_equal(first: Any, second: Any) -> bool:
    """Return whether two JSON values are equal: 1 equals 1.0, but not true."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_json_equal(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_json_equal, first, second))
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    return bool(first == second)


def _may_be_stored_as(sent: dt.datetime | None, stored: dt.datetime | None) -> bool:
    """Return whether an instant may be stored as another: its fraction of a second may be lost or rounded."""
    if sent is None or stored is None:
        return False
    is_in_same_second = sent.replace(microsecond=0) == stored.replace(microsecond=0)
    return is_in_same_second or -ONE_SECOND < stored - sent < _HALF_A_SECOND


def same_second(first: dt.datetime | None, second: dt.datetime | None) -> bool:
    """Return whether two instants differ by less than one second."""
    return first is not None and second is not None and abs(first - second) < ONE_SECOND


def parse_instant(text: Any) -> dt.datetime | None:
    """Return the instant of an RFC 3339 string, midnight UTC for a bare date, or None if it is not valid."""
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text.upper())
        if len(text) == _BARE_DATE:
            moment = moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
