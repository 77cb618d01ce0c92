"""Rows of invalid values at --effort smoke: one request with an invalid value of many members.

A response that reports several errors names the members whose values the target found invalid. A member that
it does not name may have been accepted: its value is sent alone, and only that request decides. A response
with a single error, or without names, shows nothing about the others. If the first rows get such a response,
no more are sent, and the checks send more values alone.

The values of a row are all of the wrong type, or all of the right one, because a target may check the types
first. The member by which a resource can be found has a valid value.
"""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient
from spec.catalogue import Constraint, catalogue
from spec.derivation_rules import INVALID_VALUE_RULES
from spec.models import Level
from strategies import invalid_values

_TYPE_RULES: Final = frozenset({"TYPE"})
_MIN_MEMBERS: Final = 3  # members of a row; if one of fewer is accepted, no response names the others
_MIN_NAMED: Final = 2  # members that a response with several errors names
_MAX_UNNAMED: Final = 3  # members of a row that are sent alone
_MAX_DOUBTFUL: Final = 20  # values of an operation that are sent alone
_WORDS: Final = re.compile(r"\w+")

Row = Mapping[str, Any]  # an invalid value by member


@dataclass(frozen=True)
class _Result:
    """What the rows of an operation show."""

    label: str  # the member by which a resource can be found
    reports_all_errors: bool
    doubtful: Mapping[str, Sequence[Any]]  # values that the target may have accepted, by member
    in_rows: Mapping[str, Sequence[Any]]  # values that were sent, by member


class InvalidRows:
    """The rows of one run, sent when the first check needs them."""

    def __init__(self) -> None:
        self._locks = {name: threading.Lock() for name in ("VC-CREATE", "FCR-CREATE")}
        self._results: dict[str, _Result] = {}

    def reports_all_errors(self, api: ApiClient, operation_id: str) -> bool:
        """Return whether the target reports all errors of a request, so that the rows show something."""
        return self._result(api, operation_id).reports_all_errors

    def values_to_send(self, api: ApiClient, constraint: Constraint) -> Sequence[Any]:
        """Return the values of a constraint to send alone: doubtful ones, and those that fit into no row."""
        result = self._result(api, constraint.operation)
        doubtful = set(map(_json_key, result.doubtful.get(constraint.member, ())))
        in_rows = set(map(_json_key, result.in_rows.get(constraint.member, ())))
        values = {_json_key(value): value for value in values_of(constraint)}
        is_in_no_row = constraint.member == result.label and constraint.rule in _TYPE_RULES
        has_rows = result.reports_all_errors and (is_in_no_row or not in_rows.isdisjoint(values))
        return [
            value for key, value in values.items() if key in doubtful or (has_rows and key not in in_rows)
        ]

    def _result(self, api: ApiClient, operation_id: str) -> _Result:
        with self._locks[operation_id]:
            if operation_id not in self._results:
                sender = api.for_check(f"invalid rows {operation_id}")
                self._results[operation_id] = _send_rows(sender.collection(operation_id))
            return self._results[operation_id]


def values_of(constraint: Constraint) -> tuple[Any, ...]:
    """Return the values that violate a constraint."""
    violations = invalid_values.invalid_values(
        constraint.schema, constraint.rule, required=constraint.required
    )
    return tuple(violation.value for violation in violations)


def rows(operation_id: str, excluded: str, *, has_wrong_types: bool) -> Iterator[Row]:
    """Yield the rows of an operation, without the excluded member."""
    by_member = _values_by_member(operation_id, has_wrong_types=has_wrong_types)
    by_member.pop(excluded, None)
    for index in range(max(map(len, by_member.values()), default=0)):
        row = {member: values[index] for member, values in by_member.items() if index < len(values)}
        if len(row) >= _MIN_MEMBERS:
            yield row


def _values_by_member(operation_id: str, *, has_wrong_types: bool) -> dict[str, list[Any]]:
    by_member: dict[str, list[Any]] = {}
    for requirement in catalogue().values():
        constraint = requirement.constraint
        if constraint is None or requirement.level is Level.MAY or constraint.operation != operation_id:
            continue
        if constraint.rule in INVALID_VALUE_RULES and (constraint.rule in _TYPE_RULES) is has_wrong_types:
            by_member.setdefault(constraint.member, []).extend(values_of(constraint))
    return by_member


def _send_rows(collection: ResourceClient) -> _Result:
    """Send the first row of each kind, and all others if their responses show anything."""
    label = next(iter(collection.minimal()))
    kinds = [list(rows(collection.create_id, label, has_wrong_types=kind)) for kind in (True, False)]
    sent = _send(collection, [kind[0] for kind in kinds])
    reports_all_errors = any(_reports_several(row, exchange) for row, exchange in sent)
    if reports_all_errors:
        sent += _send(collection, [row for kind in kinds for row in kind[1:]])
    doubtful, in_rows = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    remaining = _MAX_DOUBTFUL
    for row, exchange in sent:
        for member, value in row.items():
            in_rows[member].append(value)
        for member in _unnamed_members(row, exchange)[: min(_MAX_UNNAMED, remaining)]:
            doubtful[member].append(row[member])
            remaining -= 1
    return _Result(label, reports_all_errors, doubtful, in_rows)


def _send(collection: ResourceClient, sent: Sequence[Row]) -> list[tuple[Row, Exchange]]:
    bodies = [collection.minimal(**row) for row in sent]
    round_trips = collection.create_read_delete_each(bodies, read=False)
    return [(row, round_trip.created) for row, round_trip in zip(sent, round_trips, strict=True)]


def _unnamed_members(row: Row, exchange: Exchange) -> Sequence[str]:
    """Return the members of a row that may have been accepted."""
    if exchange.succeeded:
        return list(row)
    named = _named_members(exchange)
    return [member for member in row if member not in named] if _reports_several(row, exchange) else []


def _reports_several(row: Row, exchange: Exchange) -> bool:
    return len(_named_members(exchange) & row.keys()) >= _MIN_NAMED


def _named_members(exchange: Exchange) -> set[str]:
    """Return all words in the attributes of the reported errors."""
    body = exchange.response_json
    errors = body.get("errors") if isinstance(body, dict) else None
    items = errors if isinstance(errors, list) else ()
    attributes = (item.get("attribute") for item in items if isinstance(item, dict))
    return {word for text in attributes if isinstance(text, str) for word in _WORDS.findall(text)}


def _json_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
