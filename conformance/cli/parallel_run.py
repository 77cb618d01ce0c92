"""One run in several processes: each decides a shard of it, and what they found is put together.

They share what the run may cost its target. What judges the answers to others is decided in each of them,
so together they send more than one process would (docs/decisions/0007-sharding.md).
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from conformance.cli.progress import Progress
from conformance.cli.report import wanted
from conformance.cli.run import carried_out, opening
from conformance.config.loader import ConfigurationError, merged
from conformance.config.settings import Settings, Shard
from conformance.engine.runner import written
from conformance.engine.worker_process import Worker, shared
from conformance.processes.message_channel import ready
from conformance.results import output_folder
from conformance.runtime.shutdown import INTERRUPTION
from reports.formats import terminal
from reports.formats.terminal import Detail
from reports.records import merge

_LOOK: Final = 0.5  # seconds after which somebody who looks on is told how it goes


def workers_command(
    options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str], workers: int, detail: Detail
) -> int:
    """Run in several processes, show what came of it, and return the exit code."""

    def act(told: Settings) -> int:
        return _shown(_fitting(told, merged(options), workers), workers, detail)

    return carried_out(act, options, faults, variants)


def _shown(told: Settings, workers: int, detail: Detail) -> int:
    console = terminal.screen()
    if detail is not Detail.QUIET:
        opening(told, console, workers)
    with Progress(console) as progress:
        record = run(told, workers, progress.goes)
    terminal.show(record, console, str(told.output), detail)
    return int(record["exit_code"])


def _fitting(told: Settings, named: Mapping[str, Any], workers: int) -> Settings:
    """Return the settings of all processes together, and refuse what they cannot do.

    Each may have as many resources at once as one that is alone, unless it was said how many there may be:
    some checks need most of them.
    """
    live = told.limits.live
    if live is not None and "max_live" not in named:
        told = replace(told, limits=replace(told.limits, live=live * workers))
    _check(told, workers)
    return told


def _check(settings: Settings, workers: int) -> None:
    if settings.shard is not None:
        raise ConfigurationError("--workers makes shards of its own: leave --shard out")
    if settings.fail_fast:
        raise ConfigurationError("--fail-fast ends one process, not those beside it: leave --workers out")
    shared(settings.limits, workers)


def run(settings: Settings, workers: int, goes: Callable[[int], None]) -> dict[str, Any]:
    """Run in so many processes, write every report, and return the record of all together.

    `goes` is told now and then how many requests were sent.
    """
    with output_folder.claimed(settings.output, force=settings.force) as kept:
        record = _ran(settings, workers, goes)
        record["notes"] += kept
        return written(record, settings.output)


def _ran(settings: Settings, workers: int, goes: Callable[[int], None]) -> dict[str, Any]:
    began = time.monotonic()
    shares = list(_parts(settings, workers))
    for each in shares:
        output_folder.reserve(each.output, force=settings.force)
    parts = [Worker(each) for each in shares]

    def end() -> None:
        for each in parts:
            each.end(INTERRUPTION.asked)

    with INTERRUPTION.told(end, partial(_farewell, parts)):
        _attend(parts, goes)
    record = _together([each.record() for each in parts])
    record["seconds"] = round(time.monotonic() - began, 3)
    return record


def _parts(settings: Settings, workers: int) -> Iterator[Settings]:
    limits = shared(settings.limits, workers)
    for number in range(1, workers + 1):
        yield replace(
            settings,
            shard=Shard(number, workers),
            limits=limits,
            prefix=secrets.token_hex(4),
            output=settings.output / f"worker-{number}",
        )


def _attend(parts: list[Worker], goes: Callable[[int], None]) -> None:
    """Wait for all of them."""
    under_way = list(parts)
    while under_way:
        speaking = ready([each.line for each in under_way], _LOOK)
        under_way = [each for each in under_way if each.line not in speaking or each.listen()]
        goes(sum(each.requests for each in parts))


def _together(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one record; where nothing could begin, all say the same of it."""
    if not any(each["requirements"] for each in records):
        return {**records[0], "shard": None}
    return merge.merged(records, wanted(records))


def _farewell(parts: list[Worker]) -> str:
    left = [line for part in parts for line in output_folder.left_behind(part.settings.output)]
    return "\n".join(["stopped at once, without clean-up", *left, ""])
