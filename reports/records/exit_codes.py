"""Exit codes of a run, the verdict of each, and their precedence."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

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
NO_NEW_FAILURES: Final = "no-new-failures"  # verdict of a run whose failures are all known from its baseline
# Reason codes of a run that may not create anything.
_OUT_OF_REACH: Final = frozenset({"read-only", "not-observed", "no-active-session", "not-readable"})
_DECIDED: Final = frozenset({"passed", "failed", "warned"})
PRECEDENCE: Final = (
    INTERRUPTED,
    INTERNAL_ERROR,
    USAGE_ERROR,
    NONCONFORMANT,
    INCONCLUSIVE,
    CLEANUP_INCOMPLETE,
)


class Decision(NamedTuple):
    """The verdict on one requirement."""

    verdict: str
    level: str
    reason: str | None
    known: bool = False  # from the baseline of the run, which excuses it


def is_decided(verdict: str, reason: str | None) -> bool:
    """Return whether a verdict is a decision about the target, which includes a waived violation."""
    if verdict == "waived":
        return not str(reason).startswith("waived: inconclusive")
    return verdict in _DECIDED


def verdict_of(code: int, *, has_known_failures: bool) -> str:
    """Return the verdict of a run with an exit code; it does not conform with failures that are known."""
    has_conforming_code = VERDICTS[code] == VERDICTS[CONFORMS]
    return NO_NEW_FAILURES if has_known_failures and has_conforming_code else VERDICTS[code]


def of_decisions(decisions: Iterable[Decision], *, strict: bool, read_only: bool) -> dict[int, bool]:
    """Return which of the exit codes 4, 1 and 3 apply to the verdicts on all requirements of a run.

    A run is inconclusive if a `must` is, or if no requirement was decided. What is known from the baseline of
    the run does not count.
    """
    all_decisions = list(decisions)
    verdicts = {decision.verdict for decision in all_decisions if not decision.known}
    undecided = any(leaves_run_undecided(decision, read_only=read_only) for decision in all_decisions)
    decided = any(is_decided(decision.verdict, decision.reason) for decision in all_decisions)
    return {
        INTERNAL_ERROR: "error" in verdicts,
        NONCONFORMANT: "failed" in verdicts or (strict and "warned" in verdicts),
        INCONCLUSIVE: undecided or not decided,
    }


def leaves_run_undecided(decision: Decision, *, read_only: bool) -> bool:
    """Return whether a verdict makes the run inconclusive: that of a `must` which could have been decided."""
    return (
        decision.verdict == "inconclusive"
        and decision.level == "must"
        and not decision.known
        and not (read_only and _is_undecidable_when_read_only(decision))
    )


def has_known_failures(decisions: Iterable[Decision], *, strict: bool, read_only: bool) -> bool:
    """Return whether known decisions would otherwise change the exit code."""
    all_decisions = list(decisions)
    counted = [decision._replace(known=False) for decision in all_decisions]
    excused = of_decisions(all_decisions, strict=strict, read_only=read_only)
    return excused != of_decisions(counted, strict=strict, read_only=read_only)


def _is_undecidable_when_read_only(decision: Decision) -> bool:
    """Return whether a read-only run could not have decided the requirement, whatever the target."""
    return str(decision.reason).partition(":")[0] in _OUT_OF_REACH


def most_severe(applies: Mapping[int, bool]) -> int:
    """Return the exit code of a run; where several apply: 130, 4, 2, 1, 3, 5."""
    return next((code for code in PRECEDENCE if applies.get(code)), CONFORMS)
