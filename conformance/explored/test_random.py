"""Random bodies beyond the edges: what keeps the schema is accepted, what breaks it once is refused.

The rows of a covering array go first; Hypothesis looks beyond them and shrinks what it finds.
What the accepted ones hold is judged with everything else that the run saw.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from conformance import bodies, expect, thrift
from conformance.api import Api, Collection
from conformance.requirement import each_of, requirement
from conformance.settings import Effort
from spec.operations import operation
from strategies import boundaries, values, violations
from strategies.times import LAST_DAY

_BURST = 8
_FEW = 4  # bodies of one kind, where little is to be sent
Body = Mapping[str, Any]


def _schema(operation_id: str) -> Mapping[str, Any]:
    return operation(operation_id).request or {}


def _bursts(bodies: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(bodies, min_size=1, max_size=_BURST)


def _broken_in_company(schema: Mapping[str, Any]) -> list[tuple[Body, str, Any]]:
    """Return bodies with every member, each with another member broken, in the simplest way."""
    body = boundaries.full(schema)[0]
    broken: list[tuple[Body, str, Any]] = []
    for member, node in schema["properties"].items():
        first = violations.refused(node, "TYPE", required=member in schema["required"])[0]
        broken.append(({**body, member: first.value}, member, first))
    return broken


def _late(schema: Mapping[str, Any]) -> Body:
    """Return a body with every member, whose times lie in the last year that leaves room for an offset."""
    times = {name for name, node in schema["properties"].items() if node.get("format") == "date-time"}
    body = boundaries.full(schema)[0]
    return {name: f"{LAST_DAY.year}{value[4:]}" if name in times else value for name, value in body.items()}


def _brief(schema: Mapping[str, Any]) -> Body:
    """Return a body with every member, whose times are a second apart."""
    times = [name for name, node in schema["properties"].items() if node.get("format") == "date-time"]
    apart = {name: f"2041-05-06T07:08:{second:02}Z" for second, name in enumerate(times)}
    return {**boundaries.full(schema)[0], **apart}


_VIDEO, _FABRIC = _schema("VC-CREATE"), _schema("FCR-CREATE")


@each_of("prefix", {"VC-CREATE-PAIRS": "VC", "FCR-CREATE-PAIRS": "FCR"})
def test_optional_members_are_accepted_together(api: Api, prefix: str) -> None:
    """Where little is to be sent, it is enough that each two are there."""
    collection = api.collection(f"{prefix}-CREATE")
    _expect_accepted(
        collection, thrift.few(api.effort, bodies.of(collection.create_id, boundaries.alone), _FEW)
    )
    little, much = (boundaries.full, boundaries.presences), (boundaries.pairs, boundaries.triples)
    for making in little if api.effort is Effort.SMOKE else much:
        _expect_accepted(collection, bodies.of(collection.create_id, making))


@requirement("VC-CREATE-CONFORMING")
@given(bodies=_bursts(values.conforming(_VIDEO)))
@example(bodies=[*boundaries.alone(_VIDEO)[:2], _late(_VIDEO), _brief(_VIDEO)])
def test_any_conforming_conference_is_accepted(api: Api, bodies: Sequence[Body]) -> None:
    _expect_accepted(api.video, bodies)


@requirement("FCR-CREATE-CONFORMING")
@given(bodies=_bursts(values.conforming(_FABRIC)))
@example(bodies=[*boundaries.alone(_FABRIC)[:2], _late(_FABRIC), _brief(_FABRIC)])
def test_any_conforming_room_is_accepted(api: Api, bodies: Sequence[Body]) -> None:
    _expect_accepted(api.fabric, bodies)


@requirement("VC-CREATE-NONCONFORMING")
@given(bodies=_bursts(violations.objects(_VIDEO)))
@example(bodies=_broken_in_company(_VIDEO))
def test_any_conference_broken_once_is_refused(api: Api, bodies: list[tuple[Body, str, Any]]) -> None:
    _expect_refused(api.video, bodies)


@requirement("FCR-CREATE-NONCONFORMING")
@given(bodies=_bursts(violations.objects(_FABRIC)))
@example(bodies=_broken_in_company(_FABRIC))
def test_any_room_broken_once_is_refused(api: Api, bodies: list[tuple[Body, str, Any]]) -> None:
    _expect_refused(api.fabric, bodies)


def _expect_accepted(collection: Collection, bodies: Sequence[Body]) -> None:
    for visit in collection.visit_each([collection.marked(body) for body in bodies]):
        expect.accepted(visit.created)


def _expect_refused(collection: Collection, bodies: list[tuple[Body, str, Any]]) -> None:
    sent = thrift.few(collection.api.effort, bodies, _BURST)
    for visit in collection.visit_each([_told(collection, body, member) for body, member, _ in sent]):
        expect.refused(visit.created)


def _told(collection: Collection, body: Body, broken: str) -> Body:
    """Return a body that nothing but its broken member gives a reason to refuse."""
    return {**collection.marked(body), broken: body[broken]} if broken in body else collection.marked(body)
