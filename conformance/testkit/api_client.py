"""API client of the checks: one method per operation, for valid and invalid requests."""

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
from conformance.http.credentials import VALID, Credential
from conformance.http.exchange import Exchange, Headers, Origin, Request
from conformance.http.resource_names import names_of_run, unique_name, unique_names
from conformance.results.verdict import Inconclusive, LiveLimitReached
from conformance.runtime import cpu_time
from conformance.testkit import request_bodies
from conformance.transport.resources.ledger import NotOwnedError
from conformance.transport.resources.live_limit import LiveLimitError
from conformance.transport.stack import TransportStack
from spec.capabilities import Capability
from spec.operations import operation
from spec.validation import validation_errors
from strategies import boundary_values

JSON_HEADERS: Final[Headers] = (("content-type", "application/json"),)
(SESSION_PARAMETER,) = operation("VC-GET").boolean_parameters
WITH_SESSION: Final[Mapping[str, str]] = {SESSION_PARAMETER: "true"}  # query of a get, or of a list
# The current case of each client, by id(client).
_CASE: Final[ContextVar[Mapping[int, str]]] = ContextVar("case", default=MappingProxyType({}))
# Whether requests are sent at the same time: sending one of them again would not be simultaneous.
_IS_SIMULTANEOUS: Final[ContextVar[bool]] = ContextVar("simultaneous", default=False)
_MAX_RECENT: Final = 100  # exchanges
_NAME_MEMBERS: Final = ("name", "display_name")  # the members by which a leftover resource can be traced
_Case = TypeVar("_Case")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class RoundTrip:
    """A create and, if it succeeded, a get of the new resource before its deletion."""

    created: Exchange
    read: Exchange | None = None


