"""Pairs of values: few objects contain each pair of values of members with few values."""

from typing import Any

import pytest

from conformance.config.settings import Effort
from conformance.testkit.request_bodies import boundary_bodies
from conformance.testkit.value_packing import filled_rows, packed_rows, presence_pairs
from spec.operations import operation
from spec.validation import validation_errors
from strategies import boundary_values
from strategies.value_pairs import ValuePairs

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "size": {"type": "string", "enum": ["small", "medium", "large"]},
        "chat": {"type": "boolean"},
        "record": {"type": "boolean"},
    },
    "required": ["text"],
}
PAIRS = 3 * 2 + 3 * 2 + 2 * 2


def test_only_enumerations_and_booleans_have_few_values() -> None:
    assert list(ValuePairs(SCHEMA).members) == ["size", "chat", "record"]


def test_few_objects_contain_every_pair() -> None:
    pairs = ValuePairs(SCHEMA)
    assert pairs.missing() == PAIRS
    objects = [pairs.with_new_pairs({"text": "a"}) for _ in range(7)]
    assert pairs.missing() == 0
    assert all(value["text"] == "a" and not validation_errors(SCHEMA, value) for value in objects)


def test_kept_values_stay_and_absent_members_are_not_added() -> None:
    pairs = ValuePairs(SCHEMA)
    value = pairs.with_new_pairs({"size": "large", "chat": True}, kept={"size"}, absent={"record"})
    assert value["size"] == "large"
    assert "record" not in value


@pytest.mark.parametrize("operation_id", ["VC-CREATE", "FCR-CREATE"])
def test_the_bodies_at_smoke_contain_nearly_every_pair_of_values(operation_id: str) -> None:
    pairs = ValuePairs(operation(operation_id).request or {})
    total = pairs.missing()
    for row in filled_rows(operation_id, list(packed_rows(Effort.SMOKE, operation_id))):
        pairs.add(row)
    for body in presence_pairs(operation_id):
        pairs.add(body)
    assert pairs.missing() < total / 10


@pytest.mark.parametrize("operation_id", ["VC-CREATE", "FCR-CREATE"])
def test_bodies_with_new_pairs_have_the_same_members_and_are_valid(operation_id: str) -> None:
    schema = operation(operation_id).request or {}
    original = boundary_bodies(operation_id, boundary_values.presence_pairs)
    for body, before in zip(presence_pairs(operation_id), original, strict=True):
        assert body.keys() == before.keys()
        assert not validation_errors(schema, body)
