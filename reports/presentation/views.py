"""Groupings of a record for display: by root cause, reason, verdict and operation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

VERDICTS: Final = (
    "failed",
    "error",
    "warned",
    "inconclusive",
    "waived",
    "passed",
    "not-applicable",
)  # the worst first
_VIOLATED: Final = ("failed", "warned")

Requirement = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """A root cause: the requirement that shows it best, and the others that it violates."""

    text: str
    primary: Requirement
    related: Sequence[Requirement]
    members: Sequence[str] = ()  # of requests and responses


def causes(record: Mapping[str, Any], verdict: str) -> list[Cause]:
    """Return the root causes whose primary requirement has the verdict.

    Waived requirements are left out. A violated requirement without a cause in the record is its own cause.
    """
    violated = {
        requirement["id"]: requirement
        for requirement in record["requirements"]
        if requirement["verdict"] in _VIOLATED
    }
    groups = [
        (cause["cause"], [cause["primary"], *cause["related"]], cause.get("members", ()))
        for cause in record["causes"]
    ]
    explained = {identifier for _, ids, _ in groups for identifier in ids}
    groups += [("", [identifier], ()) for identifier in violated if identifier not in explained]
    selected = []
    for text, ids, members in groups:
        requirements = sorted(
            (violated[name] for name in dict.fromkeys(ids) if name in violated), key=_severity
        )
        if requirements and requirements[0]["verdict"] == verdict:
            selected.append(Cause(text, requirements[0], requirements[1:], members))
    return selected


def undecided(record: Mapping[str, Any]) -> dict[str, list[Requirement]]:
    """Return the inconclusive requirements by reason: there are many requirements and few reasons."""
    groups: dict[str, list[Requirement]] = {}
    for requirement in record["requirements"]:
        if requirement["verdict"] == "inconclusive":
            groups.setdefault(requirement["reason"] or "no reason recorded", []).append(requirement)
    return groups


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


def tally(counts: Mapping[str, int]) -> str:
    """Return the counts as text."""
    return ", ".join(f"{count} {verdict.replace('-', ' ')}" for verdict, count in counts.items())


def worst_first(requirements: Sequence[Requirement]) -> list[Requirement]:
    """Return the requirements sorted by verdict, the worst first."""
    return sorted(requirements, key=_severity)


def why(record: Mapping[str, Any]) -> str:
    """Return a sentence that explains the verdict of the run."""
    if not record["requirements"]:
        return next(iter(record["notes"]), "No requirement was decided.")
    counts = verdict_counts(record["requirements"])
    explanations = {
        "conforms": "No violation of the documentation was found",
        "does-not-conform": "No requirement failed, but the run did not pass",
        "inconclusive": "Not all requirements could be decided",
        "interrupted": "The run was stopped before its end; results so far",
        "error": "Internal error of the suite (not a finding about the target)",
        "not-started": "The run did not start correctly",
    }
    if record["verdict"] == "does-not-conform" and "failed" in counts:
        number = len(causes(record, "failed"))
        total = len(record["requirements"])
        return f"{counts['failed']} of {total} requirements violated ({_number(number, 'root cause')})."
    return f"{explanations[record['verdict']]}: {tally(counts)}."


def _severity(requirement: Requirement) -> int:
    return VERDICTS.index(requirement["verdict"])


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
