"""Symptoms: what the finding of an outcome shows about the target, and what it has in common with others."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from conformance.results.value_kinds import (
    InvalidKind,
    difference,
    general_kind,
    invalid_kind,
    nonconformity,
    schema_family,
    similar_name,
    with_article,
)
from conformance.results.verdict import Finding, Outcome
from spec.catalogue import Constraint, Level, Requirement
from spec.operations import operation
from spec.validation import invalid_members, resource_schemas, validation_errors

WITHOUT_OPTIONAL: Final = "a create without an optional member is rejected"
UNKNOWN_ID_FOUND: Final = "a get of an id that does not exist succeeds"
CHOSEN_ID: Final = "the id of a resource is the one that the client sent"
SAME_ID: Final = "two resources have the same id"
ANOTHER_RESOURCE: Final = "a get returns another resource"
NAME_IN_USE: Final = "a name that is in use is accepted"
BY_SCHEMATHESIS: Final = "-SCHEMATHESIS"
MISSING: Final = "a member is missing in a response"
Member = tuple[str, str]  # operation or resource, and the name of a member

_CREATES: Final = frozenset({"VC-CREATE", "FCR-CREATE"})
_SERVER_ERRORS: Final = range(500, 600)
_CLIENT_ERRORS: Final = range(400, 500)
_INVALID_BODY: Final = frozenset({400, 422})
_CONFLICT: Final = 409
_NOT_AUTHORIZED: Final = frozenset({401, 403})
_OK: Final = 200
_NOT_FOUND: Final = 404
_UNAUTHORIZED: Final = 401
_METHODS: Final = {"POST": "create", "GET": "get", "DELETE": "delete"}
_RESOURCES: Final = {"VC": "VC-CONF", "FCR": "FCR-ROOM"}
_UNKNOWN_ID_BODY: Final = "VC-GET-UNKNOWN-ID-ENVELOPE"
_ERROR_PREFIXES: Final = (
    "API-ERR-4",
    "API-AUTH-401-",
    "API-ERR-STATUS-MATCHES",
    "API-AUTH-SAME-401",
    _UNKNOWN_ID_BODY,
)
_NO_EFFECT: Final = "API-AUTH-401-NO-EFFECT"
_ABOUT_MEDIA_TYPE: Final = ("-RESPONSE-JSON", "API-AUTH-401-JSON", "API-ERR-JSON")
_ITEM_MEMBERS: Final = ("ITEM", "TYPE", "CODE", "MESSAGE", "URL")
_KEYWORD_KINDS: Final = {
    "PATTERN": InvalidKind.PATTERN,
    "ENUM": InvalidKind.ENUM,
    "MAXLENGTH": InvalidKind.LENGTH,
    "TYPE": InvalidKind.TYPE,
    "FORMAT": InvalidKind.FORMAT,
}
_JOIN_TIMES: Final = ("join_from", "join_until")
_SUBJECTS: Final = {
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


class Area(Enum):
    """Kinds of behavior; symptoms of different kinds have different root causes unless one is weak."""

    LOST = auto()
    SERVER_ERROR = auto()
    CREDENTIALS = auto()
    STATUS = auto()
    MEDIA_TYPE = auto()
    ACCEPTED = auto()  # an invalid body
    REJECTED = auto()  # a valid body
    RETURNED = auto()  # a member of a response
    ERROR_BODY = auto()
    ERROR_ITEMS = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Symptom:
    """What one outcome shows.

    Symptoms of one area with the same link have the same root cause. A weak symptom may be a consequence of
    another one.
    """

    outcome: Outcome
    area: Area
    text: str
    links: frozenset[str]
    members: frozenset[Member] = frozenset()
    general_text: str = ""  # of any other value that violates the same keyword
    weak: bool = False

    @property
    def finding(self) -> Finding:
        """Return the finding."""
        return self.outcome.findings[0]

    @property
    def exchange(self) -> Exchange:
        """Return the exchange that shows the violation."""
        return self.finding.exchange

    @property
    def requirement(self) -> Requirement:
        """Return the violated requirement."""
        return self.outcome.requirement


def symptom(outcome: Outcome) -> Symptom:
    """Return the symptom of an outcome with a finding."""
    for classify in (
        _without_success,
        _of_credentials,
        _of_error_body,
        _of_media_type,
        _of_member,
        _of_subject,
        _of_create,
    ):
        found = classify(outcome, outcome.findings[0].exchange)
        if found is not None:
            return replace(found, weak=True) if outcome.requirement.id.endswith(BY_SCHEMATHESIS) else found
    return _of_status(outcome, outcome.findings[0].exchange)


def symptom_text(outcome: Outcome) -> str:
    """Return the symptom of an outcome as text: its area and what it shows, without the values of the run."""
    found = symptom(outcome)
    return f"{found.area.name.lower().replace('_', '-')}: {found.text}"


def place(operation_id: str) -> str:
    """Return the kind of resource that an operation returns."""
    return _RESOURCES[operation_id.partition("-")[0]]


def reported_members(exchange: Exchange) -> frozenset[str]:
    """Return the members of the request that an error response names."""
    items = exchange.response_json.get("errors") if isinstance(exchange.response_json, dict) else None
    errors = items if isinstance(items, list) else []
    attributes = (error.get("attribute") for error in errors if isinstance(error, dict))
    return frozenset(attribute for attribute in attributes if isinstance(attribute, str))


def returns_sent_times(exchange: Exchange) -> bool:
    """Return whether a response has the instants of join_from and join_until that were sent."""
    sent = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    try:
        return all(
            dt.datetime.fromisoformat(sent[name]) == dt.datetime.fromisoformat(holder[name])
            for name in _JOIN_TIMES
            for holder in [_holder(exchange, name) or {}]
        )
    except (KeyError, TypeError, ValueError):
        return False


def rule(requirement: Requirement) -> str:
    """Return the id of a requirement without its operation or resource."""
    return requirement.id.removeprefix(f"{requirement.operation}-")


def _symptom(outcome: Outcome, area: Area, text: str, *, weak: bool = False) -> Symptom:
    return Symptom(outcome, area, text, frozenset({text}), weak=weak)


def _without_success(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a lost response or a server error."""
    if exchange.response is None:
        return _symptom(outcome, Area.LOST, "a request gets no response")
    sent = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    if not {"error", "errors"}.isdisjoint((exchange.resource or {}).keys() - sent.keys()):
        return _symptom(outcome, Area.STATUS, f"an error is returned with status {exchange.status}")
    if exchange.status not in _SERVER_ERRORS:
        return None
    passive = outcome.requirement.id in {"API-ERR-NO-5XX", "API-ERR-DECLARED-STATUS"}
    return _symptom(outcome, Area.SERVER_ERROR, f"{_method(exchange)} causes a server error", weak=passive)


