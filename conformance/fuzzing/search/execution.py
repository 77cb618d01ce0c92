"""Execution of cases against the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, Final

from conformance.fuzzing.inputs.cases import Action, Case, Step
from conformance.http.exchange import Exchange
from conformance.results.verdict import Inconclusive, LiveLimitReached
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient

_CHECK: Final = "fuzz"


@dataclass(frozen=True)
class StepResult:
    """A step with the exchanges that it caused."""

    step: Step
    exchanges: tuple[Exchange, ...]
    is_live: bool = False  # whether the resource of a get, or the name of a create, existed before the step
    earlier: Exchange | None = None  # the create of the resource, or of the one whose name is used again


@dataclass
class CaseRun:
    """A case that was sent: the results of its steps, and its deletes."""

    case: Case
    results: list[StepResult] = field(default_factory=list)
    is_complete: bool = True  # false if a step could not be sent

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """Return the exchanges of all steps, in their order."""
        return [exchange for result in self.results for exchange in result.exchanges]


class CaseExecutor:
    """Sends cases with names of their own, several at a time, and deletes what they create.

    Each case in progress has a client of its own, because reservations of live resources belong to the check
    of a client. Clients are used again, so that their names and counters do not accumulate.
    """

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self._numbers = count(1)
        self._free: SimpleQueue[ApiClient] = SimpleQueue()
        self.is_stuck = False  # whether resources that cannot be deleted take all slots

    def run_each(self, cases: Sequence[Case]) -> list[CaseRun]:
        """Run independent cases, several at a time."""
        return self._api.map_concurrently(self._run, cases)

    def _run(self, case: Case) -> CaseRun:
        if self.is_stuck:
            return CaseRun(case, is_complete=False)
        api = self._take_client()
        run = _CaseInProgress(api, case)
        try:
            with api.reserve(case.max_live):
                run.send_all()
        except Inconclusive as error:
            run.result.is_complete = False
            self.is_stuck = self.is_stuck or isinstance(error, LiveLimitReached)
        finally:
            self._free.put(api)
        return run.result

    def _take_client(self) -> ApiClient:
        try:
            return self._free.get_nowait()
        except Empty:
            return self._api.for_check(f"{_CHECK} {next(self._numbers)}")


class _CaseInProgress:
    """A case while it is sent: the resources in its slots."""

    def __init__(self, api: ApiClient, case: Case) -> None:
        self._collection: ResourceClient = api.collection(case.operation)
        self._created: dict[int, Exchange] = {}  # the latest create of each slot
        self._names: dict[int, str] = {}
        self._live: dict[int, Exchange] = {}
        self._replaced: list[Exchange] = []  # resources whose slot was used again
        self.result = CaseRun(case)

    def send_all(self) -> None:
        """Send the steps, and always delete the resources."""
        try:
            for step in self.result.case.steps:
                self.result.results += self._send(step)
        finally:
            for created in (*self._live.values(), *self._replaced):
                self._collection.delete_if_owned(str(created.id))

    def _send(self, step: Step) -> list[StepResult]:
        if step.action is Action.BURST:
            return [self._burst(step)]
        if step.action is Action.CREATE:
            return [self._create(step)]
        created = self._created.get(step.slot)
        if created is None or created.id is None:
            return []
        is_live = step.slot in self._live
        if step.action is Action.GET:
            return [StepResult(step, (self._collection.get(created.id),), is_live, created)]
        deleted = self._collection.delete_if_owned(created.id) if is_live else None
        if deleted is None:
            return []
        self._live.pop(step.slot)
        return [StepResult(step, (deleted,), is_live, created)]

    def _create(self, step: Step) -> StepResult:
        body = self._body(step)
        earlier = self._created.get(step.name_of) if step.name_of is not None else None
        is_taken = step.name_of in self._live and body.get("name") == self._names.get(step.name_of)
        exchange = self._collection.create(body)
        self._remember(step.slot, exchange, body)
        return StepResult(step, (exchange,), is_taken, earlier)

    def _burst(self, step: Step) -> StepResult:
        bodies = [self._body(step) for _ in range(step.count)]
        exchanges = self._collection.api.send_concurrently(
            [partial(self._collection.create, body) for body in bodies]
        )
        for number, (exchange, body) in enumerate(zip(exchanges, bodies, strict=True)):
            self._remember(step.slot + number, exchange, body)
        return StepResult(step, tuple(exchanges))

    def _body(self, step: Step) -> dict[str, Any]:
        body: Mapping[str, Any] = step.body or {}
        unique = self._collection.as_traceable(body)
        name = self._names.get(step.name_of) if step.name_of is not None else None
        return {**unique, "name": name} if name is not None else unique

    def _remember(self, slot: int, exchange: Exchange, body: Mapping[str, Any]) -> None:
        if slot in self._live and exchange.id is not None:
            self._replaced.append(self._live.pop(slot))
        self._created[slot] = exchange
        if isinstance(body.get("name"), str):
            self._names[slot] = body["name"]
        if exchange.id is not None:
            self._live[slot] = exchange
