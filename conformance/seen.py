"""All exchanges of the run, as the checks that judge every answer see them.

A requirement that nothing was observed of is not decided, so the checks count what they judge.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.conformity import conformity
from conformance.credentials import GOOD, Account, Credential
from conformance.exchange import NOT_JSON, Exchange, Response


@dataclass(frozen=True)
class Creation:
    """A create that the documentation asks for and the target accepted."""

    exchange: Exchange
    sent: Mapping[str, Any]
    answer: Mapping[str, Any]


class Seen:
    """Some or all exchanges of a run, and how many observations were made on them."""

    def __init__(
        self, exchanges: Sequence[Exchange], creators: Mapping[str, Exchange], account: Account
    ) -> None:
        self.account = account
        self._exchanges = exchanges
        self._creators = creators
        self.observations = 0

    def count(self, observations: int = 1) -> None:
        """Count what a check judged."""
        self.observations += observations

    def after(self, number: int) -> "Seen":
        """Return the exchanges after one of them."""
        return Seen([each for each in self._exchanges if each.number > number], self._creators, self.account)

    def exchanges(self, *operations: str) -> Iterator[Exchange]:
        """Yield what was sent to some operations, or to all, answered or not; counted."""
        for exchange in self._judged:
            if not operations or exchange.origin.operation in operations:
                self.count()
                yield exchange

    def answers(
        self,
        *operations: str,
        status: Container[int] | None = None,
        credentials: Container[Credential] | None = None,
    ) -> Iterator[tuple[Exchange, Response]]:
        """Yield what was answered to some operations, or to all; counted."""
        for exchange in self._answered:
            response = exchange.response
            if response is None or (operations and exchange.origin.operation not in operations):
                continue
            fits = status is None or response.status in status
            if fits and (credentials is None or exchange.request.credential in credentials):
                self.count()
                yield exchange, response

    def errors(self, *operations: str) -> Iterator[tuple[Exchange, Mapping[str, Any]]]:
        """Yield every item of every 422; counted."""
        for exchange, response in self.answers(*operations, status={422}):
            items = response.json.get("errors") if isinstance(response.json, dict) else None
            for item in items if isinstance(items, list) else ():
                yield exchange, item if isinstance(item, dict) else {}

    def successes(self, operation: str) -> Iterator[tuple[Exchange, Response]]:
        """Yield every successful answer to an operation; counted."""
        return self.answers(operation, status=range(200, 300))

    def resources(self, resource: str) -> Iterator[tuple[Exchange, Mapping[str, Any]]]:
        """Yield every representation of a kind of resource, wherever it stands in an answer; uncounted."""
        operations, path = _PLACES[resource]
        for exchange in self._answered:
            if exchange.origin.operation in operations and exchange.resource is not None:
                value = _inside(exchange.resource, path)
                if isinstance(value, dict):
                    yield exchange, value

    def any(self, resource: str) -> bool:
        """Tell whether a kind of resource was shown at all."""
        return next(self.resources(resource), None) is not None

    def creations(self, operation: str) -> Iterator[Creation]:
        """Yield the creates that keep the documentation and were accepted; uncounted."""
        for exchange in self._answered:
            if exchange.origin.operation != operation or exchange.resource is None:
                continue
            if conformity(exchange).conforms:
                yield Creation(exchange, exchange.request.json, exchange.resource)

    def refusals_of_conforming(self, operation: str) -> Iterator[Exchange]:
        """Yield the creates that keep the documentation and were refused all the same; uncounted."""
        for exchange in self._answered:
            refused = exchange.origin.operation == operation and exchange.status in {400, 422}
            if refused and conformity(exchange).conforms:
                yield exchange

    def readings(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield each successful get with the create that made what it reads; counted."""
        for exchange in self._answered:
            if exchange.origin.operation != operation or exchange.resource is None:
                continue
            creator = self.creator(exchange)
            if creator is not None:
                self.count()
                yield creator, exchange

    def gets_of_existing(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield each plain get of what was created and not yet deleted, with its create; counted."""
        deleted = {each.request.path: each.number for each in self._exchanges if _deletes(each)}
        for exchange in self._answered:
            creator = self.creator(exchange) if exchange.origin.operation == operation else None
            if creator is None or exchange.request.credential != GOOD or "?" in exchange.request.target:
                continue
            if exchange.number < deleted.get(exchange.request.path, exchange.number + 1):
                self.count()
                yield creator, exchange

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create that made the resource an exchange addresses."""
        return self._creators.get(exchange.request.path.rpartition("/")[2])

    @cached_property
    def _answered(self) -> Sequence[Exchange]:
        return [each for each in self._judged if each.response]

    @cached_property
    def _judged(self) -> Sequence[Exchange]:
        return [each for each in self._exchanges if each.origin.judged and not each.busy]


def _deletes(exchange: Exchange) -> bool:
    return exchange.request.method == "DELETE" and exchange.succeeded


_PLACES: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "VC-CONF": (frozenset({"VC-CREATE", "VC-GET"}), ()),
    "VC-SESSION": (frozenset({"VC-CREATE", "VC-GET"}), ("active_session",)),
    "FCR-RES": (frozenset({"FCR-CREATE", "FCR-GET"}), ()),
    "FCR-ROOM": (frozenset({"FCR-CREATE", "FCR-GET"}), ("conference_room",)),
}


def _inside(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        value = value.get(step, NOT_JSON) if isinstance(value, dict) else NOT_JSON
    return value