class ApiClient:
    """Client of the API for one check: the origin of every exchange names the check."""

    def __init__(
        self,
        transport: TransportStack,
        prefix: str,
        check: str,
        attempt: int = 0,
        effort: Effort = Effort.STANDARD,
    ) -> None:
        self.transport = transport
        self.check = check
        self.attempt = attempt
        self.effort = effort
        self.shared_observations = 0  # observations from packed bodies, which another check may have sent
        self.prefix = prefix
        self._serials: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._batches: dict[str, Iterator[int]] = defaultdict(count)
        self._lock = threading.Lock()
        self.recent_exchanges: deque[Exchange] = deque(maxlen=_MAX_RECENT)
        self._responses = 0
        self._latest: dict[str, Exchange] = {}  # assessed response with the highest number, by operation
        self._latest_unassessed: dict[str, Exchange] = {}
        self.disturbed_exchange: Exchange | None = None  # the first that shows a disturbance on the way
        self.video = ResourceClient(self, "VC")
        self.fabric = ResourceClient(self, "FCR")

    @property
    def observations(self) -> int:
        """Return the number of responses that this check is based on."""
        return self._responses + self.shared_observations

    def sample(self, operation_id: str) -> Exchange | None:
        """Return one of the observations: the latest of an operation, else the latest that is not a delete.

        Exchanges that passive checks leave out are used only if there are no others. The sample depends on
        the numbers of the exchanges only, so that it is the same in a replay.
        """
        samples = (_sample(latest, operation_id) for latest in (self._latest, self._latest_unassessed))
        return next(filter(None, samples), None)

    def count_shared(self, exchange: Exchange) -> None:
        """Count a response to a packed body, which another check may have sent, as an observation."""
        self.shared_observations += 1
        with self._lock:
            _keep_latest(exchange, self._latest)

    @property
    def concurrency(self) -> int:
        """Return the maximum number of concurrent requests."""
        return self.transport.limits.concurrency

    def for_check(self, check: str) -> "ApiClient":
        """Return a client with the same settings for another check."""
        return ApiClient(self.transport, self.prefix, check, self.attempt, self.effort)

    def has(self, *capabilities: Capability) -> bool:
        """Return whether no capability of these is declared to be missing."""
        return self.transport.target.has(*capabilities)

    def echoes(self, *exchanges: Exchange | None) -> list[Exchange]:
        """Return the exchanges whose responses show what was sent: none of a target without state."""
        return [exchange for exchange in exchanges if exchange is not None and self.has(Capability.STATE)]

    @property
    def acceptance_note(self) -> str | None:
        """Return a note on a check of values if only their acceptance can be observed."""
        return (
            None if self.has(Capability.STATE) else "only that the values are accepted, as nothing is stored"
        )

    @property
    def any_collection(self) -> "ResourceClient":
        """Return the collection of the first claimed profile, for checks that need only one."""
        return self.claimed_collections()[0]

    def claimed_collections(self) -> list["ResourceClient"]:
        """Return the collections of the profiles that the target claims."""
        collections = {"video": self.video, "fabric": self.fabric}
        return [collections[profile] for profile in self.transport.target.profiles]

    def collection(self, operation_id: str) -> "ResourceClient":
        """Return the collection of an operation."""
        return self.video if operation_id.startswith("VC-") else self.fabric

    def fresh_name(self) -> str:
        """Return an unused name with every kind of character, derived from run, check and attempt.

        It depends only on the current case, not on the timing of other threads, so that names are
        reproducible.
        """
        case = self._case
        with self._lock:
            serial = next(self._serials[case])
        return unique_name(self.prefix, self.attempt, self.check, case, serial)

    def make_unique(self, value: Any, schema: Mapping[str, Any]) -> Any:
        """Return the value, made unique within its maxLength if the schema requires a unique value."""
        if not schema.get("x-unique") or not isinstance(value, str):
            return value
        name = self.fresh_name()
        max_length = schema.get("maxLength", len(value) + len(name))
        return value[: max_length - len(name)] + name

    def insert_unique_name(self, value: str, max_length: int) -> str:
        """Return a string with a unique name in its middle; its first and last characters stay."""
        name = self.fresh_name()
        remaining = min(len(value), max_length - len(name))
        before = (remaining + 1) // 2
        return value[:before] + name + value[len(value) - (remaining - before) :]

    def contains_run_name(self, text: Any) -> bool:
        """Return whether a value is a string that contains a unique name of this run."""
        return isinstance(text, str) and bool(names_of_run(unique_names(text), self.prefix))

    def send(self, operation_id: str, request: Request, *, assessed: bool = True) -> Exchange:
        """Send any request as a request of the operation."""
        origin = Origin(self.check, operation_id, self.attempt, self._case, assessed)
        if self.transport.target.read_only and request.method != "GET":
            raise Inconclusive("read-only", "--read-only allows GET requests only")
        try:
            exchange = self.transport.send(request, origin, resends=not _IS_SIMULTANEOUS.get())
        except LiveLimitError as error:
            raise LiveLimitReached("live-cap", f"{error} (--max-live)") from None
        except NotOwnedError as error:
            raise Inconclusive("not-owned", str(error)) from None
        if exchange.is_throttled:
            raise Inconclusive("busy", f"the target keeps returning {exchange.status}", exchange)
        with self._lock:
            self.recent_exchanges.append(exchange)
            if exchange.may_be_transient:
                self.disturbed_exchange = self.disturbed_exchange or exchange
            self._responses += not exchange.has_no_response
            if not exchange.has_no_response:
                _keep_latest(exchange, self._latest if assessed else self._latest_unassessed)
        return exchange

    def send_concurrently(self, sends: Sequence[Callable[[], _Result]]) -> list[_Result]:
        """Send several requests at the same time, within the concurrency limit."""
        with self.reserve(len(sends)):
            return self._send_concurrently(sends)

    @contextmanager
    def reserve(self, slots: int) -> Iterator[None]:
        """Reserve slots of the live-resource limit; inconclusive if it has too few."""
        try:
            with self.transport.reserve(Origin(self.check, "", self.attempt, self._case), slots):
                yield
        except LiveLimitError as error:
            raise LiveLimitReached("live-cap", f"{error} (--max-live)") from None

    def _send_concurrently(self, sends: Sequence[Callable[[], _Result]]) -> list[_Result]:
        barrier = threading.Barrier(len(sends))
        batch = self._new_batch()

        def run_send(index: int, send: Callable[[], _Result]) -> _Result:
            barrier.wait()
            _IS_SIMULTANEOUS.set(True)
            with self._enter_case(f"{batch}.{index}"):
                return send()

        with ThreadPoolExecutor(len(sends)) as pool:
            try:
                futures = [pool.submit(run_send, index, send) for index, send in enumerate(sends)]
            except BaseException:  # a thread could not be started: release the threads that wait for it
                barrier.abort()
                raise
            return [future.result() for future in futures]

    def map_concurrently(self, function: Callable[[_Case], _Result], cases: Iterable[_Case]) -> list[_Result]:
        """Call a function with each of several independent cases, several at a time.

        An exception is raised only after all calls have returned, so that the requests do not depend on
        timing.
        """
        batch = self._new_batch()

        def run_case(index: int, case: _Case) -> _Result:
            with self._enter_case(f"{batch}.{index}"), cpu_time.GENERATION:
                return function(case)

        futures = [
            self.transport.request_pool.submit(run_case, index, case) for index, case in enumerate(cases)
        ]
        wait(futures)
        return [future.result() for future in futures]

    @property
    def _case(self) -> str:
        """Return the case that the current thread is running; empty outside of any."""
        return _CASE.get().get(id(self), "")

    def _new_batch(self) -> str:
        with self._lock:
            return f"{self._case}/{next(self._batches[self._case])}"

    @contextmanager
    def _enter_case(self, case: str) -> Iterator[None]:
        token = _CASE.set({**_CASE.get(), id(self): case})
        try:
            yield
        finally:
            _CASE.reset(token)
            with self._lock:  # the case is over: free its counters
                self._serials.pop(case, None)
                self._batches.pop(case, None)


