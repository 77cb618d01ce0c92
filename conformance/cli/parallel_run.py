"""A run in several worker processes: each runs a shard, and the results are merged.

The workers share the limits on requests and resources. Passive checks run in every worker, so that together
they send more requests than a single process would (docs/decisions/0007-sharding.md).
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from functools import partial
from typing import Any, Final, Protocol

import click

from conformance.cli.interface.progress import Progress
from conformance.cli.report import merged_selection
from conformance.cli.run import print_header, run_with_settings
from conformance.config.loader import ConfigurationError, merge_sources
from conformance.config.settings import Settings, Shard
from conformance.engine.preflight.readiness import wait_until_ready
from conformance.engine.preflight.steps import PreflightError
from conformance.engine.progress_listener import RunProgress
from conformance.engine.runner import write_reports
from conformance.engine.session.run_session import RunSession
from conformance.engine.worker_process import Worker, split_limits
from conformance.processes.message_channel import ready_channels
from conformance.results import output_folder
from conformance.runtime.shutdown import INTERRUPTION
from reports import github_actions
from reports.formats.terminal.console import Detail, stdout_console
from reports.formats.terminal.run_output import print_record
from reports.records import merge

_UPDATE_INTERVAL: Final = 0.5  # seconds between updates of the progress, if no worker reports


class WorkersListener(Protocol):
    """Receives the progress of all worker processes together."""

    def show(self, progress: RunProgress, /) -> None:
        """Receive the progress, repeatedly."""

    def on_not_ready(self, problem: str, seconds: float, /) -> None:
        """Receive why the target is not ready, and for how long it has been waited for."""


def parallel_run_command(
    options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str], workers: int, detail: Detail
) -> int:
    """Run the checks in several worker processes, print the results, and return the exit code."""

    def action(settings: Settings) -> int:
        return _run_and_print(_validated(settings, merge_sources(options), workers), workers, detail)

    return run_with_settings(action, options, faults, variants)


def _run_and_print(settings: Settings, workers: int, detail: Detail) -> int:
    console = stdout_console()
    if detail is not Detail.QUIET:
        print_header(settings, console, workers)
    with Progress(console) as progress:
        record = run_in_workers(settings, workers, progress)
    print_record(record, console, str(settings.output), detail)
    github_actions.publish(record, settings.output, click.echo)
    return int(record["exit_code"])


def _validated(settings: Settings, specified: Mapping[str, Any], workers: int) -> Settings:
    """Return the settings of all workers together; raise ConfigurationError for unsupported options.

    Without --max-live, every worker has the default limit of a single process: some checks need most of it.
    """
    live = settings.limits.max_live
    if live is not None and "max_live" not in specified:
        settings = replace(settings, limits=replace(settings.limits, max_live=live * workers))
    if settings.shard is not None:
        raise ConfigurationError("--workers cannot be combined with --shard")
    if settings.failure_limit is not None:
        option = "--fail-fast" if settings.fail_fast else "--max-failures"
        raise ConfigurationError(f"--workers cannot be combined with {option}, which stops one process only")
    split_limits(settings.limits, workers)
    return settings


def run_in_workers(settings: Settings, workers: int, listener: WorkersListener) -> dict[str, Any]:
    """Run the checks in worker processes, write all reports, and return the merged record."""
    shards = list(_shard_settings(settings, workers))
    folders = [shard.output for shard in shards]
    with output_folder.open_output_folder(
        settings.output, force=settings.force, subfolders=folders
    ) as ledger_notes:
        try:
            wait_until_ready(settings, listener.on_not_ready)
        except PreflightError as error:
            session = RunSession(settings)
            session.record_not_started(str(error), broken=False)
            record = session.record
        else:
            record = _merged_record(shards, listener.show)
        record["notes"] += ledger_notes
        return write_reports(record, settings.output)


def _merged_record(shards: Sequence[Settings], on_progress: Callable[[RunProgress], None]) -> dict[str, Any]:
    start = time.monotonic()
    processes = [Worker(shard) for shard in shards]

    def stop() -> None:
        for process in processes:
            process.request_stop(INTERRUPTION.request_count)

    with INTERRUPTION.on_stop(stop, partial(_interrupted_message, processes)):
        _wait_for_workers(processes, on_progress)
    record = _merge([process.record() for process in processes])
    record["seconds"] = round(time.monotonic() - start, 3)
    return record


def _shard_settings(settings: Settings, workers: int) -> Iterator[Settings]:
    limits = split_limits(settings.limits, workers)
    for number in range(1, workers + 1):
        yield replace(
            settings,
            shard=Shard(number, workers),
            limits=limits,
            prefix=secrets.token_hex(4),
            output=settings.output / f"worker-{number}",
        )


def _wait_for_workers(processes: list[Worker], on_progress: Callable[[RunProgress], None]) -> None:
    running = list(processes)
    while running:
        ready_lines = ready_channels([process.channel for process in running], _UPDATE_INTERVAL)
        running = [
            process for process in running if process.channel not in ready_lines or process.receive_progress()
        ]
        on_progress(_total_progress([process.progress for process in processes]))


def _total_progress(parts: Sequence[RunProgress]) -> RunProgress:
    return RunProgress(*map(sum, zip(*map(astuple, parts), strict=True)))


def _merge(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the merged record; if no worker could start, all records state the same problem."""
    if not any(record["requirements"] for record in records):
        return {**records[0], "shard": None}
    return merge.merge_records(records, merged_selection(records))


def _interrupted_message(processes: list[Worker]) -> str:
    leftovers = [
        line for process in processes for line in output_folder.leftover_lines(process.settings.output)
    ]
    return "\n".join(["stopped immediately, without clean-up", *leftovers, ""])
