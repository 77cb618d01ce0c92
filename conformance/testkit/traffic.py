"""All exchanges of a run, as passive checks see them.

A requirement without observations is not decided, so passive checks count the exchanges they evaluate.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from conformance.http.credentials import VALID, Account, Credential
from conformance.http.exchange import Exchange, Response
from conformance.testkit.exchange_log import Creation, ExchangeLog, Representation


class Traffic:
    """The exchanges of a run for one check, and the number of observations that the check makes."""

    def __init__(self, log: ExchangeLog, account: Account) -> None:
        self.account = account
        self._log = log
        self.observations = 0

    def count(self, observations: int = 1) -> None:
        """Add observations of the check."""
        self.observations += observations

    def exchanges(self, *operations: str) -> Iterator[Exchange]:
        """Yield and count the exchanges of these operations, or of all, with or without a response."""
        for exchange in self._log.assessable:
            if not operations or exchange.origin.operation in operations:
                self.count()
                yield exchange

    def responses(
        self,
        *operations: str,
        status: Container[int] | None = None,
        credentials: Container[Credential] | None = None,
    ) -> Iterator[tuple[Exchange, Response]]:
        """Yield and count the responses of these operations, or of all."""
        for exchange in self._log.responses_to(*operations):
            response = exchange.response
            if response is None or (status is not None and response.status not in status):
                continue
            if credentials is None or exchange.request.credential in credentials:
                self.count()
                yield exchange, response

    def error_items(self, *operations: str) -> Iterator[tuple[Exchange, Mapping[str, Any]]]:
        """Yield every item of every 422 response; count the responses."""
        for exchange, response in self.responses(*operations, status={422}):
            items = response.json.get("errors") if isinstance(response.json, dict) else None
            for item in items if isinstance(items, list) else ():
                yield exchange, item if isinstance(item, dict) else {}

    def successes(self, operation: str) -> Iterator[tuple[Exchange, Response]]:
        """Yield and count the successful responses of an operation."""
        return self.responses(operation, status=range(200, 300))

    def resources(self, resource: str) -> Sequence[Representation]:
        """Return every representation of a kind of resource, nested ones included, without counting."""
        return self._log.resources(resource)

    def has_resource(self, resource: str) -> bool:
        """Return whether any response contains a kind of resource."""
        return bool(self.resources(resource))

    def creations(self, operation: str) -> Sequence[Creation]:
        """Return the accepted creates with a valid request body, without counting."""
        return self._log.creations(operation)

    def rejected_valid_creates(self, operation: str) -> Sequence[Exchange]:
        """Return the creates with a valid request body that were rejected as invalid, without counting."""
        return self._log.rejected_valid_creates(operation)

    def gets_with_create(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield and count each successful get, preceded by the create of its resource."""
        for exchange in self._log.responses_to(operation):
            creator = self.creator(exchange)
            if creator is not None and exchange.resource is not None:
                self.count()
                yield creator, exchange

    def gets_of_existing(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield and count each plain get of an existing resource, preceded by its create."""
        deleted = {delete.request.path: delete.number for delete in self._deletes()}
        for exchange in self._log.responses_to(operation):
            creator = self.creator(exchange)
            if creator is None or exchange.request.credential != VALID or "?" in exchange.request.target:
                continue
            if exchange.number < deleted.get(exchange.request.path, exchange.number + 1):
                self.count()
                yield creator, exchange

    def valid_creates_with_name_in_use(self, operation: str) -> Iterator[Exchange]:
        """Yield the creates with a valid body and the name of an existing resource, without counting."""
        deleted = {delete.id_in_path: delete.number for delete in self._deletes()}
        creates_by_name: dict[str, list[Exchange]] = {}
        for exchange in self._log.valid_creates(operation):
            name = exchange.request.json.get("name")
            if not isinstance(name, str):
                continue
            creates = creates_by_name.setdefault(name, [])
            if any(exchange.number < deleted.get(str(create.id), exchange.number + 1) for create in creates):
                yield exchange
            if exchange.id is not None:
                creates.append(exchange)

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create of the resource that a request addresses."""
        collection, _, identifier = exchange.request.path.rpartition("/")
        creator = self._log.creators.get(identifier)
        return creator if creator is not None and creator.request.path == collection else None

    def _deletes(self) -> Iterator[Exchange]:
        return (exchange for exchange in self._log.exchanges if exchange.has_deleted)
