"""Messages about waivers: the entry in the record, and the printed lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

APPLIED, PASSES, EXPIRED, UNUSED, NOT_NEEDED = "applied", "passes", "expired", "unused", "not-needed"
_FAILING: Final = frozenset({PASSES, EXPIRED})
_ADVICE: Final = {
    APPLIED: "waived; fix it before it expires",
    PASSES: "no longer needed: requirement passes; remove the waiver",
    EXPIRED: "expired; fix the target or extend the waiver",
    UNUSED: "not needed in this run",
    NOT_NEEDED: "no longer needed for them: they pass; narrow the pattern",
}
_MEMBERS: Final = ("requirement", "reason", "expires", "pattern")
_MAX_IDS: Final = 3  # in a list of requirements


def entry(waiver: Mapping[str, Any], state: str) -> dict[str, Any]:
    """Return the entry of a waiver in the record."""
    members = {name: waiver[name] for name in _MEMBERS if name in waiver}
    return {**members, "state": state, "advice": _ADVICE[state]}


def with_states_of_patterns(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries; a requirement of a pattern may pass while another one may need the waiver."""
    listed = list(entries)
    needed = {waiver["pattern"] for waiver in listed if "pattern" in waiver and waiver["state"] != PASSES}
    return [
        entry(waiver, NOT_NEEDED) if waiver["state"] == PASSES and waiver.get("pattern") in needed else waiver
        for waiver in listed
    ]


def lines(waivers: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield a line for each waiver, and its state; requirements of a pattern in one state share a line."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for waiver in waivers:
        groups.setdefault((waiver.get("pattern", waiver["requirement"]), waiver["state"]), []).append(waiver)
    for (name, state), group in groups.items():
        yield _line(name, group), state


def failing_waiver_lines(waivers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the waivers that fail the run."""
    return [line for line, state in lines(waivers) if state in _FAILING]


def _line(name: str, group: Sequence[Mapping[str, Any]]) -> str:
    waiver = group[0]
    if "pattern" in waiver:
        name = f"{name} ({_listed([one['requirement'] for one in group])})"
    if waiver["state"] == APPLIED:
        return f"waived {name} until {waiver['expires']}: {waiver['reason']}"
    return f"waiver of {name} until {waiver['expires']}: {waiver['advice']}"


def _listed(names: Sequence[str]) -> str:
    """Return the first names of a list and the number of the remaining ones."""
    more = f" and {len(names) - _MAX_IDS} more" if len(names) > _MAX_IDS else ""
    return f"{', '.join(names[:_MAX_IDS])}{more}"
