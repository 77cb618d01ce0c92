"""Symptoms of wrong and missing members of successful responses."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.results.grouping.symptom import (
    MISSING,
    RESOURCE_KINDS,
    Area,
    Symptom,
    place,
    rule,
    symptom_with_text,
)
from conformance.results.value_kinds import (
    difference,
    nonconformity,
    schema_family,
    with_article,
)
from conformance.results.verdict import Outcome
from spec.catalogue import Level
from spec.validation import resource_schemas

JOIN_TIMES: Final = ("join_from", "join_until")


def of_returned_member(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a wrong or missing member of a successful response."""
    requirement, finding = outcome.requirement, outcome.findings[0]
    name = finding.member or (requirement.member.name if requirement.member else None)
    if rule(requirement) == "RESPONSE-SCHEMA" and exchange.resource is not None:
        return symptom_with_text(outcome, Area.RETURNED, MISSING)
    if (
        name is None
        or not exchange.succeeded
        or exchange.origin.operation.partition("-")[0] not in RESOURCE_KINDS
    ):
        return None
    resource = requirement.member.resource if requirement.member else place(exchange.origin.operation)
    prefix = resource.partition("-")[0]
    text = _difference(outcome, exchange, resource, name)
    members = frozenset({(resource, name)})
    links = frozenset({f"{prefix} {name}", text})
    is_consequence = name in exchange.request_validity.invalid_members or requirement.level is not Level.MUST
    return Symptom(outcome, Area.RETURNED, text, links, members, weak=is_consequence)


def returns_sent_times(exchange: Exchange) -> bool:
    """Return whether a response has the instants of join_from and join_until that were sent."""
    sent = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    try:
        return all(
            dt.datetime.fromisoformat(sent[name]) == dt.datetime.fromisoformat(holder[name])
            for name in JOIN_TIMES
            for holder in [_holder(exchange, name) or {}]
        )
    except (KeyError, TypeError, ValueError):
        return False


def _difference(outcome: Outcome, exchange: Exchange, resource: str, name: str) -> str:
    """Return what is wrong with a returned member, in words that fit other members with the same cause."""
    schema, holder = _returned_schema(resource, name), _holder(exchange, name)
    if holder is None:
        return MISSING
    received, family = holder[name], schema_family(schema)
    if outcome.requirement.member is not None:
        return f"a returned {family} is {nonconformity(outcome.requirement.member.schema, received)}"
    constraint, sent = outcome.requirement.constraint, exchange.request.json
    if constraint is not None and constraint.rule == "DEFAULT":
        returned = difference(schema, constraint.schema["default"], received)
        return f"the default of {with_article(family)} is returned as {returned}"
    if constraint is not None and isinstance(sent, dict) and constraint.member in sent:
        returned = difference(schema, sent[constraint.member], received)
        return f"{with_article(family)} is returned as {returned}"
    return f"the returned {'date-time' if family == 'date-time' else name} is not the documented one"


def _returned_schema(resource: str, name: str) -> Mapping[str, Any]:
    for schema in (resource_schemas()[resource], *resource_schemas().values()):
        if name in schema["properties"]:
            node: Mapping[str, Any] = schema["properties"][name]
            return node
    return {}


def _holder(exchange: Exchange, name: str) -> Mapping[str, Any] | None:
    """Return the object of a response that contains a member."""
    resource = exchange.resource or {}
    nested = (resource.get(key) for key in ("conference_room", "active_session"))
    holders = (holder for holder in (*nested, resource) if isinstance(holder, dict) and name in holder)
    return next(holders, None)
