"""Packing of many boundary values into few requests: an accepted body shows that each of its values is.

Each row of values has the next boundary value of every member; members with common values start at different
ones, so that no two of them have the same value in a row. Only the values of a rejected row are sent alone,
to find the one that the target rejects; this does not happen with a conforming server.

At --effort smoke, members without a boundary value in a row have values too, so that the rows also contain
the members and their values in combination, and a few values whose acceptance is unspecified but whose stored
form is not. A row that is rejected is sent again without them.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any, Final

from conformance.config.settings import Effort
from conformance.testkit import request_bodies, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient, RoundTrip
from spec.catalogue import Constraint, catalogue
from spec.operations import operation
from strategies import boundary_values, distinct_values, pattern_structure, sample_text
from strategies.value_pairs import ValuePairs

PACKED_RULES: Final = frozenset(
    {
        "TYPE-ACCEPT",
        "MAXLENGTH-ACCEPT",
        "MAXLENGTH-CHARACTERS",
        "TEXT",
        "PATTERN-ACCEPT",
        "ENUM-ACCEPT",
        "FORMAT-ACCEPT",
        "OFFSET",
        "FRACTION",
        "MINIMUM-ACCEPT",
        "MAXIMUM-ACCEPT",
    }
)
# Rules with so many values that they determine the number of rows.
_SHARED_RULES: Final = frozenset({"TEXT", "FORMAT-ACCEPT", "OFFSET", "FRACTION"})
_LONG: Final = 300  # characters of a text without a maximum length
_COMMON_TEXTS: Final = 4  # texts that every member of free text is sent at --effort smoke


class PackedBodies:
    """The packed bodies of one run, sent when the first check needs them."""

    def __init__(self) -> None:
        self._locks = {name: threading.Lock() for name in ("VC-CREATE", "FCR-CREATE")}
        self._round_trips: dict[str, Sequence[tuple[Mapping[str, Any], RoundTrip]]] = {}

    def accepted_with(self, api: ApiClient, constraint: Constraint, value: Any) -> RoundTrip | None:
        """Return the first accepted packed body that contains the value; None if there is none."""
        key = _json_key(value)
        for row, round_trip in self._sent(api, constraint.operation):
            if (
                constraint.member in row
                and _json_key(row[constraint.member]) == key
                and round_trip.created.succeeded
            ):
                return round_trip
        return None

    def _sent(self, api: ApiClient, operation_id: str) -> Sequence[tuple[Mapping[str, Any], RoundTrip]]:
        with self._locks[operation_id]:
            if operation_id not in self._round_trips:
                collection = api.for_check(f"packed {operation_id}").collection(operation_id)
                rows = list(packed_rows(api.effort, operation_id))
                sent = self._send(collection, rows, is_filled=api.effort is Effort.SMOKE)
                if api.effort is Effort.SMOKE:
                    rejected = [row for row, round_trip in sent if not round_trip.created.succeeded]
                    sent += self._send(collection, rejected, is_filled=False)
                self._round_trips[operation_id] = sent
            return self._round_trips[operation_id]

    def _send(
        self, collection: ResourceClient, rows: Sequence[Mapping[str, Any]], *, is_filled: bool
    ) -> list[tuple[Mapping[str, Any], RoundTrip]]:
        values = filled_rows(collection.create_id, rows) if is_filled else rows
        bodies = [
            collection.with_traceable_name(
                {
                    **collection.minimal(),
                    **_unique_members(collection, index),
                    **collection.with_unique_values(row),
                }
            )
            for index, row in enumerate(values)
        ]
        sent = with_unspecified_values(collection, rows, bodies) if is_filled else bodies
        return list(zip(rows, collection.create_read_delete_each(sent), strict=True))


def _unique_members(collection: ResourceClient, index: int) -> Mapping[str, Any]:
    """Return the members that have to be unique for every second body, and none for the rest."""
    properties = (operation(collection.create_id).request or {})["properties"]
    unique = [member for member, node in properties.items() if node.get("x-unique")]
    return {member: collection.api.fresh_name() for member in unique} if index % 2 else {}


@dataclass
class _Queue:
    """The boundary values of one member that are not packed yet."""

    member: str
    values: list[Any]


def packed_values(effort: Effort, constraint: Constraint) -> tuple[Any, ...]:
    """Return the values of a constraint whose acceptance is checked at an effort."""
    if constraint.rule not in _SHARED_RULES:
        return _accepted_values(constraint)
    common = _COMMON_TEXTS if constraint.rule == "TEXT" else 0
    return sampling.member_share(effort, constraint, _accepted_values, common=common)


def packed_rows(effort: Effort, operation_id: str) -> Iterator[Mapping[str, Any]]:
    """Yield rows with one boundary value per member; members with a required order never share a row."""
    queues = _queues(_values_by_member(effort, operation_id))
    ordered = _ordered_members(operation_id)
    for _ in count():
        row: dict[str, Any] = {}
        for queue in queues:
            clashes = queue.member in ordered and not ordered.isdisjoint(row)
            if queue.values and not clashes:
                row[queue.member] = queue.values.pop(0)
        if not row:
            return
        yield row


def filled_rows(operation_id: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield rows with values of further members, which are taken from a covering array of their triples.

    The values of a row stay. Members with a required order are added only to rows without such members, and
    required strings never, because a resource is found by them.
    """
    schema = operation(operation_id).request or {}
    ordered = _ordered_members(operation_id)
    strings = {name for name in schema["required"] if schema["properties"][name]["type"] == "string"}
    fillings = cycle(request_bodies.boundary_bodies(operation_id, boundary_values.presence_triples))
    pairs = ValuePairs(schema)
    turns = [name for name in pairs.members if name not in schema["required"]]
    for index, (row, filling) in enumerate(zip(rows, fillings, strict=False)):
        absent = {turns[index // 2 % len(turns)]} - row.keys() if index % 2 and turns else set()
        excluded = {*strings, *absent, *(ordered if not ordered.isdisjoint(row) else ())}
        added = {member: value for member, value in filling.items() if member not in excluded}
        paired = pairs.with_new_pairs({**added, **row}, kept=row.keys(), absent=absent)
        yield distinct_values.with_distinct_values(schema, paired, kept=row.keys())


def presence_pairs(operation_id: str) -> Sequence[Mapping[str, Any]]:
    """Return bodies with each pair of optional members, present or not, for --effort smoke.

    Their values of enumerations make pairs that the filled rows do not contain.
    """
    pairs = ValuePairs(operation(operation_id).request or {})
    for row in filled_rows(operation_id, list(packed_rows(Effort.SMOKE, operation_id))):
        pairs.add(row)
    return [
        pairs.with_new_pairs(
            body,
            kept=[name for name, value in body.items() if isinstance(value, bool)],
            absent=pairs.members - body.keys(),
        )
        for body in request_bodies.boundary_bodies(operation_id, boundary_values.presence_pairs)
    ]


def with_unspecified_values(
    collection: ResourceClient, rows: Sequence[Mapping[str, Any]], bodies: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the bodies of rows, the last ones each with one value whose acceptance is unspecified."""
    changed, places = list(bodies), reversed(range(len(rows)))
    for member, value in _unspecified_values(collection.create_id):
        text = collection.api.insert_unique_name(value, _LONG) if isinstance(value, str) else value
        place = next((place for place in places if member not in rows[place]), None)
        if place is not None:
            changed[place] = {**changed[place], member: text}
    return changed


def _unspecified_values(operation_id: str) -> Iterator[tuple[str, Any]]:
    """Yield the members with values whose acceptance is unspecified, and one or two of them, not blank."""
    for member, node in (operation(operation_id).request or {})["properties"].items():
        values = boundary_values.unspecified_values(node)
        visible = [value for value in values if not isinstance(value, str) or value.strip()]
        yield from ((member, value) for value in visible[:1])
        if visible and node["type"] == "string" and "maxLength" not in node:
            yield member, pattern_structure.repeat_to_length(sample_text.LETTERS, _LONG)


def _ordered_members(operation_id: str) -> set[str]:
    """Return the members of an operation with a required chronological order."""
    schema = operation(operation_id).request or {}
    return {member for pair in schema.get("x-order", ()) for member in pair}


def _queues(values_by_member: Mapping[str, list[Any]]) -> list[_Queue]:
    """Return a queue for each member; of members with common values, each starts one value later."""
    queues: list[_Queue] = []
    for member, values in values_by_member.items():
        keys = set(map(_json_key, values))
        start = sum(not keys.isdisjoint(map(_json_key, queue.values)) for queue in queues) % len(values)
        queues.append(_Queue(member, [*values[start:], *values[:start]]))
    return queues


def _values_by_member(effort: Effort, operation_id: str) -> Mapping[str, list[Any]]:
    by_member: dict[str, list[Any]] = {}
    for requirement in catalogue().values():
        constraint = requirement.constraint
        if constraint is None or constraint.schema.get("x-unique"):
            continue  # a value that is made unique is no longer the boundary value
        if constraint.operation == operation_id and constraint.rule in PACKED_RULES:
            by_member.setdefault(constraint.member, []).extend(packed_values(effort, constraint))
    return {
        member: list({_json_key(value): value for value in values}.values())
        for member, values in by_member.items()
    }


def _accepted_values(constraint: Constraint) -> tuple[Any, ...]:
    return tuple(boundary_values.accepted_values(constraint.schema, constraint.rule))


def _json_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
