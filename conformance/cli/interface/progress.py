"""Progress of a run: on one line of the terminal, or as a line of a log from time to time."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from conformance.config.settings import Settings
from conformance.engine.preflight.readiness import wait_until_ready
from conformance.engine.preflight.steps import PreflightError
from conformance.engine.progress_listener import RunProgress
from conformance.redaction.masking import secret_mask
from conformance.results.verdict import Outcome, Verdict
from reports.formats.terminal.console import supports_live_update
from reports.presentation.sanitize import escape_unprintable, sanitize_text, truncate

HEARTBEAT_INTERVAL: Final = 30.0  # seconds between lines where the output is not a terminal
_MAX_PROBLEM_LENGTH: Final = 200  # characters
_STYLES: Final = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.WARNED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.ERROR: "bold red",
}


class Progress:
    """Shows the progress of a run: a bar on a terminal, otherwise a line every 30 seconds."""

    def __init__(self, console: Console, total: int | None = None) -> None:
        self._console = console
        self._is_live = supports_live_update(console)
        self._bar = Bar(
            SpinnerColumn("line", style="dim"),  # ASCII characters only
            BarColumn(20),
            TextColumn(
                "{task.fields[status]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
            ),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            expand=True,
            refresh_per_second=8,
            disable=not self._is_live,
        )
        self._task = self._bar.add_task("", total=None, status="preflight …")
        self._total = total
        self._counts: Counter[Verdict] = Counter()
        self._progress: Callable[[], RunProgress] | None = None  # None: no request of the run was sent
        self._problem = ""  # why the target is not ready
        self._ended = threading.Event()
        self._heartbeat: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._is_live:
            self._bar.start()
        else:
            heartbeat = threading.Thread(target=self._print_heartbeats, name="heartbeat", daemon=True)
            with suppress(RuntimeError):  # without a free thread, the run prints no progress
                heartbeat.start()
                self._heartbeat = heartbeat
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
        self._ended.set()
        if self._heartbeat is not None:
            self._heartbeat.join()

    def __call__(self, outcome: Outcome, requests: int) -> None:
        """Count an outcome, and show the counts with the number of requests sent so far."""
        self._counts[outcome.verdict] += 1
        if self._is_live:
            line = self._line(outcome, requests)
            self._bar.update(
                self._task, total=self._total, completed=self._counts.total(), status=line.markup
            )

    def on_start(self, progress: Callable[[], RunProgress]) -> None:
        """Store the function that returns the progress at any time."""
        self._progress = progress
        if self._is_live:
            self._bar.update(self._task, status="preflight …")

    def show(self, progress: RunProgress) -> None:
        """Show the progress of all worker processes together."""
        self._progress = lambda: progress
        if self._is_live:
            failed = f"  {progress.failed:,} failed" if progress.failed else ""
            self._bar.update(self._task, status=f"{progress.requests:,} requests{failed}")

    def on_wait(self, seconds: float) -> None:
        """Show that the run waits, as the target requested with Retry-After, until the next outcome."""
        if self._is_live:
            self._bar.update(self._task, status=f"waiting {seconds:.0f} s (Retry-After)")

    def on_not_ready(self, problem: str, seconds: float) -> None:
        """Show that the run waits for the target; without a terminal, only the first time."""
        is_first = not self._problem
        self._problem = truncate(escape_unprintable(problem), _MAX_PROBLEM_LENGTH)
        text = f"waiting for the target: {self._problem}"
        if self._is_live:
            self._bar.update(self._task, status=Text(f"{seconds:.0f} s  {text}").markup)
        elif is_first:
            self._print(text)

    def _print_heartbeats(self) -> None:
        started = time.monotonic()
        while not self._ended.wait(HEARTBEAT_INTERVAL):
            self._print(f"{time.monotonic() - started:.0f} s  {self._heartbeat_text()}")

    def _heartbeat_text(self) -> str:
        if self._progress is None:
            return f"waiting for the target: {self._problem}" if self._problem else "starting"
        progress = self._progress()
        # In several worker processes, requirements with passive checks are decided more than once.
        decided = f"{progress.decided:,} verdicts of the worker processes"
        if self._total is not None:
            decided = f"{progress.decided:,} of {self._total:,} requirements decided"
        return f"{progress.requests:,} requests  {decided}  {progress.failed:,} failed"

    def _print(self, line: str) -> None:
        self._console.print(Text(line, "dim"), soft_wrap=True)

    def _line(self, outcome: Outcome, requests: int) -> Text:
        counts = [
            (f"{self._counts[verdict]} {verdict}  ", style)
            for verdict, style in _STYLES.items()
            if self._counts[verdict]
        ]
        position = f"{self._counts.total()} of {self._total}  " if self._total else ""
        return Text.assemble(position, *counts, f"{requests} requests  ", (outcome.requirement.id, "dim"))


def wait_for_target(settings: Settings, console: Console, *, is_quiet: bool = False) -> None:
    """Wait until the target is ready, with progress; raise PreflightError if it is not ready in time."""
    if not settings.limits.wait:
        return
    try:
        with Progress(console) as progress:
            wait_until_ready(settings, None if is_quiet else progress.on_not_ready)
    except PreflightError as error:
        redact = secret_mask(settings.target.account, settings.connection).for_display
        raise PreflightError(*(sanitize_text(redact(text)) for text in (error.problem, error.hint))) from None
