"""Simpler values and cases."""

from typing import Any

import pytest

from conformance.fuzzing.inputs.cases import Action, Case, Step
from conformance.fuzzing.search.simplification import simpler_cases, simpler_values, simplest_value
from spec.operations import operation


def node(member: str, operation_id: str = "VC-CREATE") -> dict[str, Any]:
    properties: dict[str, Any] = (operation(operation_id).request or {})["properties"]
    schema: dict[str, Any] = properties[member]
    return schema


@pytest.mark.parametrize(
    "member, value, expected",
    [
        ("description", "ab\u200b", "b\u200b"),
        ("layout", "10x10", "grid-responsive-mobile"),
        ("join_from", "2040-02-29T01:02:03.5-05:30", "2041-05-06T01:02:03.5-05:30"),
        ("quality", "8k", "k"),
    ],
)
def test_a_value_has_simpler_ones(member: str, value: Any, expected: Any) -> None:
    simpler = list(simpler_values(node(member), value))
    assert simpler[0] == simplest_value(node(member))
    assert value not in simpler
    assert expected in simpler


def test_the_simplest_value_has_no_simpler_one() -> None:
    for member, schema in (operation("FCR-CREATE").request or {})["properties"].items():
        assert list(simpler_values(schema, simplest_value(schema))) == [], member


def test_the_resources_of_a_burst_become_one() -> None:
    burst = Step(Action.BURST, body={"display_name": "a"}, count=4)
    case = Case("VC-CREATE", (burst, Step(Action.GET, 3)))
    single = Case("VC-CREATE", (Step(Action.CREATE, body={"display_name": "a"}), Step(Action.GET, 0)))
    assert single in list(simpler_cases(case))