@dataclass(frozen=True)
class ResourceClient:
    """The operations on one collection: conferences or conference rooms."""

    api: ApiClient
    prefix: str

    @property
    def create_id(self) -> str:
        """Return the id of the create operation."""
        return f"{self.prefix}-CREATE"

    def minimal(self, **members: Any) -> dict[str, Any]:
        """Return a body with the required members and those passed; the first string is a unique name."""
        required = request_bodies.minimal(self.create_id)
        label = next(member for member, value in required.items() if isinstance(value, str))
        return self.with_traceable_name({**required, label: self.api.fresh_name(), **members})

    def with_traceable_name(self, body: Mapping[str, Any], *, omitted: str | None = None) -> dict[str, Any]:
        """Return a body by whose name or display_name the resource can be found; present values stay.

        If both are present or omitted on purpose, and neither contains a unique name, the body stays
        unchanged: its resource cannot be found, and is never deleted.
        """
        absent = [member for member in _NAME_MEMBERS if member not in body and member != omitted]
        if absent and not any(self.api.contains_run_name(body.get(member)) for member in _NAME_MEMBERS):
            return {**body, absent[0]: self.api.fresh_name()}
        return dict(body)

    def with_invalid_member(self, body: Mapping[str, Any], member: str, *value: Any) -> dict[str, Any]:
        """Return a traceable body with exactly this value of a member, or without it for no value."""
        valid = {name: member_value for name, member_value in body.items() if name != member}
        invalid = {member: value[0]} if value else {}
        return self.with_traceable_name({**self.with_run_name(valid), **invalid}, omitted=member)

    def without_required_member(self) -> dict[str, Any]:
        """Return a traceable body that lacks a required member."""
        *_, last = (operation(self.create_id).request or {})["required"]
        return self.with_invalid_member({}, last)

    def with_run_name(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with unique values, whose name or display_name contains a unique name of the run."""
        unique = self.with_unique_values(body)
        title = unique.get("display_name")
        if not isinstance(title, str) or any(map(self.api.contains_run_name, (unique.get("name"), title))):
            return unique
        max_length = (operation(self.create_id).request or {})["properties"]["display_name"]["maxLength"]
        return {**unique, "display_name": self.api.insert_unique_name(title, max_length)}

    def full(self, variation: int = 0, **members: Any) -> dict[str, Any]:
        """Return a body with every member, replaced by those passed; each variation has other values."""
        rows = request_bodies.boundary_bodies(self.create_id, boundary_values.full_objects)
        return {**self.with_unique_values(rows[variation % len(rows)]), **members}

    def with_unique_values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body whose members that have to be unique are."""
        properties = (operation(self.create_id).request or {})["properties"]
        return {member: self.api.make_unique(value, properties[member]) for member, value in body.items()}

    def made_unique(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return any body, valid or not, with unique values of its valid members, and traceable.

        Only an optional name is added: a body without a required member still lacks it.
        """
        schema = operation(self.create_id).request or {}
        properties = schema["properties"]
        documented = {member: value for member, value in body.items() if member in properties}
        valid = {
            name: value
            for name, value in documented.items()
            if not validation_errors(properties[name], value)
        }
        required = next(member for member in _NAME_MEMBERS if member in schema["required"])
        return self.with_traceable_name({**body, **self.with_run_name(valid)}, omitted=required)

    def create(
        self,
        body: Any = b"",
        *,
        credential: Credential = VALID,
        headers: Headers = JSON_HEADERS,
        query: Mapping[str, str] | None = None,
        assessed: bool = True,
    ) -> Exchange:
        """Send a create with any body: bytes unchanged, any other value as JSON."""
        request = Request("POST", self._collection_path(query), headers, encode_body(body), credential)
        return self.api.send(self.create_id, request, assessed=assessed)

    def get(
        self,
        identifier: str,
        *,
        credential: Credential = VALID,
        query: Mapping[str, str] | None = None,
        assessed: bool = True,
    ) -> Exchange:
        """Get a resource by its id, which may be any string."""
        request = Request("GET", self._resource_path(identifier, query), (), b"", credential)
        return self.api.send(f"{self.prefix}-GET", request, assessed=assessed)

    def delete(self, identifier: str, *, credential: Credential = VALID, assessed: bool = True) -> Exchange:
        """Delete a resource that the run owns; inconclusive if no get has shown that it does."""
        request = Request("DELETE", self._resource_path(identifier), (), b"", credential)
        return self.api.send(f"{self.prefix}-DELETE", request, assessed=assessed)

    def owns(self, identifier: str) -> bool:
        """Return whether the run owns the resource with an id; send a get if none has shown it yet."""
        ledger, path = self.api.transport.ledger, self._collection_path()
        if ledger.contains(path, identifier) and not ledger.owns(path, identifier):
            self.get(identifier, assessed=False)
        return ledger.owns(path, identifier)

    def delete_if_owned(self, identifier: str, *, assessed: bool = True) -> Exchange | None:
        """Delete a resource if the target can delete and the run owns it; return None otherwise."""
        can_delete = self.api.has(Capability.DELETE) and self.owns(identifier)
        return self.delete(identifier, assessed=assessed) if can_delete else None

    def list_first_page(
        self, query: Mapping[str, str] | None = None, *, credential: Credential = VALID
    ) -> Exchange:
        """List the first page of resources."""
        request = Request("GET", self._collection_path(query), (), b"", credential)
        return self.api.send(f"{self.prefix}-LIST", request, assessed=False)

    def list_page(self, query: str) -> Exchange:
        """List the page with a query string that the target returned."""
        request = Request("GET", self._collection_path() + (f"?{query}" if query else ""))
        return self.api.send(f"{self.prefix}-LIST", request, assessed=False)

    def create_read_delete(self, body: Any, *, read: bool = True, **request_options: Any) -> RoundTrip:
        """Create a resource and, if that succeeds, get and delete it."""
        created = self.create(body, **request_options)
        if created.id is None:
            return RoundTrip(created)
        try:
            return RoundTrip(created, self.get(created.id) if read else None)
        finally:
            self.delete_if_owned(created.id)

    def create_read_delete_each(self, bodies: Iterable[Any], *, read: bool = True) -> list[RoundTrip]:
        """Create, get and delete a resource for each of several bodies, several at a time."""
        return self.api.map_concurrently(lambda body: self.create_read_delete(body, read=read), bodies)

    def create_each(self, bodies: Iterable[Any]) -> list[Exchange]:
        """Create from several independent bodies; the ledger holds the resources that result."""
        return self.api.map_concurrently(self.create, bodies)

    @contextmanager
    def existing(self, **members: Any) -> Iterator[Exchange]:
        """Create a resource, yield the create and delete it; inconclusive if the create is rejected."""
        created = self.create(self.minimal(**members))
        if created.id is None:
            raise Inconclusive(
                "not-created", "the target did not create the resource that this check needs", created
            )
        try:
            yield created
        finally:
            self.delete_if_owned(created.id)

    def _collection_path(self, query: Mapping[str, str] | None = None) -> str:
        path = self.api.transport.target.target_path(operation(self.create_id).path)
        return path + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def _resource_path(self, identifier: str, query: Mapping[str, str] | None = None) -> str:
        quoted = urllib.parse.quote(identifier, safe="", errors="surrogatepass")
        path = f"{self._collection_path()}/{quoted}"
        return path + (f"?{urllib.parse.urlencode(query)}" if query else "")


def _sample(latest: Mapping[str, Exchange], operation_id: str) -> Exchange | None:
    """Return the exchange of an operation, else the latest that is not a delete; None if there is none."""
    others = (exchange for exchange in latest.values() if exchange.request.method != "DELETE")
    return latest.get(operation_id, max(others, key=lambda exchange: exchange.number, default=None))


def _keep_latest(exchange: Exchange, latest: dict[str, Exchange]) -> None:
    """Keep an exchange by its operation, unless one with a higher number is kept."""
    known = latest.get(exchange.origin.operation)
    if known is None or known.number < exchange.number:
        latest[exchange.origin.operation] = exchange


def encode_body(body: Any) -> bytes:
    """Return bytes unchanged and any other value as JSON in UTF-8."""
    if isinstance(body, bytes):
        return body
    return json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
