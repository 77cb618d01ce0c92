"""Groups of symptoms with one root cause."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.results.grouping.symptom import MISSING, UNKNOWN_ID_FOUND, Area, Member, Symptom
from conformance.results.value_kinds import InvalidKind


@dataclass
class SymptomGroup:
    """Symptoms with one root cause."""

    text: str
    symptoms: list[Symptom] = field(default_factory=list)

    @property
    def area(self) -> Area:
        """Return the kind of behavior."""
        return self.symptoms[0].area

    @property
    def members(self) -> frozenset[Member]:
        """Return the members that the symptoms are about."""
        return frozenset().union(*(symptom.members for symptom in self.symptoms))

    @property
    def links(self) -> frozenset[str]:
        """Return the links of the symptoms."""
        return frozenset().union(*(symptom.links for symptom in self.symptoms))

    @property
    def exchanges(self) -> frozenset[int]:
        """Return the numbers of the exchanges that show the symptoms."""
        return frozenset(symptom.exchange.number for symptom in self.symptoms)

    def is_about(self, *kinds: InvalidKind) -> bool:
        """Return whether values of one of these kinds are accepted."""
        return any(self.text.startswith(kind) for kind in kinds)


def linked_groups(symptoms: Iterable[Symptom]) -> list[SymptomGroup]:
    """Return the symptoms in groups that have a link in common, directly or through others."""
    groups: list[SymptomGroup] = []
    for symptom in symptoms:
        new = SymptomGroup(symptom.text, [symptom])
        linked = [
            group
            for group in groups
            if group.area is symptom.area and not group.links.isdisjoint(symptom.links)
        ]
        for group in linked:
            groups.remove(group)
        groups.append(union([*linked, new]))
    return groups


def merged_groups(
    groups: Sequence[SymptomGroup], same_cause: Callable[[SymptomGroup, SymptomGroup], bool]
) -> list[SymptomGroup]:
    """Return the groups with those merged that have the same cause."""
    merged: list[SymptomGroup] = []
    for group in groups:
        partner = next((other for other in merged if same_cause(other, group)), None)
        if partner is None:
            merged.append(group)
        else:
            merged[merged.index(partner)] = union([partner, group])
    return merged


def union(groups: Sequence[SymptomGroup]) -> SymptomGroup:
    """Return one group with the text of the plainest symptom."""
    symptoms = [symptom for group in groups for symptom in group.symptoms]
    return SymptomGroup(min(symptoms, key=_text_sort_key).text, symptoms)


def _text_sort_key(symptom: Symptom) -> tuple[Any, ...]:
    kinds = [number for number, kind in enumerate(InvalidKind) if symptom.text.startswith(kind)]
    return (
        symptom.text != UNKNOWN_ID_FOUND,
        symptom.text != MISSING,
        symptom.requirement.member is None,
        *kinds,
    )
