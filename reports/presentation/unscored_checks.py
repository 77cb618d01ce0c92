"""Text about the checks that a run executed for their requests only."""

from collections.abc import Sequence
from typing import Final

_MAX_IDS: Final = 3


def unscored_text(unscored: Sequence[str]) -> str:
    """Return the number of the checks, and the ids of the first ones."""
    count, more = len(unscored), len(unscored) - _MAX_IDS
    listed = ", ".join(unscored[:_MAX_IDS]) + (f" and {more} more" if more > 0 else "")
    checks = "1 check" if count == 1 else f"{count} checks"
    return f"unscored: {checks} ran only for the requests that the selected requirements need: {listed}"
