"""The API, one method for each operation; it sends what it is given, right or wrong."""

import json
import threading
import urllib.parse
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any, Final, TypeVar

from conformance.config.settings import Effort
from conformance.http.credentials import GOOD, Credential
from conformance.http.exchange import Exchange, Headers, Origin, Request
from conformance.http.resource_names import fresh, of_run, unique_names
from conformance.results.verdict import Unobserved
from conformance.runtime import cpu_time
from conformance.testkit import request_bodies
from conformance.transport.resources.ledger import NotOwnedError
from conformance.transport.resources.live_limit import NoRoomError
from conformance.transport.stack import Wire
from spec.operations import operation
from spec.validation import errors
from strategies import boundary_values

JSON: Final[Headers] = (("content-type", "application/json"),)
(SESSION_SWITCH,) = operation("VC-GET").switches
WITH_SESSION: Final[Mapping[str, str]] = {SESSION_SWITCH: "true"}  # query of a get, or of a list
_CASE: Final[ContextVar[Mapping[int, str]]] = ContextVar("case", default=MappingProxyType({}))  # by Api
_REMEMBERED: Final = 100  # exchanges that a check can look back at
_NAMES: Final = ("name", "display_name")  # the members by which a resource is found
_Given = TypeVar("_Given")
_Got = TypeVar("_Got")


@dataclass(frozen=True)
class Visit:
    """A create and, where it succeeded, what a get of the new resource read before it was deleted."""

    created: Exchange
    read: Exchange | None = None


class Api:
    """The target as one check sees it: every exchange carries the check's name."""

    def __init__(
        self, wire: Wire, prefix: str, check: str, attempt: int = 0, effort: Effort = Effort.STANDARD
    ) -> None:
        self.wire = wire
        self.check = check
        self.attempt = attempt
        self.effort = effort
        self.shown_elsewhere = 0  # observations that this check owes to exchanges of others
        self.prefix = prefix
        self._serials: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._bursts: dict[str, Iterator[int]] = defaultdict(count)
        self._lock = threading.Lock()
        self.sent: deque[Exchange] = deque(maxlen=_REMEMBERED)
        self._answers = 0
        self.video = Collection(self, "VC")
        self.fabric = Collection(self, "FCR")

    @property
    def observations(self) -> int:
        """Return how many answers this check has to go by."""
        return self._answers + self.shown_elsewhere

    @property
    def concurrency(self) -> int:
        """Return the maximum number of requests that are sent at the same time."""
        return self.wire.limits.concurrency

    def named(self, check: str) -> "Api":
        """Return the API as another check sees it."""
        return Api(self.wire, self.prefix, check, self.attempt, self.effort)

    @property
    def first(self) -> "Collection":
        """Return a collection that the target claims, for what holds in each."""
        return self.claimed()[0]

    def claimed(self) -> list["Collection"]:
        """Return the collections of the profiles that the target claims."""
        collections = {"video": self.video, "fabric": self.fabric}
        return [collections[profile] for profile in self.wire.target.profiles]

    def collection(self, operation_id: str) -> "Collection":
        """Return the collection that an operation belongs to."""
        return self.video if operation_id.startswith("VC-") else self.fabric

    def fresh_name(self) -> str:
        """Return a name that nobody has, of every kind of character: run, check and attempt are in it.

        It depends on the case that asks for it, and not on what other threads do meanwhile: the same checks
        give the same names.
        """
        case = self._case
        with self._lock:
            serial = next(self._serials[case])
        return fresh(self.prefix, self.attempt, self.check, case, serial)

    def unique(self, value: Any, schema: Mapping[str, Any]) -> Any:
        """Return the value, made unlike any other where the member has to be, within its limit."""
        if not schema.get("x-unique") or not isinstance(value, str):
            return value
        fresh = self.fresh_name()
        limit = schema.get("maxLength", len(value) + len(fresh))
        return value[: limit - len(fresh)] + fresh

    def within(self, value: str, limit: int) -> str:
        """Return a text with a fresh name in its middle, so that both its ends stay as they are."""
        fresh = self.fresh_name()
        kept = min(len(value), limit - len(fresh))
        before = (kept + 1) // 2
        return value[:before] + fresh + value[len(value) - (kept - before) :]

    def is_ours(self, text: Any) -> bool:
        """Return whether a name holds a unique name of this run."""
        return isinstance(text, str) and bool(of_run(unique_names(text), self.prefix))

    def send(self, operation_id: str, request: Request, *, judged: bool = True) -> Exchange:
        """Send any request at all, on behalf of an operation."""
        origin = Origin(self.check, operation_id, self.attempt, self._case, judged)
        if self.wire.target.read_only and request.method != "GET":
            raise Unobserved("read-only", "nothing is created or deleted with --read-only")
        try:
            exchange = self.wire.send(request, origin)
        except NoRoomError as error:
            raise Unobserved("live-cap", f"{error} (--max-live)") from None
        except NotOwnedError as error:
            raise Unobserved("not-owned", str(error)) from None
        if exchange.busy:
            raise Unobserved("busy", f"the target goes on answering {exchange.status}", exchange)
        with self._lock:
            self.sent.append(exchange)
            self._answers += not exchange.lost
        return exchange

    def at_once(self, sends: Sequence[Callable[[], _Got]]) -> list[_Got]:
        """Send several requests at the same moment, as far as the concurrency allows."""
        with self.room(len(sends)):
            return self._at_once(sends)

    @contextmanager
    def room(self, places: int) -> Iterator[None]:
        """Set places aside for resources that have to be there at once; inconclusive where there are none."""
        try:
            with self.wire.ledger.room.aside(self.check, places):
                yield
        except NoRoomError as error:
            raise Unobserved("live-cap", f"{error} (--max-live)") from None

    def _at_once(self, sends: Sequence[Callable[[], _Got]]) -> list[_Got]:
        barrier = threading.Barrier(len(sends))
        burst = self._burst()

        def together(turn: int, send: Callable[[], _Got]) -> _Got:
            barrier.wait()
            with self._within(f"{burst}.{turn}"):
                return send()

        with ThreadPoolExecutor(len(sends)) as pool:
            try:
                sending = [pool.submit(together, turn, send) for turn, send in enumerate(sends)]
            except BaseException:  # no more threads: those that wait for them must not do so for ever
                barrier.abort()
                raise
            return [future.result() for future in sending]

    def each(self, act: Callable[[_Given], _Got], cases: Iterable[_Given]) -> list[_Got]:
        """Do the same with each of some independent cases, several at a time.

        All of them are done before the first that fails is told: what was sent never depends on timing.
        """
        burst = self._burst()

        def one(turn: int, case: _Given) -> _Got:
            with self._within(f"{burst}.{turn}"), cpu_time.GENERATION:
                return act(case)

        doing = [self.wire.bursts.submit(one, turn, case) for turn, case in enumerate(cases)]
        wait(doing)
        return [each.result() for each in doing]

    @property
    def _case(self) -> str:
        """Return which of this check's cases the thread is at; empty outside any."""
        return _CASE.get().get(id(self), "")

    def _burst(self) -> str:
        with self._lock:
            return f"{self._case}/{next(self._bursts[self._case])}"

    @contextmanager
    def _within(self, case: str) -> Iterator[None]:
        token = _CASE.set({**_CASE.get(), id(self): case})
        try:
            yield
        finally:
            _CASE.reset(token)
            with self._lock:  # nothing is asked for that case any more
                self._serials.pop(case, None)
                self._bursts.pop(case, None)


