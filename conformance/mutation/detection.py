"""Detection of a fault by the checks, its specificity, and false positives for a set of variants."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from conformance.config.settings import Effort
from conformance.engine.attempts import Check
from conformance.mutation.check_runner import CheckRunner
from conformance.mutation.in_process_server import FAULTS, InProcessTransport
from conformance.processes.background_process import operation
from conformance.processes.value_encoding import dataclass_form, text_form
from conformance.results.grouping.root_causes import causes
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, catalogue

MAX_HEADLINES: Final = 3  # root causes that a run reports for one fault
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
    headlines: int | None = None  # root causes that a run reports; None if not measured
    unrelated: tuple[str, ...] = ()  # violated `must` requirements that the fault does not explain


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
    specificity: bool = True  # whether to count root causes and unrelated violations


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
        return run_fault(task.fault, task.effort, everything=task.all_checks, specificity=task.specificity)
    return run_variants(task.variants, task.seed, task.effort, random_effort=task.random_effort)


def run_fault(fault: str, effort: Effort, *, everything: bool, specificity: bool = True) -> FaultResult:
    """Run the checks that should detect a fault, or all checks, against a server with the fault.

    Random cases are left out: a fault counts as detected only by cases that are sent in every run. What a run
    reports in addition to the fault is measured with all checks, at --effort smoke unless `everything` is
    set.
    """
    expected = frozenset(FAULTS[fault].breaks)
    requests, violations = 0, dict[str, Outcome]()
    for runner, checks in _runs(effort, expected, everything=everything, specificity=specificity):
        result = runner.run(InProcessTransport([fault]), checks)
        requests += result.requests
        violated = _violated(result.outcomes.values())
        violations.update((id_, result.outcomes[id_]) for id_ in violated)
        if expected <= violated:
            break
    headlines, unrelated = _specificity(fault, violations) if specificity or everything else (None, ())
    detected = _detection(expected, violated)
    return FaultResult(fault, detected, tuple(sorted(violated)), requests, headlines, unrelated)


def _runs(
    effort: Effort, expected: frozenset[str], *, everything: bool, specificity: bool
) -> Iterator[tuple[CheckRunner, Sequence[Check]]]:
    """Yield the checks to run until the fault is detected.

    Those of a run at --effort smoke measure the specificity; otherwise they come last, for cases that only
    such a run sends.
    """
    runner = _runner(effort, Effort.SMOKE)
    if everything:
        yield runner, runner.checks
        return
    overview = _runner(Effort.SMOKE, Effort.SMOKE)
    if specificity:
        yield overview, overview.overview()
    for checks in runner.check_sets(expected):
        yield runner, checks
    if not specificity:
        yield overview, overview.overview()


def _specificity(fault: str, violations: Mapping[str, Outcome]) -> tuple[int, tuple[str, ...]]:
    """Return the number of root causes, and the failed requirements that no declared one explains."""
    failed = {id_ for id_, outcome in violations.items() if outcome.verdict is Verdict.FAILED}
    declared = {*FAULTS[fault].breaks, *FAULTS[fault].also_violates}
    groups = [{cause["primary"], *cause["related"]} for cause in causes(violations.values())]
    unrelated = (group & failed for group in groups if group.isdisjoint(declared))
    return len(groups), tuple(sorted(frozenset[str]().union(*unrelated)))


def run_variants(
    variants: tuple[str, ...], seed: int, effort: Effort, *, random_effort: Effort
) -> VariantResult:
    """Run all checks with the random cases of a seed against a server with permitted variants."""
    runner = _runner(effort, random_effort)
    result = runner.run(InProcessTransport((), variants), runner.seeded(seed))
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
def _runner(effort: Effort, random_effort: Effort) -> CheckRunner:
    return CheckRunner(effort, random_effort)
