"""A record in the order in which people read it: why, what lies behind it, and what stands where."""

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
_TOLD: Final = ("failed", "warned")

Requirement = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """One misbehaviour: the requirement that shows it plainest, and the others it breaks."""

    what: str
    lead: Requirement
    others: Sequence[Requirement]


def causes(record: Mapping[str, Any], verdict: str) -> list[Cause]:
    """Return the causes whose lead has a verdict.

    What is waived is told elsewhere. What failed and has no cause in the record is one of its own.
    """
    told = {each["id"]: each for each in record["requirements"] if each["verdict"] in _TOLD}
    groups = [(each["cause"], [each["lead"], *each["others"]]) for each in record["causes"]]
    explained = {each for _, ids in groups for each in ids}
    groups += [("", [each]) for each in told if each not in explained]
    found = []
    for what, ids in groups:
        members = sorted((told[each] for each in dict.fromkeys(ids) if each in told), key=_severity)
        if members and members[0]["verdict"] == verdict:
            found.append(Cause(what, members[0], members[1:]))
    return found


def undecided(record: Mapping[str, Any]) -> dict[str, list[Requirement]]:
    """Return what was not decided by its reason: there are many requirements and few reasons."""
    groups: dict[str, list[Requirement]] = {}
    for each in record["requirements"]:
        if each["verdict"] == "inconclusive":
            groups.setdefault(each["reason"] or "no reason is given", []).append(each)
    return groups


def having(record: Mapping[str, Any], verdict: str) -> list[Requirement]:
    """Return the requirements with a verdict."""
    return [each for each in record["requirements"] if each["verdict"] == verdict]


def by_operation(record: Mapping[str, Any]) -> dict[str, list[Requirement]]:
    """Return the requirements by the operation or resource that they are about."""
    groups: dict[str, list[Requirement]] = {}
    for each in record["requirements"]:
        groups.setdefault(each["operation"], []).append(each)
    return groups


def counted(requirements: Sequence[Requirement]) -> dict[str, int]:
    """Return how many requirements have which verdict, the worst first; verdicts nobody has are left out."""
    counts = Counter(each["verdict"] for each in requirements)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def tally(counts: Mapping[str, int]) -> str:
    """Return counts in words."""
    return ", ".join(f"{count} {verdict.replace('-', ' ')}" for verdict, count in counts.items())


def worst_first(requirements: Sequence[Requirement]) -> list[Requirement]:
    """Return requirements by their verdicts."""
    return sorted(requirements, key=_severity)


def why(record: Mapping[str, Any]) -> str:
    """Return in a sentence why the verdict is what it is."""
    if not record["requirements"]:
        return next(iter(record["notes"]), "Nothing was decided.")
    counts = counted(record["requirements"])
    told = {
        "conforms": "Nothing was found that breaks the documentation",
        "does-not-conform": "No requirement failed, and yet the run may not pass",
        "inconclusive": "Too little was observed to decide everything",
        "interrupted": "The run was stopped before its end; until then",
        "error": "The suite itself went wrong, which says nothing about the target",
        "not-started": "The run did not begin as it should",
    }
    if record["verdict"] == "does-not-conform" and "failed" in counts:
        behind = len(causes(record, "failed"))
        total = len(record["requirements"])
        return f"{counts['failed']} of {total} requirements not kept, for {_number(behind, 'cause')}."
    return f"{told[record['verdict']]}: {tally(counts)}."


def _severity(requirement: Requirement) -> int:
    return VERDICTS.index(requirement["verdict"])


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
