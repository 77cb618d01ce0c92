"""The mutation matrix: every fault and every variant of the reference server in turn, several at a time."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from fnmatch import filter as matching
from queue import SimpleQueue
from typing import Any, Final

from conformance import __version__
from conformance.config.settings import Effort
from conformance.mutation import detection as proof
from conformance.mutation.detection import (
    AnyProof,
    FaultProof,
    FaultTask,
    Proof,
    Task,
    VariantProof,
    VariantTask,
)
from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.processes.background_process import Aside
from spec.catalogue import Level, catalogue

_RULE_OF_THREE: Final = 3  # n runs without a false alarm: at 95 % confidence, fewer than 3 in n have one
_TOGETHER: Final = 12  # variants in a mixture, of which no two are about one thing

Progress = Callable[[int, int], None]


class UnknownFlawError(ValueError):
    """No fault or variant has a name that fits."""


@dataclass(frozen=True)
class Extent:
    """What is to be proven, and how."""

    faults: tuple[str, ...]
    variants: tuple[str, ...]
    seeds: int = 50  # mixtures of variants, each with random cases of its own
    effort: Effort = Effort.STANDARD
    alone: Effort = Effort.STANDARD  # of a variant by itself, without random cases beyond smoke's
    everything: bool = False  # run all checks over every fault, to see what else it breaks
    workers: int = 2


def extent(faults: Sequence[str], variants: Sequence[str], **how: Any) -> Extent:
    """Return the extent that shell patterns name; without any, everything there is."""
    if not faults and not variants:
        return Extent(tuple(FAULTS), tuple(VARIANTS), **how)
    return Extent(_named("fault", faults, FAULTS), _named("variant", variants, VARIANTS), **how)


def prove(wanted: Extent, progress: Progress) -> dict[str, Any]:
    """Prove it all and return the matrix; an interruption leaves what was proven until then."""
    clock = time.perf_counter()
    results: list[AnyProof] = []
    complete = True
    tasks = list(_tasks(wanted))
    with _carried_out(tasks, wanted.workers) as under_way:
        try:
            for done in as_completed(under_way):
                results.append(done.result())
                progress(len(results), len(tasks))
        except KeyboardInterrupt:
            complete = False
    return _matrix(wanted, results, seconds=time.perf_counter() - clock, complete=complete)


def mixtures(variants: Sequence[str], seeds: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield for each seed some variants that one server has all at once, the same ones every time."""
    for seed in range(seeds if variants else 0):
        drawn = random.Random(seed).sample(variants, len(variants))  # noqa: S311 - drawn to be repeated, not to be secret
        of_each_subject = list({_subject(each): each for each in drawn}.values())
        yield seed, tuple(sorted(of_each_subject[:_TOGETHER]))


def _subject(variant: str) -> str:
    return variant.partition("-")[0]


def _named(kind: str, patterns: Sequence[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    for pattern in patterns:
        if not matching(known, pattern):
            near = get_close_matches(pattern, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UnknownFlawError(f"no {kind} {pattern!r}{hint}")
    return tuple(id_ for id_ in known if any(matching([id_], pattern) for pattern in patterns))


@contextmanager
def _carried_out(tasks: Sequence[Task], workers: int) -> Iterator[Sequence[Future[AnyProof]]]:
    """Have background processes carry out tasks; those that none has begun at the end are dropped."""
    number = max(1, min(workers, len(tasks)))
    idle: SimpleQueue[Aside] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(number):
            process = Aside([proof.__name__])
            stack.callback(process.end)
            idle.put(process)

        def act(task: Task) -> AnyProof:
            process = idle.get()
            try:
                result: AnyProof = process.call(proof.carry_out, task)
            finally:
                idle.put(process)
            return result

        pool = ThreadPoolExecutor(number, thread_name_prefix="proof")
        stack.callback(pool.shutdown, cancel_futures=True)
        yield [pool.submit(act, task) for task in tasks]


def _tasks(wanted: Extent) -> Iterator[Task]:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    for seed, variants in mixtures(wanted.variants, wanted.seeds):
        yield VariantTask(variants, seed, wanted.effort, drawing=wanted.effort)
    for variant in wanted.variants:
        yield VariantTask((variant,), 0, wanted.alone, drawing=Effort.SMOKE)
    for fault in wanted.faults:
        yield FaultTask(fault, wanted.effort, everything=wanted.everything)


def _matrix(wanted: Extent, results: Iterable[AnyProof], *, seconds: float, complete: bool) -> dict[str, Any]:
    proven = {each.fault: each for each in results if isinstance(each, FaultProof)}
    judged = sorted(
        (each for each in results if isinstance(each, VariantProof)), key=lambda each: each.variants
    )
    faults = [_fault(proven[id_]) for id_ in wanted.faults if id_ in proven]
    blamed = sum(bool(each.blamed) for each in judged)
    return {
        "schema_version": 1,
        "suite": {"name": "conference-conformance", "version": __version__},
        "effort": str(wanted.effort),
        "complete": complete,
        "workers": wanted.workers,
        "seconds": round(seconds, 1),
        "requests": sum(each.requests for each in proven.values()) + sum(each.requests for each in judged),
        "counts": {str(proof): sum(each["proof"] == proof for each in faults) for proof in Proof},
        "servers_right": len(judged),
        "blamed": blamed,
        "false_alarms_below": _bound(len(judged)) if not blamed else None,
        "faults": faults,
        "variants": [_variant(each) for each in judged],
        "requirements": list(_requirements(faults)),
    }


def _bound(servers: int) -> float | None:
    """Return the rate that false alarms stay below, None where so few servers tell nothing."""
    return round(_RULE_OF_THREE / servers, 4) if servers > _RULE_OF_THREE else None


def _fault(proven: FaultProof) -> dict[str, Any]:
    fault = FAULTS[proven.fault]
    return {
        "id": fault.id,
        "summary": fault.summary,
        "lapse": fault.should_level,
        "breaks": list(fault.breaks),
        "proof": str(proven.proof),
        "broken": list(proven.broken),
        "requests": proven.requests,
    }


def _variant(judged: VariantProof) -> dict[str, Any]:
    told = asdict(judged)
    if len(judged.variants) == 1:
        told["permitted"] = VARIANTS[judged.variants[0]].permitted
    return told


def _requirements(faults: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each requirement that can fail, with the faults made for it."""
    for requirement in catalogue().values():
        if requirement.level is Level.MAY:
            continue
        made = [fault for fault in faults if requirement.id in fault["breaks"]]
        yield {
            "id": requirement.id,
            "level": str(requirement.level),
            "operation": requirement.operation,
            "sentence": requirement.sentence,
            "faults": [fault["id"] for fault in made],
            "caught": [fault["id"] for fault in made if requirement.id in fault["broken"]],
        }
