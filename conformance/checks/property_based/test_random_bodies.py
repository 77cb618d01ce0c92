"""Random bodies beyond the edges: what keeps the schema is accepted, what breaks it once is refused.

The rows of a covering array go first; Hypothesis looks beyond them and shrinks what it finds.
What the accepted ones hold is judged with everything else that the run saw.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import pytest
from hypothesis import example, given

from conformance.config.settings import Effort
from conformance.testkit import expect, sampling
from conformance.testkit import request_bodies as bodies
from conformance.testkit.api_client import Api, Collection
from conformance.testkit.markers import each_of, requirement
from spec.operations import operation
from strategies import boundary_values, invalid_values
from strategies import valid_values as values
from strategies.date_times import LAST_DAY

_FEW: Final = 4  # bodies of one kind, where little is to be sent
_Check = TypeVar("_Check", bound=Callable[..., None])
Body = Mapping[str, Any]
Broken = tuple[Body, str, Any]  # a body, which member of it is wrong, and in what way


def _schema(operation_id: str) -> Mapping[str, Any]:
    return operation(operation_id).request or {}


def _examples(argument: str, values: Iterable[Any]) -> Callable[[_Check], _Check]:
    """Have a check tried with each of some values before any that is drawn."""

    def written(check: _Check) -> _Check:
        for value in values:
            check = example(**{argument: value})(check)
        return check

    return written


def _broken_in_company(schema: Mapping[str, Any]) -> list[Broken]:
    """Return bodies with every member, each with another member broken, in the simplest way."""
    body = boundary_values.full(schema)[0]
    broken: list[Broken] = []
    for member, node in schema["properties"].items():
        first = invalid_values.refused(node, "TYPE", required=member in schema["required"])[0]
        broken.append(({**body, member: first.value}, member, first))
    return broken


def _late(schema: Mapping[str, Any]) -> Body:
    """Return a body with every member, whose times lie in the last year that leaves room for an offset."""
    times = {name for name, node in schema["properties"].items() if node.get("format") == "date-time"}
    body = boundary_values.full(schema)[0]
    return {name: f"{LAST_DAY.year}{value[4:]}" if name in times else value for name, value in body.items()}


def _brief(schema: Mapping[str, Any]) -> Body:
    """Return a body with every member, whose times are a second apart."""
    times = [name for name, node in schema["properties"].items() if node.get("format") == "date-time"]
    apart = {name: f"2041-05-06T07:08:{second:02}Z" for second, name in enumerate(times)}
    return {**boundary_values.full(schema)[0], **apart}


_VIDEO, _FABRIC = _schema("VC-CREATE"), _schema("FCR-CREATE")


@each_of("prefix", {"VC-CREATE-PAIRS": "VC", "FCR-CREATE-PAIRS": "FCR"})
def test_optional_members_are_accepted_together(api: Api, prefix: str) -> None:
    """Where little is to be sent, it is enough that each two are there."""
    collection = api.collection(f"{prefix}-CREATE")
    _expect_accepted(
        collection, sampling.few(api.effort, bodies.of(collection.create_id, boundary_values.alone), _FEW)
    )
    little, much = (
        (boundary_values.full, boundary_values.presences),
        (boundary_values.pairs, boundary_values.triples),
    )
    for making in little if api.effort is Effort.SMOKE else much:
        _expect_accepted(collection, bodies.of(collection.create_id, making))


@requirement("VC-CREATE-CONFORMING")
@pytest.mark.independent
@given(body=values.conforming(_VIDEO))
@_examples("body", [*boundary_values.alone(_VIDEO)[:2], _late(_VIDEO), _brief(_VIDEO)])
def test_any_conforming_conference_is_accepted(api: Api, body: Body) -> None:
    _expect_one_accepted(api.video, body)


@requirement("FCR-CREATE-CONFORMING")
@pytest.mark.independent
@given(body=values.conforming(_FABRIC))
@_examples("body", [*boundary_values.alone(_FABRIC)[:2], _late(_FABRIC), _brief(_FABRIC)])
def test_any_conforming_room_is_accepted(api: Api, body: Body) -> None:
    _expect_one_accepted(api.fabric, body)


@requirement("VC-CREATE-NONCONFORMING")
@pytest.mark.independent
@given(broken=invalid_values.objects(_VIDEO))
@_examples("broken", _broken_in_company(_VIDEO))
def test_any_conference_broken_once_is_refused(api: Api, broken: Broken) -> None:
    _expect_refused(api.video, broken)


@requirement("FCR-CREATE-NONCONFORMING")
@pytest.mark.independent
@given(broken=invalid_values.objects(_FABRIC))
@_examples("broken", _broken_in_company(_FABRIC))
def test_any_room_broken_once_is_refused(api: Api, broken: Broken) -> None:
    _expect_refused(api.fabric, broken)


def _expect_accepted(collection: Collection, bodies: Sequence[Body]) -> None:
    for visit in collection.visit_each([collection.marked(body) for body in bodies]):
        expect.accepted(visit.created)


def _expect_one_accepted(collection: Collection, body: Body) -> None:
    expect.accepted(collection.visit(collection.marked(body)).created)


def _expect_refused(collection: Collection, broken: Broken) -> None:
    """Nothing but its broken member gives a reason to refuse the body."""
    body, member, _ = broken
    value = [body[member]] if member in body else []
    expect.refused(collection.visit(collection.spoiled(body, member, *value)).created)
