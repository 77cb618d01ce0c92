"""A model of what must be true while resources come and go: each reads as it was created, while it is there.

A sequence is a list of steps, a word and a number each: the number chooses the body to create or the resource
to look at, so that any list of steps makes sense and the shortest one that fails can be found.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from conformance.config.settings import Effort
from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding, Unobserved
from conformance.testkit import expect, request_bodies
from conformance.testkit.api_client import Collection
from strategies import boundary_values

CREATE: Final = "create"
AT_ONCE: Final = "create several at once"
REFUSED: Final = "have a create refused"
GET: Final = "get"
DELETE: Final = "delete"
STEPS: Final = (CREATE, AT_ONCE, REFUSED, GET, DELETE)
Step = tuple[str, int]
_Result = TypeVar("_Result")

_SEVERAL: Final = 4
_LAST: Final = 16  # gets or deletes at once, when nothing comes after them
_PARTS: Final = {
    "VC-CREATE": (("VC-CONF", None),),
    "FCR-CREATE": (("FCR-RES", None), ("FCR-ROOM", "conference_room")),
}  # the kinds of resource in an answer, and where they stand in it


class Model:
    """The resources that one check has made, and what their creates answered."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._live: list[Exchange] = []
        little = collection.api.effort is Effort.SMOKE
        together = boundary_values.presences if little else boundary_values.triples
        self._bodies = [
            *request_bodies.of(collection.create_id, boundary_values.full),
            *request_bodies.of(collection.create_id, together),
        ]
        self._wrong = request_bodies.wrong(collection.create_id, ("ENUM",))

    def follow(self, steps: Sequence[Step]) -> None:
        """Take the steps, then get what is there once more; whatever happens, delete it."""
        with self._collection.api.room(_most_at_once(steps)):
            self._take(steps)

    def _take(self, steps: Sequence[Step]) -> None:
        acts = {
            CREATE: self._create,
            AT_ONCE: self._create_at_once,
            REFUSED: self._have_refused,
            GET: self._get,
            DELETE: self._delete,
        }
        try:
            for word, number in steps:
                acts[word](number)
            self._expect_all_unchanged()
        finally:
            self._forget_all()

    def _create(self, number: int) -> None:
        self._keep([self._collection.create(self._body(number))])

    def _create_at_once(self, number: int) -> None:
        creates = [partial(self._collection.create, self._body(number + turn)) for turn in range(_SEVERAL)]
        self._keep(self._collection.api.at_once(creates))

    def _have_refused(self, number: int) -> None:
        """Send a body that has to be refused; that it is refused is another requirement."""
        exchange = self._collection.create({**self._body(number), **self._wrong})
        if exchange.id is not None:
            self._forget(exchange)

    def _get(self, number: int) -> None:
        if self._live:
            self._expect_unchanged(self._live[number % len(self._live)])

    def _delete(self, number: int) -> None:
        if self._live:
            self._forget(self._live.pop(number % len(self._live)))

    def _expect_all_unchanged(self) -> None:
        for made, got in zip(self._live, self._last(self._collection.get), strict=True):
            self._judge(made, got)

    def _expect_unchanged(self, made: Exchange) -> None:
        self._judge(made, self._collection.get(str(made.id)))

    def _judge(self, made: Exchange, got: Exchange) -> None:
        if got.status in {405, 501}:
            raise Unobserved("not-readable", "the target has no get for these", got)
        if not got.succeeded:
            raise Finding("what was created and not deleted", got, made)
        for kind, within in _PARTS[self._collection.create_id]:
            expect.unchanged(made, got, kind, within=within)

    def _keep(self, created: Sequence[Exchange]) -> None:
        made = [each for each in created if each.id is not None]
        self._live += made
        if not made:
            raise Unobserved("not-created", "the target did not create what this check needs", created[0])

    def _forget_all(self) -> None:
        self._last(self._collection.discard)
        self._live.clear()

    def _last(self, act: Callable[[str], _Result]) -> list[_Result]:
        """Do something with all that is there, in threads of its own: others may wait for the room it has."""
        acts = [partial(act, str(made.id)) for made in self._live]
        at_once = self._collection.api.at_once
        return [each for first in range(0, len(acts), _LAST) for each in at_once(acts[first : first + _LAST])]

    def _forget(self, made: Exchange) -> None:
        self._collection.discard(str(made.id))

    def _body(self, number: int) -> dict[str, Any]:
        return self._collection.marked(self._bodies[number % len(self._bodies)])


def _most_at_once(steps: Sequence[Step]) -> int:
    """Return how many resources there are at the most while the steps are taken."""
    making = {CREATE: 1, AT_ONCE: _SEVERAL, REFUSED: 1}
    return sum(making.get(word, 0) for word, _ in steps)
