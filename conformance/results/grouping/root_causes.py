"""Grouping of findings by root cause.

One defect of a server often violates several requirements, and often for many members. Findings with the same
symptom have one root cause: the same kind of invalid value that is accepted, of valid value that is
rejected, or of difference between a returned value and the documented one. The requirement that shows it
most plainly is the primary one; the related requirements and the members are listed with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from conformance.http.credentials import NO_CREDENTIALS, VALID
from conformance.results.grouping.broad_causes import (
    merge_chosen_ids,
    merge_confused_resources,
    merge_missing_paths,
    merge_missing_storage,
    merge_missing_validation,
    merge_rejected_parts,
    merge_server_errors,
)
from conformance.results.grouping.classification import symptom_of
from conformance.results.grouping.common_causes import (
    same_enumerations,
    same_ids,
    same_members,
    same_rejected_members,
    same_unknown_id,
    same_values,
)
from conformance.results.grouping.explanations import explain
from conformance.results.grouping.symptom import (
    CHOSEN_ID,
    CONFUSED,
    Area,
    Member,
    Symptom,
    reported_members,
    rule,
)
from conformance.results.grouping.symptom_group import SymptomGroup, linked_groups, merged_groups
from conformance.results.verdict import Outcome, Verdict

_VIOLATED: Final = frozenset({Verdict.FAILED, Verdict.WARNED})


def causes(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return each root cause with its primary and related requirements and its members, failures first."""
    violated = [outcome for outcome in outcomes if outcome.findings and outcome.verdict in _VIOLATED]
    entries = [_entry(group) for group in _groups([symptom_of(outcome) for outcome in violated])]
    entries.sort(key=lambda pair: pair[0].verdict is not Verdict.FAILED)
    return [entry for _, entry in entries]


def _entry(group: SymptomGroup) -> tuple[Outcome, dict[str, Any]]:
    """Return the primary outcome and the entry of a root cause."""
    primary, *related = (
        symptom.outcome for symptom in sorted(group.symptoms, key=partial(_primary_sort_key, group))
    )
    text = primary.requirement.id if group.area is Area.OTHER and len(group.text.split()) == 1 else group.text
    entry: dict[str, Any] = {
        "cause": text,
        "primary": primary.requirement.id,
        "related": [outcome.requirement.id for outcome in related],
    }
    if group.members:
        entry["members"] = sorted(f"{place}.{name}" for place, name in group.members)
    return primary, entry


def _primary_sort_key(group: SymptomGroup, symptom: Symptom) -> tuple[Any, ...]:
    """Return the key that sorts the symptoms of one root cause: the plainest violation first.

    Requirements that a member is optional come first, then other requirements on the member, then the rest;
    literal statements of the documentation come before derived ones.
    """
    requirement, exchange, constraint = symptom.requirement, symptom.exchange, symptom.requirement.constraint
    validity = exchange.request_validity
    affected = {symptom.finding.member, *reported_members(exchange), *validity.invalid_members}
    name = constraint.member if constraint else requirement.member.name if requirement.member else None
    rank = (
        2
        if name is None or name not in affected
        else 0
        if constraint and constraint.rule == "OPTIONAL"
        else 1
    )
    return (
        symptom.outcome.verdict is not Verdict.FAILED,
        symptom.weak,
        exchange.request.credential not in {VALID, NO_CREDENTIALS},
        group.text in {*CONFUSED, CHOSEN_ID} and symptom.text != group.text,
        group.area is Area.STATUS and rule(requirement) != "ROUTE",
        group.area is Area.CREDENTIALS and exchange.is_create and not validity.is_valid,
        rank,
        requirement.rationale is not None,
        len(exchange.request.body) if group.area is not Area.CREDENTIALS else 0,
    )


def _groups(symptoms: Sequence[Symptom]) -> list[SymptomGroup]:
    symptoms = list(_generalized(symptoms))
    groups = linked_groups([symptom for symptom in symptoms if not symptom.weak])
    groups = merged_groups(groups, same_members)
    groups = merged_groups(groups, same_enumerations)
    groups = merged_groups(groups, same_values)
    groups = merged_groups(groups, same_rejected_members)
    groups = merge_rejected_parts(groups)
    groups = merge_missing_validation(groups)
    groups = merge_server_errors(groups)
    groups = merge_missing_storage(groups)
    groups = merged_groups(groups, same_ids)
    groups = merged_groups(groups, same_unknown_id)
    groups = merge_chosen_ids(groups)
    groups = merge_confused_resources(groups)
    groups = merge_missing_paths(groups)
    for symptom in symptoms:
        if symptom.weak:
            explain(symptom, groups)
    return groups


def _generalized(symptoms: Sequence[Symptom]) -> Iterator[Symptom]:
    """Yield the symptoms; a value like a valid one is any invalid value if most members accept any.

    At --effort smoke, some members get only values with whitespace or a line break.
    """
    members_by_text: dict[str, set[Member]] = {}
    for symptom in symptoms:
        members_by_text.setdefault(symptom.text, set()).update(symptom.members)
    for symptom in symptoms:
        general = members_by_text.get(symptom.general_text, set())
        if symptom.general_text != symptom.text and len(general) > len(members_by_text[symptom.text]):
            yield replace(symptom, text=symptom.general_text, links=frozenset({symptom.general_text}))
        else:
            yield symptom
