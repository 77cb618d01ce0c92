"""All exchanges of a run, as passive checks see them.

A requirement without observations is not decided, so passive checks count the exchanges they evaluate.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, Final

from conformance.http.credentials import VALID, Account, Credential
from conformance.http.exchange import Exchange, Response
from conformance.results.verdict import NOT_PRODUCED, Inconclusive
from conformance.testkit.exchange_log import Creation, ExchangeLog, Representation

_REJECTIONS: Final = range(400, 429)


def _has_invalid_value(exchange: Exchange) -> bool:
    """Return whether a request is a create with an invalid value of a member that it sends."""
    if not exchange.is_create or exchange.request.credential != VALID:
        return False
    validity = exchange.request_validity
    return validity.well_formed and bool(validity.invalid_members & exchange.request.json.keys())


def _is_malformed(exchange: Exchange) -> bool:
    """Return whether a request is a create whose body is not one JSON object."""
    is_valid = exchange.request.credential == VALID
    return exchange.is_create and is_valid and not exchange.request_validity.well_formed


def _is_unauthorized(exchange: Exchange) -> bool:
    """Return whether a request has invalid credentials, or none."""
    return exchange.request.credential != VALID


# Requests for which the error codes guide documents a status.
_DOCUMENTED_FOR: Final[Mapping[int, Callable[[Exchange], bool]]] = {
    400: _is_malformed,
    401: _is_unauthorized,
    422: _has_invalid_value,
}


class Traffic:
    """The exchanges of a run for one check, and the number of observations that the check makes."""

    def __init__(self, log: ExchangeLog, account: Account) -> None:
        self.account = account
        self._log = log
        self.observations = 0
        self.sample_number = 0  # of the observed exchange with the lowest number; 0 without observations

    def count(self, *exchanges: Exchange) -> None:
        """Count an observation of each exchange."""
        self.observations += len(exchanges)
        for exchange in exchanges:
            if exchange.number < self.sample_number or self.sample_number == 0:
                self.sample_number = exchange.number

    def exchanges(self, *operations: str) -> Iterator[Exchange]:
        """Yield and count the exchanges of these operations, or of all, with or without a response."""
        for exchange in self._log.assessable:
            if not operations or exchange.origin.operation in operations:
                self.count(exchange)
                yield exchange

    def responses(
        self,
        *operations: str,
        status: Container[int] | None = None,
        credentials: Container[Credential] | None = None,
    ) -> Iterator[tuple[Exchange, Response]]:
        """Yield and count the responses of these operations, or of all."""
        for exchange, response in self._responses(*operations, status=status):
            if credentials is None or exchange.request.credential in credentials:
                self.count(exchange)
                yield exchange, response

    def error_responses(self, *operations: str, status: int) -> Iterator[tuple[Exchange, Response]]:
        """Yield and count the responses with an error status.

        Raise Inconclusive if there is none although requests for which this status is documented were
        rejected.
        """
        before = self.observations
        yield from self.responses(*operations, status={status})
        if self.observations == before:
            self._explain_absence(*operations, status=status)

    def error_items(self, *operations: str) -> Iterator[tuple[Exchange, Mapping[str, Any]]]:
        """Yield and count every item of every 422 response; raise Inconclusive like error_responses."""
        before = self.observations
        for exchange, response in self._responses(*operations, status={422}):
            items = response.json.get("errors") if isinstance(response.json, dict) else None
            for item in items if isinstance(items, list) else ():
                self.count(exchange)
                yield exchange, item if isinstance(item, dict) else {}
        if self.observations == before:
            self._explain_absence(*operations, status=422)

    def rejected_members(self, *operations: str) -> Iterator[Exchange]:
        """Yield and count the creates that were rejected with status 400 or 422 for the value of a member."""
        for exchange, _ in self._responses(*operations, status={400, 422}):
            if _has_invalid_value(exchange):
                self.count(exchange)
                yield exchange

    def _responses(
        self, *operations: str, status: Container[int] | None
    ) -> Iterator[tuple[Exchange, Response]]:
        for exchange in self._log.responses_to(*operations):
            response = exchange.response
            if response is not None and (status is None or response.status in status):
                yield exchange, response

    def _explain_absence(self, *operations: str, status: int) -> None:
        """Raise Inconclusive if requests for which a status is documented were rejected with others."""
        calls_for_status = _DOCUMENTED_FOR.get(status)
        others = {
            response.status
            for exchange, response in self._responses(*operations, status=_REJECTIONS)
            if calls_for_status and response.status != status and calls_for_status(exchange)
        }
        if others:
            received = " and ".join(map(str, sorted(others)))
            text = (
                f"no {status} response, which is documented for requests that were rejected with {received}"
            )
            raise Inconclusive(NOT_PRODUCED, text)

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
                self.count(exchange)
                yield creator, exchange

    def gets_of_existing(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield and count each plain get of an existing resource, preceded by its create."""
        deleted = {delete.request.path: delete.number for delete in self._deletes()}
        for exchange in self._log.responses_to(operation):
            creator = self.creator(exchange)
            if creator is None or exchange.request.credential != VALID or "?" in exchange.request.target:
                continue
            if exchange.number < deleted.get(exchange.request.path, exchange.number + 1):
                self.count(exchange)
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
        return self._log.creators.get(exchange.request.path)

    def _deletes(self) -> Iterator[Exchange]:
        return (exchange for exchange in self._log.exchanges if exchange.has_deleted)