@dataclass(frozen=True)
class Collection:
    """The operations on conferences, or those on conference rooms."""

    api: Api
    prefix: str

    @property
    def create_id(self) -> str:
        """Return the id of the create operation."""
        return f"{self.prefix}-CREATE"

    def minimal(self, **members: Any) -> dict[str, Any]:
        """Return a body with the required members and those given; the first text says who sent it."""
        required = request_bodies.minimal(self.create_id)
        label = next(member for member, value in required.items() if isinstance(value, str))
        return self.findable({**required, label: self.api.fresh_name(), **members})

    def findable(self, body: Mapping[str, Any], *, omitted: str | None = None) -> dict[str, Any]:
        """Return a body by whose name or display name the resource can be found; edges stay as they are.

        Where both are there, or one is omitted on purpose, and neither can hold a unique name, the body
        stays as it is: what it creates cannot be found, and is never deleted.
        """
        absent = [member for member in _NAMES if member not in body and member != omitted]
        if absent and not any(self.api.is_ours(body.get(member)) for member in _NAMES):
            return {**body, absent[0]: self.api.fresh_name()}
        return dict(body)

    def spoiled(self, body: Mapping[str, Any], member: str, *value: Any) -> dict[str, Any]:
        """Return a findable body in which one member has a value as it is, or is missing without a value."""
        others = {name: each for name, each in body.items() if name != member}
        own = {member: value[0]} if value else {}
        return self.findable({**self.marked(others), **own}, omitted=member)

    def incomplete(self) -> dict[str, Any]:
        """Return a findable body that lacks a required member."""
        *_, last = (operation(self.create_id).request or {})["required"]
        return self.spoiled({}, last)

    def marked(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with all that has to be unlike any other, and whose display name is findable."""
        made = self.told(body)
        title = made.get("display_name")
        if not isinstance(title, str) or any(map(self.api.is_ours, (made.get("name"), title))):
            return made
        limit = (operation(self.create_id).request or {})["properties"]["display_name"]["maxLength"]
        return {**made, "display_name": self.api.within(title, limit)}

    def full(self, turn: int = 0, **members: Any) -> dict[str, Any]:
        """Return a body with every member, and with those given; the next turn has other values."""
        rows = request_bodies.of(self.create_id, boundary_values.full)
        return {**self.told(rows[turn % len(rows)]), **members}

    def told(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with the members that have to be unlike any other made so."""
        properties = (operation(self.create_id).request or {})["properties"]
        return {member: self.api.unique(value, properties[member]) for member, value in body.items()}

    def apart(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return any body with those members made unlike any other that fit their schema, and findable.

        Only an optional name is added: a body that lacks a required member still does.
        """
        schema = operation(self.create_id).request or {}
        properties = schema["properties"]
        known = {member: value for member, value in body.items() if member in properties}
        fitting = {name: value for name, value in known.items() if not errors(properties[name], value)}
        required = next(member for member in _NAMES if member in schema["required"])
        return self.findable({**body, **self.marked(fitting)}, omitted=required)

    def create(
        self,
        body: Any = b"",
        *,
        credential: Credential = GOOD,
        headers: Headers = JSON,
        query: Mapping[str, str] | None = None,
        judged: bool = True,
    ) -> Exchange:
        """Send a create with any body: bytes go out as they are, everything else as JSON."""
        request = Request("POST", self._collection(query), headers, encoded(body), credential)
        return self.api.send(self.create_id, request, judged=judged)

    def get(
        self,
        identifier: str,
        *,
        credential: Credential = GOOD,
        query: Mapping[str, str] | None = None,
        judged: bool = True,
    ) -> Exchange:
        """Get a resource by any id."""
        request = Request("GET", self._item(identifier, query), (), b"", credential)
        return self.api.send(f"{self.prefix}-GET", request, judged=judged)

    def delete(self, identifier: str, *, credential: Credential = GOOD, judged: bool = True) -> Exchange:
        """Delete a resource that the run owns; inconclusive where no get has shown that it does."""
        request = Request("DELETE", self._item(identifier), (), b"", credential)
        return self.api.send(f"{self.prefix}-DELETE", request, judged=judged)

    def owns(self, identifier: str) -> bool:
        """Return whether the run owns what is under an id: a get is sent where none has shown it yet."""
        ledger, path = self.api.wire.ledger, self._collection()
        if ledger.holds(path, identifier) and not ledger.owns(path, identifier):
            self.get(identifier, judged=False)
        return ledger.owns(path, identifier)

    def discard(self, identifier: str, *, judged: bool = True) -> Exchange | None:
        """Delete what a create gave an id for, if the run owns it; return None where it does not."""
        return self.delete(identifier, judged=judged) if self.owns(identifier) else None

    def page(self, query: Mapping[str, str] | None = None, *, credential: Credential = GOOD) -> Exchange:
        """List the first page of resources."""
        request = Request("GET", self._collection(query), (), b"", credential)
        return self.api.send(f"{self.prefix}-LIST", request, judged=False)

    def listed(self, query: str) -> Exchange:
        """List the page of a query that the target itself gave."""
        request = Request("GET", self._collection() + (f"?{query}" if query else ""))
        return self.api.send(f"{self.prefix}-LIST", request, judged=False)

    def visit(self, body: Any, *, read: bool = True, **how: Any) -> Visit:
        """Create, and where that succeeds read back and delete."""
        created = self.create(body, **how)
        if created.id is None:
            return Visit(created)
        try:
            return Visit(created, self.get(created.id) if read else None)
        finally:
            self.discard(created.id)

    def visit_each(self, told: Iterable[Any], *, read: bool = True) -> list[Visit]:
        """Visit several independent bodies, several at a time."""
        return self.api.each(lambda body: self.visit(body, read=read), told)

    def create_each(self, told: Iterable[Any]) -> list[Exchange]:
        """Create from several independent bodies; what should be refused and is not stands in the ledger."""
        return self.api.each(self.create, told)

    @contextmanager
    def existing(self, **members: Any) -> Iterator[Exchange]:
        """Keep a new resource for a while; inconclusive where the target refuses to create it."""
        created = self.create(self.minimal(**members))
        if created.id is None:
            raise Unobserved("not-created", "the target did not create what this check needs", created)
        try:
            yield created
        finally:
            self.discard(created.id)

    def _collection(self, query: Mapping[str, str] | None = None) -> str:
        path = self.api.wire.target.locate(operation(self.create_id).path)
        return path + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def _item(self, made: str, query: Mapping[str, str] | None = None) -> str:
        named = urllib.parse.quote(made, safe="", errors="surrogatepass")
        path = f"{self._collection()}/{named}"
        return path + (f"?{urllib.parse.urlencode(query)}" if query else "")


def encoded(body: Any) -> bytes:
    """Return bytes as they are and everything else as JSON in UTF-8."""
    if isinstance(body, bytes):
        return body
    return json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
