"""The line that lives while a run does."""

from collections import Counter
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from conformance.results.verdict import Outcome, Verdict
from reports.formats.terminal import lively

_STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.WARNED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.ERROR: "bold red",
}


class Progress:
    """Shows on one line how far a run is; silent where there is no terminal, or one without colours."""

    def __init__(self, console: Console, total: int | None = None) -> None:
        self._shown = lively(console)
        self._bar = Bar(
            SpinnerColumn("line", style="dim"),  # of ASCII alone
            BarColumn(20),
            TextColumn(
                "{task.fields[told]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
            ),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            expand=True,
            refresh_per_second=8,
            disable=not self._shown,
        )
        self._task = self._bar.add_task("", total=None, told="looking at the target …")
        self._total = total
        self._counts: Counter[Verdict] = Counter()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, outcome: Outcome, requests: int) -> None:
        """Take one more outcome into account."""
        self._counts[outcome.verdict] += 1
        if self._shown:
            line = self._line(outcome, requests)
            self._bar.update(self._task, total=self._total, completed=self._counts.total(), told=line.markup)

    def goes(self, requests: int) -> None:
        """Say how many requests were sent by all of several processes."""
        if self._shown:
            self._bar.update(self._task, told=f"{requests:,} requests")

    def waits(self, seconds: float) -> None:
        """Say for how long nothing is sent, and on whose wish; the next outcome takes its place."""
        if self._shown:
            self._bar.update(self._task, told=f"waiting {seconds:.0f} s, the target asked for it")

    def _line(self, outcome: Outcome, requests: int) -> Text:
        counts = [
            (f"{self._counts[verdict]} {verdict}  ", style)
            for verdict, style in _STYLES.items()
            if self._counts[verdict]
        ]
        done = f"{self._counts.total()} of {self._total}  " if self._total else ""
        return Text.assemble(done, *counts, f"{requests} requests  ", (outcome.requirement.id, "dim"))
