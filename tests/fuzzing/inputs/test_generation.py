"""Generated cases: valid and invalid bodies, sequences, and their variations."""

from collections.abc import Iterator
from random import Random

import pytest

from conformance.fuzzing.inputs import dictionaries, expectations, generation, mutation
from conformance.fuzzing.inputs.cases import Action, Case
from spec.operations import operation
from spec.validation import validation_errors

OPERATIONS = ("VC-CREATE", "FCR-CREATE")
NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"
SEED = 5


def cases(operation_id: str, count: int = 300) -> list[Case]:
    random = Random(SEED)
    return [generation.random_case(operation_id, random) for _ in range(count)]


def bodies_with_unique_names(operation_id: str) -> Iterator[dict[str, object]]:
    for case in cases(operation_id):
        for body in case.bodies:
            name = body.get("name")
            yield {**body, **({"name": name[:60] + NAME} if isinstance(name, str) else {})}


def test_the_same_seed_generates_the_same_cases() -> None:
    assert cases("VC-CREATE") == cases("VC-CREATE")


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_case_can_be_stored_and_read(operation_id: str) -> None:
    random, generated = Random(SEED), cases(operation_id)
    varied = [mutation.mutated(case, generated, random) for case in generated]
    for case in (*generated, *varied):
        assert Case.decode(case.encode(), OPERATIONS) == case


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_body_that_must_be_accepted_is_valid_and_one_that_must_be_rejected_is_not(
    operation_id: str,
) -> None:
    schema = operation(operation_id).request or {}
    accepted = rejected = 0
    for body in bodies_with_unique_names(operation_id):
        errors = validation_errors(schema, body)
        # A date without a time is valid by the prose only.
        invalid = {str(error.absolute_path[0]) for error in errors if error.validator != "format"}
        if expectations.must_be_accepted(operation_id, body):
            accepted += 1
            assert not invalid
        if expectations.rejection_rules(operation_id, body):
            rejected += 1
            assert errors
    assert accepted > rejected > 20


def test_sequences_use_names_again_and_bursts_send_requests_at_the_same_time() -> None:
    steps = [step for case in cases("VC-CREATE", 1000) for step in case.steps]
    assert {step.action for step in steps} == set(Action)
    assert any(step.name_of is not None for step in steps)
    assert max(step.count for step in steps) > 1


def test_every_text_of_the_dictionary_must_be_accepted() -> None:
    assert [text for text in dictionaries.TEXTS if not expectations.is_safe_text(text, 200)] == []
    assert [name for name in dictionaries.MEMBER_NAMES if not expectations.is_safe_text(name, None)] == []


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b'{"operation": "VC-CREATE", "steps": []}',
        b'{"operation": "VC-DELETE", "steps": [{"action": "get"}]}',
        b'{"operation": "VC-CREATE", "steps": [{"action": "create"}]}',
        b'{"operation": "VC-CREATE", "steps": [{"action": "get", "slot": -1}]}',
        b'{"operation": "VC-CREATE", "steps": [{"action": "restart"}]}',
    ],
)
def test_a_line_of_another_form_is_not_a_case(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"case|step|Action"):
        Case.decode(line, OPERATIONS)
