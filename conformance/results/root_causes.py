"""Grouping of findings by root cause.

One defect of a server often violates several requirements, and often for many members. Findings with the same
symptom have one root cause: the same kind of invalid value that is accepted, of valid value that is
rejected, or of difference between a returned value and the documented one. The requirement that shows it
most plainly is the primary one; the related requirements and the members are listed with it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from conformance.http.credentials import NO_CREDENTIALS, VALID
from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names
from conformance.results.symptoms import (
    ANOTHER_RESOURCE,
    BY_SCHEMATHESIS,
    CHOSEN_ID,
    MISSING,
    NAME_IN_USE,
    SAME_ID,
    UNKNOWN_ID_FOUND,
    WITHOUT_OPTIONAL,
    Area,
    Member,
    Symptom,
    reported_members,
    returns_sent_times,
    rule,
    symptom,
)
from conformance.results.value_kinds import InvalidKind
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, catalogue
from spec.derivation_rules import INVALID_VALUE_RULES
from spec.formats import is_uuid

_CONFUSED: Final = frozenset({SAME_ID, ANOTHER_RESOURCE})
_WHOLE_BODY: Final = frozenset({"FULL", "PAIRS", "CONFORMING"})  # rules whose bodies have many members
_GET_NOT_FOUND: Final = "a get returns 404"
_VIOLATED: Final = frozenset({Verdict.FAILED, Verdict.WARNED})
_ALL_RULES: Final = 0.8  # of the rules for a request: the share from which a target validates nothing
_REJECTING_RULES: Final = frozenset({"REQUIRED", *INVALID_VALUE_RULES})
_MANY_DIFFERENCES: Final = 4  # kinds of returned values that differ from the sent ones
_DATE_KINDS: Final = frozenset({InvalidKind.FORMAT, InvalidKind.IMPOSSIBLE})


@dataclass
class _Group:
    """Symptoms with one root cause."""

    text: str
    symptoms: list[Symptom] = field(default_factory=list)

    @property
    def area(self) -> Area:
        return self.symptoms[0].area

    @property
    def members(self) -> frozenset[Member]:
        return frozenset().union(*(one.members for one in self.symptoms))

    @property
    def links(self) -> frozenset[str]:
        return frozenset().union(*(one.links for one in self.symptoms))

    @property
    def exchanges(self) -> frozenset[int]:
        return frozenset(one.exchange.number for one in self.symptoms)

    def is_about(self, *kinds: InvalidKind) -> bool:
        return any(self.text.startswith(kind) for kind in kinds)


def causes(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return each root cause with its primary and related requirements and its members, failures first."""
    violated = [outcome for outcome in outcomes if outcome.findings and outcome.verdict in _VIOLATED]
    entries = [_entry(group) for group in _groups([symptom(outcome) for outcome in violated])]
    entries.sort(key=lambda pair: pair[0].verdict is not Verdict.FAILED)
    return [entry for _, entry in entries]


def _entry(group: _Group) -> tuple[Outcome, dict[str, Any]]:
    """Return the primary outcome and the entry of a root cause."""
    primary, *related = (one.outcome for one in sorted(group.symptoms, key=partial(_primary_sort_key, group)))
    text = primary.requirement.id if group.area is Area.OTHER and len(group.text.split()) == 1 else group.text
    entry: dict[str, Any] = {
        "cause": text,
        "primary": primary.requirement.id,
        "related": [outcome.requirement.id for outcome in related],
    }
    if group.members:
        entry["members"] = sorted(f"{place}.{name}" for place, name in group.members)
    return primary, entry


def _groups(symptoms: Sequence[Symptom]) -> list[_Group]:
    symptoms = list(_generalized(symptoms))
    groups = _linked([one for one in symptoms if not one.weak])
    groups = _merged(groups, _same_members)
    groups = _merged(groups, _same_values)
    groups = _merged(groups, _same_rejected_members)
    groups = _of_rejected_parts(groups)
    groups = _without_validation(groups)
    groups = _with_server_errors(groups)
    groups = _without_storage(groups)
    groups = _merged(groups, _same_ids)
    groups = _merged(groups, _same_unknown_id)
    groups = _of_chosen_ids(groups)
    groups = _of_confused_resources(groups)
    groups = _of_missing_paths(groups)
    for one in symptoms:
        if one.weak:
            _explain(one, groups)
    return groups


