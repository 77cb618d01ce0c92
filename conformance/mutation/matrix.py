"""The mutation matrix: results for all faults and variants of the reference server, several at a time."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import filter as matching_names
from itertools import islice
from queue import SimpleQueue
from typing import Any, Final

from conformance import __version__
from conformance.config.settings import Effort
from conformance.mutation import detection
from conformance.mutation.detection import (
    Detection,
    FaultResult,
    FaultTask,
    Task,
    TaskResult,
    VariantResult,
    VariantTask,
)
from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.processes.background_process import BackgroundProcess
from conformance.runtime.seeded_random import seeded_random
from spec.catalogue import Level, catalogue

_RULE_OF_THREE: Final = 3  # n runs without a false positive: fewer than 3 in n have one, at 95 % confidence
_COMBINED: Final = 12  # variants in a combination, no two of them about the same subject

Progress = Callable[[int, int], None]  # number of finished tasks and of all tasks


class UnknownFaultError(ValueError):
    """No fault or variant matches a pattern."""


@dataclass(frozen=True)
class MutationPlan:
    """Faults and variants to test, and how."""

    faults: tuple[str, ...]
    variants: tuple[str, ...]
    seeds: int = 50  # random combinations of variants
    effort: Effort = Effort.STANDARD
    everything: bool = False  # run all checks against each fault
    variants_once: bool = False  # each variant in one combination, not alone and in random combinations
    specificity_every: int = 1  # measure the specificity of every nth fault
    workers: int = 2


def mutation_plan(faults: Sequence[str], variants: Sequence[str], **options: Any) -> MutationPlan:
    """Return the plan for the faults and variants that match glob patterns, for all without patterns."""
    if not faults and not variants:
        return MutationPlan(tuple(FAULTS), tuple(VARIANTS), **options)
    return MutationPlan(
        _matching_ids("fault", faults, FAULTS), _matching_ids("variant", variants, VARIANTS), **options
    )


def run_matrix(plan: MutationPlan, progress: Progress) -> dict[str, Any]:
    """Run a plan and return the matrix; an interruption leaves out the unfinished tasks."""
    clock = time.perf_counter()
    results: list[TaskResult] = []
    complete = True
    tasks = list(_tasks(plan))
    with _submitted(tasks, plan.workers) as futures:
        try:
            for future in as_completed(futures):
                results.append(future.result())
                progress(len(results), len(tasks))
        except KeyboardInterrupt:
            complete = False
    return _matrix(plan, results, seconds=time.perf_counter() - clock, complete=complete)


def variant_combinations(variants: Sequence[str], seeds: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield a combination of variants for each seed, always the same; the first ones contain each variant."""
    covering = covering_combinations(variants)
    yield from islice(enumerate(covering), seeds)
    for seed in range(len(covering), seeds if variants else 0):
        shuffled = seeded_random(seed).sample(variants, len(variants))
        one_per_subject = list({_subject(variant): variant for variant in shuffled}.values())
        yield seed, tuple(sorted(one_per_subject[:_COMBINED]))


