"""Symptoms of creates: invalid bodies that are accepted, and valid bodies that are rejected."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.results.grouping.symptom import (
    WITHOUT_OPTIONAL,
    Area,
    Member,
    Symptom,
    reported_members,
    rule,
    symptom_with_text,
)
from conformance.results.value_kinds import (
    InvalidKind,
    general_kind,
    invalid_kind,
    schema_family,
    similar_name,
    with_article,
)
from conformance.results.verdict import Outcome
from spec.catalogue import Constraint
from spec.operations import operation
from spec.validation import invalid_members, validation_errors

INVALID_BODY_STATUSES: Final = frozenset({400, 422})
_CREATES: Final = frozenset({"VC-CREATE", "FCR-CREATE"})
_KEYWORD_KINDS: Final = {
    "PATTERN": InvalidKind.PATTERN,
    "ENUM": InvalidKind.ENUM,
    "MAXLENGTH": InvalidKind.LENGTH,
    "TYPE": InvalidKind.TYPE,
    "FORMAT": InvalidKind.FORMAT,
}


def of_create(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a wrongly accepted or rejected body."""
    if exchange.origin.operation not in _CREATES:
        return None
    sent = exchange.request_validity
    if exchange.succeeded and not sent.is_valid:
        return _accepted(outcome, exchange)
    if exchange.status in INVALID_BODY_STATUSES:
        return _rejected(outcome, exchange)
    return None


def accepted_texts(exchange: Exchange) -> Iterator[str]:
    """Yield the root cause of each invalid member of a request, if the target had accepted it."""
    operation_id = exchange.origin.operation
    for name in exchange.request_validity.invalid_members if operation_id in _CREATES else ():
        yield _accepted_text(operation_id, name, _kind_in(exchange, name))


def _accepted(outcome: Outcome, exchange: Exchange) -> Symptom:
    """Return the symptom of an invalid body that was accepted."""
    constraint, operation_id = outcome.requirement.constraint, exchange.origin.operation
    invalid = exchange.request_validity.invalid_members
    if not exchange.request_validity.well_formed:
        text = f"a malformed body is accepted: {rule(outcome.requirement)}"
        return replace(
            symptom_with_text(outcome, Area.ACCEPTED, text, weak=True),
            members=_invalid_json_members(exchange),
        )
    if constraint is not None and constraint.member in invalid:
        return _accepted_value(outcome, constraint)
    members = frozenset((operation_id, name) for name in invalid)
    text, weak = "a body with several invalid members is accepted", True
    if len(invalid) == 1:
        [name] = invalid
        kind = _kind_in(exchange, name)
        text, weak = _accepted_text(operation_id, name, kind), kind is not InvalidKind.MEMBER_NAME
    return Symptom(outcome, Area.ACCEPTED, text, frozenset({text}), members, weak=weak)


def _invalid_json_members(exchange: Exchange) -> frozenset[Member]:
    """Return the invalid members of a body that is not sent as one valid JSON document."""
    operation_id, body = exchange.origin.operation, exchange.request.json
    if not isinstance(body, dict):
        return frozenset()
    names = invalid_members(validation_errors(operation(operation_id).request or {}, body))
    return frozenset((operation_id, name) for name in names)


def _accepted_value(outcome: Outcome, constraint: Constraint) -> Symptom:
    """Return the symptom of the invalid values of a member that were accepted."""
    finding, operation_id, name = outcome.findings[0], constraint.operation, constraint.member
    exchanges = (finding.exchange, *finding.similar_exchanges)
    accepted = (exchange for exchange in exchanges if exchange.succeeded)
    kind = general_kind(_kind_in(exchange, name) for exchange in accepted)
    text = _accepted_text(operation_id, name, kind)
    general = _accepted_text(operation_id, name, _KEYWORD_KINDS.get(constraint.rule, kind))
    members = frozenset({(operation_id, name)})
    return Symptom(outcome, Area.ACCEPTED, text, frozenset({text}), members, general)


def _kind_in(exchange: Exchange, name: str) -> InvalidKind:
    """Return the kind of an invalid member of a request."""
    body, schema = exchange.request.json, _request_properties(exchange.origin.operation).get(name, {})
    if name in body:
        return invalid_kind(schema, body[name])
    sent = body.get(similar_name(name, body))
    is_taken = sent is not None and sent == (exchange.resource or {}).get(name)
    return InvalidKind.MEMBER_NAME if is_taken else InvalidKind.MISSING


def _accepted_text(operation_id: str, name: str, kind: InvalidKind) -> str:
    schema = _request_properties(operation_id).get(name, {})
    if kind is InvalidKind.TYPE:
        return f"{kind} for {with_article(schema_family({'type': schema.get('type', 'value')}))}"
    if kind is InvalidKind.PATTERN:
        return f"{kind}: {schema.get('pattern')}"
    return str(kind)


def _rejected(outcome: Outcome, exchange: Exchange) -> Symptom:
    """Return the symptom of a valid body that was rejected."""
    constraint, operation_id = outcome.requirement.constraint, exchange.origin.operation
    body = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    properties = _request_properties(operation_id)
    names = properties.keys() & {name.rpartition(".")[2] for name in reported_members(exchange)}
    if not names and constraint is not None:
        names = {constraint.member}
    if not names:
        return symptom_with_text(outcome, Area.REJECTED, "a valid body is rejected", weak=True)
    links = {f"{' and '.join(sorted(names))} of {operation_id}"}
    if all(properties[name].get("format") == "date-time" for name in names):
        links.add("a date-time")
    if body.keys().isdisjoint(names):
        text = WITHOUT_OPTIONAL
    elif constraint is not None and constraint.member in names:
        text = f"a valid {_rejected_value(constraint)} is rejected"
    else:
        text = f"a valid {min(names)} is rejected"
    members = frozenset((operation_id, name) for name in names)
    return Symptom(outcome, Area.REJECTED, text, frozenset({text, *links}), members)


def _request_properties(operation_id: str) -> Mapping[str, Mapping[str, Any]]:
    properties: Mapping[str, Mapping[str, Any]] = (operation(operation_id).request or {}).get(
        "properties", {}
    )
    return properties


def _rejected_value(constraint: Constraint) -> str:
    phrases = {
        "OFFSET": " with an offset",
        "FRACTION": " with fractional seconds",
        "MAXLENGTH-ACCEPT": f" of maximum length ({constraint.member})",
        "MAXLENGTH-CHARACTERS": " of non-ASCII letters",
        "MAXLENGTH-ASTRAL": " with astral characters",
        "MINIMUM-ACCEPT": f" that is the minimum ({constraint.member})",
        "MAXIMUM-ACCEPT": f" that is the maximum ({constraint.member})",
        "ENUM-ACCEPT": f" ({constraint.member})",
    }
    return schema_family(constraint.schema) + phrases.get(constraint.rule, "")
