"""How a run can end: its exit code, the verdict that goes with it, and which goes before which."""

from collections.abc import Mapping
from typing import Final

CONFORMS, FAILS, UNUSABLE, INCONCLUSIVE, BROKEN, LEFT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
VERDICTS: Final[Mapping[int, str]] = {
    CONFORMS: "conforms",
    FAILS: "does-not-conform",
    UNUSABLE: "not-started",
    INCONCLUSIVE: "inconclusive",
    BROKEN: "error",
    LEFT: "conforms",
    INTERRUPTED: "interrupted",
}
ORDER: Final = (INTERRUPTED, BROKEN, UNUSABLE, FAILS, INCONCLUSIVE, LEFT)


def gravest(applies: Mapping[int, bool]) -> int:
    """Return the exit code of a run; where several apply: 130, 4, 2, 1, 3, 5."""
    return next((code for code in ORDER if applies.get(code)), CONFORMS)
