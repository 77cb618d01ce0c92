"""The ledger of a run: which resources it creates at the target, and which are proven to be its own.

A resource is deleted only after a get has returned a unique name of the create request under its id. A create
whose response is missing or unusable leaves only an intent; its resource is found by its unique name.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange, Request, is_addressable
from conformance.http.json_body import NOT_JSON
from conformance.http.resource_names import unique_names
from conformance.transport.recording import EXCHANGE, INTENT
from conformance.transport.resources.ledger_file import FILE_NAME, LedgerFile
from conformance.transport.resources.live_limit import LiveResourceLimit
from conformance.transport.resources.ownership import (
    Leftover,
    ResourceMatch,
    match_resource,
    names_in_resource,
)

__all__ = ["CREATED", "FILE_NAME", "Ledger", "NotOwnedError"]

CREATED: Final = 200, 300  # RFC 9110, 15.3: any success may have created a resource
_REJECTED: Final = 400, 500
_MAX_NAME_LENGTH: Final = 300  # characters of a name; the ledger contains longer names truncated
_NEVER_SENT: Final = ("ConnectError", "ConnectTimeout", "PoolTimeout")
_Key = tuple[str, str]  # path of a collection, and id


class NotOwnedError(Exception):
    """A delete was rejected: the run is not proven to have created the resource that it addresses."""


@dataclass
class _Resource:
    """A resource with the id that the target returned."""

    intent: int
    leftover: Leftover
    named: bool  # whether the create response, or a list, contains the unique name with the id
    owned: bool = False  # whether it may be deleted
    got: bool = False  # whether a get has returned the unique name under the id
    rivals: list["_Resource"] = field(default_factory=list)  # other creates that returned the same id


@dataclass
class _Create:
    """A create request whose resource has no known id."""

    leftover: Leftover
    succeeded: bool = False  # whether the resource is known to exist
    under_way: bool = True
    unlisted: bool = False  # whether the target has no list in which to find it


class Ledger(httpx.BaseTransport):
    """Records creates and deletes, and rejects deletes of resources that the run does not own."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        path: Path,
        collections: frozenset[str],
        live_limit: LiveResourceLimit | None = None,
    ) -> None:
        self._inner = inner
        self._collections = {unquote(path): path for path in collections}  # by their decoded path
        self.live_limit = live_limit or LiveResourceLimit(None)
        self._live: dict[_Key, _Resource] = {}
        self._unconfirmed: dict[int, _Create] = {}
        self._failed_deletes: dict[_Key, None] = {}  # deletes that the target did not perform, in order
        self._intents = 0
        self._collections_with_names: set[str] = set()  # collections in which a get has returned a name
        self.searched_collections: set[str] = set()  # collections that were searched during the run
        self.foreign_ids = 0  # creates whose response contained the id of another resource
        self.unidentifiable_creates = 0  # creates without a unique name that may have left a resource
        self._lock = threading.Lock()
        self.file = LedgerFile(path)

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return the resources that were created and not deleted, oldest first."""
        with self._lock:
            return tuple(resource.leftover for resource in self._live.values())

    @property
    def unconfirmed(self) -> tuple[Leftover, ...]:
        """Return the resources that may exist under an unknown id and can be found by their unique name."""
        with self._lock:
            return tuple(
                create.leftover for create in self._unconfirmed.values() if create.leftover.searchable
            )

    @property
    def searchable_now(self) -> tuple[Leftover, ...]:
        """Return the unconfirmed resources that can be searched for during the run."""
        with self._lock:
            return tuple(
                create.leftover
                for create in self._unconfirmed.values()
                if create.leftover.searchable and not (create.under_way or create.unlisted)
            )

    @property
    def unfindable(self) -> tuple[Leftover, ...]:
        """Return the resources that are known to exist, but have neither a known id nor a unique name."""
        with self._lock:
            return tuple(
                create.leftover
                for create in self._unconfirmed.values()
                if create.succeeded and not create.leftover.searchable
            )

    @property
    def failed_deletes(self) -> tuple[Leftover, ...]:
        """Return the resources that no check needs any more, but whose delete failed."""
        with self._lock:
            return tuple(self._live[key].leftover for key in self._failed_deletes if key in self._live)

    def leftovers_of(self, check: str) -> tuple[Leftover, ...]:
        """Return the resources that a check created and did not delete."""
        return tuple(leftover for leftover in self.leftovers if leftover.check == check)

    def contains(self, collection: str, identifier: str) -> bool:
        """Return whether the id belongs to a resource that was created and not deleted."""
        with self._lock:
            return (collection, identifier) in self._live

    def owns(self, collection: str, identifier: str) -> bool:
        """Return whether a resource is proven to be created by the run, so that it may be deleted."""
        with self._lock:
            resource = self._live.get((collection, identifier))
            return resource is not None and resource.owned

    def add_from_earlier_run(self, leftover: Leftover) -> None:
        """Add a resource from the ledger of an earlier process; its ownership has to be proven first."""
        with self._lock:
            self._intents += 1
            self._live[leftover.collection, leftover.id] = _Resource(self._intents, leftover, named=False)

    def confirm_ownership(self, leftover: Leftover) -> None:
        """Note that a list contains the whole name of a resource under its id."""
        with self._lock:
            self._live[leftover.collection, leftover.id].owned = True

    def require_new_proof(self, leftover: Leftover) -> None:
        """Require another proof of ownership before a resource is deleted."""
        with self._lock:
            resource = self._live.get((leftover.collection, leftover.id))
            if resource is not None:
                resource.owned = False

    def record_search_result(self, leftover: Leftover, ids: Sequence[str]) -> None:
        """Enter the ids under which a list contains the whole name of an unconfirmed resource, if any."""
        with self._lock:
            number = next(
                number for number, create in self._unconfirmed.items() if create.leftover is leftover
            )
            create = self._unconfirmed.pop(number)
            has_slot = create.succeeded or not create.unlisted
            new_ids = [identifier for identifier in ids if not self._is_known(leftover, identifier)]
            for turn, identifier in enumerate(new_ids):
                self._enter_resource(number, replace(leftover, id=identifier), named=True)
                if turn or not has_slot:
                    self.live_limit.count_found(leftover.check)
            if not new_ids:
                self.file.write(absent=number)
                if has_slot:
                    self.live_limit.release(leftover.check)

    def _is_known(self, leftover: Leftover, identifier: str) -> bool:
        """Return whether an id is that of a resource which an equal request created, as it was sent again."""
        resource = self._live.get((leftover.collection, identifier))
        return resource is not None and resource.named and resource.leftover.names == leftover.names

    def record_unlisted(self, leftover: Leftover) -> None:
        """Note that an unconfirmed resource cannot be searched for.

        Its slot is released unless the resource is known to exist.
        """
        with self._lock:
            create = next(create for create in self._unconfirmed.values() if create.leftover is leftover)
            if not create.unlisted and not create.succeeded:
                self.live_limit.release(leftover.check)
            create.unlisted = True

    def record_unaddressable(self, leftover: Leftover) -> None:
        """Note that an unconfirmed resource exists under an id that cannot be used in a URL."""
        with self._lock:
            create = next(create for create in self._unconfirmed.values() if create.leftover is leftover)
            if create.unlisted and not create.succeeded:
                self.live_limit.count_found(leftover.check)
            create.succeeded = create.unlisted = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on and record its effect; reject deletes of resources not owned by the run."""
        collection = self._collections.get(request.url.path)
        if request.method == "POST" and collection is not None:
            return self._create(request, collection)
        key = self._resource_key(request)
        if request.method == "DELETE" and not self.owns(*key):
            raise NotOwnedError(f"the run is not proven to have created the resource at {request.url.path}")
        with self.live_limit.request_in_progress():
            response = self._inner.handle_request(request)
        if request.method == "DELETE":
            self._record_delete(key, request, response.status_code)
        elif request.method == "GET":
            self._record_get(key, request)
        return response

    def close(self) -> None:
        """Close the file and the transport below."""
        self.file.close()
        self._inner.close()

    def _create(self, request: httpx.Request, collection: str) -> httpx.Response:
        check = request.extensions[INTENT][1].check
        self.live_limit.acquire(check)
        number = self._record_intent(request, collection, check)
        try:
            self.file.raise_if_incomplete()
            with self.live_limit.request_in_progress():
                response = self._inner.handle_request(request)
        except BaseException as error:
            self._record_failure(number, error)
            raise
        self._record_response(number, request.extensions[EXCHANGE])
        return response

    def _resource_key(self, request: httpx.Request) -> _Key:
        """Return the collection, in the form that the target uses, and the id that a request addresses."""
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        collection, _, identifier = path.rpartition("/")
        decoded = unquote(collection)
        return self._collections.get(decoded, decoded), unquote(identifier)

    def _record_intent(self, request: httpx.Request, collection: str, check: str) -> int:
        name, display_name = _names_in_request(request.extensions[INTENT][0])
        with self._lock:
            self._intents += 1
            self._unconfirmed[self._intents] = _Create(Leftover(collection, "", name, display_name, check))
            optional = {"display_name": display_name} if display_name else {}
            self.file.write(intent=self._intents, collection=collection, name=name, **optional)
            return self._intents

    def _record_failure(self, number: int, error: BaseException) -> None:
        """Record a failed create; it may have created a resource, unless the request was never sent."""
        with self._lock:
            if not isinstance(error, httpx.TransportError) or str(error).startswith(_NEVER_SENT):
                self._remove_create(number)
                self.file.write(unsent=number)
            else:
                self._record_unconfirmed(number)

    def _record_response(self, number: int, exchange: Exchange) -> None:
        """Record the response to a create."""
        with self._lock:
            if exchange.status in range(*_REJECTED):
                self._remove_create(number)
                self.file.write(rejected=number, status=exchange.status)
            elif exchange.status not in range(*CREATED):
                self._record_unconfirmed(number)
            else:
                self._record_created(number, exchange)

    def _record_created(self, number: int, exchange: Exchange) -> None:
        body = exchange.response_json
        identifier = body.get("id") if isinstance(body, dict) else None
        create = self._unconfirmed[number]
        create.succeeded, create.under_way = True, False
        if not is_addressable(identifier):
            self.file.write(created=number, id=None)  # an id of any size is in the evidence
            return
        leftover = replace(create.leftover, id=str(identifier))
        named = leftover.matches_names(names_in_resource(body))
        existing = self._live.get((leftover.collection, leftover.id))
        if existing is not None and not named and leftover.searchable:
            return  # the response is that of another create; this resource is searched for by its name
        del self._unconfirmed[number]
        self._enter_resource(number, leftover, named=named)

    def _enter_resource(self, number: int, leftover: Leftover, *, named: bool) -> None:
        """Enter a resource under its id; a get has to return the one that was created last."""
        self.file.write(**{"created" if named else "unconfirmed": number, "id": leftover.id})
        key = leftover.collection, leftover.id
        previous = self._live.pop(key, None)
        rivals = [previous, *previous.rivals] if previous is not None else []
        self._live[key] = _Resource(number, leftover, named, rivals=rivals)

    def _record_unconfirmed(self, number: int) -> None:
        """Note a create with an unknown result; release its slot unless its resource can be searched for."""
        create = self._unconfirmed[number]
        create.under_way = False
        if not create.leftover.searchable:
            self.unidentifiable_creates += 1
            self._remove_create(number)

    def _remove_create(self, number: int) -> None:
        self.live_limit.release(self._unconfirmed.pop(number).leftover.check)

    def _record_get(self, key: _Key, request: httpx.Request) -> None:
        """Record whether the response to a get proves the ownership of a resource."""
        if request.extensions[INTENT][0].credential is not VALID:
            return
        has_no_query = not request.url.query  # the target may reject the query
        with self._lock:
            if names_in_resource(request.extensions[EXCHANGE].resource):
                self._collections_with_names.add(key[0])
            resource = self._live.get(key)
            if resource is None or resource.owned or not resource.leftover.unique_names:
                return
            origin = request.extensions[INTENT][1]
            if origin.assessed and origin.check != resource.leftover.check:
                return  # requests of another check must not affect this one
            exchange: Exchange = request.extensions[EXCHANGE]
            match = match_resource(exchange, resource.leftover)
            # by the create response alone
            is_vouched_for = resource.named and key[0] not in self._collections_with_names
            if match is ResourceMatch.OURS and not resource.named:
                self.file.write(created=resource.intent, id=resource.leftover.id)
            if match is ResourceMatch.FOREIGN:
                self.foreign_ids += 1
                self._disown(key, resource)
            elif match is ResourceMatch.OURS or (
                match is ResourceMatch.NAMELESS and has_no_query and is_vouched_for
            ):
                resource.owned = resource.named = True
                resource.got = match is ResourceMatch.OURS
                self._record_disowned(resource.rivals)
                resource.rivals = []
            elif has_no_query and exchange.status == httpx.codes.NOT_FOUND:
                self._disown(key, resource)

    def _disown(self, key: _Key, resource: _Resource) -> None:
        """Note that an id belongs to another resource, and that of the create has an unknown id."""
        del self._live[key]
        self._record_disowned([resource, *resource.rivals])

    def _record_disowned(self, resources: Sequence[_Resource]) -> None:
        """Record resources whose id belongs to another resource; they are searched for by their names."""
        for resource in resources:
            leftover = replace(resource.leftover, id="")
            self._unconfirmed[resource.intent] = _Create(leftover, succeeded=True, under_way=False)
            self.file.write(disowned=resource.intent, id=resource.leftover.id)

    def _record_delete(self, key: _Key, request: httpx.Request, status: int) -> None:
        with self._lock:
            if status not in range(*CREATED) and status != httpx.codes.NOT_FOUND:
                # a delete with other credentials is part of a check
                if request.extensions[INTENT][0].credential is VALID:
                    self._failed_deletes[key] = None
                return
            self._failed_deletes.pop(key, None)
            resource = self._live.pop(key, None)
            if resource is None:
                return
            self._record_disowned(resource.rivals)
            if status == httpx.codes.NOT_FOUND and not resource.got:
                self._record_disowned([resource])  # no get has returned a resource under that id
                return
            self.file.write(deleted=resource.leftover.id, collection=key[0], status=status)
        self.live_limit.release(resource.leftover.check)


def _names_in_request(request: Request) -> tuple[str, str]:
    """Return the name in a create request, or else its display name, and the display name beside a name.

    If neither contains a unique name, another unique name in the request is used as the name, because a
    server may take the name from the wrong place.
    """
    body: Any = request.json
    members = body if body is not NOT_JSON and isinstance(body, dict) else {}
    name, display_name = (_name_or_empty(members.get(member)) for member in ("name", "display_name"))
    names = (name, display_name) if name else (display_name, "")
    if not any(map(unique_names, names)):
        elsewhere = unique_names(request.body) or unique_names(request.target)
        names = (min(elsewhere), name or display_name) if elsewhere else names
    return names


def _name_or_empty(value: Any) -> str:
    return value[:_MAX_NAME_LENGTH] if isinstance(value, str) else ""
