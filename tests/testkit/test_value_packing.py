"""Rows of boundary values: each value occurs, no two members have the same one, and fillings change none."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort
from conformance.testkit.api_client import ApiClient
from conformance.testkit.value_packing import filled_rows, packed_rows, with_unspecified_values
from spec.operations import operation
from spec.validation import validation_errors
from tests.support.fake_targets import fake_stack

CREATES = ("VC-CREATE", "FCR-CREATE")


def schema_of(operation_id: str) -> dict[str, Any]:
    return dict(operation(operation_id).request or {})


@pytest.mark.parametrize("effort", [Effort.SMOKE, Effort.STANDARD])
@pytest.mark.parametrize("operation_id", CREATES)
def test_no_two_members_of_a_row_have_the_same_value(operation_id: str, effort: Effort) -> None:
    properties = schema_of(operation_id)["properties"]
    for row in packed_rows(effort, operation_id):
        values = [
            json.dumps(value)
            for member, value in row.items()
            if properties[member]["type"] == "string" and "enum" not in properties[member]
        ]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("operation_id", CREATES)
def test_a_filled_row_keeps_its_values_and_is_valid(operation_id: str) -> None:
    schema, rows = schema_of(operation_id), list(packed_rows(Effort.SMOKE, operation_id))
    for row, filled in zip(rows, filled_rows(operation_id, rows), strict=True):
        assert filled.items() >= row.items()
        optional = {name: value for name, value in filled.items() if name in schema["properties"]}
        assert not validation_errors({**schema, "required": []}, optional)


@pytest.mark.parametrize("operation_id", CREATES)
def test_filled_rows_contain_each_pair_of_members(operation_id: str) -> None:
    rows = list(filled_rows(operation_id, list(packed_rows(Effort.SMOKE, operation_id))))
    names = [name for name in schema_of(operation_id)["properties"] if name != "name"]
    assert {(a, b) for row in rows for a in row for b in row} >= {
        (a, b) for a in names for b in names if not {a, b} <= {"join_from", "join_until", "remove_at"}
    }


def test_the_last_rows_have_values_whose_acceptance_is_unspecified(tmp_path: Path) -> None:
    with fake_stack(lambda _: httpx.Response(404), tmp_path) as stack:
        collection = ApiClient(stack, "cafe0000", "a check", effort=Effort.SMOKE).fabric
        rows: list[dict[str, Any]] = [{}, {}, {"max_members": 1}, {}, {}]
        bodies = [collection.minimal(**row) for row in rows]
        first, numbered, *same, long, mixed = with_unspecified_values(collection, rows, bodies)
    assert [first, *same] == [bodies[0], bodies[2]]
    assert numbered == {**bodies[1], "max_members": 0}
    assert len(long["name"]) == 300
    assert mixed["name"] != mixed["name"].strip()
    assert all(collection.api.contains_run_name(body["name"]) for body in (long, mixed))
