"""The layer of the transport stack that records creates and deletes in the ledger."""

import httpx

from conformance.transport.recording import EXCHANGE, INTENT
from conformance.transport.resources.create_records import record_failure, record_intent, record_response
from conformance.transport.resources.delete_records import record_delete
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ownership_records import record_get, record_list
from conformance.transport.resources.resource_records import exchange_of


class NotOwnedError(Exception):
    """A delete was rejected: the run is not proven to have created the resource that it addresses."""


class LedgerTransport(httpx.BaseTransport):
    """Records creates and deletes, and rejects deletes of resources that the run does not own."""

    def __init__(self, inner: httpx.BaseTransport, ledger: Ledger) -> None:
        self.ledger = ledger
        self._inner = inner
        self._records = ledger.records

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on and record its effect; reject deletes of resources not owned by the run."""
        collection = self._records.collections.get(request.url.path)
        if request.method == "POST" and collection is not None:
            return self._create(request, collection)
        key = self._records.key(request)
        if request.method == "DELETE" and not self.ledger.owns(*key):
            raise NotOwnedError(f"the run is not proven to have created the resource at {request.url.path}")
        with self._records.live_limit.request_in_progress():
            response = self._inner.handle_request(request)
        if request.method == "DELETE":
            record_delete(self._records, key, request)
        elif request.method == "GET" and collection is not None:
            record_list(self._records, collection, exchange_of(request))
        elif request.method == "GET":
            record_get(self._records, key, request)
        return response

    def record_repeated_delete(self, request: httpx.Request) -> None:
        """Record the delete of a resource that the run found in a list, which a replay does not search."""
        exchange = exchange_of(request)
        if exchange.has_deleted:
            collection, identifier = self._records.key(request)
            self._records.file.write(deleted=identifier, collection=collection, status=exchange.status)

    def close(self) -> None:
        """Close the file and the transport below."""
        self._records.file.close()
        self._inner.close()

    def _create(self, request: httpx.Request, collection: str) -> httpx.Response:
        intent, origin = request.extensions[INTENT]
        self._records.live_limit.acquire(origin.check)
        number = record_intent(self._records, intent, collection, origin.check)
        try:
            self._records.file.raise_if_incomplete()
            with self._records.live_limit.request_in_progress():
                response = self._inner.handle_request(request)
        except BaseException as error:
            record_failure(self._records, number, error, request.extensions.get(EXCHANGE))
            raise
        record_response(self._records, number, exchange_of(request))
        return response
