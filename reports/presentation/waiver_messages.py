"""What is said of a waiver: the record's entry, and the line that people read."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

APPLIED, PASSES, EXPIRED, UNUSED = "applied", "passes", "expired", "unused"
_FAILING: Final = frozenset({PASSES, EXPIRED})
_TOLD: Final = {
    APPLIED: "it is excused; mend it until then",
    PASSES: "passes now; remove it",
    EXPIRED: "its time is over; mend the target, or say until when it is excused",
    UNUSED: "nothing in this run needed it",
}


def entry(requirement: str, reason: str, expires: str, state: str) -> dict[str, Any]:
    """Return what the record says of a waiver."""
    return {
        "requirement": requirement,
        "reason": reason,
        "expires": expires,
        "state": state,
        "told": _TOLD[state],
    }


def line(waiver: Mapping[str, Any]) -> str:
    """Return a waiver and what became of it on one line."""
    if waiver["state"] == APPLIED:
        return f"waived {waiver['requirement']} until {waiver['expires']}: {waiver['reason']}"
    return f"waiver of {waiver['requirement']} until {waiver['expires']}: {waiver['told']}"


def failing(waivers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the waivers that fail the run."""
    return [line(waiver) for waiver in waivers if waiver["state"] in _FAILING]
