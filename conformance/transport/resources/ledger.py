"""The ledger of a run: what it creates at the target, and which of it is shown to be its own.

A resource is deleted only after a get has shown a unique name of the create under its id. A create whose
response never came, or cannot be used, leaves an intent alone: its resource is found by its unique name.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx

from conformance.http.credentials import GOOD
from conformance.http.exchange import Exchange, Request, addressable
from conformance.http.json_body import NOT_JSON
from conformance.http.resource_names import unique_names
from conformance.transport.recording import EXCHANGE, INTENT
from conformance.transport.resources.ledger_file import FILE, LedgerFile
from conformance.transport.resources.live_limit import Room
from conformance.transport.resources.ownership import Evidence, Leftover, names_of, shown_by

__all__ = ["CREATED", "FILE", "Ledger", "NotOwnedError"]

CREATED: Final = 200, 300  # RFC 9110, 15.3: any success may have created something
_REJECTED: Final = 400, 500
_LONGEST: Final = 300  # characters of a name; what is longer is cut, and names nothing
_NEVER_SENT: Final = ("ConnectError", "ConnectTimeout", "PoolTimeout")
_Key = tuple[str, str]  # path of a collection, and id


class NotOwnedError(Exception):
    """A delete was held back: nothing shows that the run created what it addresses."""


@dataclass
class _Resource:
    """A resource under an id that the target gave."""

    intent: int
    leftover: Leftover
    named: bool  # whether the create response, or a list, shows the unique name with the id
    owned: bool = False  # whether it may be deleted
    got: bool = False  # whether a get has shown the unique name under the id
    rivals: list["_Resource"] = field(default_factory=list)  # other creates that gave the same id


@dataclass
class _Create:
    """A create whose resource has no known id."""

    leftover: Leftover
    succeeded: bool = False  # so that something is there for certain
    under_way: bool = True
    unlisted: bool = False  # whether it was looked for where the target gives no list


class Ledger(httpx.BaseTransport):
    """Writes creates and deletes down as they pass, and holds deletes of anything else back."""

    def __init__(
        self, inner: httpx.BaseTransport, path: Path, collections: frozenset[str], room: Room | None = None
    ) -> None:
        self._inner = inner
        self._collections = {unquote(each): each for each in collections}  # by their decoded path
        self.room = room or Room(None)
        self._live: dict[_Key, _Resource] = {}
        self._lost: dict[int, _Create] = {}
        self._undeleted: dict[_Key, None] = {}  # what the target did not delete when asked, in that order
        self._intents = 0
        self._showing: set[str] = set()  # collections in which a get has shown a name
        self.searched: set[str] = set()  # collections that were searched while the run went on
        self.foreign = 0  # creates whose response gave the id of another resource
        self.nameless = 0  # creates without a unique name that may have left something behind
        self._lock = threading.Lock()
        self.file = LedgerFile(path)

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return what was created and not deleted, oldest first."""
        with self._lock:
            return tuple(resource.leftover for resource in self._live.values())

    @property
    def lost(self) -> tuple[Leftover, ...]:
        """Return what may have been created under an unknown id, and can be found by its unique name."""
        with self._lock:
            return tuple(create.leftover for create in self._lost.values() if create.leftover.searchable)

    @property
    def overdue(self) -> tuple[Leftover, ...]:
        """Return the lost ones that are worth looking for while the run goes on."""
        with self._lock:
            return tuple(
                create.leftover
                for create in self._lost.values()
                if create.leftover.searchable and not (create.under_way or create.unlisted)
            )

    @property
    def unfindable(self) -> tuple[Leftover, ...]:
        """Return what was created for certain, with neither an id nor a unique name."""
        with self._lock:
            return tuple(
                create.leftover
                for create in self._lost.values()
                if create.succeeded and not create.leftover.searchable
            )

    @property
    def undeleted(self) -> tuple[Leftover, ...]:
        """Return what no check needs any more, and the target did not delete when asked."""
        with self._lock:
            return tuple(self._live[key].leftover for key in self._undeleted if key in self._live)

    def left_by(self, check: str) -> tuple[Leftover, ...]:
        """Return what a check created and did not delete."""
        return tuple(leftover for leftover in self.leftovers if leftover.check == check)

    def holds(self, collection: str, identifier: str) -> bool:
        """Return whether a create response, or a list, gave an id for what was not deleted since."""
        with self._lock:
            return (collection, identifier) in self._live

    def owns(self, collection: str, identifier: str) -> bool:
        """Return whether a get has shown that the run created what is under an id, so that it may go."""
        with self._lock:
            resource = self._live.get((collection, identifier))
            return resource is not None and resource.owned

    def adopt(self, leftover: Leftover) -> None:
        """Enter a resource of the ledger of an earlier process, which has to be shown to be the run's own."""
        with self._lock:
            self._intents += 1
            self._live[leftover.collection, leftover.id] = _Resource(self._intents, leftover, named=False)

    def confirm(self, leftover: Leftover) -> None:
        """Enter that a list shows the whole name of a resource under its id."""
        with self._lock:
            self._live[leftover.collection, leftover.id].owned = True

    def doubt(self, leftover: Leftover) -> None:
        """Have a resource shown to be the run's own once more before it is deleted."""
        with self._lock:
            resource = self._live.get((leftover.collection, leftover.id))
            if resource is not None:
                resource.owned = False

    def found(self, lost: Leftover, ids: Sequence[str]) -> None:
        """Enter the ids under which a list shows the whole name of a lost resource; none: it is not there."""
        with self._lock:
            number = next(number for number, create in self._lost.items() if create.leftover is lost)
            create = self._lost.pop(number)
            has_place = create.succeeded or not create.unlisted
            for turn, identifier in enumerate(ids):
                self._enter(number, replace(lost, id=identifier), named=True)
                if turn or not has_place:
                    self.room.came(lost.check)
            if not ids:
                self.file.write(absent=number)
                if has_place:
                    self.room.leave(lost.check)

    def unlisted(self, lost: Leftover) -> None:
        """Enter that a lost resource cannot be looked for.

        Only one that is there for certain keeps its place.
        """
        with self._lock:
            create = next(create for create in self._lost.values() if create.leftover is lost)
            if not create.unlisted and not create.succeeded:
                self.room.leave(lost.check)
            create.unlisted = True

    def unaddressable(self, lost: Leftover) -> None:
        """Enter that a lost resource is there for certain, under an id that addresses nothing."""
        with self._lock:
            create = next(create for create in self._lost.values() if create.leftover is lost)
            if create.unlisted and not create.succeeded:
                self.room.came(lost.check)
            create.succeeded = create.unlisted = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, noting what it creates, shows or deletes; hold a delete back if need be."""
        collection = self._collections.get(request.url.path)
        if request.method == "POST" and collection is not None:
            return self._creating(request, collection)
        key = self._key(request)
        if request.method == "DELETE" and not self.owns(*key):
            raise NotOwnedError(f"nothing shows that the run created what {request.url.path} addresses")
        with self.room.under_way():
            response = self._inner.handle_request(request)
        if request.method == "DELETE":
            self._deleted(key, request, response.status_code)
        elif request.method == "GET":
            self._got(key, request)
        return response

    def close(self) -> None:
        """Close the file and what is below."""
        self.file.close()
        self._inner.close()

    def _creating(self, request: httpx.Request, collection: str) -> httpx.Response:
        check = request.extensions[INTENT][1].check
        self.room.enter(check)
        number = self._intended(request, collection, check)
        try:
            self.file.expect_written()
            with self.room.under_way():
                response = self._inner.handle_request(request)
        except BaseException as error:
            self._unanswered(number, error)
            raise
        self._answered(number, request.extensions[EXCHANGE])
        return response

    def _key(self, request: httpx.Request) -> _Key:
        """Return the collection, as the target knows it, and the id that a request addresses."""
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        collection, _, identifier = path.rpartition("/")
        decoded = unquote(collection)
        return self._collections.get(decoded, decoded), unquote(identifier)

    def _intended(self, request: httpx.Request, collection: str, check: str) -> int:
        name, display_name = _names(request.extensions[INTENT][0])
        with self._lock:
            self._intents += 1
            self._lost[self._intents] = _Create(Leftover(collection, "", name, display_name, check))
            beside = {"display_name": display_name} if display_name else {}
            self.file.write(intent=self._intents, collection=collection, name=name, **beside)
            return self._intents

    def _unanswered(self, number: int, error: BaseException) -> None:
        """Enter what was never sent; anything else may have been created."""
        with self._lock:
            if not isinstance(error, httpx.TransportError) or str(error).startswith(_NEVER_SENT):
                self._gone(number)
                self.file.write(unsent=number)
            else:
                self._missing(number)

    def _answered(self, number: int, exchange: Exchange) -> None:
        """Enter the response to a create."""
        with self._lock:
            if exchange.status in range(*_REJECTED):
                self._gone(number)
                self.file.write(rejected=number, status=exchange.status)
            elif exchange.status not in range(*CREATED):
                self._missing(number)
            else:
                self._created(number, exchange)

    def _created(self, number: int, exchange: Exchange) -> None:
        answer = exchange.answer
        identifier = answer.get("id") if isinstance(answer, dict) else None
        create = self._lost[number]
        create.succeeded, create.under_way = True, False
        if not addressable(identifier):
            self.file.write(created=number, id=None)  # the evidence has it, whatever its size
            return
        leftover = replace(create.leftover, id=str(identifier))
        named = leftover.is_shown_by(names_of(answer))
        known = self._live.get((leftover.collection, leftover.id))
        if known is not None and not named and leftover.searchable:
            return  # the response is that of another create: this one is looked for by its name
        del self._lost[number]
        self._enter(number, leftover, named=named)

    def _enter(self, number: int, leftover: Leftover, *, named: bool) -> None:
        """Enter a resource under its id; what was created there last is what a get has to show."""
        self.file.write(**{"created" if named else "unconfirmed": number, "id": leftover.id})
        key = leftover.collection, leftover.id
        known = self._live.pop(key, None)
        rivals = [known, *known.rivals] if known is not None else []
        self._live[key] = _Resource(number, leftover, named, rivals=rivals)

    def _missing(self, number: int) -> None:
        """Leave a create whose end is unknown to be looked for, if it can be; else make room for others."""
        create = self._lost[number]
        create.under_way = False
        if not create.leftover.searchable:
            self.nameless += 1
            self._gone(number)

    def _gone(self, number: int) -> None:
        self.room.leave(self._lost.pop(number).leftover.check)

    def _got(self, key: _Key, request: httpx.Request) -> None:
        """Take what a get shows of a resource that nothing was known of."""
        if request.extensions[INTENT][0].credential is not GOOD:
            return
        plain = not request.url.query  # else it may be the query that the target rejects
        with self._lock:
            if names_of(request.extensions[EXCHANGE].resource):
                self._showing.add(key[0])
            resource = self._live.get(key)
            if resource is None or resource.owned or not resource.leftover.unique_names:
                return
            origin = request.extensions[INTENT][1]
            if origin.judged and origin.check != resource.leftover.check:
                return  # what another check happens to get must not decide what this one still sends
            exchange: Exchange = request.extensions[EXCHANGE]
            evidence = shown_by(exchange, resource.leftover)
            vouched = resource.named and key[0] not in self._showing  # by the create response alone
            if evidence is Evidence.OURS and not resource.named:
                self.file.write(created=resource.intent, id=resource.leftover.id)
            if evidence is Evidence.FOREIGN:
                self.foreign += 1
                self._disown(key, resource)
            elif evidence is Evidence.OURS or (evidence is Evidence.NAMELESS and plain and vouched):
                resource.owned = resource.named = True
                resource.got = evidence is Evidence.OURS
                self._lose(resource.rivals)
                resource.rivals = []
            elif plain and exchange.status == httpx.codes.NOT_FOUND:
                self._disown(key, resource)

    def _disown(self, key: _Key, resource: _Resource) -> None:
        """Leave what is under an id alone: the resource of the create is somewhere else."""
        del self._live[key]
        self._lose([resource, *resource.rivals])

    def _lose(self, resources: Sequence[_Resource]) -> None:
        """Have resources looked for by their names: what is under their id is another."""
        for resource in resources:
            lost = replace(resource.leftover, id="")
            self._lost[resource.intent] = _Create(lost, succeeded=True, under_way=False)
            self.file.write(disowned=resource.intent, id=resource.leftover.id)

    def _deleted(self, key: _Key, request: httpx.Request, status: int) -> None:
        with self._lock:
            if status not in range(*CREATED) and status != httpx.codes.NOT_FOUND:
                if request.extensions[INTENT][0].credential is GOOD:  # a check still uses any other
                    self._undeleted[key] = None
                return
            self._undeleted.pop(key, None)
            resource = self._live.pop(key, None)
            if resource is None:
                return
            self._lose(resource.rivals)
            if status == httpx.codes.NOT_FOUND and not resource.got:
                self._lose([resource])  # nothing was ever seen under that id
                return
            self.file.write(deleted=resource.leftover.id, collection=key[0], status=status)
        self.room.leave(resource.leftover.check)


def _names(request: Request) -> tuple[str, str]:
    """Return the name that a create sends, or else its display name, and the display name beside a name.

    Where neither holds a unique name, one that stands elsewhere in the request is taken for the name: a
    server may read more than it should.
    """
    body: Any = request.json
    members = body if body is not NOT_JSON and isinstance(body, dict) else {}
    name, display_name = (_text(members.get(member)) for member in ("name", "display_name"))
    names = (name, display_name) if name else (display_name, "")
    if not any(map(unique_names, names)):
        elsewhere = unique_names(request.body) or unique_names(request.target)
        names = (min(elsewhere), name or display_name) if elsewhere else names
    return names


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
