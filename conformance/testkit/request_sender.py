"""Requests of one check: their origin, their unique names, and the concurrent cases that send them."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from types import MappingProxyType
from typing import Any, Final, TypeVar

from conformance.config.settings import Effort
from conformance.http.exchange import Exchange, Origin, Request
from conformance.http.resource_names import names_of_run, unique_name, unique_names
from conformance.results.verdict import Inconclusive, LiveLimitReached
from conformance.runtime import cpu_time
from conformance.transport.resources.ledger_transport import NotOwnedError
from conformance.transport.resources.live_limit import LiveLimitError
from conformance.transport.stack import TransportStack
from spec.capabilities import Capability

# The current case of each client, by id(client).
_CASE: Final[ContextVar[Mapping[int, str]]] = ContextVar("case", default=MappingProxyType({}))
# Whether requests are sent at the same time: sending one of them again would not be simultaneous.
_IS_SIMULTANEOUS: Final[ContextVar[bool]] = ContextVar("simultaneous", default=False)
_MAX_RECENT: Final = 100  # exchanges
_Case = TypeVar("_Case")
_Result = TypeVar("_Result")


class RequestSender:
    """Sends the requests of one check: the origin of every exchange names the check."""

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


def _sample(latest: Mapping[str, Exchange], operation_id: str) -> Exchange | None:
    """Return the exchange of an operation, else the latest that is not a delete; None if there is none."""
    others = (exchange for exchange in latest.values() if exchange.request.method != "DELETE")
    return latest.get(operation_id, max(others, key=lambda exchange: exchange.number, default=None))


def _keep_latest(exchange: Exchange, latest: dict[str, Exchange]) -> None:
    """Keep an exchange by its operation, unless one with a higher number is kept."""
    known = latest.get(exchange.origin.operation)
    if known is None or known.number < exchange.number:
        latest[exchange.origin.operation] = exchange