def _generalized(symptoms: Sequence[Symptom]) -> Iterator[Symptom]:
    """Yield the symptoms; a value like a valid one is any invalid value if most members accept any.

    At --effort smoke, some members get only values with whitespace or a line break.
    """
    members_by_text: dict[str, set[Member]] = {}
    for one in symptoms:
        members_by_text.setdefault(one.text, set()).update(one.members)
    for one in symptoms:
        general = members_by_text.get(one.general_text, set())
        if one.general_text != one.text and len(general) > len(members_by_text[one.text]):
            yield replace(one, text=one.general_text, links=frozenset({one.general_text}))
        else:
            yield one


def _linked(symptoms: Iterable[Symptom]) -> list[_Group]:
    """Return the symptoms in groups that have a link in common, directly or through others."""
    groups: list[_Group] = []
    for one in symptoms:
        new = _Group(one.text, [one])
        linked = [
            group for group in groups if group.area is one.area and not group.links.isdisjoint(one.links)
        ]
        for group in linked:
            groups.remove(group)
        groups.append(_union([*linked, new]))
    return groups


def _union(groups: Sequence[_Group]) -> _Group:
    """Return one group with the text of the plainest symptom."""
    symptoms = [one for group in groups for one in group.symptoms]
    return _Group(min(symptoms, key=_text_sort_key).text, symptoms)


def _text_sort_key(one: Symptom) -> tuple[Any, ...]:
    kinds = [number for number, kind in enumerate(InvalidKind) if one.text.startswith(kind)]
    return one.text != UNKNOWN_ID_FOUND, one.text != MISSING, one.requirement.member is None, *kinds


def _merged(groups: Sequence[_Group], same_cause: Callable[[_Group, _Group], bool]) -> list[_Group]:
    """Return the groups with those merged that have the same cause."""
    merged: list[_Group] = []
    for group in groups:
        partner = next((other for other in merged if same_cause(other, group)), None)
        if partner is None:
            merged.append(group)
        else:
            merged[merged.index(partner)] = _union([partner, group])
    return merged


def _same_members(first: _Group, second: _Group) -> bool:
    """Return whether a target does not validate the same members in two ways."""
    if first.is_about(InvalidKind.MEMBER_NAME) or second.is_about(InvalidKind.MEMBER_NAME):
        return False
    return first.area is second.area is Area.ACCEPTED and first.members == second.members


def _same_rejected_members(first: _Group, second: _Group) -> bool:
    """Return whether one group is about bodies with many members, and the other about one of the members."""
    if not (first.area is second.area is Area.REJECTED) or first.members.isdisjoint(second.members):
        return False
    return any(
        all(rule(one.requirement) in _WHOLE_BODY for one in group.symptoms) for group in (first, second)
    )


def _same_values(first: _Group, second: _Group) -> bool:
    """Return whether two groups show the same conversion of values before their validation."""
    if not (first.area is second.area is Area.ACCEPTED):
        return False
    trimmed = first.is_about(InvalidKind.WHITESPACE, InvalidKind.LINE_BREAK) and second.is_about(
        InvalidKind.WHITESPACE, InvalidKind.LINE_BREAK
    )
    dates = first.is_about(*_DATE_KINDS) and second.is_about(*_DATE_KINDS)
    return trimmed or (dates and not first.members.isdisjoint(second.members))


def _of_rejected_parts(groups: Sequence[_Group]) -> list[_Group]:
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
            merged.append(_Group(part.text, [one for group in (part, *larger) for one in group.symptoms]))
    return merged


def _is_larger(group: _Group, part: _Group) -> bool:
    """Return whether each body of a group has all values of one rejected body of another group."""
    if group.area is not Area.REJECTED:
        return False
    if any(reported_members(one.exchange) for one in (*group.symptoms, *part.symptoms)):
        return False
    return any(
        all(_values(smaller.exchange) <= _values(one.exchange) for one in group.symptoms)
        for smaller in part.symptoms
    )


