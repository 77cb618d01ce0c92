"""Model of the resources of a sequence of steps: each stays as it was created until it is deleted.

A step is an action and a number, which selects the body to create or the resource to use. So any list of
steps is valid, and a failing one can be shrunk.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from conformance.config.settings import Effort
from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding, Inconclusive
from conformance.testkit import expect, request_bodies
from conformance.testkit.resource_client import ResourceClient
from strategies import boundary_values

CREATE: Final = "create"
CREATE_CONCURRENTLY: Final = "create several concurrently"
CREATE_INVALID: Final = "send an invalid create"
GET: Final = "get"
DELETE: Final = "delete"
ACTIONS: Final = (CREATE, CREATE_CONCURRENTLY, CREATE_INVALID, GET, DELETE)
Step = tuple[str, int]
_Result = TypeVar("_Result")

_CONCURRENT_CREATES: Final = 4
_FINAL_BATCH: Final = 16  # concurrent gets or deletes after the last step
_RESOURCE_KINDS: Final = {
    "VC-CREATE": (("VC-CONF", None),),
    "FCR-CREATE": (("FCR-RES", None), ("FCR-ROOM", "conference_room")),
}  # the kinds of resource in a response, and the member that holds each


class ResourceModel:
    """The resources that one check has created, by the exchange that created them."""

    def __init__(self, collection: ResourceClient) -> None:
        self._collection = collection
        self._live: list[Exchange] = []
        is_smoke = collection.api.effort is Effort.SMOKE
        combinations = boundary_values.presence_pairs if is_smoke else boundary_values.presence_triples
        self._bodies = [
            *request_bodies.boundary_bodies(collection.create_id, boundary_values.full_objects),
            *request_bodies.boundary_bodies(collection.create_id, combinations),
        ]
        self._invalid_members = request_bodies.invalid_members(collection.create_id, ("ENUM",))

    def run_steps(self, steps: Sequence[Step]) -> None:
        """Run the steps, expect that the remaining resources are unchanged, and always delete them."""
        with self._collection.api.reserve(_max_live(steps)):
            self._run(steps)

    def _run(self, steps: Sequence[Step]) -> None:
        actions = {
            CREATE: self._create,
            CREATE_CONCURRENTLY: self._create_concurrently,
            CREATE_INVALID: self._create_invalid,
            GET: self._get,
            DELETE: self._delete,
        }
        try:
            for action, number in steps:
                actions[action](number)
            self._expect_all_unchanged()
        finally:
            self._discard_all()

    def _create(self, number: int) -> None:
        self._add([self._collection.create(self._body(number))])

    def _create_concurrently(self, number: int) -> None:
        bodies = [self._body(number + offset) for offset in range(_CONCURRENT_CREATES)]
        self._add(
            self._collection.api.send_concurrently(
                [partial(self._collection.create, body) for body in bodies]
            )
        )

    def _create_invalid(self, number: int) -> None:
        """Send an invalid body; that it is rejected is another requirement."""
        exchange = self._collection.create({**self._body(number), **self._invalid_members})
        if exchange.id is not None:
            self._discard(exchange)

    def _get(self, number: int) -> None:
        if self._live:
            self._expect_unchanged(self._live[number % len(self._live)])

    def _delete(self, number: int) -> None:
        if self._live:
            self._discard(self._live.pop(number % len(self._live)))

    def _expect_all_unchanged(self) -> None:
        for created, got in zip(self._live, self._for_all_live(self._collection.get), strict=True):
            self._compare(created, got)

    def _expect_unchanged(self, created: Exchange) -> None:
        self._compare(created, self._collection.get(str(created.id)))

    def _compare(self, created: Exchange, got: Exchange) -> None:
        if got.status in {405, 501}:
            raise Inconclusive("not-readable", "the target does not support get for this resource", got)
        if not got.succeeded:
            raise Finding("the resource that was created and not deleted", got, created)
        for kind, within in _RESOURCE_KINDS[self._collection.create_id]:
            expect.unchanged(created, got, kind, within=within)

    def _add(self, creates: Sequence[Exchange]) -> None:
        created = [exchange for exchange in creates if exchange.id is not None]
        self._live += created
        if not created:
            raise Inconclusive(
                "not-created", "the target did not create the resource that this check needs", creates[0]
            )

    def _discard_all(self) -> None:
        self._for_all_live(self._collection.delete_if_owned)
        self._live.clear()

    def _for_all_live(self, function: Callable[[str], _Result]) -> list[_Result]:
        """Call a function with the id of each live resource.

        This uses separate threads: the shared ones may be waiting for the slots of these resources.
        """
        calls = [partial(function, str(created.id)) for created in self._live]
        batches = [calls[first : first + _FINAL_BATCH] for first in range(0, len(calls), _FINAL_BATCH)]
        return [result for batch in batches for result in self._collection.api.send_concurrently(batch)]

    def _discard(self, created: Exchange) -> None:
        self._collection.delete_if_owned(str(created.id))

    def _body(self, number: int) -> dict[str, Any]:
        return self._collection.with_run_name(self._bodies[number % len(self._bodies)])


def _max_live(steps: Sequence[Step]) -> int:
    """Return the maximum number of resources that can exist while the steps run."""
    created_by = {CREATE: 1, CREATE_CONCURRENTLY: _CONCURRENT_CREATES, CREATE_INVALID: 1}
    return sum(created_by.get(action, 0) for action, _ in steps)