def _method(exchange: Exchange) -> str:
    """Return a noun for a request."""
    if exchange.request.credential != VALID:
        return "a request with invalid credentials"
    return f"a {_METHODS.get(exchange.request.method, 'request')}"


def _of_credentials(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of credentials that are wrongly accepted or rejected."""
    if exchange.request.credential != VALID and exchange.status != _UNAUTHORIZED:
        return _symptom(outcome, Area.CREDENTIALS, "invalid credentials are not rejected with 401")
    if exchange.request.credential == VALID and exchange.status in _NOT_AUTHORIZED:
        return _symptom(outcome, Area.CREDENTIALS, f"valid credentials are rejected with {exchange.status}")
    return None


def _of_error_body(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a wrong body of an error response."""
    identifier = outcome.requirement.id
    if exchange.succeeded or not identifier.startswith(_ERROR_PREFIXES) or identifier == _NO_EFFECT:
        return None
    if identifier == _UNKNOWN_ID_BODY and exchange.status != _NOT_FOUND:
        return None
    has_body = exchange.response is not None and exchange.response.body
    if has_body and (exchange.response_json is NOT_JSON or identifier.endswith("-JSON")):
        return _of_media_type(outcome, exchange)
    detail = identifier.removeprefix("API-ERR-422-")
    if detail.startswith(("ATTRIBUTE", "SEVERAL", "ITEM-ATTRIBUTE")):
        text = "the errors of a 422 response do not name the invalid members"
        links = frozenset({text, *_accepted_texts(exchange)})
        return Symptom(outcome, Area.ERROR_ITEMS, text, links, weak=True)
    if detail.startswith(_ITEM_MEMBERS):
        return _symptom(outcome, Area.ERROR_ITEMS, "an error of a 422 response has another structure")
    return _symptom(outcome, Area.ERROR_BODY, "an error response has another structure")


def _of_media_type(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a response that is not JSON, or not declared as such."""
    response = exchange.response
    if response is None or outcome.findings[0].member is not None:
        return None
    is_json = exchange.response_json is not NOT_JSON
    is_about_type = outcome.requirement.id.endswith(_ABOUT_MEDIA_TYPE)
    if is_json and (response.media_type == "application/json" or not is_about_type):
        return None
    return _symptom(
        outcome, Area.MEDIA_TYPE, "a response is not application/json", weak=not exchange.succeeded
    )


def _of_member(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a wrong or missing member of a successful response."""
    requirement, finding = outcome.requirement, outcome.findings[0]
    name = finding.member or (requirement.member.name if requirement.member else None)
    if rule(requirement) == "RESPONSE-SCHEMA" and exchange.resource is not None:
        return _symptom(outcome, Area.RETURNED, MISSING)
    if (
        name is None
        or not exchange.succeeded
        or exchange.origin.operation.partition("-")[0] not in _RESOURCES
    ):
        return None
    resource = requirement.member.resource if requirement.member else place(exchange.origin.operation)
    prefix = resource.partition("-")[0]
    text = _difference(outcome, exchange, resource, name)
    members = frozenset({(resource, name)})
    links = frozenset({f"{prefix} {name}", text})
    is_consequence = name in exchange.request_validity.invalid_members or requirement.level is not Level.MUST
    return Symptom(outcome, Area.RETURNED, text, links, members, weak=is_consequence)


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
    holders = (one for one in (*nested, resource) if isinstance(one, dict) and name in one)
    return next(holders, None)


def _of_subject(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a relation between members or resources."""
    suffix, operation_id = rule(outcome.requirement), exchange.origin.operation
    text = _SUBJECTS.get(suffix)
    names = _JOIN_TIMES if suffix.startswith("JOIN-ORDER") else ()
    if not reported_members(exchange) <= {*names}:
        return None
    if text is None or not (exchange.succeeded or (names and exchange.status in _INVALID_BODY)):
        return None
    members = frozenset((operation_id, name) for name in names)
    return Symptom(outcome, Area.OTHER, text, frozenset({text}), members, weak=bool(names))


def _of_create(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a wrongly accepted or rejected body."""
    if exchange.origin.operation not in _CREATES:
        return None
    sent = exchange.request_validity
    if exchange.succeeded and not sent.is_valid:
        return _accepted(outcome, exchange)
    if exchange.status in _INVALID_BODY:
        return _rejected(outcome, exchange)
    return None


def _accepted(outcome: Outcome, exchange: Exchange) -> Symptom:
    """Return the symptom of an invalid body that was accepted."""
    constraint, operation_id = outcome.requirement.constraint, exchange.origin.operation
    invalid = exchange.request_validity.invalid_members
    if not exchange.request_validity.well_formed:
        text = f"a malformed body is accepted: {rule(outcome.requirement)}"
        return replace(
            _symptom(outcome, Area.ACCEPTED, text, weak=True), members=_invalid_json_members(exchange)
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
    accepted = (one for one in (finding.exchange, *finding.similar_exchanges) if one.succeeded)
    kind = general_kind(_kind_in(exchange, name) for exchange in accepted)
    text = _accepted_text(operation_id, name, kind)
    general = _accepted_text(operation_id, name, _KEYWORD_KINDS.get(constraint.rule, kind))
    members = frozenset({(operation_id, name)})
    return Symptom(outcome, Area.ACCEPTED, text, frozenset({text}), members, general)


def _accepted_texts(exchange: Exchange) -> Iterator[str]:
    """Yield the root cause of each invalid member of a request, if the target had accepted it."""
    operation_id = exchange.origin.operation
    for name in exchange.request_validity.invalid_members if operation_id in _CREATES else ():
        yield _accepted_text(operation_id, name, _kind_in(exchange, name))


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
        return _symptom(outcome, Area.REJECTED, "a valid body is rejected", weak=True)
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


def _of_status(outcome: Outcome, exchange: Exchange) -> Symptom:
    """Return the symptom of a wrong status, or of any other violation."""
    operation_id, suffix = exchange.origin.operation, rule(outcome.requirement)
    method = _METHODS.get(exchange.request.method, "request")
    prefix = operation_id.partition("-")[0]
    is_rejected_create = method == "create" and exchange.status in {*_INVALID_BODY, _CONFLICT}
    if (
        prefix in _RESOURCES
        and not is_rejected_create
        and (exchange.status != _OK or exchange.resource is None)
    ):
        text = f"a {method} returns {exchange.status}"
        return _symptom(outcome, Area.STATUS, text)
    return _symptom(outcome, Area.OTHER, suffix, weak=True)
