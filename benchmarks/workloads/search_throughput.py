"""Throughput of a fuzz campaign after its first round: `python -m benchmarks.workloads.search_throughput`.

Compares, in alternating rounds against the same server, the tasks of a campaign with runs of property-based
checks with new seeds, of which campaigns consisted before. Prints requests per second, and CPU time for each
request of the worker processes, which does not depend on other load of the machine.
"""

import argparse
import resource
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

import httpx

from benchmarks.harness import markdown
from benchmarks.servers.measured_servers import reference
from conformance.config.settings import Effort, Settings
from conformance.config.target import Limits, Target
from conformance.engine.worker_process import Worker, split_limits
from conformance.fuzzing.campaign_state import CampaignState
from conformance.fuzzing.corpus import Corpus
from conformance.fuzzing.search_worker import SearchWorker
from conformance.processes.message_channel import ready_channels
from conformance.processes.reference_process import ACCOUNT
from conformance.results.output_folder import create_subfolder

_OPERATIONS: Final = ("VC-CREATE", "FCR-CREATE")
_TASK_REQUESTS: Final = 1_500
_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Sample:
    """Figures of one measurement."""

    requests: int
    seconds: float
    cpu_seconds: float


def random_runs(settings: Sequence[Settings], _requests: int) -> int:
    """Run property-based checks in worker processes; return the number of requests."""
    workers = [Worker(one) for one in settings]
    for worker in workers:
        while worker.receive_progress():
            pass
    return sum(worker.record()["requests"] for worker in workers)


def search_tasks(settings: Sequence[Settings], requests: int) -> int:
    """Execute tasks in worker processes; return the number of requests."""
    state = CampaignState(Corpus(None, _OPERATIONS, 1), _OPERATIONS, 1)
    workers = [SearchWorker(one) for one in settings]
    running, assigned = list(workers), 0
    while running:
        channels = ready_channels([worker.channel for worker in running], 1.0)
        for worker in [worker for worker in running if worker.channel in channels]:
            if not worker.receive_progress():
                running.remove(worker)
            for result in worker.take_results():
                state.add_result(result)
            if worker.is_idle and assigned < requests:
                assigned += _TASK_REQUESTS
                worker.send_task(state.next_task(_TASK_REQUESTS, 0))
            elif worker.is_idle:
                worker.finish()
    return sum(worker.record()["requests"] for worker in workers)


CANDIDATES: Final[dict[str, Callable[[Sequence[Settings], int], int]]] = {
    "runs of property-based checks": random_runs,
    "tasks of a campaign": search_tasks,
}


def measure(address: str, folder: Path, name: str, options: argparse.Namespace) -> Sample:
    """Measure one candidate, from the start of its worker processes to their end."""
    limits = split_limits(Limits(max_seconds=_SECONDS, max_requests=options.requests), options.workers)
    base = Settings(
        Target(httpx.URL(address), ACCOUNT), limits, effort=Effort.THOROUGH, property_based_only=True
    )
    settings = [
        replace(
            base, seed=seed, prefix=secrets.token_hex(4), output=folder / f"{name}-{secrets.token_hex(4)}"
        )
        for seed in range(options.workers)
    ]
    for one in settings:
        create_subfolder(one.output, force=False)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    requests = CANDIDATES[name](settings, options.requests)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(requests, seconds, cpu)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the candidates in turn, and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workloads.search_throughput")
    parser.add_argument("--requests", type=int, default=12_000, help="requests of each measurement")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each candidate")
    options = parser.parse_args(arguments)
    samples: dict[str, list[Sample]] = {name: [] for name in CANDIDATES}
    with tempfile.TemporaryDirectory() as folder, reference() as server:
        for _ in range(options.rounds):
            for name in CANDIDATES:
                samples[name].append(measure(server.origin, Path(folder), name, options))
    print(report(samples))


def report(samples: dict[str, list[Sample]]) -> str:
    """Return the medians as a table."""
    rows = [
        (
            name,
            f"{median(one.requests for one in taken):,.0f}",
            f"{median(one.requests / one.seconds for one in taken):,.0f}",
            f"{median(1000 * one.cpu_seconds / one.requests for one in taken):.2f}",
        )
        for name, taken in samples.items()
    ]
    return markdown(("candidate", "requests", "requests/s", "CPU ms for each"), rows)


if __name__ == "__main__":
    main()
