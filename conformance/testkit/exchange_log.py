"""The exchanges of a run in the groups that judges ask for, each made once however many ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from conformance.testkit import expect


@dataclass(frozen=True)
class Creation:
    """A create that the documentation asks for and the target accepted."""

    exchange: Exchange
    sent: Mapping[str, Any]
    answer: Mapping[str, Any]


Representation = tuple[Exchange, Mapping[str, Any]]


class Transcript:
    """Some or all exchanges of a run, in their order."""

    def __init__(self, exchanges: Sequence[Exchange], creators: Mapping[str, Exchange]) -> None:
        self.exchanges = exchanges
        self.creators = creators
        self._resources: dict[str, Sequence[Representation]] = {}
        self._to_several: dict[tuple[str, ...], Sequence[Exchange]] = {}

    def __len__(self) -> int:
        return len(self.exchanges)

    def after(self, number: int) -> "Transcript":
        """Return the exchanges after one of them."""
        return Transcript([each for each in self.exchanges if each.number > number], self.creators)

    def without(self, lost: Exchange) -> "Transcript":
        """Return all exchanges but one."""
        return Transcript([each for each in self.exchanges if each is not lost], self.creators)

    @cached_property
    def judged(self) -> Sequence[Exchange]:
        """What may be concluded from: no clean-up, nothing put off, nothing lost that was answered later."""
        told = [each for each in self.exchanges if each.origin.judged and not each.busy]
        if not any(map(_repeated, told)):
            return told
        answered = {(each.origin, each.request) for each in told if not each.lost}
        return [each for each in told if not _repeated(each) or (each.origin, each.request) not in answered]

    @cached_property
    def answered(self) -> Sequence[Exchange]:
        """What was judged and answered."""
        return [each for each in self.judged if each.response]

    def to(self, *operations: str) -> Sequence[Exchange]:
        """Return what was answered to some operations, or to all."""
        if not operations:
            return self.answered
        if len(operations) == 1:
            return self._by_operation.get(operations[0], ())
        if operations not in self._to_several:
            wanted = frozenset(operations)
            self._to_several[operations] = [each for each in self.answered if each.origin.operation in wanted]
        return self._to_several[operations]

    def resources(self, resource: str) -> Sequence[Representation]:
        """Return every representation of a kind of resource, wherever it stands in an answer."""
        if resource not in self._resources:
            operations, path = _PLACES[resource]
            answers = (each for each in self.answered if each.origin.operation in operations)
            found = ((each, _inside(each.resource, path)) for each in answers if each.resource is not None)
            self._resources[resource] = [pair for pair in found if isinstance(pair[1], dict)]
        return self._resources[resource]

    def conforming(self, operation: str) -> Sequence[Exchange]:
        """Return the answered creates that keep the documentation, whatever was answered."""
        return self._conforming.get(operation, ())

    def creations(self, operation: str) -> Sequence[Creation]:
        """Return the creates that keep the documentation and were accepted."""
        return self._creations.get(operation, ())

    def refusals_of_conforming(self, operation: str) -> Sequence[Exchange]:
        """Return the creates that keep the documentation and were refused all the same."""
        return self._refusals.get(operation, ())

    @cached_property
    def _by_operation(self) -> Mapping[str, Sequence[Exchange]]:
        return _grouped(self.answered)

    @cached_property
    def _conforming(self) -> Mapping[str, Sequence[Exchange]]:
        creates = (each for each in self.answered if each.origin.operation.endswith("-CREATE"))
        return _grouped(each for each in creates if each.conformity.conforms)

    @cached_property
    def _creations(self) -> Mapping[str, Sequence[Creation]]:
        return {
            operation: [
                Creation(each, each.request.json, each.resource)
                for each in creates
                if each.resource is not None
            ]
            for operation, creates in self._conforming.items()
        }

    @cached_property
    def _refusals(self) -> Mapping[str, Sequence[Exchange]]:
        return {
            operation: [each for each in creates if each.status in expect.REFUSALS]
            for operation, creates in self._conforming.items()
        }


def _repeated(exchange: Exchange) -> bool:
    return exchange.lost and exchange.request.method == "GET"


def _grouped(exchanges: Iterable[Exchange]) -> Mapping[str, Sequence[Exchange]]:
    groups: dict[str, list[Exchange]] = {}
    for each in exchanges:
        groups.setdefault(each.origin.operation, []).append(each)
    return groups


_PLACES: Final[Mapping[str, tuple[frozenset[str], tuple[str, ...]]]] = {
    "VC-CONF": (frozenset({"VC-CREATE", "VC-GET"}), ()),
    "VC-SESSION": (frozenset({"VC-CREATE", "VC-GET"}), ("active_session",)),
    "FCR-RES": (frozenset({"FCR-CREATE", "FCR-GET"}), ()),
    "FCR-ROOM": (frozenset({"FCR-CREATE", "FCR-GET"}), ("conference_room",)),
}


def _inside(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        value = value.get(step, NOT_JSON) if isinstance(value, dict) else NOT_JSON
    return value
