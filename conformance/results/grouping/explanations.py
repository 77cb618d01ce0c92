"""Explanations of weak symptoms, which may be consequences of a group of symptoms."""

from typing import Final

from conformance.results.grouping.returned_member_symptoms import returns_sent_times
from conformance.results.grouping.symptom import (
    BY_SCHEMATHESIS,
    CONFUSED,
    WITHOUT_OPTIONAL,
    Area,
    Member,
    Symptom,
    reported_members,
)
from conformance.results.grouping.symptom_group import SymptomGroup


def explain(weak: Symptom, groups: list[SymptomGroup]) -> None:
    """Add a weak symptom to the group that explains it, or to the others that do not have an explanation."""
    for explains in _EXPLANATIONS:
        for group in groups:
            if explains(weak, group):
                group.symptoms.append(weak)
                return
    groups.append(SymptomGroup(weak.text, [weak]))


def _same_text(weak: Symptom, group: SymptomGroup) -> bool:
    return weak.area is group.area and weak.text == group.text


def _shared_members(weak: Symptom, group: SymptomGroup) -> bool:
    """Return whether a group is about members that the symptom concerns as well."""
    exchange = weak.exchange
    operation_id = exchange.origin.operation
    if weak.area is Area.REJECTED and group.area is Area.REJECTED:
        body = exchange.request.json if isinstance(exchange.request.json, dict) else {}
        absent = group.text == WITHOUT_OPTIONAL
        return any(place == operation_id and (name not in body) is absent for place, name in group.members)
    if weak.area is Area.OTHER and group.area is Area.RETURNED:
        names = {name for _, name in weak.members} & {name for _, name in group.members}
        return bool(names) and not returns_sent_times(exchange)
    concerned = {*weak.members}
    if weak.area is Area.ERROR_ITEMS and group.area is Area.ACCEPTED:
        if not weak.links.isdisjoint(group.links):
            return True
        concerned |= {(operation_id, name) for name in exchange.request_validity.invalid_members}
    if weak.area is Area.ERROR_ITEMS and group.area is Area.REJECTED:
        concerned |= {(operation_id, name) for name in reported_members(exchange)}
    if group.area not in {Area.ACCEPTED, Area.REJECTED}:
        return False
    if group.area is Area.REJECTED and exchange.succeeded:
        return False
    if weak.area is Area.RETURNED:
        concerned = {member for member in concerned if member[1] in exchange.request_validity.invalid_members}
    return not set(map(_in_api, group.members)).isdisjoint(map(_in_api, concerned))


def _in_api(member: Member) -> Member:
    """Return a member with its API in place of its operation or resource."""
    place, name = member
    return place.partition("-")[0], name


def _same_kind_of_problem(weak: Symptom, group: SymptomGroup) -> bool:
    if weak.area is Area.RETURNED and group.text in CONFUSED:
        return True
    return {
        Area.SERVER_ERROR: group.area is Area.SERVER_ERROR,
        Area.ERROR_ITEMS: group.area in {Area.ERROR_BODY, Area.ERROR_ITEMS},
        Area.MEDIA_TYPE: group.area is Area.MEDIA_TYPE,
    }.get(weak.area, False)


def _same_exchange(weak: Symptom, group: SymptomGroup) -> bool:
    is_apart = weak.area is Area.RETURNED and group.area in {Area.STATUS, Area.MEDIA_TYPE}
    return weak.exchange.number in group.exchanges and not is_apart


def _same_operation(weak: Symptom, group: SymptomGroup) -> bool:
    """Return whether schemathesis repeats what another requirement shows about the operation."""
    operation_id = weak.exchange.origin.operation
    return weak.requirement.id.endswith(BY_SCHEMATHESIS) and any(
        symptom.exchange.origin.operation == operation_id for symptom in group.symptoms
    )


def _same_link(weak: Symptom, group: SymptomGroup) -> bool:
    return weak.area is group.area and not weak.links.isdisjoint(group.links)


_EXPLANATIONS: Final = (
    _same_text,
    _shared_members,
    _same_kind_of_problem,
    _same_exchange,
    _same_link,
    _same_operation,
)
