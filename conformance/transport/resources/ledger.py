"""The ledger of a run: which resources it creates at the target, and which are proven to be its own.

A resource is deleted only after a get has returned a unique name of the create request under its id. A create
whose response is missing or unusable leaves only an intent; its resource is found by its unique name.

No response alone shows that a resource is gone. Status 404 for a delete has to be confirmed by a get with
status 404, and a resource that no get has returned is searched for by its name. If a get returns a resource
after its delete, the later deletes in its collection have to be confirmed as well. A list without a resource
proves nothing unless it has contained another one of the run.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
_GONE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_MAX_NAME_LENGTH: Final = 300  # characters of a name; the ledger contains longer names truncated
_LIST_DELAY: Final = timedelta(seconds=3)  # a list may lack a resource for that long after its create
_EXPIRING: Final = frozenset({"remove_at", "remove_after_seconds_elapsed"})
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
    found: bool = False  # whether the id comes from a list
    deleted: datetime | None = None  # when the target responded to a delete with a success or 404
    rivals: list["_Resource"] = field(default_factory=list)  # other creates that returned the same id


@dataclass
class _Create:
    """A create request whose resource has no known id."""

    leftover: Leftover
    succeeded: bool = False  # whether the resource is known to exist
    search_again: datetime | None = None  # when the list is expected to contain the resource
    under_way: bool = True
    unlisted: bool = False  # whether no list is expected to show it


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
        self._deleted: dict[_Key, _Resource] = {}
        self._unconfirmed: dict[int, _Create] = {}
        self._failed_deletes: dict[_Key, None] = {}  # deletes that the target did not perform, in order
        self._intents = 0
        self._ended: dict[int, datetime] = {}  # when the response to each create arrived or was lost
        self._expiring: set[int] = set()  # intents of resources that the target may delete
        self._collections_with_names: set[str] = set()  # collections in which a get has returned a name
        self._ineffective_deletes: set[str] = set()  # collections in which a deleted resource was returned
        self._reliable_lists: set[str] = set()  # collections whose list has contained a resource of the run
        self._prompt_lists: set[str] = set()  # collections whose list contains a resource from its create on
        self._unique_names: set[str] = set()  # of all creates
        self.searched_collections: set[str] = set()  # collections that were searched during the run
        self._foreign: set[int] = set()  # intents of creates whose id was that of another resource
        self.unidentifiable_creates = 0  # creates without a unique name that may have left a resource
        self._lock = threading.Lock()
        self.file = LedgerFile(path)

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return the resources that were created and not deleted, oldest first."""
        with self._lock:
            return tuple(resource.leftover for resource in self._live.values())

    @property
    def foreign_ids(self) -> int:
        """Return the number of creates whose response contained the id of another resource."""
        return len(self._foreign)

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
        now = datetime.now(UTC)
        with self._lock:
            return tuple(
                create.leftover
                for create in self._unconfirmed.values()
                if create.leftover.searchable
                and not (create.under_way or create.unlisted)
                and (create.search_again is None or create.search_again <= now)
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

    @property
    def doubtful_deletes(self) -> tuple[Leftover, ...]:
        """Return the deleted resources of the collections in which a get has returned a deleted one."""
        with self._lock:
            return tuple(
                resource.leftover
                for key, resource in self._deleted.items()
                if key[0] in self._ineffective_deletes
            )

    @property
    def unconfirmed_deletes(self) -> tuple[Leftover, ...]:
        """Return the resources whose delete had a response, but which are not known to be gone."""
        with self._lock:
            return tuple(resource.leftover for resource in self._live.values() if resource.deleted)

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

    def stop_recording(self) -> None:
        """Forget all creates and record no more: what the target returns for them does not exist."""
        with self._lock:
            for resource in self._live.values():
                self.live_limit.release(resource.leftover.check)
            for create in self._unconfirmed.values():
                if create.succeeded or not create.unlisted:
                    self.live_limit.release(create.leftover.check)
            self._live.clear()
            self._unconfirmed.clear()
            self._collections = {}
            self.file.write(cleared=True, by="preflight")

    def note_prompt_list(self, collection: str) -> None:
        """Note that the list of a collection contains a resource as soon as it is created."""
        with self._lock:
            self._prompt_lists.add(collection)

    def record_found(self, leftover: Leftover, ids: Sequence[str]) -> None:
        """Enter the ids under which a list contains the whole name of an unconfirmed resource."""
        with self._lock:
            number = self._number_of(leftover)
            create = self._unconfirmed.pop(number)
            has_slot = create.succeeded or not create.unlisted
            new_ids = [identifier for identifier in ids if not self._is_known(leftover, identifier)]
            for turn, identifier in enumerate(new_ids):
                resource = self._enter_resource(number, replace(leftover, id=identifier), named=True)
                resource.found = True
                if turn or not has_slot:
                    self.live_limit.count_found(leftover.check)
            if not new_ids:
                self.file.write(absent=number)
                if has_slot:
                    self.live_limit.release(leftover.check)

    def record_absent(self, leftover: Leftover, listed: datetime) -> bool:
        """Record that a list requested at a time lacks an unconfirmed resource; return whether that is final.

        It is not if the list was requested shortly after the create. The resource counts as absent if it may
        never have existed, or if the list has contained another resource of the run.
        """
        with self._lock:
            number = self._number_of(leftover)
            create = self._unconfirmed[number]
            if number in self._ended and leftover.collection not in self._prompt_lists:
                create.search_again = self._ended[number] + _LIST_DELAY
                if listed < create.search_again:
                    self._release_unless_known_to_exist(create)
                    return False
            may_have_expired = (
                number in self._expiring and leftover.collection in self._collections_with_names
            )
            if create.succeeded and not may_have_expired and leftover.collection not in self._reliable_lists:
                create.unlisted = True
                return True
            del self._unconfirmed[number]
            self.file.write(absent=number)
            if create.succeeded or not create.unlisted:
                self.live_limit.release(leftover.check)
            return True

    def _is_known(self, leftover: Leftover, identifier: str) -> bool:
        """Return whether an id is that of a resource which an equal request created, as it was sent again."""
        resource = self._live.get((leftover.collection, identifier))
        return resource is not None and resource.named and resource.leftover.names == leftover.names

    def record_unlisted(self, leftover: Leftover) -> None:
        """Note that an unconfirmed resource cannot be searched for.

        Its slot is released unless the resource is known to exist.
        """
        with self._lock:
            create = self._unconfirmed[self._number_of(leftover)]
            self._release_unless_known_to_exist(create)
            create.unlisted = True

    def record_unaddressable(self, leftover: Leftover) -> None:
        """Note that an unconfirmed resource exists under an id that cannot be used in a URL."""
        with self._lock:
            create = self._unconfirmed[self._number_of(leftover)]
            if create.unlisted and not create.succeeded:
                self.live_limit.count_found(leftover.check)
            create.succeeded = create.unlisted = True

    def record_repeated_delete(self, request: httpx.Request) -> None:
        """Record the delete of a resource that the run found in a list, which a replay does not search."""
        exchange: Exchange = request.extensions[EXCHANGE]
        if exchange.has_deleted:
            collection, identifier = self._resource_key(request)
            self.file.write(deleted=identifier, collection=collection, status=exchange.status)

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
            self._record_delete(key, request)
        elif request.method == "GET" and collection is not None:
            self._record_list(collection, request.extensions[EXCHANGE])
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
            self._record_failure(number, error, request.extensions.get(EXCHANGE))
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
            leftover = Leftover(collection, "", name, display_name, check)
            self._unconfirmed[self._intents] = _Create(leftover)
            if not _EXPIRING.isdisjoint(_members(request.extensions[INTENT][0])):
                self._expiring.add(self._intents)
            self._unique_names |= leftover.unique_names
            optional = {"display_name": display_name} if display_name else {}
            self.file.write(intent=self._intents, collection=collection, name=name, **optional)
            return self._intents

    def _release_unless_known_to_exist(self, create: _Create) -> None:
        """Release the slot of a create that may have failed; its resource is searched for at the end."""
        if not create.unlisted and not create.succeeded:
            self.live_limit.release(create.leftover.check)
            create.unlisted = True

    def _number_of(self, leftover: Leftover) -> int:
        """Return the number of the intent of an unconfirmed resource."""
        return next(number for number, create in self._unconfirmed.items() if create.leftover is leftover)

    def _record_failure(self, number: int, error: BaseException, exchange: Exchange | None) -> None:
        """Record a failed create; it may have created a resource, unless the request was never sent."""
        with self._lock:
            if exchange is not None:
                self._ended[number] = _ended(exchange)
            if not isinstance(error, httpx.TransportError) or str(error).startswith(_NEVER_SENT):
                self._remove_create(number)
                self.file.write(unsent=number)
            else:
                self._record_unconfirmed(number)

    def _record_response(self, number: int, exchange: Exchange) -> None:
        """Record the response to a create."""
        with self._lock:
            self._ended[number] = _ended(exchange)
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

    def _enter_resource(self, number: int, leftover: Leftover, *, named: bool) -> _Resource:
        """Enter a resource under its id; a get has to return the one that was created last."""
        self.file.write(**{"created" if named else "unconfirmed": number, "id": leftover.id})
        key = leftover.collection, leftover.id
        previous = self._live.pop(key, None)
        rivals = [previous, *previous.rivals] if previous is not None else []
        self._live[key] = _Resource(number, leftover, named, rivals=rivals)
        return self._live[key]

    def _record_unconfirmed(self, number: int) -> None:
        """Note a create with an unknown result; release its slot unless its resource can be searched for."""
        create = self._unconfirmed[number]
        create.under_way = False
        if not create.leftover.searchable:
            self.unidentifiable_creates += 1
            self._remove_create(number)

    def _remove_create(self, number: int) -> None:
        self.live_limit.release(self._unconfirmed.pop(number).leftover.check)

    def _record_list(self, collection: str, exchange: Exchange) -> None:
        """Note whether a list contains a resource of the run."""
        items = (exchange.resource or {}).get("data")
        names = (
            {name for item in items for name in names_in_resource(item)} if isinstance(items, list) else ()
        )
        with self._lock:
            if not self._unique_names.isdisjoint(unique for name in names for unique in unique_names(name)):
                self._reliable_lists.add(collection)

    def _record_get(self, key: _Key, request: httpx.Request) -> None:
        """Record whether the response to a get proves the ownership of a resource, or that it is gone."""
        if request.extensions[INTENT][0].credential is not VALID:
            return
        exchange: Exchange = request.extensions[EXCHANGE]
        with self._lock:
            if names_in_resource(exchange.resource):
                self._collections_with_names.add(key[0])
            resource = self._live.get(key) or self._deleted.get(key)
            if resource is None or not resource.leftover.unique_names:
                return
            origin = request.extensions[INTENT][1]
            if origin.assessed and origin.check != resource.leftover.check:
                return  # requests of another check must not affect this one
            if resource.deleted:
                self._record_get_after_delete(key, resource, exchange)
            elif not resource.owned:
                self._record_proof(key, resource, exchange)

    def _record_get_after_delete(self, key: _Key, resource: _Resource, exchange: Exchange) -> None:
        if resource.deleted is None or exchange.started < resource.deleted:
            return  # both requests were under way at the same time
        if match_resource(exchange, resource.leftover) is ResourceMatch.OURS:
            resource.owned = True
            self._failed_deletes[key] = None
            if self._deleted.pop(key, None):
                self._ineffective_deletes.add(key[0])
                self._live[key] = resource
                self.file.write(created=resource.intent, id=resource.leftover.id)
                self.live_limit.count_found(resource.leftover.check)
        elif exchange.status in _GONE and "?" not in exchange.request.target and key in self._live:
            self._record_gone(key, resource, exchange)

    def _record_gone(self, key: _Key, resource: _Resource, exchange: Exchange) -> None:
        """Record that a resource does not exist any more, and release its slot."""
        self._failed_deletes.pop(key, None)
        self._deleted[key] = self._live.pop(key)
        self.file.write(deleted=resource.leftover.id, collection=key[0], status=exchange.status)
        self.live_limit.release(resource.leftover.check)

    def _record_proof(self, key: _Key, resource: _Resource, exchange: Exchange) -> None:
        """Record whether the response to a get shows that a resource was created by the run."""
        has_no_query = "?" not in exchange.request.target  # the target may reject the query
        match = match_resource(exchange, resource.leftover)
        # by the create response alone
        is_vouched_for = resource.named and key[0] not in self._collections_with_names
        if match is ResourceMatch.OURS and not resource.named:
            self.file.write(created=resource.intent, id=resource.leftover.id)
        if match is ResourceMatch.FOREIGN:
            self._foreign.add(resource.intent)
            self._disown(key, resource)
        elif match is ResourceMatch.OURS or (
            match is ResourceMatch.NAMELESS and has_no_query and is_vouched_for
        ):
            resource.owned = resource.named = True
            resource.got = resource.got or match is ResourceMatch.OURS
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
            self._unconfirmed[resource.intent] = _Create(
                leftover, succeeded=True, under_way=False, unlisted=resource.found
            )
            self.file.write(disowned=resource.intent, id=resource.leftover.id)

    def _record_delete(self, key: _Key, request: httpx.Request) -> None:
        exchange: Exchange = request.extensions[EXCHANGE]
        with self._lock:
            resource = self._live.get(key)
            succeeded = exchange.status in range(*CREATED)
            if not succeeded and request.extensions[INTENT][0].credential is not VALID:
                return  # a delete with other credentials is part of a check
            if not succeeded and exchange.status != httpx.codes.NOT_FOUND:
                self._failed_deletes[key] = None
            elif resource is not None:
                self._record_disowned(resource.rivals)
                resource.rivals = []
                self._record_delete_response(key, resource, exchange)

    def _record_delete_response(self, key: _Key, resource: _Resource, exchange: Exchange) -> None:
        """Record a success or status 404: either may have to be confirmed by a get."""
        resource.deleted = _ended(exchange)
        if exchange.status == httpx.codes.NOT_FOUND and not resource.got:
            del self._live[key]
            self._failed_deletes.pop(key, None)
            self._record_disowned([resource])  # no get has returned a resource under that id
        elif exchange.status == httpx.codes.NOT_FOUND or key[0] in self._ineffective_deletes:
            self._failed_deletes[key] = None
        else:
            self._record_gone(key, resource, exchange)


def _ended(exchange: Exchange) -> datetime:
    """Return when the response to a request arrived or was lost."""
    return exchange.started + timedelta(seconds=exchange.seconds)


def _members(request: Request) -> dict[str, Any]:
    """Return the members of the JSON object in a request; none if its body is anything else."""
    body: Any = request.json
    return body if body is not NOT_JSON and isinstance(body, dict) else {}


def _names_in_request(request: Request) -> tuple[str, str]:
    """Return the name in a create request, or else its display name, and the display name beside a name.

    If neither contains a unique name, another unique name in the request is used as the name, because a
    server may take the name from the wrong place.
    """
    members = _members(request)
    name, display_name = (_name_or_empty(members.get(member)) for member in ("name", "display_name"))
    names = (name, display_name) if name else (display_name, "")
    if not any(map(unique_names, names)):
        elsewhere = unique_names(request.body) or unique_names(request.target)
        names = (min(elsewhere), name or display_name) if elsewhere else names
    return names


def _name_or_empty(value: Any) -> str:
    return value[:_MAX_NAME_LENGTH] if isinstance(value, str) else ""
