"""Messages about waivers: the entry in the record, and the printed line."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

APPLIED, PASSES, EXPIRED, UNUSED = "applied", "passes", "expired", "unused"
_FAILING: Final = frozenset({PASSES, EXPIRED})
_ADVICE: Final = {
    APPLIED: "waived; fix it before it expires",
    PASSES: "requirement passes; remove the waiver",
    EXPIRED: "expired; fix the target or extend the waiver",
    UNUSED: "not needed in this run",
}


def entry(requirement: str, reason: str, expires: str, state: str) -> dict[str, Any]:
    """Return the entry of a waiver in the record."""
    return {
        "requirement": requirement,
        "reason": reason,
        "expires": expires,
        "state": state,
        "advice": _ADVICE[state],
    }


def line(waiver: Mapping[str, Any]) -> str:
    """Return a waiver and its state on one line."""
    if waiver["state"] == APPLIED:
        return f"waived {waiver['requirement']} until {waiver['expires']}: {waiver['reason']}"
    return f"waiver of {waiver['requirement']} until {waiver['expires']}: {waiver['advice']}"


def failing_waiver_lines(waivers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the waivers that fail the run."""
    return [line(waiver) for waiver in waivers if waiver["state"] in _FAILING]
