"""Detection of one fault by the checks, and false positives for one set of permitted variants."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from conformance.config.settings import Effort
from conformance.mutation.check_bench import CheckBench, RunResult
from conformance.mutation.in_process_server import FAULTS, InProcessTransport
from conformance.processes.background_process import operation
from conformance.processes.value_encoding import dataclass_form, text_form
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, catalogue

_VIOLATION_VERDICTS: Final = frozenset({Verdict.FAILED, Verdict.WARNED})
_FALSE_POSITIVE_VERDICTS: Final = frozenset({Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE})


class Detection(StrEnum):
    """Whether a fault was detected."""

    DETECTED = "detected"  # by the checks of the requirements that it violates
    DETECTED_BY_OTHERS = "detected-by-others"  # only by checks of other requirements
    MISSED = "missed"


@dataclass(frozen=True)
class FaultResult:
    """Result of the checks for the reference server with one fault."""

    fault: str
    detection: Detection
    violated: tuple[str, ...]  # requirement ids
    requests: int


@dataclass(frozen=True)
class VariantResult:
    """Result of the checks for the reference server with permitted variants."""

    variants: tuple[str, ...]
    seed: int
    false_positives: tuple[str, ...]  # ids of requirements that were reported as violated or not decided
    requests: int


@dataclass(frozen=True)
class FaultTask:
    """A fault to test."""

    fault: str
    effort: Effort
    all_checks: bool


@dataclass(frozen=True)
class VariantTask:
    """A combination of variants to test."""

    variants: tuple[str, ...]
    seed: int
    effort: Effort
    random_effort: Effort


Task = FaultTask | VariantTask
TaskResult = FaultResult | VariantResult


@operation(
    *map(dataclass_form, (FaultTask, VariantTask, FaultResult, VariantResult)),
    *map(text_form, (Effort, Detection)),
)
def run_task(task: Task) -> TaskResult:
    """Test one fault or one combination of variants."""
    if isinstance(task, FaultTask):
        return run_fault(task.fault, task.effort, everything=task.all_checks)
    return run_variants(task.variants, task.seed, task.effort, random_effort=task.random_effort)


def run_fault(fault: str, effort: Effort, *, everything: bool) -> FaultResult:
    """Run the checks that should detect a fault, or all checks, against a server with the fault.

    Random cases are left out: a fault counts as detected only by cases that are sent in every run.
    """
    bench, expected = _bench(effort, Effort.SMOKE), frozenset(FAULTS[fault].breaks)
    requests = 0
    result = RunResult({}, 0)
    for checks in [bench.checks] if everything else bench.check_sets(expected):
        result = bench.run(InProcessTransport([fault]), checks)
        requests += result.requests
        if expected <= _violated(result.outcomes.values()):
            break
    violated = _violated(result.outcomes.values())
    return FaultResult(fault, _detection(expected, violated), tuple(sorted(violated)), requests)


def run_variants(
    variants: tuple[str, ...], seed: int, effort: Effort, *, random_effort: Effort
) -> VariantResult:
    """Run all checks with the random cases of a seed against a server with permitted variants."""
    bench = _bench(effort, random_effort)
    result = bench.run(InProcessTransport((), variants), bench.seeded(seed))
    false_positives = {
        outcome.requirement.id for outcome in result.outcomes.values() if _is_false_positive(outcome)
    }
    return VariantResult(variants, seed, tuple(sorted(false_positives)), result.requests)


def _violated(outcomes: Iterable[Outcome]) -> frozenset[str]:
    """Return the ids of the violated requirements, without those of optional behavior."""
    requirements = (outcome.requirement for outcome in outcomes if outcome.verdict in _VIOLATION_VERDICTS)
    return frozenset(requirement.id for requirement in requirements if requirement.level is not Level.MAY)


def _detection(expected: frozenset[str], violated: frozenset[str]) -> Detection:
    if expected <= violated:
        return Detection.DETECTED
    return (
        Detection.DETECTED_BY_OTHERS
        if any(catalogue()[id_].level is Level.MUST for id_ in violated)
        else Detection.MISSED
    )


def _is_false_positive(outcome: Outcome) -> bool:
    return outcome.verdict in _FALSE_POSITIVE_VERDICTS and outcome.requirement.level is Level.MUST


@cache
def _bench(effort: Effort, random_effort: Effort) -> CheckBench:
    return CheckBench(effort, random_effort)
