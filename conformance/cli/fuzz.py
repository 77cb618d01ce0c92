"""The `conformance fuzz` command."""

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.cli.interface.progress import HEARTBEAT_INTERVAL, wait_for_target
from conformance.cli.report import print_error
from conformance.cli.run import print_title, run_with_settings, usage_error
from conformance.config.loader import ConfigurationError, merge_sources
from conformance.config.settings import Effort, Settings
from conformance.config.target import Limits
from conformance.engine.attempts import CheckKind
from conformance.engine.preflight.steps import PreflightError
from conformance.engine.runner import collect_checks
from conformance.engine.worker_process import split_limits
from conformance.fuzzing.campaign import CampaignProgress, FuzzCampaign, round_folder
from conformance.fuzzing.corpus import Corpus, open_database
from conformance.fuzzing.inputs.cases import create_operations
from conformance.results import output_folder
from conformance.results.reproduction import finding_folders
from conformance.runtime.shutdown import INTERRUPTION
from reports import github_actions, report_files
from reports.formats.terminal.console import Detail, stdout_console, supports_live_update
from reports.formats.terminal.run_output import print_new_findings, print_result
from reports.records.exit_codes import INTERRUPTED
from reports.records.fuzz_results import NewFindings
from reports.records.overall_status import count_with_noun

_DEFAULT_MAX_SECONDS: Final = 600.0
_MAX_DEFAULT_WORKERS: Final = 8
_SEED_LIMIT: Final = 1_000_000_000


@dataclass(frozen=True)
class CampaignOptions:
    """Options of the command that are not settings of a run."""

    workers: int | None  # None: one for each core
    corpus: str  # folder or URL; empty for none
    detail: Detail = Detail.NORMAL


def fuzz_command(
    options: Mapping[str, Any],
    faults: Sequence[str],
    variants: Sequence[str],
    campaign_options: CampaignOptions,
) -> int:
    """Run the campaign, print each new finding immediately, and return the exit code."""

    def action(settings: Settings) -> int:
        workers = campaign_options.workers or _default_workers(settings.limits)
        campaign_settings = _campaign_settings(settings, merge_sources(options), workers)
        return _run_campaign(campaign_settings, workers, campaign_options)

    return run_with_settings(action, options, faults, variants)


def _default_workers(limits: Limits) -> int:
    """Return the number of cores, but no more workers than can share the limits."""
    shared = filter(None, (limits.concurrency, limits.max_live, limits.max_requests))
    return max(1, min(os.cpu_count() or 1, _MAX_DEFAULT_WORKERS, *shared))


def _run_campaign(settings: Settings, workers: int, options: CampaignOptions) -> int:
    console, detail = stdout_console(), options.detail
    try:
        wait_for_target(settings, console, is_quiet=detail is Detail.QUIET)
    except PreflightError as error:
        return usage_error(str(error))
    if INTERRUPTION.requested:
        return INTERRUPTED
    corpus = Corpus(
        open_database(options.corpus), create_operations(settings.target.profiles), settings.seed or 0
    )
    first_round = round_folder(settings.output, settings.seed or 0)
    with output_folder.open_output_folder(
        settings.output, force=settings.force, subfolders=[first_round]
    ) as ledger_notes:
        with _CampaignDisplay(console, settings, detail) as display:
            if detail is not Detail.QUIET:
                display.print_header(workers)
            record = FuzzCampaign(settings, workers, display, corpus).run()
        record["notes"] += ledger_notes
        problems = report_files.write_all(
            record, settings.output, {finding_folders.FOLDER: finding_folders.write}
        )
    print_result(record, console, str(settings.output), detail)
    github_actions.publish(record, settings.output, click.echo)
    return usage_error("; ".join(problems)) if problems else int(record["exit_code"])


