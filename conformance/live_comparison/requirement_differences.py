"""Requirements that one of two targets violates and the other does not, grouped by root cause."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_VIOLATED: Final = frozenset({"failed", "warned"})
_UNDECIDED: Final = frozenset({"inconclusive", "error"})
_MAY: Final = "may"  # level of unspecified behavior, in which targets may differ
_MET: Final = "passed"
Record = Mapping[str, Any]


@dataclass(frozen=True)
class RequirementDifference:
    """Requirements that a target violates for one root cause, unlike the other one."""

    target: str  # A or B
    entry: Record  # of the requirement that shows it most clearly
    related: Sequence[str]  # the other requirements
    other_verdict: str  # of the other target on the requirement
    numbers: frozenset[int]  # of the exchanges of the findings

    @property
    def finding(self) -> Record:
        """Return the first finding."""
        finding: Record = self.entry["findings"][0]
        return finding

    @property
    def text(self) -> str:
        """Return what the finding states about members: the sentence of the requirement, and the problem."""
        return f"{self.entry['sentence']} {self.finding.get('problem', '')} {self.finding['expected']}"

    @property
    def requirements(self) -> Sequence[str]:
        """Return the ids of all requirements."""
        return [self.entry["id"], *self.related]


def requirement_differences(a: Record, b: Record) -> list[RequirementDifference]:
    """Return the differences in violated requirements: those of A first, each root cause once."""
    return [*_of_target("A", a, b), *_of_target("B", b, a)]


def unspecified_differences(a: Record, b: Record) -> int:
    """Return in how many respects the targets differ that the documentation leaves unspecified."""
    violated = [
        {entry["id"] for entry in record["requirements"] if entry["level"] == _MAY and _is_violated(entry)}
        for record in (a, b)
    ]
    return len(violated[0] ^ violated[1])


def undecided(a: Record, b: Record) -> list[str]:
    """Return the requirements of level must that only one of the targets left undecided."""
    others = {entry["id"]: entry for entry in b["requirements"]}
    return [
        entry["id"]
        for entry in a["requirements"]
        if entry["level"] == "must"
        and {entry["verdict"], others.get(entry["id"], entry)["verdict"]}
        in [{_MET, one} for one in _UNDECIDED]
    ]


def _of_target(name: str, record: Record, other: Record) -> Iterator[RequirementDifference]:
    entries = {entry["id"]: entry for entry in record["requirements"]}
    others = {entry["id"]: entry for entry in other["requirements"]}
    differing = [
        identifier
        for identifier, entry in entries.items()
        if entry["level"] != _MAY and _is_violated(entry) and not _is_same(entry, others.get(identifier))
    ]
    remaining = set(differing)
    causes = [[cause["primary"], *cause["related"]] for cause in record["causes"]]
    for group in [*causes, *([identifier] for identifier in differing)]:
        members = [identifier for identifier in group if identifier in remaining]
        if not members:
            continue
        remaining.difference_update(members)
        first, *related = members
        numbers = {
            number
            for identifier in members
            for finding in entries[identifier]["findings"]
            for number in finding["exchanges"]
        }
        verdict = others.get(first, {"verdict": "not tested"})["verdict"]
        yield RequirementDifference(name, entries[first], related, verdict, frozenset(numbers))


def _is_violated(entry: Record) -> bool:
    """Return whether a finding shows that a requirement is violated, and was reproduced."""
    return entry["verdict"] in _VIOLATED and any(not finding["flaky"] for finding in entry["findings"])


def _is_same(entry: Record, other: Record | None) -> bool:
    """Return whether both targets violate a requirement in the same way."""
    return other is not None and _is_violated(other) and entry.get("symptom") == other.get("symptom")
