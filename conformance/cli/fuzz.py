"""What `conformance fuzz` does, once it is more than its options."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.cli.run import carried_out, unusable
from conformance.config.loader import ConfigurationError, merged
from conformance.config.settings import Effort, Settings
from conformance.engine.attempts import Kind
from conformance.engine.runner import collected
from conformance.engine.worker_process import shared
from conformance.fuzzing.campaign import Exploration
from conformance.results import output_folder
from reports import report_files
from reports.formats import terminal
from reports.formats.terminal import Detail
from reports.presentation.sanitize import inert
from reports.records.fuzz_results import News

SECONDS: Final = 600.0  # unless it is told for how long
_SEEDS: Final = 1_000_000_000
_OFTEN: Final = 60.0  # seconds between two lines that say how it goes, where no line may change


def fuzz_command(
    options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str], workers: int, detail: Detail
) -> int:
    """Explore, show what is new as soon as it is found, and return the exit code."""

    def act(told: Settings) -> int:
        return _explored(_fitting(told, merged(options), workers), workers, detail)

    return carried_out(act, options, faults, variants)


def _explored(told: Settings, workers: int, detail: Detail) -> int:
    console = terminal.screen()
    with output_folder.claimed(told.output, force=told.force) as kept:
        with _Screen(console, told, detail) as audience:
            if detail is not Detail.QUIET:
                audience.opens(workers)
            record = Exploration(told, workers, audience).run()
        record["notes"] += kept
        problems = report_files.attempted(record, told.output)
    terminal.conclude(record, console, str(told.output), detail)
    return unusable("; ".join(problems)) if problems else int(record["exit_code"])


def _fitting(told: Settings, named: Mapping[str, Any], workers: int) -> Settings:
    """Return the settings of an exploration: thorough and for ten minutes, unless others were named."""
    effort = told.effort if "effort" in named else Effort.THOROUGH
    seconds = told.limits.seconds if "max_seconds" in named else SECONDS
    seed = told.seed if told.seed is not None else secrets.randbelow(_SEEDS)
    fitting = replace(told, effort=effort, seed=seed, limits=replace(told.limits, seconds=seconds))
    _check(fitting, workers)
    return fitting


def _check(told: Settings, workers: int) -> None:
    """Refuse what leaves nothing to explore, or cannot be shared out."""
    if not told.effort.examples:
        raise ConfigurationError(f"--effort {told.effort} draws no random values: take standard or thorough")
    if told.target.read_only:
        raise ConfigurationError("--read-only leaves nothing to explore: random values are sent in creates")
    if told.allow_leftovers:
        raise ConfigurationError(
            "--allow-leftovers: an exploration creates thousands of conferences and rooms; it needs a target "
            "that deletes them"
        )
    shared(told.limits, workers)
    if told.select:
        _check_selection(replace(told, exploring=True))


def _check_selection(told: Settings) -> None:
    judge = collected(told)
    if judge.problem:
        raise ConfigurationError(judge.problem)
    if not any(check.kind is Kind.EXPLORING for check in judge.checks):
        raise ConfigurationError(
            f"--select {told.select!r} names nothing that draws random values, such as "
            "VC-CREATE-CONFORMING, VC-CREATE-NONCONFORMING or VC-GET-SEQUENCES"
        )


class _Screen:
    """Shows how far an exploration is, and what it found."""

    def __init__(self, console: Console, told: Settings, detail: Detail) -> None:
        self._console = console
        self._told = told
        self._detail = detail
        self._lively = terminal.lively(console) and detail is not Detail.QUIET
        self._due = time.monotonic() + _OFTEN
        self._bar = Progress(
            SpinnerColumn("line", style="dim"),  # of ASCII alone
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._lively,
        )
        self._task = self._bar.add_task("the first round …", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def opens(self, workers: int) -> None:
        """Say what is explored, for how long, and from which seed on."""
        target, limits = self._told.target, self._told.limits
        where = "the built-in reference server (no --target given)" if target.reference else target.origin
        side = f"  {workers} rounds at a time" if workers > 1 else ""
        how = f"exploring for {limits.seconds:g} s  effort {self._told.effort}  seeds from {self._told.seed}"
        self._say(Text.assemble(("conference-conformance", "bold"), f"  {inert(where)}"))
        self._say(Text(f"{how}{side}  Ctrl-C ends it in good order\n", "dim"))

    def goes(self, rounds: int, requests: int, findings: int) -> None:
        """Say how far it is: on a terminal at once, elsewhere now and then."""
        told = terminal.counted(rounds, "round"), terminal.counted(findings, "distinct finding")
        line = f"{told[0]}  {requests:,} requests  {told[1]}"
        self._bar.update(self._task, description=line)
        if not self._lively and self._detail is not Detail.QUIET and time.monotonic() >= self._due:
            self._due = time.monotonic() + _OFTEN
            self._say(Text(line, "dim"))

    def found(self, news: News, record: Mapping[str, Any], settings: Settings) -> None:
        """Show what is new."""
        where = f"{settings.output}/ (seed {settings.seed})"
        terminal.tell(record, news, self._console, where, self._detail)

    def _say(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)
