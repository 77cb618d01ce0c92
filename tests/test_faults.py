"""The proof that checks bite: each fault of the reference server is caught by the check named for it."""

from collections.abc import Sequence

import pytest

from conformance.engine import Check, Kind
from conformance.settings import Effort
from conformance.verdict import Outcome, Verdict
from reference.faults import FAULTS, LAPSES
from reference.faults.fault import Fault
from reference.variants import VARIANTS
from spec.catalogue import Level, catalogue
from tests.in_process import InProcess, checks, judged

A_LITTLE = frozenset(
    {
        "API-AUTH-HEADER-REQUIRED",
        "FCR-CREATE-FULL",
        "FCR-CREATE-NAME-REQUIRED",
        "FCR-CREATE-PAIRS",
        "VC-CREATE-DISPLAY-NAME-TEXT",
        "VC-CREATE-MALFORMED-JSON",
        "VC-CREATE-MINIMAL",
        "VC-CREATE-PAIRS",
        "VC-CREATE-QUALITY-ENUM",
        "VC-GET-SESSION-PRESENT",
        "VC-GET-UNKNOWN-ID",
    }
)


def caught(fault: Fault) -> Outcome:
    """Return what the check named for a fault says of it, after as little traffic as it takes."""
    named = fault.breaks[0]
    for traffic in _traffics(named):
        outcome = judged(InProcess([fault.id]), traffic, Effort.STANDARD)[named]
        if outcome.verdict in {Verdict.FAILED, Verdict.WARNED}:
            break
    return outcome


def _traffics(named: str) -> list[Sequence[Check]]:
    every = [check for check in checks(Effort.STANDARD) if check.kind is not Kind.EXPLORING]
    [check] = [check for check in checks(Effort.STANDARD) if check.requirement.id == named]
    directed = [each for each in every if each.kind is Kind.DIRECTED and each is not check]
    little = [
        each for each in checks(Effort.STANDARD) if each.requirement.id in A_LITTLE and each is not check
    ]
    first = [check] if check.kind is not Kind.OBSERVING else [*little, check]
    return [first, [*directed, check]]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_caught_by_the_check_named_for_it(fault: Fault) -> None:
    assert catalogue()[fault.breaks[0]].level is Level.MUST
    assert caught(fault).verdict is Verdict.FAILED


@pytest.mark.parametrize("lapse", LAPSES.values(), ids=LAPSES.keys())
def test_a_lapse_is_warned_of_by_the_check_named_for_it(lapse: Fault) -> None:
    assert catalogue()[lapse.breaks[0]].level is not Level.MUST
    assert caught(lapse).verdict is Verdict.WARNED


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_not_blamed(variant: str) -> None:
    outcomes = judged(InProcess((), [variant]), checks())
    wrong = {Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE}
    blamed = {each.requirement.id for each in outcomes.values() if each.verdict in wrong}
    assert {identifier for identifier in blamed if catalogue()[identifier].level is Level.MUST} == set()
