"""Exchanges of a run, grouped for passive checks; each group is computed once."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from conformance.http.exchange import Exchange, Origin, Request
from conformance.http.json_body import NOT_JSON
from conformance.testkit import expect


@dataclass(frozen=True)
class Creation:
    """A create with a valid request body that the target accepted."""

    exchange: Exchange
    body: Mapping[str, Any]  # of the request
    resource: Mapping[str, Any]  # in the response


Representation = tuple[Exchange, Mapping[str, Any]]


class ExchangeLog:
    """All exchanges of a run, or a part of them, in their order."""

    def __init__(self, exchanges: Sequence[Exchange], creators: Mapping[str, Exchange]) -> None:
        self.exchanges = exchanges
        self.creators = creators
        self._resources: dict[str, Sequence[Representation]] = {}
        self._earlier: tuple[int, ExchangeLog] | None = None  # the result of `until`, and its number
        self._responses_to_several: dict[tuple[str, ...], Sequence[Exchange]] = {}

    def __len__(self) -> int:
        return len(self.exchanges)

    def exchange(self, number: int) -> Exchange | None:
        """Return the exchange with a number; None if there is none."""
        index = bisect_left(self.exchanges, number, key=lambda exchange: exchange.number)
        found = self.exchanges[index : index + 1]
        return found[0] if found and found[0].number == number else None

    def after(self, number: int) -> "ExchangeLog":
        """Return the exchanges with a greater number."""
        later = [exchange for exchange in self.exchanges if exchange.number > number]
        return ExchangeLog(later, self.creators)

    def until(self, number: int | None) -> "ExchangeLog":
        """Return the exchanges up to a number; all of them for None."""
        if number is None or not self.exchanges or self.exchanges[-1].number <= number:
            return self
        if self._earlier is None or self._earlier[0] != number:
            earlier = [exchange for exchange in self.exchanges if exchange.number <= number]
            self._earlier = number, ExchangeLog(earlier, self.creators)
        return self._earlier[1]

    def without(self, excluded: Exchange) -> "ExchangeLog":
        """Return all exchanges but one."""
        remaining = [exchange for exchange in self.exchanges if exchange is not excluded]
        return ExchangeLog(remaining, self.creators)

    @cached_property
    def assessable(self) -> Sequence[Exchange]:
        """Exchanges that allow conclusions: not clean-up, not throttled, not sent again for a disturbance."""
        candidates = self._without_disturbed(
            exchange for exchange in self.exchanges if exchange.origin.assessed and not exchange.is_throttled
        )
        if not any(map(_is_lost_get, candidates)):
            return candidates
        answered = {
            (exchange.origin, exchange.request) for exchange in candidates if not exchange.has_no_response
        }
        return [
            exchange
            for exchange in candidates
            if not _is_lost_get(exchange) or (exchange.origin, exchange.request) not in answered
        ]

    def _without_disturbed(self, exchanges: Iterable[Exchange]) -> Sequence[Exchange]:
        """Return the exchanges without disturbances that no resend confirms, and consequences of resends."""
        resent = {_sending(exchange, -1) for exchange in self.exchanges if exchange.origin.resend}
        return [
            exchange
            for exchange in exchanges
            if not exchange.may_follow_from_resending
            and not (exchange.can_be_resent and (exchange.origin.resend == 0 or _sending(exchange) in resent))
        ]

    @cached_property
    def responses(self) -> Sequence[Exchange]:
        """Assessable exchanges with a response."""
        return [exchange for exchange in self.assessable if exchange.response]

    def responses_to(self, *operations: str) -> Sequence[Exchange]:
        """Return the assessable exchanges with a response of these operations, or of all."""
        if not operations:
            return self.responses
        if len(operations) == 1:
            return self._by_operation.get(operations[0], ())
        if operations not in self._responses_to_several:
            selected = frozenset(operations)
            self._responses_to_several[operations] = [
                exchange for exchange in self.responses if exchange.origin.operation in selected
            ]
        return self._responses_to_several[operations]

    def resources(self, resource: str) -> Sequence[Representation]:
        """Return every representation of a kind of resource, nested ones included."""
        if resource not in self._resources:
            operations, path = _LOCATIONS[resource]
            exchanges = (exchange for exchange in self.responses if exchange.origin.operation in operations)
            values = (
                (exchange, _value_at(exchange.resource, path))
                for exchange in exchanges
                if exchange.resource is not None
            )
            self._resources[resource] = [pair for pair in values if isinstance(pair[1], dict)]
        return self._resources[resource]

    def valid_creates(self, operation: str) -> Sequence[Exchange]:
        """Return the creates with a valid request body and any response."""
        return self._valid_creates.get(operation, ())

    def creations(self, operation: str) -> Sequence[Creation]:
        """Return the creates with a valid request body that were accepted."""
        return self._creations.get(operation, ())

    def rejected_valid_creates(self, operation: str) -> Sequence[Exchange]:
        """Return the creates with a valid request body that were rejected as invalid."""
        return self._rejected_valid_creates.get(operation, ())

    @cached_property
    def _by_operation(self) -> Mapping[str, Sequence[Exchange]]:
        return _group_by_operation(self.responses)

    @cached_property
    def _valid_creates(self) -> Mapping[str, Sequence[Exchange]]:
        creates = (exchange for exchange in self.responses if exchange.origin.operation.endswith("-CREATE"))
        return _group_by_operation(create for create in creates if create.request_validity.is_valid)

    @cached_property
    def _creations(self) -> Mapping[str, Sequence[Creation]]:
        return {
            operation: [
                Creation(create, create.request.json, create.resource)
                for create in creates
                if create.resource is not None
            ]
            for operation, creates in self._valid_creates.items()
        }

    @cached_property
    def _rejected_valid_creates(self) -> Mapping[str, Sequence[Exchange]]:
        return {
            operation: [create for create in creates if create.status in expect.INVALID_BODY_STATUSES]
            for operation, creates in self._valid_creates.items()
        }


def _sending(exchange: Exchange, offset: int = 0) -> tuple[Origin, Request]:
    """Return what identifies a sending of a request; the offset leads to an earlier or a later one."""
    origin = exchange.origin
    return replace(origin, resend=origin.resend + offset), exchange.request


def _is_lost_get(exchange: Exchange) -> bool:
    return exchange.has_no_response and exchange.request.method == "GET"


def _group_by_operation(exchanges: Iterable[Exchange]) -> Mapping[str, Sequence[Exchange]]:
    groups: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault(exchange.origin.operation, []).append(exchange)
    return groups


_LOCATIONS: Final[Mapping[str, tuple[frozenset[str], tuple[str, ...]]]] = {
    "VC-CONF": (frozenset({"VC-CREATE", "VC-GET"}), ()),
    "VC-SESSION": (frozenset({"VC-CREATE", "VC-GET"}), ("active_session",)),
    "FCR-RES": (frozenset({"FCR-CREATE", "FCR-GET"}), ()),
    "FCR-ROOM": (frozenset({"FCR-CREATE", "FCR-GET"}), ("conference_room",)),
}


def _value_at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        value = value.get(step, NOT_JSON) if isinstance(value, dict) else NOT_JSON
    return value
