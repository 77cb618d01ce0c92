"""Simpler variants of a case, the greatest simplifications first."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from conformance.fuzzing.inputs import expectations
from conformance.fuzzing.inputs.cases import Action, Case, Step
from spec.operations import operation

_ORDINARY_DATE: Final = "2041-05-06"
_ORDINARY_TIME: Final = "07:08:09"
_DATE: Final = re.compile(r"(\d{4})-(\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d))?")
_SHORT: Final = 24  # characters of a text that is simplified character by character
_FIRST_VALUES: Final = 3  # of an enumeration, that are simpler than those after them
_LETTER: Final = "a"


def simpler_cases(case: Case) -> Iterator[Case]:
    """Yield cases with fewer steps, then with fewer members, then with simpler values."""
    yield from _with_fewer_steps(case)
    for at, step in enumerate(case.steps):
        if step.body is not None:
            for body in _simpler_bodies(case.operation, step.body):
                yield case.with_body(at, body)


def simplest_value(node: Mapping[str, Any]) -> Any:
    """Return the simplest value of a member."""
    if "enum" in node:
        return node.get("default", node["enum"][0])
    if node.get("format") == "date-time":
        return f"{_ORDINARY_DATE}T{_ORDINARY_TIME}Z"
    least = max(1, node.get("minimum", 1))
    return {"boolean": False, "integer": least, "object": {"a": 1}}.get(node["type"], _LETTER)


def without_invalid_members(case: Case) -> Case:
    """Return a case with valid values in place of those that a server has to reject."""
    schema = operation(case.operation).request or {}
    for at, step in enumerate(case.steps):
        if step.body is not None:
            body = dict(step.body)
            for name in expectations.rejection_rules(case.operation, body):
                if name in schema["required"]:
                    body[name] = simplest_value(schema["properties"][name])
                else:
                    body.pop(name, None)
            case = case.with_body(at, body)
    return case


def _with_fewer_steps(case: Case) -> Iterator[Case]:
    count = len(case.steps)
    size = count // 2
    while size >= 1:
        for start in range(0, count, size):
            removed = frozenset(range(start, min(start + size, count)))
            remaining = case.without_steps(removed)
            if any(step.creates for step in remaining.steps):
                yield remaining
        size //= 2
    for at, step in enumerate(case.steps):
        if step.action is Action.BURST:
            fewer = {step.count // 2, step.count - 1} - {0, 1, step.count}
            yield from (_with_step(case, at, replace(step, count=one)) for one in sorted(fewer))
            single = _with_step(case, at, replace(step, action=Action.CREATE, count=1))
            yield replace(single, steps=tuple(_in_first_slot(one, step) for one in single.steps))
        if step.name_of is not None:
            yield _with_step(case, at, replace(step, name_of=None))


def _in_first_slot(step: Step, burst: Step) -> Step:
    """Return a step on the first resource of a burst in place of any other of them."""
    return replace(step, slot=burst.slot) if burst.slot <= step.slot < burst.slot + burst.count else step


def _with_step(case: Case, at: int, step: Step) -> Case:
    return replace(case, steps=(*case.steps[:at], step, *case.steps[at + 1 :]))


def _simpler_bodies(operation_id: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    schema = operation(operation_id).request or {}
    required, properties = schema["required"], schema["properties"]
    optional = [name for name in body if name not in required]
    size = len(optional)
    while size >= 1:
        for start in range(0, len(optional), size):
            removed = optional[start : start + size]
            yield {name: value for name, value in body.items() if name not in removed}
        size //= 2
    for name in body:
        if name in properties:
            for value in simpler_values(properties[name], body[name]):
                yield {**body, name: value}


def simpler_values(node: Mapping[str, Any], value: Any) -> Iterator[Any]:
    """Yield simpler values of a member, the simplest first."""
    simplest = simplest_value(node)
    if is_same(value, simplest):
        return
    yield simplest
    for _, pool in expectations.invalid_candidates(node):
        if any(is_same(value, one) for one in pool):  # of the values that break the same rule, the first
            if not is_same(value, pool[0]):
                yield pool[0]
            return
    if value in node.get("enum", ()):
        yield from node["enum"][: min(_FIRST_VALUES, node["enum"].index(value))]
        return
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield from _smaller_numbers(value, simplest if isinstance(simplest, int) else 0)
    elif isinstance(value, dict):
        yield from _simpler_objects(value)
    elif isinstance(value, str):
        date = _DATE.fullmatch(value)
        yield from _simpler_dates(date) if date else _simpler_texts(value)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal and of the same type."""
    return type(one) is type(other) and bool(one == other)


