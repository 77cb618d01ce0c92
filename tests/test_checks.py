"""Every requirement has its check, every check its requirement."""

from collections import Counter

import pytest

from conformance.settings import Effort
from conformance.verdict import Verdict
from reference.faults import FAULTS
from spec.catalogue import Level, catalogue
from tests.in_process import InProcess, checks, judged


def test_each_requirement_is_decided_by_one_check() -> None:
    deciding = Counter(check.requirement.id for check in checks(Effort.STANDARD))
    assert deciding.keys() == catalogue().keys()
    assert set(deciding.values()) == {1}


def test_each_must_has_a_fault_that_breaks_it() -> None:
    broken = {identifier for fault in FAULTS.values() for identifier in fault.breaks}
    musts = {each.id for each in catalogue().values() if each.level is Level.MUST}
    assert musts - broken == set()
    assert broken - catalogue().keys() == set()


@pytest.fixture(scope="module")
def correct() -> dict[str, Verdict]:
    outcomes = judged(InProcess(), checks())
    return {identifier: outcome.verdict for identifier, outcome in outcomes.items()}


def test_the_reference_server_keeps_every_requirement(correct: dict[str, Verdict]) -> None:
    assert set(correct.values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}


def test_every_must_is_decided_at_the_reference_server(correct: dict[str, Verdict]) -> None:
    undecided = {identifier for identifier, verdict in correct.items() if verdict is not Verdict.PASSED}
    conditional = {identifier for identifier in undecided if catalogue()[identifier].when}
    assert undecided == conditional
