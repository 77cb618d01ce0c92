"""Symptoms of relations between members, and between resources."""

from typing import Final

from conformance.http.exchange import Exchange
from conformance.results.grouping.create_symptoms import INVALID_BODY_STATUSES
from conformance.results.grouping.returned_member_symptoms import JOIN_TIMES
from conformance.results.grouping.symptom import (
    ANOTHER_RESOURCE,
    CHOSEN_ID,
    NAME_IN_USE,
    SAME_ID,
    UNKNOWN_ID_FOUND,
    Area,
    Symptom,
    reported_members,
    rule,
)
from conformance.results.verdict import Outcome

_TEXTS: Final = {
    "JOIN-ORDER": "the order of join_from and join_until is not validated as documented",
    "JOIN-ORDER-OFFSET": "the order of join_from and join_until is not validated as documented",
    "NAME-UNIQUE": NAME_IN_USE,
    "NAME-UNIQUE-RACE": NAME_IN_USE,
    "NAME-GENERATED-TAKEN": NAME_IN_USE,
    "LASTING": NAME_IN_USE,
    "NAME-GENERATED-UNIQUE": "a generated name is not as documented",
    "NAME-GENERATED-NONEMPTY": "a generated name is not as documented",
    "NAME-GENERATED-PATTERN": "a generated name is not as documented",
    "NAME-GENERATED-LENGTH": "a generated name is not as documented",
    "SESSION-ONLY-ON-REQUEST": "an active session is returned that was not requested",
    "SESSION-FALSE": "an active session is returned that was not requested",
    "NO-ACTIVE-SESSION": "an active session is returned that was not requested",
    "UNKNOWN-ID": UNKNOWN_ID_FOUND,
    "UNKNOWN-ID-ENVELOPE": UNKNOWN_ID_FOUND,
    "MALFORMED-ID-NO-SUCCESS": UNKNOWN_ID_FOUND,
    "AFTER-DELETE": UNKNOWN_ID_FOUND,
    "DISTINCT-IDS": SAME_ID,
    "ID-UNIQUE": SAME_ID,
    "ID-MATCH": ANOTHER_RESOURCE,
    "READONLY-ID": CHOSEN_ID,
}


def of_relation(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a relation between members or resources."""
    suffix, operation_id = rule(outcome.requirement), exchange.origin.operation
    text = _TEXTS.get(suffix)
    names = JOIN_TIMES if suffix.startswith("JOIN-ORDER") else ()
    if not reported_members(exchange) <= {*names}:
        return None
    if text is None or not (exchange.succeeded or (names and exchange.status in INVALID_BODY_STATUSES)):
        return None
    members = frozenset((operation_id, name) for name in names)
    return Symptom(outcome, Area.OTHER, text, frozenset({text}), members, weak=bool(names))
