"""Groupings of a record for display: by root cause, reason, verdict and operation."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.presentation.known_failures import is_known

VERDICTS: Final = (
    "failed",
    "error",
    "warned",
    "inconclusive",
    "waived",
    "passed",
    "not-applicable",
)  # the worst first
API_NAMES: Final = {"VC": "video", "FCR": "fabric"}  # by the prefix of an operation
OTHER_API: Final = "shared"  # of requirements on both
_BAR: Final = ("passed", "failed", "error", "warned", "inconclusive", "waived", "not-applicable")
_MIN_SHARE: Final = 0.006  # of a part of the bar, so that it remains visible
_VIOLATED: Final = ("failed", "warned")
_LEVELS: Final = ("must", "should", "may")

Requirement = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """A root cause: the requirement that shows it best, and the others that it violates."""

    text: str
    primary: Requirement
    related: Sequence[Requirement]
    members: Sequence[str] = ()  # the members that show it, if there are several


def causes(record: Mapping[str, Any], verdict: str) -> list[Cause]:
    """Return the root causes whose primary requirement has the verdict.

    Waived requirements and known failures are left out. A violated requirement without a cause in the record
    is its own cause.
    """
    violated = {
        requirement["id"]: requirement
        for requirement in record["requirements"]
        if requirement["verdict"] in _VIOLATED and not is_known(requirement)
    }
    groups: list[Mapping[str, Any]] = [*record["causes"]]
    explained = {name for group in groups for name in (group["primary"], *group["related"])}
    groups += [{"cause": "", "primary": name, "related": ()} for name in violated if name not in explained]
    selected = []
    for group in groups:
        ids = dict.fromkeys((group["primary"], *group["related"]))
        found = sorted((violated[name] for name in ids if name in violated), key=_severity)
        if found and found[0]["verdict"] == verdict:
            selected.append(Cause(group["cause"], found[0], found[1:], group.get("members", ())))
    return sorted(selected, key=lambda cause: _LEVELS.index(cause.primary["level"]))


def by_level(
    causes: Iterable[Mapping[str, Any]], requirements: Iterable[Requirement]
) -> list[Mapping[str, Any]]:
    """Return root causes sorted by the level of their primary requirement, in their order otherwise."""
    levels = {requirement["id"]: _LEVELS.index(requirement["level"]) for requirement in requirements}
    return sorted(causes, key=lambda cause: levels[cause["primary"]])


def by_reason(record: Mapping[str, Any], verdict: str) -> dict[str, list[Requirement]]:
    """Return the requirements with a verdict by its reason."""
    groups: dict[str, list[Requirement]] = {}
    for requirement in with_verdict(record, verdict):
        groups.setdefault(requirement["reason"] or "no reason recorded", []).append(requirement)
    return groups


def undecided(record: Mapping[str, Any]) -> dict[str, list[Requirement]]:
    """Return the inconclusive requirements by reason, without those that are known from the baseline.

    There are many requirements and few reasons.
    """
    reasons = by_reason(record, "inconclusive").items()
    unknown = {reason: [entry for entry in entries if not is_known(entry)] for reason, entries in reasons}
    return {reason: entries for reason, entries in unknown.items() if entries}


def with_verdict(record: Mapping[str, Any], verdict: str) -> list[Requirement]:
    """Return the requirements with a verdict."""
    return [requirement for requirement in record["requirements"] if requirement["verdict"] == verdict]


def by_operation(record: Mapping[str, Any]) -> dict[str, list[Requirement]]:
    """Return the requirements by their operation or resource."""
    groups: dict[str, list[Requirement]] = {}
    for requirement in record["requirements"]:
        groups.setdefault(requirement["operation"], []).append(requirement)
    return groups


def verdict_counts(requirements: Sequence[Requirement]) -> dict[str, int]:
    """Return the number of requirements by verdict, the worst first, without zeros."""
    counts = Counter(requirement["verdict"] for requirement in requirements)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def verdict_shares(requirements: Sequence[Requirement]) -> list[dict[str, Any]]:
    """Return the parts of a bar of all requirements, 100 wide: verdict, number, start and width."""
    counts = verdict_counts(requirements)
    shares = {
        verdict: max(counts[verdict] / len(requirements), _MIN_SHARE) for verdict in _BAR if verdict in counts
    }
    parts: list[dict[str, Any]] = []
    start = 0.0
    for verdict, share in shares.items():
        width = share / sum(shares.values()) * 100
        parts.append(
            {
                "verdict": verdict,
                "count": counts[verdict],
                "start": round(start, 3),
                "width": round(width, 3),
            }
        )
        start += width
    return parts


def level_totals(requirements: Sequence[Requirement]) -> dict[str, dict[str, int]]:
    """Return the number of requirements by level, by verdict and as `all`, without empty levels."""
    totals: dict[str, dict[str, int]] = {}
    for level in _LEVELS:
        counted = [requirement for requirement in requirements if requirement["level"] == level]
        if counted:
            totals[level] = {**verdict_counts(counted), "all": len(counted)}
    return totals


def tally(counts: Mapping[str, int]) -> str:
    """Return the counts as text."""
    return ", ".join(f"{count} {verdict.replace('-', ' ')}" for verdict, count in counts.items())


def worst_first(requirements: Sequence[Requirement]) -> list[Requirement]:
    """Return the requirements sorted by verdict, the worst first."""
    return sorted(requirements, key=_severity)


def _severity(requirement: Requirement) -> int:
    return VERDICTS.index(requirement["verdict"])
