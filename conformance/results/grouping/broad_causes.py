"""Broad root causes, each of several groups of symptoms, such as a server that does not validate bodies."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names
from conformance.results.grouping.symptom import (
    CHOSEN_ID,
    CONFUSED,
    GET_NOT_FOUND,
    NAME_IN_USE,
    SAME_ID,
    UNKNOWN_ID_FOUND,
    Area,
    reported_members,
    rule,
)
from conformance.results.grouping.symptom_group import SymptomGroup, union
from spec.catalogue import Level, catalogue
from spec.derivation_rules import INVALID_VALUE_RULES

_ALL_RULES: Final = 0.8  # of the rules for a request: the share from which a target validates nothing
_REJECTING_RULES: Final = frozenset({"REQUIRED", *INVALID_VALUE_RULES})
_MANY_DIFFERENCES: Final = 4  # kinds of returned values that differ from the sent ones


def merge_rejected_parts(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with bodies that are rejected for what a smaller rejected body has in one group.

    Only if the responses do not name the members that they are about.
    """
    merged = list(groups)
    for part in groups:
        if part.area is not Area.REJECTED or part not in merged:
            continue
        larger = [group for group in merged if group is not part and _is_larger(group, part)]
        if larger:
            merged = [group for group in merged if group is not part and group not in larger]
            merged.append(
                SymptomGroup(part.text, [symptom for group in (part, *larger) for symptom in group.symptoms])
            )
    return merged


def _is_larger(group: SymptomGroup, part: SymptomGroup) -> bool:
    """Return whether each body of a group has all values of one rejected body of another group."""
    if group.area is not Area.REJECTED:
        return False
    if any(reported_members(symptom.exchange) for symptom in (*group.symptoms, *part.symptoms)):
        return False
    return any(
        all(_values(smaller.exchange) <= _values(symptom.exchange) for symptom in group.symptoms)
        for smaller in part.symptoms
    )


def _values(exchange: Exchange) -> frozenset[tuple[str, str]]:
    """Return the members of a create with their values; unique names, which differ, are equal."""
    body = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    return frozenset(
        (name, "" if isinstance(value, str) and value in unique_names(value) else repr(value))
        for name, value in body.items()
    )


def merge_missing_validation(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with one group for each operation that validates almost nothing."""
    accepted = [group for group in groups if group.area is Area.ACCEPTED]
    violated = {symptom.requirement.id for group in accepted for symptom in group.symptoms}
    operations = {place for group in accepted for place, _ in group.members}
    if not any(_validates_nothing(operation_id, violated) for operation_id in operations):
        return list(groups)
    whole = union(accepted)
    whole.text = "request bodies are not validated"
    return [whole, *(group for group in groups if group.area is not Area.ACCEPTED)]


def _validates_nothing(operation_id: str, violated: set[str]) -> bool:
    rules = [
        requirement.id
        for requirement in catalogue().values()
        if requirement.constraint is not None
        and requirement.constraint.operation == operation_id
        and requirement.constraint.rule in _REJECTING_RULES
        and requirement.level is Level.MUST
    ]
    return len(violated.intersection(rules)) >= _ALL_RULES * len(rules)


def merge_server_errors(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with one group for server errors of several operations."""
    affected = [group for group in groups if group.area is Area.SERVER_ERROR]
    if len(affected) <= 1:
        return list(groups)
    whole = union(affected)
    whole.text = "requests cause server errors"
    return [whole, *(group for group in groups if group not in affected)]


def merge_missing_storage(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with one group for values of many kinds that are not returned as they were sent."""
    affected = [
        group
        for group in groups
        if group.area is Area.RETURNED
        and all(rule(symptom.requirement).endswith("-ECHO") for symptom in group.symptoms)
    ]
    if len(affected) < _MANY_DIFFERENCES:
        return list(groups)
    whole = union(affected)
    whole.text = "values are not returned as they were sent"
    return [whole, *(group for group in groups if group not in affected)]


def merge_chosen_ids(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with one group for ids that the client sent, which several resources then have."""
    chosen = [symptom.exchange for group in groups if group.text == CHOSEN_ID for symptom in group.symptoms]
    if not chosen:
        return list(groups)
    ids = [exchange.resource["id"] for exchange in chosen if exchange.resource and "id" in exchange.resource]
    affected = [
        group
        for group in groups
        if group.text in {CHOSEN_ID, SAME_ID, UNKNOWN_ID_FOUND}
        or all(_has_id(symptom.exchange, ids) for symptom in group.symptoms)
    ]
    whole = union(affected)
    whole.text = CHOSEN_ID
    return [whole, *(group for group in groups if group not in affected)]


def _has_id(exchange: Exchange, ids: Collection[Any]) -> bool:
    return exchange.id_in_path in ids or (exchange.resource or {}).get("id") in ids


def merge_confused_resources(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with one group for resources that are confused, and for what follows from it.

    The values of another resource are returned, a resource is not found, or its name is in use.
    """
    confused = [group for group in groups if group.text in CONFUSED]
    if not confused:
        return list(groups)
    consequences = [
        group for group in groups if group.area is Area.RETURNED or group.text in {GET_NOT_FOUND, NAME_IN_USE}
    ]
    whole = union([*confused, *consequences])
    whole.text = confused[0].text
    return [whole, *(group for group in groups if group not in (*confused, *consequences))]


def merge_missing_paths(groups: Sequence[SymptomGroup]) -> list[SymptomGroup]:
    """Return the groups with creates that get the same status with and without credentials in one group."""
    by_status = {
        (symptom.exchange.origin.operation, symptom.exchange.status): group
        for group in groups
        if group.area is Area.STATUS
        for symptom in group.symptoms
        if symptom.exchange.is_create and not symptom.exchange.succeeded
    }
    for group in groups:
        if group.area is Area.CREDENTIALS:
            for symptom in list(group.symptoms):
                same = by_status.get((symptom.exchange.origin.operation, symptom.exchange.status))
                if same is not None:
                    group.symptoms.remove(symptom)
                    same.symptoms.append(symptom)
    return [group for group in groups if group.symptoms]
