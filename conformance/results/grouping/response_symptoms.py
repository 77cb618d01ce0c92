"""Symptoms of the status, the credentials, the media type and the error body of a response."""

from typing import Final

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from conformance.results.grouping.create_symptoms import INVALID_BODY_STATUSES, accepted_texts
from conformance.results.grouping.symptom import RESOURCE_KINDS, Area, Symptom, rule, symptom_with_text
from conformance.results.verdict import Outcome

_SERVER_ERRORS: Final = range(500, 600)
_CONFLICT: Final = 409
_NOT_AUTHORIZED: Final = frozenset({401, 403})
_OK: Final = 200
_NOT_FOUND: Final = 404
_UNAUTHORIZED: Final = 401
_METHODS: Final = {"POST": "create", "GET": "get", "DELETE": "delete"}
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


def of_missing_success(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a lost response or a server error."""
    if exchange.response is None:
        return symptom_with_text(outcome, Area.LOST, "a request gets no response")
    sent = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    if not {"error", "errors"}.isdisjoint((exchange.resource or {}).keys() - sent.keys()):
        return symptom_with_text(outcome, Area.STATUS, f"an error is returned with status {exchange.status}")
    if exchange.status not in _SERVER_ERRORS:
        return None
    passive = outcome.requirement.id in {"API-ERR-NO-5XX", "API-ERR-DECLARED-STATUS"}
    return symptom_with_text(
        outcome, Area.SERVER_ERROR, f"{_method(exchange)} causes a server error", weak=passive
    )


def of_credentials(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of credentials that are wrongly accepted or rejected."""
    if exchange.request.credential != VALID and exchange.status != _UNAUTHORIZED:
        return symptom_with_text(outcome, Area.CREDENTIALS, "invalid credentials are not rejected with 401")
    if exchange.request.credential == VALID and exchange.status in _NOT_AUTHORIZED:
        return symptom_with_text(
            outcome, Area.CREDENTIALS, f"valid credentials are rejected with {exchange.status}"
        )
    return None


def of_error_body(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a wrong body of an error response."""
    identifier = outcome.requirement.id
    if exchange.succeeded or not identifier.startswith(_ERROR_PREFIXES) or identifier == _NO_EFFECT:
        return None
    if identifier == _UNKNOWN_ID_BODY and exchange.status != _NOT_FOUND:
        return None
    has_body = exchange.response is not None and exchange.response.body
    if has_body and (exchange.response_json is NOT_JSON or identifier.endswith("-JSON")):
        return of_media_type(outcome, exchange)
    detail = identifier.removeprefix("API-ERR-422-")
    if detail.startswith(("ATTRIBUTE", "SEVERAL", "ITEM-ATTRIBUTE")):
        text = "the errors of a 422 response do not name the invalid members"
        links = frozenset({text, *accepted_texts(exchange)})
        return Symptom(outcome, Area.ERROR_ITEMS, text, links, weak=True)
    if detail.startswith(_ITEM_MEMBERS):
        return symptom_with_text(
            outcome, Area.ERROR_ITEMS, "an error of a 422 response has another structure"
        )
    return symptom_with_text(outcome, Area.ERROR_BODY, "an error response has another structure")


def of_media_type(outcome: Outcome, exchange: Exchange) -> Symptom | None:
    """Return the symptom of a response that is not JSON, or not declared as such."""
    response = exchange.response
    if response is None or outcome.findings[0].member is not None:
        return None
    is_json = exchange.response_json is not NOT_JSON
    is_about_type = outcome.requirement.id.endswith(_ABOUT_MEDIA_TYPE)
    if is_json and (response.media_type == "application/json" or not is_about_type):
        return None
    return symptom_with_text(
        outcome, Area.MEDIA_TYPE, "a response is not application/json", weak=not exchange.succeeded
    )


def of_status(outcome: Outcome, exchange: Exchange) -> Symptom:
    """Return the symptom of a wrong status, or of any other violation."""
    operation_id, suffix = exchange.origin.operation, rule(outcome.requirement)
    method = _METHODS.get(exchange.request.method, "request")
    prefix = operation_id.partition("-")[0]
    is_rejected_create = method == "create" and exchange.status in {*INVALID_BODY_STATUSES, _CONFLICT}
    if (
        prefix in RESOURCE_KINDS
        and not is_rejected_create
        and (exchange.status != _OK or exchange.resource is None)
    ):
        text = f"a {method} returns {exchange.status}"
        return symptom_with_text(outcome, Area.STATUS, text)
    return symptom_with_text(outcome, Area.OTHER, suffix, weak=True)


def _method(exchange: Exchange) -> str:
    """Return a noun for a request."""
    if exchange.request.credential != VALID:
        return "a request with invalid credentials"
    return f"a {_METHODS.get(exchange.request.method, 'request')}"
