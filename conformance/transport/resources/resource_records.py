"""Records of the resources that a run has created or may have created, and of what is known about each."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import unquote

import httpx

from conformance.http.exchange import Exchange
from conformance.transport.recording import EXCHANGE
from conformance.transport.resources.ledger_file import LedgerFile
from conformance.transport.resources.live_limit import LiveResourceLimit
from conformance.transport.resources.ownership import Leftover

Key = tuple[str, str]  # path of a collection, and id


@dataclass
class ResourceRecord:
    """A resource with the id that the target returned."""

    intent: int
    leftover: Leftover
    named: bool  # whether the create response, or a list, contains the unique name with the id
    owned: bool = False  # whether it may be deleted
    got: bool = False  # whether a get has returned the unique name under the id
    found: bool = False  # whether the id comes from a list
    deleted: datetime | None = None  # when the target responded to a delete with a success or 404
    creates_with_same_id: list["ResourceRecord"] = field(default_factory=list)  # other creates


@dataclass
class CreateRecord:
    """A create request whose resource has no known id."""

    leftover: Leftover
    succeeded: bool = False  # whether the resource is known to exist
    search_again: datetime | None = None  # when the list is expected to contain the resource
    under_way: bool = True
    unlisted: bool = False  # whether no list is expected to show it


class ResourceRecords:
    """Records of creates and resources in memory and in the ledger file; the caller holds the lock."""

    def __init__(self, file: LedgerFile, collections: Collection[str], live_limit: LiveResourceLimit) -> None:
        self.file = file
        self.collections = {unquote(path): path for path in collections}  # by their decoded path
        self.live_limit = live_limit
        self.lock = threading.Lock()
        self.live: dict[Key, ResourceRecord] = {}
        self.deleted: dict[Key, ResourceRecord] = {}
        self.unconfirmed: dict[int, CreateRecord] = {}  # by the number of the intent
        self.failed_deletes: dict[Key, None] = {}  # deletes that the target did not perform, in order
        self.response_times: dict[int, datetime] = {}  # when the response to each create arrived or was lost
        self.expiring: set[int] = set()  # intents of resources that the target may delete
        self.foreign: set[int] = set()  # intents of creates whose id was that of another resource
        self.unique_names: set[str] = set()  # of all creates
        self.collections_with_names: set[str] = set()  # in which a get has returned a name
        self.ineffective_deletes: set[str] = set()  # collections in which a deleted resource was returned
        self.reliable_lists: set[str] = set()  # collections whose list has contained a resource of the run
        self.prompt_lists: set[str] = set()  # collections whose list contains a resource from its create on
        self.unidentifiable_creates = 0  # creates without a unique name that may have left a resource
        self._intents = 0

    def next_intent(self) -> int:
        """Return the number of a new create."""
        self._intents += 1
        return self._intents

    def key(self, request: httpx.Request) -> Key:
        """Return the collection, in the form that the target uses, and the id that a request addresses."""
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        collection, _, identifier = path.rpartition("/")
        decoded = unquote(collection)
        return self.collections.get(decoded, decoded), unquote(identifier)

    def enter(self, number: int, leftover: Leftover, *, named: bool) -> ResourceRecord:
        """Enter a resource under its id; a get has to return the one that was created last."""
        self.file.write(**{"created" if named else "unconfirmed": number, "id": leftover.id})
        key = leftover.collection, leftover.id
        previous = self.live.pop(key, None)
        same_id = [previous, *previous.creates_with_same_id] if previous is not None else []
        self.live[key] = ResourceRecord(number, leftover, named, creates_with_same_id=same_id)
        return self.live[key]

    def disown(self, resources: Sequence[ResourceRecord]) -> None:
        """Record resources whose id belongs to another resource; they are searched for by their names."""
        for resource in resources:
            leftover = replace(resource.leftover, id="")
            self.unconfirmed[resource.intent] = CreateRecord(
                leftover, succeeded=True, under_way=False, unlisted=resource.found
            )
            self.file.write(disowned=resource.intent, id=resource.leftover.id)

    def disown_creates_with_same_id(self, resource: ResourceRecord) -> None:
        """Record that the id of a resource is not that of the other creates that returned it."""
        self.disown(resource.creates_with_same_id)
        resource.creates_with_same_id = []

    def remove_create(self, number: int) -> None:
        """Remove a create that left no resource, and release its slot."""
        self.live_limit.release(self.unconfirmed.pop(number).leftover.check)

    def clear(self) -> None:
        """Forget all creates, release their slots, and record no more of them."""
        for resource in self.live.values():
            self.live_limit.release(resource.leftover.check)
        for create in self.unconfirmed.values():
            if create.succeeded or not create.unlisted:
                self.live_limit.release(create.leftover.check)
        self.live.clear()
        self.unconfirmed.clear()
        self.collections = {}


def response_time(exchange: Exchange) -> datetime:
    """Return when the response to a request arrived or was lost."""
    return exchange.started + timedelta(seconds=exchange.seconds)


def exchange_of(request: httpx.Request) -> Exchange:
    """Return the exchange that recording has added to a request."""
    exchange: Exchange = request.extensions[EXCHANGE]
    return exchange
