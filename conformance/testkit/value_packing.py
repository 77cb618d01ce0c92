"""Many edge values in few requests: a body that is accepted shows for each value in it that it is accepted.

Each round of bodies carries the next edge value of every member. Only the values of a round that is refused
have to be sent alone, to see which of them the target does not like; a correct server never gets that far.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from conformance.config.settings import Effort
from conformance.testkit import sampling
from conformance.testkit.api_client import Api, Collection, Visit
from spec.catalogue import Constraint, catalogue
from spec.operations import operation
from strategies import boundary_values

RULES: Final = frozenset(
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


class Packing:
    """The packed bodies of one run, sent when the first check asks for them."""

    def __init__(self) -> None:
        self._locks = {name: threading.Lock() for name in ("VC-CREATE", "FCR-CREATE")}
        self._visits: dict[str, Sequence[tuple[Mapping[str, Any], Visit]]] = {}

    def accepting(self, api: Api, limit: Constraint, value: Any) -> Visit | None:
        """Return a visit whose create was accepted with the value in it; None where there is none."""
        wanted = _key(value)
        for row, visit in self._sent(api, limit.operation):
            if limit.member in row and _key(row[limit.member]) == wanted and visit.created.succeeded:
                return visit
        return None

    def _sent(self, api: Api, operation_id: str) -> Sequence[tuple[Mapping[str, Any], Visit]]:
        with self._locks[operation_id]:
            if operation_id not in self._visits:
                packed = api.named(f"packed {operation_id}").collection(operation_id)
                told = list(rows(api.effort, operation_id))
                bodies = [
                    packed.findable({**packed.minimal(), **_named(packed, turn), **packed.told(row)})
                    for turn, row in enumerate(told)
                ]
                visits = packed.visit_each(bodies)
                self._visits[operation_id] = list(zip(told, visits, strict=True))
            return self._visits[operation_id]


def _named(collection: Collection, turn: int) -> Mapping[str, Any]:
    """Return the members that have to be unlike any other for every other body, none for the rest."""
    properties = (operation(collection.create_id).request or {})["properties"]
    unique = [member for member, node in properties.items() if node.get("x-unique")]
    return {member: collection.api.fresh_name() for member in unique} if turn % 2 else {}


@dataclass
class _Queue:
    """The edge values of one member that have not been packed yet."""

    member: str
    values: list[Any]


def edges(effort: Effort, limit: Constraint) -> tuple[Any, ...]:
    """Return the values whose acceptance an effort looks at."""
    return sampling.share(effort, limit, _accepted)


def rows(effort: Effort, operation_id: str) -> Iterator[Mapping[str, Any]]:
    """Yield rows with one edge value of each member; members whose order matters never share a row."""
    queues = [_Queue(member, values) for member, values in _edges_of(effort, operation_id).items()]
    schema = operation(operation_id).request or {}
    ordered = {member for pair in schema.get("x-order", ()) for member in pair}
    for _ in count():
        row: dict[str, Any] = {}
        for queue in queues:
            clashes = queue.member in ordered and not ordered.isdisjoint(row)
            if queue.values and not clashes:
                row[queue.member] = queue.values.pop(0)
        if not row:
            return
        yield row


def _edges_of(effort: Effort, operation_id: str) -> Mapping[str, list[Any]]:
    queued: dict[str, list[Any]] = {}
    for each in catalogue().values():
        limit = each.constraint
        if limit is None or limit.schema.get("x-unique"):
            continue  # a value that is made unlike others is no longer the edge
        if limit.operation == operation_id and limit.rule in RULES:
            queued.setdefault(limit.member, []).extend(edges(effort, limit))
    return {
        member: list({_key(value): value for value in values}.values()) for member, values in queued.items()
    }


def _accepted(limit: Constraint) -> tuple[Any, ...]:
    return tuple(boundary_values.accepted(limit.schema, limit.rule))


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
