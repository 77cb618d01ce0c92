"""The line that lives while a run does."""

from collections import Counter
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from conformance.verdict import Outcome, Verdict

_STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.WARNED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.ERROR: "bold red",
}


class Progress:
    """Counts outcomes on one line; silent where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._live = Live(
            Text("looking at the target …"), console=console, transient=True, refresh_per_second=8
        )
        self._shown = console.is_terminal
        self._counts: Counter[Verdict] = Counter()

    def __enter__(self) -> Self:
        if self._shown:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._live.stop()

    def __call__(self, outcome: Outcome, requests: int) -> None:
        """Take one more outcome into account."""
        self._counts[outcome.verdict] += 1
        if self._shown:
            self._live.update(self._line(outcome, requests))

    def _line(self, outcome: Outcome, requests: int) -> Text:
        counts = [
            (f"{self._counts[verdict]} {verdict}  ", style)
            for verdict, style in _STYLES.items()
            if self._counts[verdict]
        ]
        return Text.assemble(*counts, (f"{requests} requests  ", "bold"), (outcome.requirement.id, "dim"))
