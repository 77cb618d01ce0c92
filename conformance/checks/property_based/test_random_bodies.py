"""Checks with random request bodies: valid ones are accepted, ones with one invalid member are rejected.

Covering arrays come first; Hypothesis then generates further bodies and shrinks those that fail.
Passive checks evaluate the responses to accepted bodies.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import pytest
from hypothesis import example, given

from conformance.config.settings import Effort
from conformance.testkit import expect, request_bodies, sampling, value_packing
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.resource_client import ResourceClient
from spec.operations import operation
from strategies import boundary_values, invalid_values, valid_values
from strategies.date_times import LAST_DAY

_SMOKE_BODIES: Final = 1  # with a single optional member, at --effort smoke
_Check = TypeVar("_Check", bound=Callable[..., None])
Body = Mapping[str, Any]
InvalidBody = tuple[Body, str, Any]  # a body, its invalid member, and the violation


def _schema(operation_id: str) -> Mapping[str, Any]:
    return operation(operation_id).request or {}


def _examples(argument: str, values: Iterable[Any]) -> Callable[[_Check], _Check]:
    """Add explicit examples to a property-based check."""

    def with_examples(check: _Check) -> _Check:
        for value in values:
            check = example(**{argument: value})(check)
        return check

    return with_examples


def _one_invalid_member_each(schema: Mapping[str, Any]) -> list[InvalidBody]:
    """Return full bodies, each with one member of an invalid type."""
    body = boundary_values.full_objects(schema)[0]
    invalid: list[InvalidBody] = []
    for member, node in schema["properties"].items():
        violation = invalid_values.invalid_values(node, "TYPE", required=member in schema["required"])[0]
        invalid.append(({**body, member: violation.value}, member, violation))
    return invalid


def _last_year(schema: Mapping[str, Any]) -> Body:
    """Return a full body with times in the last year in which any offset can be applied."""
    times = {name for name, node in schema["properties"].items() if node.get("format") == "date-time"}
    body = boundary_values.full_objects(schema)[0]
    return {name: f"{LAST_DAY.year}{value[4:]}" if name in times else value for name, value in body.items()}


def _one_second_apart(schema: Mapping[str, Any]) -> Body:
    """Return a full body whose times are one second apart."""
    times = [name for name, node in schema["properties"].items() if node.get("format") == "date-time"]
    values = {name: f"2041-05-06T07:08:{second:02}Z" for second, name in enumerate(times)}
    return {**boundary_values.full_objects(schema)[0], **values}


_VIDEO, _FABRIC = _schema("VC-CREATE"), _schema("FCR-CREATE")


@requirements("prefix", {"VC-CREATE-PAIRS": "VC", "FCR-CREATE-PAIRS": "FCR"})
def test_optional_members_are_accepted_in_any_combination(api: ApiClient, prefix: str) -> None:
    """At --effort smoke, each pair of members occurs; otherwise each triple of their values."""
    collection = api.collection(f"{prefix}-CREATE")
    singles = request_bodies.boundary_bodies(collection.create_id, boundary_values.single_member_objects)
    without_minimal_and_full = singles[-2:0:-1]
    _expect_accepted(collection, sampling.subset(api.effort, without_minimal_and_full, _SMOKE_BODIES))
    if api.effort is Effort.SMOKE:
        _expect_accepted(collection, value_packing.presence_pairs(collection.create_id))
        return
    for builder in (boundary_values.presence_triples, boundary_values.value_triples):
        _expect_accepted(collection, request_bodies.boundary_bodies(collection.create_id, builder))


@requirement("VC-CREATE-CONFORMING")
@pytest.mark.independent
@given(body=valid_values.conforming(_VIDEO))
@_examples(
    "body",
    [_last_year(_VIDEO), _one_second_apart(_VIDEO)],
)
def test_any_valid_conference_body_is_accepted(api: ApiClient, body: Body) -> None:
    _expect_one_accepted(api.video, body)


@requirement("FCR-CREATE-CONFORMING")
@pytest.mark.independent
@given(body=valid_values.conforming(_FABRIC))
@_examples(
    "body",
    [_last_year(_FABRIC), _one_second_apart(_FABRIC)],
)
def test_any_valid_room_body_is_accepted(api: ApiClient, body: Body) -> None:
    _expect_one_accepted(api.fabric, body)


@requirement("VC-CREATE-NONCONFORMING")
@pytest.mark.independent
@given(invalid=invalid_values.objects_with_invalid_member(_VIDEO))
@_examples("invalid", _one_invalid_member_each(_VIDEO))
def test_any_conference_body_with_one_invalid_member_is_rejected(
    api: ApiClient, invalid: InvalidBody
) -> None:
    _expect_rejected(api.video, invalid)


@requirement("FCR-CREATE-NONCONFORMING")
@pytest.mark.independent
@given(invalid=invalid_values.objects_with_invalid_member(_FABRIC))
@_examples("invalid", _one_invalid_member_each(_FABRIC))
def test_any_room_body_with_one_invalid_member_is_rejected(api: ApiClient, invalid: InvalidBody) -> None:
    _expect_rejected(api.fabric, invalid)


def _expect_accepted(collection: ResourceClient, bodies: Sequence[Body]) -> None:
    for round_trip in collection.create_read_delete_each([collection.with_run_name(body) for body in bodies]):
        expect.accepted(round_trip.created)


def _expect_one_accepted(collection: ResourceClient, body: Body) -> None:
    expect.accepted(collection.create_read_delete(collection.with_run_name(body)).created)


def _expect_rejected(collection: ResourceClient, invalid: InvalidBody) -> None:
    """Expect the rejection of a body of which nothing but one member is invalid."""
    body, member, _ = invalid
    value = [body[member]] if member in body else []
    expect.rejected_as_invalid(
        collection.create_read_delete(collection.with_invalid_member(body, member, *value)).created
    )