def _values(exchange: Exchange) -> frozenset[tuple[str, str]]:
    """Return the members of a create with their values; unique names, which differ, are equal."""
    body = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    return frozenset(
        (name, "" if isinstance(value, str) and value in unique_names(value) else repr(value))
        for name, value in body.items()
    )


def _without_validation(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups with one group for each operation that validates almost nothing."""
    accepted = [group for group in groups if group.area is Area.ACCEPTED]
    violated = {one.requirement.id for group in accepted for one in group.symptoms}
    operations = {place for group in accepted for place, _ in group.members}
    if not any(_validates_nothing(operation_id, violated) for operation_id in operations):
        return list(groups)
    whole = _union(accepted)
    whole.text = "request bodies are not validated"
    return [whole, *(group for group in groups if group.area is not Area.ACCEPTED)]


def _with_server_errors(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups with one group for server errors of several operations."""
    affected = [group for group in groups if group.area is Area.SERVER_ERROR]
    if len(affected) <= 1:
        return list(groups)
    whole = _union(affected)
    whole.text = "requests cause server errors"
    return [whole, *(group for group in groups if group not in affected)]


def _of_missing_paths(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups with creates that get the same status with and without credentials in one group."""
    by_status = {
        (one.exchange.origin.operation, one.exchange.status): group
        for group in groups
        if group.area is Area.STATUS
        for one in group.symptoms
        if one.exchange.is_create and not one.exchange.succeeded
    }
    for group in groups:
        if group.area is Area.CREDENTIALS:
            for one in list(group.symptoms):
                same = by_status.get((one.exchange.origin.operation, one.exchange.status))
                if same is not None:
                    group.symptoms.remove(one)
                    same.symptoms.append(one)
    return [group for group in groups if group.symptoms]


def _without_storage(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups with one group for values of many kinds that are not returned as they were sent."""
    affected = [
        group
        for group in groups
        if group.area is Area.RETURNED
        and all(rule(one.requirement).endswith("-ECHO") for one in group.symptoms)
    ]
    if len(affected) < _MANY_DIFFERENCES:
        return list(groups)
    whole = _union(affected)
    whole.text = "values are not returned as they were sent"
    return [whole, *(group for group in groups if group not in affected)]


def _same_ids(first: _Group, second: _Group) -> bool:
    """Return whether one group shows that ids are wrong and the other that they find nothing."""
    by_area = {group.area: group for group in (first, second)}
    returned, status = by_area.get(Area.RETURNED), by_area.get(Area.STATUS)
    if returned is None or status is None:
        return False
    return any(name == "id" for _, name in returned.members) and status.text == _GET_NOT_FOUND


def _of_chosen_ids(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups with one group for ids that the client sent, which several resources then have."""
    chosen = [one.exchange for group in groups if group.text == CHOSEN_ID for one in group.symptoms]
    if not chosen:
        return list(groups)
    ids = [exchange.resource["id"] for exchange in chosen if exchange.resource and "id" in exchange.resource]
    affected = [
        group
        for group in groups
        if group.text in {CHOSEN_ID, SAME_ID, UNKNOWN_ID_FOUND}
        or all(_has_id(one.exchange, ids) for one in group.symptoms)
    ]
    whole = _union(affected)
    whole.text = CHOSEN_ID
    return [whole, *(group for group in groups if group not in affected)]


def _has_id(exchange: Exchange, ids: Collection[Any]) -> bool:
    return exchange.id_in_path in ids or (exchange.resource or {}).get("id") in ids


def _of_confused_resources(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups with one group for resources that are confused, and for what follows from it.

    The values of another resource are returned, a resource is not found, or its name is in use.
    """
    confused = [group for group in groups if group.text in _CONFUSED]
    if not confused:
        return list(groups)
    consequences = [
        group
        for group in groups
        if group.area is Area.RETURNED or group.text in {_GET_NOT_FOUND, NAME_IN_USE}
    ]
    whole = _union([*confused, *consequences])
    whole.text = confused[0].text
    return [whole, *(group for group in groups if group not in (*confused, *consequences))]


def _same_unknown_id(first: _Group, second: _Group) -> bool:
    """Return whether one group shows that an unknown id is found, and the other what is returned for it."""
    for found, returned in ((first, second), (second, first)):
        targets = {one.exchange.request.target for one in found.symptoms}
        if found.text == UNKNOWN_ID_FOUND and returned.area in {Area.RETURNED, Area.STATUS, Area.MEDIA_TYPE}:
            return all(
                one.exchange.request.target in targets
                or not (one.exchange.is_create or is_uuid(one.exchange.id_in_path))
                for one in returned.symptoms
            )
    return False


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


def _explain(weak: Symptom, groups: list[_Group]) -> None:
    """Add a weak symptom to the group that explains it, or to the others that do not have an explanation."""
    for explains in _EXPLANATIONS:
        for group in groups:
            if explains(weak, group):
                group.symptoms.append(weak)
                return
    groups.append(_Group(weak.text, [weak]))


def _same_text(weak: Symptom, group: _Group) -> bool:
    return weak.area is group.area and weak.text == group.text


def _shared_members(weak: Symptom, group: _Group) -> bool:
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
        concerned = {one for one in concerned if one[1] in exchange.request_validity.invalid_members}
    return not set(map(_in_api, group.members)).isdisjoint(map(_in_api, concerned))


def _in_api(member: Member) -> Member:
    """Return a member with its API in place of its operation or resource."""
    place, name = member
    return place.partition("-")[0], name


def _same_kind_of_problem(weak: Symptom, group: _Group) -> bool:
    if weak.area is Area.RETURNED and group.text in _CONFUSED:
        return True
    return {
        Area.SERVER_ERROR: group.area is Area.SERVER_ERROR,
        Area.ERROR_ITEMS: group.area in {Area.ERROR_BODY, Area.ERROR_ITEMS},
        Area.MEDIA_TYPE: group.area is Area.MEDIA_TYPE,
    }.get(weak.area, False)


def _same_exchange(weak: Symptom, group: _Group) -> bool:
    is_apart = weak.area is Area.RETURNED and group.area in {Area.STATUS, Area.MEDIA_TYPE}
    return weak.exchange.number in group.exchanges and not is_apart


def _same_operation(weak: Symptom, group: _Group) -> bool:
    """Return whether schemathesis repeats what another requirement shows about the operation."""
    operation_id = weak.exchange.origin.operation
    return weak.requirement.id.endswith(BY_SCHEMATHESIS) and any(
        one.exchange.origin.operation == operation_id for one in group.symptoms
    )


def _same_link(weak: Symptom, group: _Group) -> bool:
    return weak.area is group.area and not weak.links.isdisjoint(group.links)


def _primary_sort_key(group: _Group, one: Symptom) -> tuple[Any, ...]:
    """Return the key that sorts the symptoms of one root cause: the plainest violation first.

    Requirements that a member is optional come first, then other requirements on the member, then the rest;
    literal statements of the documentation come before derived ones.
    """
    requirement, exchange, constraint = one.requirement, one.exchange, one.requirement.constraint
    validity = exchange.request_validity
    affected = {one.finding.member, *reported_members(exchange), *validity.invalid_members}
    name = constraint.member if constraint else requirement.member.name if requirement.member else None
    rank = (
        2
        if name is None or name not in affected
        else 0
        if constraint and constraint.rule == "OPTIONAL"
        else 1
    )
    return (
        one.outcome.verdict is not Verdict.FAILED,
        one.weak,
        exchange.request.credential not in {VALID, NO_CREDENTIALS},
        group.text in {*_CONFUSED, CHOSEN_ID} and one.text != group.text,
        group.area is Area.STATUS and rule(requirement) != "ROUTE",
        group.area is Area.CREDENTIALS and exchange.is_create and not validity.is_valid,
        rank,
        requirement.rationale is not None,
        len(exchange.request.body) if group.area is not Area.CREDENTIALS else 0,
    )


_EXPLANATIONS: Final = (
    _same_text,
    _shared_members,
    _same_kind_of_problem,
    _same_exchange,
    _same_link,
    _same_operation,
)
