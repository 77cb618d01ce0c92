"""The formats of strings that values are built for: samples, random values, and texts that just fail.

Other formats have no meaning here: a string with one of them cannot be built, only passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies import date_times, schema_nodes
from strategies.schema_nodes import Schema, UnsupportedSchemaError

_MIDNIGHT = "T00:00:00Z"
_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_URI = "https://example.com/"
_PATH = "abcdefghijklmnopqrstuvwxyz0123456789-._~"


@dataclass(frozen=True)
class Format:
    """What is known of a format."""

    samples: Sequence[str]
    """Texts that have it, the simplest first."""
    misfits: Mapping[str, str]
    """Texts that just do not have it: label -> text."""
    values: Callable[[], SearchStrategy[str]]
    random_misfits: Callable[[], SearchStrategy[str]]
    impossible: Mapping[str, str]
    """Texts that would have it if they denoted anything: label -> text."""
    random_impossible: Callable[[], SearchStrategy[str]] = st.nothing
    offsets: Sequence[str] = ()
    fractions: Sequence[str] = ()


def has_one(schema: Schema) -> bool:
    """Tell whether the node is a string with a format; numbers have formats that say something else."""
    return "format" in schema and "string" in schema_nodes.types(schema)


def of(schema: Schema) -> Format:
    """Return the format of a node; one that has nothing for a node without."""
    if not has_one(schema):
        return _NONE
    name = schema["format"]
    if name not in _formats():
        raise UnsupportedSchemaError(
            f"no strings are built for the format {name!r}; only {', '.join(_formats())}"
        )
    return _formats()[name]


_NONE = Format((), {}, st.nothing, st.nothing, {})


@cache
def _formats() -> Mapping[str, Format]:
    return {"date-time": _date_times(), "date": _dates(), "uuid": _uuids(), "uri": _uris()}


def _date_times() -> Format:
    impossible = {f"{day} does not exist": day + _MIDNIGHT for day in date_times.IMPOSSIBLE_DAYS}
    return Format(
        samples=date_times.UTC_TEXTS,
        misfits=date_times.MISFITS,
        values=date_times.date_times,
        random_misfits=date_times.misfits,
        impossible=impossible | {"25 o'clock does not exist": date_times.MISFITS["hour 25"]},
        random_impossible=lambda: date_times.impossible_days().map(lambda day: day + _MIDNIGHT),
        offsets=date_times.OFFSET_TEXTS,
        fractions=date_times.FRACTION_TEXTS,
    )


def _dates() -> Format:
    return Format(
        samples=[day.isoformat() for day in date_times.NOTABLE_DAYS],
        misfits=date_times.DAY_MISFITS,
        values=lambda: date_times.days().map(str),
        random_misfits=date_times.day_misfits,
        impossible={f"{day} does not exist": day for day in date_times.IMPOSSIBLE_DAYS},
        random_impossible=date_times.impossible_days,
    )


def _uuids() -> Format:
    return Format(
        samples=[_UUID, _UUID.upper(), str(UUID(int=0))],
        misfits={
            "empty": "",
            "a word": "id",
            "one digit too few": _UUID[:-1],
            "one digit too many": f"{_UUID}0",
            "a letter that is no digit": f"g{_UUID[1:]}",
            "a slash for a hyphen": _UUID.replace("-", "/", 1),
        },
        values=lambda: st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number))),
        random_misfits=lambda: st.integers(0, len(_UUID) - 1).map(lambda place: _UUID[:place]),
        impossible={},
    )


def _uris() -> Format:
    return Format(
        samples=[_URI, f"{_URI}a/b?c=d&e=%20#f", "http://192.0.2.1:8080", "urn:example:a"],
        misfits={
            "empty": "",
            "no scheme": _URI.removeprefix("https:"),
            "a path": "a/b",
            "a space inside": f"{_URI}a b",
            "a colon first": f":{_URI}",
        },
        values=lambda: st.text(_PATH, max_size=40).map(_URI.__add__),
        random_misfits=lambda: st.text(_PATH, max_size=40).map("/".__add__),
        impossible={},
    )
