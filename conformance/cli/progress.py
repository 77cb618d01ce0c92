"""Progress of a run on one line of the terminal."""

from collections import Counter
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from conformance.results.verdict import Outcome, Verdict
from reports.formats.terminal import supports_live_update

_STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.WARNED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.ERROR: "bold red",
}


class Progress:
    """Shows the progress of a run; prints nothing without a terminal, or on one without color."""

    def __init__(self, console: Console, total: int | None = None) -> None:
        self._is_enabled = supports_live_update(console)
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
            disable=not self._is_enabled,
        )
        self._task = self._bar.add_task("", total=None, status="preflight …")
        self._total = total
        self._counts: Counter[Verdict] = Counter()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, outcome: Outcome, requests: int) -> None:
        """Count an outcome, and show the counts with the number of requests sent so far."""
        self._counts[outcome.verdict] += 1
        if self._is_enabled:
            line = self._line(outcome, requests)
            self._bar.update(
                self._task, total=self._total, completed=self._counts.total(), status=line.markup
            )

    def show_requests(self, requests: int) -> None:
        """Show the number of requests that all worker processes have sent."""
        if self._is_enabled:
            self._bar.update(self._task, status=f"{requests:,} requests")

    def on_wait(self, seconds: float) -> None:
        """Show that the run waits, as the target requested with Retry-After, until the next outcome."""
        if self._is_enabled:
            self._bar.update(self._task, status=f"waiting {seconds:.0f} s (Retry-After)")

    def _line(self, outcome: Outcome, requests: int) -> Text:
        counts = [
            (f"{self._counts[verdict]} {verdict}  ", style)
            for verdict, style in _STYLES.items()
            if self._counts[verdict]
        ]
        position = f"{self._counts.total()} of {self._total}  " if self._total else ""
        return Text.assemble(position, *counts, f"{requests} requests  ", (outcome.requirement.id, "dim"))