def _campaign_settings(settings: Settings, specified: Mapping[str, Any], workers: int) -> Settings:
    """Return the settings with the defaults of this command, after checking them."""
    effort = settings.effort if "effort" in specified else Effort.THOROUGH
    seconds = settings.limits.max_seconds if "max_seconds" in specified else _DEFAULT_MAX_SECONDS
    seed = settings.seed if settings.seed is not None else secrets.randbelow(_SEED_LIMIT)
    if settings.baseline is not None:
        print_error("fuzz does not use the baseline of the configuration file")
    limits = replace(settings.limits, max_seconds=seconds)
    settings = replace(settings, effort=effort, seed=seed, limits=limits, baseline=None)
    _check_campaign(settings, workers)
    return settings


def _check_campaign(settings: Settings, workers: int) -> None:
    """Raise ConfigurationError for options without random values, and limits that cannot be shared."""
    if not settings.effort.examples:
        raise ConfigurationError(
            f"--effort {settings.effort} generates no random values; use standard or thorough"
        )
    if settings.target.read_only:
        raise ConfigurationError(
            "fuzz cannot be combined with --read-only: random values are sent in create requests"
        )
    if settings.allow_leftovers:
        raise ConfigurationError(
            "fuzz cannot be combined with --allow-leftovers: it creates thousands of resources, and the "
            "target must be able to delete them"
        )
    split_limits(settings.limits, workers)
    if settings.select:
        _check_selection(replace(settings, property_based_only=True))


def _check_selection(settings: Settings) -> None:
    plugin = collect_checks(settings)
    if plugin.usage_error:
        raise ConfigurationError(plugin.usage_error)
    if not any(check.kind is CheckKind.PROPERTY_BASED for check in plugin.checks):
        raise ConfigurationError(
            f"--select {settings.select!r} matches no property-based check; add e.g. VC-CREATE-CONFORMING, "
            "VC-CREATE-NONCONFORMING or VC-GET-SEQUENCES"
        )


class _CampaignDisplay:
    """Prints the progress and the findings of a campaign."""

    def __init__(self, console: Console, settings: Settings, detail: Detail) -> None:
        self._console = console
        self._settings = settings
        self._detail = detail
        self._has_live_updates = supports_live_update(console) and detail is not Detail.QUIET
        self._next_progress_time = time.monotonic() + HEARTBEAT_INTERVAL
        self._bar = Progress(
            SpinnerColumn("line", style="dim"),  # ASCII characters only
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._has_live_updates,
        )
        self._task = self._bar.add_task("first round …", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def print_header(self, workers: int) -> None:
        """Print the target and the main settings of the campaign."""
        settings = self._settings
        parts = [
            f"time limit: {settings.limits.max_seconds:g} s",
            f"effort: {settings.effort}",
            f"first seed: {settings.seed}",
        ]
        if workers > 1:
            parts.append(f"worker processes: {workers}")
        print_title(settings, self._console)
        self._print_dim(f"{'; '.join(parts)}; press Ctrl-C to stop and clean up\n")

    def on_progress(self, progress: CampaignProgress) -> None:
        """Show the progress: immediately with live updates, otherwise once per interval."""
        line = self._progress_line(progress)
        self._bar.update(self._task, description=line)
        if self._has_live_updates or self._detail is Detail.QUIET:
            return
        if time.monotonic() >= self._next_progress_time:
            self._next_progress_time = time.monotonic() + HEARTBEAT_INTERVAL
            self._print_dim(line)

    def _progress_line(self, progress: CampaignProgress) -> str:
        """Return the progress on one line."""
        rate = progress.requests / max(progress.seconds, 1.0)
        parts = [
            count_with_noun(progress.rounds, "round"),
            f"{progress.requests:,} requests ({rate:,.0f}/s)",
            *([f"{progress.features:,} features"] if progress.is_searching else []),
            *([f"{progress.requirements} requirements tested"] if progress.requirements else []),
            count_with_noun(progress.findings, "distinct finding"),
            f"{progress.remaining:,.0f} s remaining",
        ]
        return "  ".join(parts)

    def on_new_findings(
        self, news: NewFindings, record: Mapping[str, Any], settings: Settings, seed: int | None
    ) -> None:
        """Print the new findings of a round."""
        round_label = f"{settings.output}/ (seed {seed})"
        print_new_findings(record, news, self._console, round_label, self._detail)

    def _print_dim(self, line: str) -> None:
        self._console.print(Text(line, "dim"), soft_wrap=True)
