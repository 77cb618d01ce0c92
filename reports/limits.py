"""How much of a record a file shows, so that it stays small whatever the run."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How many findings are shown, how many lines a list has, and how many characters a text."""

    findings: int
    lines: int
    text: int

    def halved(self) -> "Limits":
        """Return limits that are half as wide."""
        return Limits(self.findings // 2, self.lines // 2, self.text // 2)


def fitted(made: Callable[[Limits], str], limits: Limits, most: int) -> str:
    """Return what is made within limits, which are halved until it has at most so many bytes."""
    while len((text := made(limits)).encode()) > most:
        limits = limits.halved()
    return text
