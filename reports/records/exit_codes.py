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
# Codes of reasons: nothing may be created, so that some things are never seen and nothing has a session.
_OUT_OF_REACH: Final = frozenset({"read-only", "never-seen", "no-active-session", "not-readable"})
ORDER: Final = (INTERRUPTED, BROKEN, UNUSABLE, FAILS, INCONCLUSIVE, LEFT)


def out_of_reach(verdict: str, reason: str | None) -> bool:
    """Tell whether a run that may create nothing could not have decided it, whatever the target."""
    return verdict == "inconclusive" and str(reason).partition(":")[0] in _OUT_OF_REACH


def gravest(applies: Mapping[int, bool]) -> int:
    """Return the exit code of a run; where several apply: 130, 4, 2, 1, 3, 5."""
    return next((code for code in ORDER if applies.get(code)), CONFORMS)
