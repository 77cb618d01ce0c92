"""Values of string formats: samples, random values, and invalid values.

Strings of other formats are not supported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies import date_times, schema_nodes
from strategies.schema_nodes import Schema, UnsupportedSchemaError

_MIDNIGHT = "T00:00:00Z"
_DAY = "2041-05-06"
_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_URI = "https://example.com/"
_PATH = "abcdefghijklmnopqrstuvwxyz0123456789-._~"


@dataclass(frozen=True)
class Format:
    """Valid and invalid values of a format."""

    samples: Sequence[str]
    """Valid strings, the simplest first."""
    invalid_samples: Mapping[str, str]
    """Invalid strings by label."""
    values: Callable[[], SearchStrategy[str]]
    random_invalid: Callable[[], SearchStrategy[str]]
    impossible: Mapping[str, str]
    """Well-formed strings that denote nothing, such as a day that does not exist, by label."""
    random_impossible: Callable[[], SearchStrategy[str]] = st.nothing
    offsets: Sequence[str] = ()
    fractions: Sequence[str] = ()


def has_format(schema: Schema) -> bool:
    """Return whether the node is a string with a format; formats of numbers are limits."""
    return "format" in schema and "string" in schema_nodes.types(schema)


def format_of(schema: Schema) -> Format:
    """Return the format of a node; one without values for a node without a format.

    Generated date-times are in UTC and whole seconds where offsets or fractions are not required.
    """
    if not has_format(schema):
        return _NO_FORMAT
    name = schema["format"]
    if name not in _formats():
        raise UnsupportedSchemaError(f"unsupported format {name!r}; expected one of {', '.join(_formats())}")
    if _OPTIONAL_FORMS.isdisjoint(schema.get("x-readings", ())):
        return _formats()[name]
    return replace(_formats()[name], values=date_times.rfc3339)


_OPTIONAL_FORMS = frozenset({"OFFSET", "FRACTION"})  # rules of date-times that a reading may relax
_NO_FORMAT = Format((), {}, st.nothing, st.nothing, {})


@cache
def _formats() -> Mapping[str, Format]:
    return {"date-time": _date_times(), "date": _dates(), "uuid": _uuids(), "uri": _uris()}


def _date_times() -> Format:
    days = {f"{day} does not exist": day + _MIDNIGHT for day in date_times.IMPOSSIBLE_DAYS}
    times = {f"{time} does not exist": f"{_DAY}T{time}Z" for time in date_times.IMPOSSIBLE_TIMES}
    return Format(
        samples=date_times.UTC_TEXTS,
        invalid_samples=date_times.INVALID_DATE_TIMES,
        values=date_times.date_times,
        random_invalid=date_times.invalid_date_times,
        impossible=days | times,
        random_impossible=lambda: date_times.impossible_days().map(lambda day: day + _MIDNIGHT),
        offsets=date_times.OFFSET_TEXTS,
        fractions=date_times.FRACTION_TEXTS,
    )


def _dates() -> Format:
    return Format(
        samples=[day.isoformat() for day in date_times.NOTABLE_DAYS],
        invalid_samples=date_times.INVALID_DATES,
        values=lambda: date_times.days().map(str),
        random_invalid=date_times.invalid_dates,
        impossible={f"{day} does not exist": day for day in date_times.IMPOSSIBLE_DAYS},
        random_impossible=date_times.impossible_days,
    )


def _uuids() -> Format:
    return Format(
        samples=[_UUID, _UUID.upper(), str(UUID(int=0))],
        invalid_samples={
            "empty": "",
            "a word": "id",
            "one digit too few": _UUID[:-1],
            "one digit too many": f"{_UUID}0",
            "a letter that is not a hexadecimal digit": f"g{_UUID[1:]}",
            "a slash for a hyphen": _UUID.replace("-", "/", 1),
        },
        values=lambda: st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number))),
        random_invalid=lambda: st.integers(0, len(_UUID) - 1).map(lambda place: _UUID[:place]),
        impossible={},
    )


def _uris() -> Format:
    return Format(
        samples=[_URI, f"{_URI}a/b?c=d&e=%20#f", "http://192.0.2.1:8080", "urn:example:a"],
        invalid_samples={
            "empty": "",
            "no scheme": _URI.removeprefix("https:"),
            "a path": "a/b",
            "a space inside": f"{_URI}a b",
            "a colon first": f":{_URI}",
        },
        values=lambda: st.text(_PATH, max_size=40).map(_URI.__add__),
        random_invalid=lambda: st.text(_PATH, max_size=40).map("/".__add__),
        impossible={},
    )
