"""Exit codes of a run, the verdict of each, and their precedence."""

from collections.abc import Mapping
from typing import Final

CONFORMS, NONCONFORMANT, USAGE_ERROR, INCONCLUSIVE, INTERNAL_ERROR, CLEANUP_INCOMPLETE, INTERRUPTED = (
    0,
    1,
    2,
    3,
    4,
    5,
    130,
)
VERDICTS: Final[Mapping[int, str]] = {
    CONFORMS: "conforms",
    NONCONFORMANT: "does-not-conform",
    USAGE_ERROR: "not-started",
    INCONCLUSIVE: "inconclusive",
    INTERNAL_ERROR: "error",
    CLEANUP_INCOMPLETE: "conforms",
    INTERRUPTED: "interrupted",
}
# Reason codes of a run that may not create anything.
_OUT_OF_REACH: Final = frozenset({"read-only", "not-observed", "no-active-session", "not-readable"})
PRECEDENCE: Final = (
    INTERRUPTED,
    INTERNAL_ERROR,
    USAGE_ERROR,
    NONCONFORMANT,
    INCONCLUSIVE,
    CLEANUP_INCOMPLETE,
)


def is_undecidable_when_read_only(verdict: str, reason: str | None) -> bool:
    """Return whether a read-only run could not have decided the requirement, whatever the target."""
    return verdict == "inconclusive" and str(reason).partition(":")[0] in _OUT_OF_REACH


def most_severe(applies: Mapping[int, bool]) -> int:
    """Return the exit code of a run; where several apply: 130, 4, 2, 1, 3, 5."""
    return next((code for code in PRECEDENCE if applies.get(code)), CONFORMS)
