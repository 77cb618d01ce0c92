"""The scope of a run: the settings on which its verdicts depend, and the differences between two runs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]


def comparable_value(record: Record, member: str) -> Any:
    """Return a member in a form to compare; the port of the built-in server differs from run to run."""
    value = record.get(member)
    if member == "target" and record["target"]["reference"]:
        return "the built-in reference server"
    if member == "waivers":
        return [
            f"{waiver['requirement']} until {waiver['expires']}: {waiver['reason']}"
            for waiver in record["waivers"]
        ]
    if member == "without":
        return value or []
    if member == "baseline":
        return value and {name: value["run"][name] for name in ("started", "prefix")}
    return value or "all requirements" if member == "select" else value


def describe_difference(first: Any, second: Any) -> str:
    """Return two different values as text; of objects, only the members that differ."""
    if isinstance(first, dict) and isinstance(second, dict):
        names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
        members = (f"{name} {describe_difference(first.get(name), second.get(name))}" for name in names)
        return ", ".join(members)
    return " and ".join(value if isinstance(value, str) else json.dumps(value) for value in (first, second))


def differences(first: Record, second: Record, members: Iterable[str]) -> Iterator[str]:
    """Yield the members in which two records differ, with both values."""
    for member in members:
        first_value, second_value = comparable_value(first, member), comparable_value(second, member)
        if first_value != second_value:
            yield f"{member}: {describe_difference(first_value, second_value)}"
