"""Grouping of findings by root cause.

One defect of a server often violates several requirements. The root cause of a finding is derived from its
exchange: the kind of request, the response and the affected member. The most specific requirement is the
primary one; the related requirements are listed with it.
"""

from collections import Counter
from collections.abc import Container, Iterable
from typing import Any, Final

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding, Outcome, Verdict
from spec.catalogue import Requirement

_CREATES: Final = ("VC-CREATE", "FCR-CREATE")
_SERVER_ERRORS: Final = range(500, 600)
_CLIENT_ERRORS: Final = range(400, 500)
_NOT_AUTHORIZED: Final = frozenset({401, 403})
_MANY_MISSING: Final = 5  # missing members that make a response a different structure
_VIOLATED: Final = frozenset({Verdict.FAILED, Verdict.WARNED})


def causes(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return each root cause with its primary and its related requirements, failures first."""
    violated = [outcome for outcome in outcomes if outcome.findings and outcome.verdict in _VIOLATED]
    missing = Counter(_operation(outcome) for outcome in violated if _lacks_its_member(outcome))
    malformed = {operation for operation, members in missing.items() if members >= _MANY_MISSING}
    groups: dict[str, list[Outcome]] = {}
    for outcome in violated:
        groups.setdefault(_cause(outcome, malformed), []).append(outcome)
    ordered = [(text, sorted(group, key=_primary_sort_key)) for text, group in groups.items()]
    ordered.sort(key=lambda pair: pair[1][0].verdict is not Verdict.FAILED)
    return [
        {
            "cause": text,
            "primary": primary.requirement.id,
            "related": [outcome.requirement.id for outcome in related],
        }
        for text, (primary, *related) in ordered
    ]


def cause(requirement: Requirement, finding: Finding) -> str:
    """Return a short text for the root cause of a finding."""
    exchange, operation = finding.exchange, finding.exchange.origin.operation
    if exchange.response is None:
        return f"{operation} returns no response"
    if exchange.status in _SERVER_ERRORS:
        return f"{operation} returns {exchange.status}"
    if exchange.request.credential != VALID and exchange.status not in _NOT_AUTHORIZED:
        return "invalid credentials are not rejected with 401"
    if exchange.request.credential == VALID and exchange.status in _NOT_AUTHORIZED:
        return f"valid credentials are rejected with {exchange.status}"
    member = finding.member or (requirement.member.name if requirement.member else None)
    if member is not None:
        return f"{member} of {operation.partition('-')[0]}"
    return _of_create(exchange) or requirement.id


def _of_create(exchange: Exchange) -> str | None:
    """Return the root cause of a wrongly accepted or rejected body; None for other operations."""
    operation, sent = exchange.origin.operation, exchange.request_validity
    if operation not in _CREATES:
        return None
    if exchange.succeeded and not sent.is_valid:
        members = " and ".join(sorted(sent.invalid_members))
        return f"{operation} accepts {f'invalid {members}' if members else 'an invalid body'}"
    if exchange.status in _CLIENT_ERRORS and sent.is_valid:
        members = " and ".join(_reported_members(exchange))
        return f"{operation} rejects {f'valid {members}' if members else 'a valid body'}"
    return f"the body of a {exchange.status}" if exchange.status in _CLIENT_ERRORS else None


def _cause(outcome: Outcome, malformed: Container[str]) -> str:
    """Return the root cause of an outcome; `malformed` are operations with a different response structure."""
    text = cause(outcome.requirement, outcome.findings[0])
    explained = _lacks_its_member(outcome) or text == outcome.requirement.id
    if explained and _operation(outcome) in malformed:
        return f"structure of the {_operation(outcome)} response"
    return text


def _lacks_its_member(outcome: Outcome) -> bool:
    member, resource = outcome.requirement.member, outcome.findings[0].exchange.resource
    return member is not None and resource is not None and member.name not in resource


def _operation(outcome: Outcome) -> str:
    return outcome.findings[0].exchange.origin.operation


def _reported_members(exchange: Exchange) -> list[str]:
    """Return the members that an error response names."""
    items = exchange.response_json.get("errors") if isinstance(exchange.response_json, dict) else None
    errors = items if isinstance(items, list) else []
    attributes = (error.get("attribute") for error in errors if isinstance(error, dict))
    return sorted({attribute for attribute in attributes if isinstance(attribute, str)})


def _primary_sort_key(outcome: Outcome) -> tuple[bool, int, bool, int]:
    """Return the key that sorts the requirements of one root cause.

    Requirements that a member is optional come first, then other requirements on the member, then the rest;
    literal statements of the documentation come before derived ones.
    """
    requirement, finding = outcome.requirement, outcome.findings[0]
    limit, member = requirement.constraint, requirement.member
    affected = {
        finding.member,
        *_reported_members(finding.exchange),
        *finding.exchange.request_validity.invalid_members,
    }
    name = limit.member if limit else member.name if member else None
    rank = 2 if name is None or name not in affected else 0 if limit and limit.rule == "OPTIONAL" else 1
    length = len(finding.exchange.request.body)
    return outcome.verdict is not Verdict.FAILED, rank, requirement.rationale is not None, length
