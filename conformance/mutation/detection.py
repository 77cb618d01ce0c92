"""Does a fault fail the requirements it is made to break? Is a permitted difference blamed for nothing?"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from conformance.config.settings import Effort
from conformance.mutation.check_bench import Bench, Judgement
from conformance.mutation.in_process_server import FAULTS, InProcess
from conformance.processes.background_process import operation
from conformance.processes.value_encoding import record, text
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, catalogue

_FOUND: Final = frozenset({Verdict.FAILED, Verdict.WARNED})
_BLAMING: Final = frozenset({Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE})


class Proof(StrEnum):
    """What became of a fault."""

    CAUGHT = "caught"  # by the checks named for it
    OTHERS = "others"  # by other checks only
    MISSED = "missed"


@dataclass(frozen=True)
class FaultProof:
    """What the checks say of the reference server with one fault."""

    fault: str
    proof: Proof
    broken: tuple[str, ...]  # requirements that are not kept
    requests: int


@dataclass(frozen=True)
class VariantProof:
    """What the checks say of the reference server with some variants."""

    variants: tuple[str, ...]
    seed: int
    blamed: tuple[str, ...]  # requirements that it was wrongly said to break, or that were not decided
    requests: int


@dataclass(frozen=True)
class FaultTask:
    """A fault that is to be proven."""

    fault: str
    effort: Effort
    everything: bool


@dataclass(frozen=True)
class VariantTask:
    """A mixture of variants that is to be proven."""

    variants: tuple[str, ...]
    seed: int
    effort: Effort
    drawing: Effort


Task = FaultTask | VariantTask
AnyProof = FaultProof | VariantProof


@operation(*map(record, (FaultTask, VariantTask, FaultProof, VariantProof)), *map(text, (Effort, Proof)))
def carry_out(task: Task) -> AnyProof:
    """Prove one fault or one mixture of variants."""
    if isinstance(task, FaultTask):
        return prove_fault(task.fault, task.effort, everything=task.everything)
    return prove_variants(task.variants, task.seed, task.effort, drawing=task.drawing)


def prove_fault(fault: str, effort: Effort, *, everything: bool) -> FaultProof:
    """Run the checks over a server with a fault; those named for it decide unless everything is wanted.

    No random case counts as proof: what is caught is caught by cases that are always sent.
    """
    bench, named = _bench(effort, Effort.SMOKE), frozenset(FAULTS[fault].breaks)
    requests = 0
    judgement = Judgement({}, 0)
    for traffic in [bench.checks] if everything else bench.traffics(named):
        judgement = bench.judged(InProcess([fault]), traffic)
        requests += judgement.requests
        if named <= _broken(judgement.outcomes.values()):
            break
    broken = _broken(judgement.outcomes.values())
    return FaultProof(fault, _proof(named, broken), tuple(sorted(broken)), requests)


def prove_variants(variants: tuple[str, ...], seed: int, effort: Effort, *, drawing: Effort) -> VariantProof:
    """Run all checks, with as many random cases of a seed, over a server with permitted differences."""
    bench = _bench(effort, drawing)
    judgement = bench.judged(InProcess((), variants), bench.seeded(seed))
    blamed = {each.requirement.id for each in judgement.outcomes.values() if _blames(each)}
    return VariantProof(variants, seed, tuple(sorted(blamed)), judgement.requests)


def _broken(outcomes: Iterable[Outcome]) -> frozenset[str]:
    """Return the requirements that are not kept; what is left open can only be noted."""
    found = (each.requirement for each in outcomes if each.verdict in _FOUND)
    return frozenset(each.id for each in found if each.level is not Level.MAY)


def _proof(named: frozenset[str], broken: frozenset[str]) -> Proof:
    if named <= broken:
        return Proof.CAUGHT
    return Proof.OTHERS if any(catalogue()[id_].level is Level.MUST for id_ in broken) else Proof.MISSED


def _blames(outcome: Outcome) -> bool:
    return outcome.verdict in _BLAMING and outcome.requirement.level is Level.MUST


@cache
def _bench(effort: Effort, drawing: Effort) -> Bench:
    return Bench(effort, drawing)