def _smaller_numbers(value: int, least: int) -> Iterator[int]:
    distance = value - least
    while abs(distance) > 1:
        distance = int(distance / 2)
        yield value - distance
    if value != least:
        yield value - (1 if value > least else -1)


def _simpler_dates(date: "re.Match[str]") -> Iterator[str]:
    year, day, time, fraction, offset = date.groups()
    if time is None:
        yield _ORDINARY_DATE
        return
    parts = {"date": f"{year}-{day}", "time": time, "fraction": fraction or "", "offset": offset}
    simplifications = [
        ("date", _ORDINARY_DATE),
        ("date", f"{_ORDINARY_DATE[:4]}-{day}"),
        ("date", f"{year}{_ORDINARY_DATE[4:]}"),
        ("time", _ORDINARY_TIME),
        ("fraction", ""),
        ("offset", "Z"),
    ]
    if offset != "Z":
        simplifications += [("offset", f"{offset[0]}01:00"), ("offset", f"{offset[:3]}:00")]
    for name, simple in simplifications:
        if parts[name] not in {simple, "Z"}:
            changed = {**parts, name: simple}
            yield f"{changed['date']}T{changed['time']}{changed['fraction']}{changed['offset']}"
    for earlier in _smaller_numbers(int(year), int(_ORDINARY_DATE[:4])):
        yield f"{earlier:04}-{day}T{time}{parts['fraction']}{offset}"


def _simpler_texts(value: str) -> Iterator[str]:
    length = len(value)
    plain = _LETTER * length
    if value != plain:
        yield plain
    size = length // 2
    while size >= 1 and (length <= _SHORT or size > length // 64):
        for start in range(0, length, size):
            yield value[:start] + value[start + size :]
        size //= 2
    if length > 1:
        yield value[:-1]
    if length <= _SHORT:
        for at, character in enumerate(value):
            if character != _LETTER:
                yield f"{value[:at]}{_LETTER}{value[at + 1 :]}"


def _simpler_objects(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (inner for inner in value.values() if isinstance(inner, dict))
    names = list(value)
    size = len(names)
    while size >= 1 and len(names) > 1:
        for start in range(0, len(names), size):
            removed = names[start : start + size]
            yield {name: inner for name, inner in value.items() if name not in removed}
        size //= 2
    for name, inner in value.items():
        if len(name) > 1 or name != _LETTER:
            yield {(_LETTER if key == name else key): one for key, one in value.items()}
        for simple in _simpler_inner(inner):
            yield {**value, name: simple}


def _simpler_inner(inner: Any) -> Iterator[Any]:
    if not is_same(inner, 1):
        yield 1
    if isinstance(inner, dict):
        yield from _simpler_objects(inner)
    elif isinstance(inner, list):
        yield from (inner[:at] + inner[at + 1 :] for at in range(len(inner)) if len(inner) > 1)
        for at, one in enumerate(inner):
            yield from ([*inner[:at], simple, *inner[at + 1 :]] for simple in _simpler_inner(one))
    elif isinstance(inner, str) and inner != _LETTER:
        yield _LETTER
        yield from _simpler_texts(inner)
    elif isinstance(inner, int) and not isinstance(inner, bool):
        yield from _smaller_numbers(inner, 1)
