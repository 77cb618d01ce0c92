"""How much of a record a file shows, so that it stays small whatever the run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How many findings are shown, how many lines and rows lists have, and how many characters a text."""

    findings: int
    lines: int
    text: int
    rows: int = 0  # of the lists that name requirements

    def halved(self) -> "Limits":
        """Return limits that are half as wide."""
        return Limits(self.findings // 2, self.lines // 2, self.text // 2, self.rows // 2)


def fitted(made: Callable[[Limits], Iterable[str]], limits: Limits, most: int) -> str:
    """Return what is made within limits, which are halved until it has at most so many bytes.

    What is made comes in pieces, and no more of them are asked for than fit. Within limits of zero it must
    have a size of its own that fits.
    """
    while True:
        pieces, size = [], 0
        for piece in made(limits):
            pieces.append(piece)
            size += len(piece.encode())
            if size > most:
                break
        else:
            return "".join(pieces)
        if not any((limits.findings, limits.lines, limits.text, limits.rows)):
            raise ValueError(f"it does not fit into {most} bytes at all")
        limits = limits.halved()