def covering_combinations(variants: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Return the fewest combinations in which each variant occurs once, no two about the same subject."""
    subjects = Counter(map(_subject, variants))
    size = max([*subjects.values(), -(-len(variants) // _COMBINED)], default=0)
    combinations: list[list[str]] = [[] for _ in range(size)]
    for variant in sorted(variants, key=lambda variant: (-subjects[_subject(variant)], variant)):
        free = [
            combination for combination in combinations if _subject(variant) not in map(_subject, combination)
        ]
        min(free, key=len).append(variant)
    return [tuple(sorted(combination)) for combination in combinations]


def specificity(faults: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the root causes per fault, and the faults with too many or with unrelated violations."""
    headlines = [fault["headlines"] for fault in faults if fault["headlines"] is not None]
    if not headlines:
        return None
    return {
        "faults": len(headlines),
        "median": statistics.median(headlines),
        "mean": round(statistics.mean(headlines), 2),
        "most": max(headlines),
        "unspecific": [fault["id"] for fault in faults if not _is_specific(fault)],
    }


def _subject(variant: str) -> str:
    return variant.partition("-")[0]


def _matching_ids(kind: str, patterns: Sequence[str], flaws: Mapping[str, Any]) -> tuple[str, ...]:
    for pattern in patterns:
        if not matching_names(flaws, pattern):
            close_matches = get_close_matches(pattern, flaws, n=1)
            hint = f"; did you mean {close_matches[0]!r}?" if close_matches else ""
            raise UnknownFaultError(f"no {kind} {pattern!r}{hint}")
    return tuple(id_ for id_ in flaws if any(matching_names([id_], pattern) for pattern in patterns))


@contextmanager
def _submitted(tasks: Sequence[Task], workers: int) -> Iterator[Sequence[Future[TaskResult]]]:
    """Run tasks in background processes; cancel those that have not started at the end of the block."""
    workers = max(1, min(workers, len(tasks)))
    idle_processes: SimpleQueue[BackgroundProcess] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(workers):
            process = BackgroundProcess([detection.__name__])
            stack.callback(process.kill)
            idle_processes.put(process)

        def run(task: Task) -> TaskResult:
            process = idle_processes.get()
            try:
                result: TaskResult = process.call(detection.run_task, task)
            finally:
                idle_processes.put(process)
            return result

        executor = ThreadPoolExecutor(workers, thread_name_prefix="mutation")
        stack.callback(executor.shutdown, cancel_futures=True)
        yield [executor.submit(run, task) for task in tasks]


def _tasks(plan: MutationPlan) -> Iterator[Task]:
    """Yield all tasks, the longest first, so that all processes finish at about the same time."""
    for seed, variants in _combinations(plan):
        yield VariantTask(variants, seed, plan.effort, random_effort=plan.effort)
    for variant in () if plan.variants_once else plan.variants:
        yield VariantTask((variant,), 0, Effort.SMOKE, random_effort=Effort.SMOKE)
    for number, fault in enumerate(plan.faults):
        measured = number % plan.specificity_every == 0
        yield FaultTask(fault, plan.effort, all_checks=plan.everything, specificity=measured)


def _combinations(plan: MutationPlan) -> Iterable[tuple[int, tuple[str, ...]]]:
    if plan.variants_once:
        return enumerate(covering_combinations(plan.variants))
    return variant_combinations(plan.variants, plan.seeds)


def _matrix(
    plan: MutationPlan, results: Iterable[TaskResult], *, seconds: float, complete: bool
) -> dict[str, Any]:
    fault_results = {result.fault: result for result in results if isinstance(result, FaultResult)}
    variant_results = sorted(
        (result for result in results if isinstance(result, VariantResult)),
        key=lambda result: result.variants,
    )
    faults = [_fault_entry(fault_results[id_]) for id_ in plan.faults if id_ in fault_results]
    false_positives = sum(bool(result.false_positives) for result in variant_results)
    return {
        "schema_version": 2,
        "suite": {"name": "conference-conformance", "version": __version__},
        "effort": str(plan.effort),
        "complete": complete,
        "workers": plan.workers,
        "seconds": round(seconds, 1),
        "requests": sum(result.requests for result in fault_results.values())
        + sum(result.requests for result in variant_results),
        "specificity": specificity(faults),
        "counts": {str(proof): sum(fault["detection"] == proof for fault in faults) for proof in Detection},
        "variant_servers": len(variant_results),
        "false_positives": false_positives,
        "false_positive_rate_below": _upper_bound(len(variant_results)) if not false_positives else None,
        "faults": faults,
        "variants": [_variant_entry(result) for result in variant_results],
        "requirements": list(_requirement_entries(faults)),
    }


def _is_specific(fault: Mapping[str, Any]) -> bool:
    return (fault["headlines"] or 0) <= detection.MAX_HEADLINES and not fault["unrelated"]


def _upper_bound(servers: int) -> float | None:
    """Return an upper bound for the rate of false positives; None if there are too few servers."""
    return round(_RULE_OF_THREE / servers, 4) if servers > _RULE_OF_THREE else None


def _fault_entry(result: FaultResult) -> dict[str, Any]:
    fault = FAULTS[result.fault]
    return {
        "id": fault.id,
        "summary": fault.summary,
        "should_level": fault.should_level,
        "breaks": list(fault.breaks),
        "detection": str(result.detection),
        "also_violates": list(fault.also_violates),
        "violated": list(result.violated),
        "headlines": result.headlines,
        "unrelated": list(result.unrelated),
        "requests": result.requests,
    }


def _variant_entry(result: VariantResult) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "variants": result.variants,
        "seed": result.seed,
        "false_positives": result.false_positives,
        "requests": result.requests,
    }
    if len(result.variants) == 1:
        entry["permitted"] = VARIANTS[result.variants[0]].permitted
    return entry


def _requirement_entries(faults: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each requirement that can fail, with the faults that violate it."""
    for requirement in catalogue().values():
        if requirement.level is Level.MAY:
            continue
        violating = [fault for fault in faults if requirement.id in fault["breaks"]]
        yield {
            "id": requirement.id,
            "level": str(requirement.level),
            "operation": requirement.operation,
            "sentence": requirement.sentence,
            "faults": [fault["id"] for fault in violating],
            "detected": [fault["id"] for fault in violating if requirement.id in fault["violated"]],
        }
