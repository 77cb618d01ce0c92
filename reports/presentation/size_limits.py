"""Limits on the part of a record that a report shows, so that the file stays small."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ReportLimits:
    """Maximum numbers of findings, of lines and rows in lists, and of characters in a text."""

    findings: int
    lines: int
    text: int
    rows: int = 0  # in lists of requirements

    def halved(self) -> "ReportLimits":
        """Return limits that are half as large."""
        return ReportLimits(self.findings // 2, self.lines // 2, self.text // 2, self.rows // 2)


def fit_to_size(render: Callable[[ReportLimits], Iterable[str]], limits: ReportLimits, max_bytes: int) -> str:
    """Return the rendered text; the limits are halved until it has at most `max_bytes` bytes.

    The renderer yields pieces and is stopped when they no longer fit. With limits of zero, they must fit.
    """
    while True:
        pieces, size = [], 0
        for piece in render(limits):
            pieces.append(piece)
            size += len(piece.encode())
            if size > max_bytes:
                break
        else:
            return "".join(pieces)
        if not any((limits.findings, limits.lines, limits.text, limits.rows)):
            raise ValueError(f"the smallest rendering exceeds {max_bytes} bytes")
        limits = limits.halved()
