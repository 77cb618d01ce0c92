"""Rules for two groups of symptoms that have the same root cause."""

from typing import Final

from conformance.results.grouping.symptom import GET_NOT_FOUND, UNKNOWN_ID_FOUND, Area, rule
from conformance.results.grouping.symptom_group import SymptomGroup
from conformance.results.value_kinds import InvalidKind
from spec.formats import is_uuid

_WHOLE_BODY: Final = frozenset({"FULL", "PAIRS", "CONFORMING"})  # rules whose bodies have many members
_DATE_KINDS: Final = frozenset({InvalidKind.FORMAT, InvalidKind.IMPOSSIBLE})


def same_members(first: SymptomGroup, second: SymptomGroup) -> bool:
    """Return whether a target does not validate the same members in two ways."""
    if first.is_about(InvalidKind.MEMBER_NAME) or second.is_about(InvalidKind.MEMBER_NAME):
        return False
    return first.area is second.area is Area.ACCEPTED and first.members == second.members


def same_values(first: SymptomGroup, second: SymptomGroup) -> bool:
    """Return whether two groups show the same conversion of values before their validation."""
    if not (first.area is second.area is Area.ACCEPTED):
        return False
    trimmed = first.is_about(InvalidKind.WHITESPACE, InvalidKind.LINE_BREAK) and second.is_about(
        InvalidKind.WHITESPACE, InvalidKind.LINE_BREAK
    )
    dates = first.is_about(*_DATE_KINDS) and second.is_about(*_DATE_KINDS)
    return trimmed or (dates and not first.members.isdisjoint(second.members))


def same_enumerations(first: SymptomGroup, second: SymptomGroup) -> bool:
    """Return whether enumerations are not validated: values of other types are outside of them as well."""
    if not (first.area is second.area is Area.ACCEPTED):
        return False
    return any(
        enumeration.is_about(InvalidKind.ENUM)
        and values.is_about(InvalidKind.TYPE, InvalidKind.EMPTY)
        and values.members <= enumeration.members
        for enumeration, values in ((first, second), (second, first))
    )


def same_rejected_members(first: SymptomGroup, second: SymptomGroup) -> bool:
    """Return whether one group is about bodies with many members, and the other about one of the members."""
    if not (first.area is second.area is Area.REJECTED) or first.members.isdisjoint(second.members):
        return False
    return any(
        all(rule(symptom.requirement) in _WHOLE_BODY for symptom in group.symptoms)
        for group in (first, second)
    )


def same_ids(first: SymptomGroup, second: SymptomGroup) -> bool:
    """Return whether one group shows that ids are wrong and the other that they find nothing."""
    by_area = {group.area: group for group in (first, second)}
    returned, status = by_area.get(Area.RETURNED), by_area.get(Area.STATUS)
    if returned is None or status is None:
        return False
    return any(name == "id" for _, name in returned.members) and status.text == GET_NOT_FOUND


def same_unknown_id(first: SymptomGroup, second: SymptomGroup) -> bool:
    """Return whether one group shows that an unknown id is found, and the other what is returned for it."""
    for found, returned in ((first, second), (second, first)):
        targets = {symptom.exchange.request.target for symptom in found.symptoms}
        if found.text == UNKNOWN_ID_FOUND and returned.area in {Area.RETURNED, Area.STATUS, Area.MEDIA_TYPE}:
            return all(
                symptom.exchange.request.target in targets
                or not (symptom.exchange.is_create or is_uuid(symptom.exchange.id_in_path))
                for symptom in returned.symptoms
            )
    return False
