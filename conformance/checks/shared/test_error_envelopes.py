"""Checks of error responses, evaluated on every one of the run."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.http.exchange import Exchange
from conformance.results.assertion import Assertion, Rule, item_path, one_of
from conformance.results.verdict import Finding
from conformance.testkit import expect
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.traffic import Traffic
from spec.validation import error_body_schemas

_CREATES = ("VC-CREATE", "FCR-CREATE")
_TWO = 2
_IN_SCOPE = (*_CREATES, "VC-GET")  # operations of the profiles; the others are optional


@requirements(
    "status",
    {
        "API-ERR-400-ENVELOPE": 400,
        "API-AUTH-401-ENVELOPE": 401,
        "API-ERR-404-ENVELOPE": 404,
        "API-ERR-403-ENVELOPE": 403,
    },
)
def test_an_error_response_has_the_body_documented_for_its_status(traffic: Traffic, status: int) -> None:
    for exchange, _ in traffic.error_responses(*_IN_SCOPE, status=status):
        expect.error_envelope(exchange)


@requirement("API-ERR-422-STATUS")
def test_an_invalid_value_is_rejected_with_422(traffic: Traffic) -> None:
    for exchange in traffic.rejected_members(*_CREATES):
        expect.validation_failure(exchange)


@requirement("API-ERR-422-ENVELOPE")
def test_a_422_contains_an_array_of_errors(traffic: Traffic) -> None:
    for exchange, response in traffic.error_responses(*_IN_SCOPE, status=422):
        if not isinstance(response.json, dict) or not isinstance(response.json.get("errors"), list):
            assertion = Assertion(Rule.SCHEMA, {"type": "array"}, ("errors",))
            raise Finding("an object whose member errors is an array", exchange, assertion=assertion)


@requirement("API-ERR-422-NONEMPTY")
def test_the_errors_of_a_422_are_not_empty(traffic: Traffic) -> None:
    for exchange, response in traffic.error_responses(*_IN_SCOPE, status=422):
        if isinstance(response.json, dict) and response.json.get("errors") == []:
            assertion = Assertion(Rule.SCHEMA, {"minItems": 1}, ("errors",))
            raise Finding("at least one item in errors", exchange, assertion=assertion)


@requirements(
    "member",
    {
        "API-ERR-422-ITEM-TYPE": "type",
        "API-ERR-422-ITEM-CODE": "code",
        "API-ERR-422-ITEM-MESSAGE": "message",
        "API-ERR-422-ITEM-URL": "url",
        "API-ERR-422-ITEM-ATTRIBUTE-TYPE": "attribute",
    },
)
def test_a_member_of_an_error_matches_its_schema(traffic: Traffic, member: str) -> None:
    items = error_body_schemas()[422]["properties"]["errors"]["items"]
    schema = items["properties"][member]
    for exchange, item in traffic.error_items(*_IN_SCOPE):
        if member in item:
            expect.matches_schema(exchange, schema, item[member], f"errors[].{member}")
        elif member in items["required"]:
            assertion = Assertion(Rule.PRESENT, path=item_path(exchange, item, member))
            raise Finding(f"errors[].{member} is present", exchange, assertion=assertion)


@requirement("API-ERR-422-ATTRIBUTE-NAMES-FIELD")
def test_the_attribute_of_an_error_names_an_invalid_member(traffic: Traffic) -> None:
    """A name that is in use counts as invalid."""
    in_use = {create.number for create in traffic.valid_creates_with_name_in_use("VC-CREATE")}
    for exchange, item in traffic.error_items(*_CREATES):
        invalid, attribute = exchange.request_validity.invalid_members, item.get("attribute")
        if exchange.number in in_use:
            invalid |= {"name"}
        permitted = invalid | exchange.request_validity.unspecified_members
        if invalid and isinstance(attribute, str) and attribute and not _names(attribute, permitted):
            named = sorted({*permitted, *(name.partition(".")[0] for name in permitted)})
            assertion = Assertion(Rule.ONE_OF, named, item_path(exchange, item, "attribute"))
            raise Finding(
                f"errors[].attribute is {' or '.join(sorted(invalid))}", exchange, assertion=assertion
            )


@requirement("API-ERR-422-ATTRIBUTE-PRESENT")
def test_a_422_for_a_single_invalid_member_has_an_attribute(traffic: Traffic) -> None:
    for exchange, _ in traffic.error_responses(*_CREATES, status=422):
        invalid = exchange.request_validity.invalid_members
        attributes = [item.get("attribute") for item in _error_items(exchange)]
        if len(invalid) == 1 and not any(attributes):
            raise Finding(f"errors[].attribute is {next(iter(invalid))}", exchange)


@requirement("API-ERR-422-TYPE-VALIDATION")
def test_the_type_of_an_error_is_validation_error(traffic: Traffic) -> None:
    for exchange, item in traffic.error_items(*_IN_SCOPE):
        if item.get("type") != "validation_error":
            assertion = Assertion(Rule.ONE_OF, ["validation_error"], item_path(exchange, item, "type"))
            raise Finding("errors[].type is validation_error", exchange, assertion=assertion)


@requirement("API-ERR-422-CODE-FORM")
def test_the_code_of_an_error_is_a_single_word(traffic: Traffic) -> None:
    for exchange, item in traffic.error_items(*_IN_SCOPE):
        code = item.get("code")
        if isinstance(code, str) and (not code or any(character.isspace() for character in code)):
            assertion = Assertion(Rule.SCHEMA, {"pattern": r"^\S+$"}, item_path(exchange, item, "code"))
            raise Finding("errors[].code is a single word", exchange, assertion=assertion)


@requirement("API-ERR-422-MESSAGE-NONEMPTY")
def test_the_message_of_an_error_is_not_empty(traffic: Traffic) -> None:
    for exchange, item in traffic.error_items(*_IN_SCOPE):
        if item.get("message") == "":
            assertion = Assertion(Rule.SCHEMA, {"minLength": 1}, item_path(exchange, item, "message"))
            raise Finding("errors[].message is not empty", exchange, assertion=assertion)


@requirement("API-ERR-422-URL-ABSOLUTE")
def test_the_url_of_an_error_is_an_absolute_url(traffic: Traffic) -> None:
    for exchange, item in traffic.error_items(*_IN_SCOPE):
        if isinstance(item.get("url"), str) and not _is_http_url(item["url"]):
            assertion = Assertion(
                Rule.SCHEMA, {"pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/]"}, item_path(exchange, item, "url")
            )
            raise Finding("errors[].url is an absolute http or https URL", exchange, assertion=assertion)


@requirement("API-AUTH-401-JSON")
def test_a_401_is_json(traffic: Traffic) -> None:
    for exchange, _ in traffic.responses(*_IN_SCOPE, status={401}):
        expect.json(exchange)


@requirement("API-ERR-JSON")
def test_a_declared_error_response_is_json(traffic: Traffic) -> None:
    for exchange, _ in traffic.responses(*_IN_SCOPE, status={400, 404, 422}):
        expect.json(exchange)


@requirement("API-ERR-NO-5XX")
def test_no_response_is_a_server_error(traffic: Traffic) -> None:
    for exchange in traffic.exchanges(*_IN_SCOPE):
        expect.no_server_error(exchange)


@requirement("API-ERR-DECLARED-STATUS")
def test_every_status_is_declared(traffic: Traffic) -> None:
    for exchange, _ in traffic.responses(*_IN_SCOPE):
        expect.declared_status(exchange)


@requirement("API-ERR-STATUS-MATCHES-ENVELOPE")
def test_the_error_string_is_the_one_documented_for_the_status(traffic: Traffic) -> None:
    documented = {
        schema["properties"]["error"]["enum"][0]: status
        for status, schema in error_body_schemas().items()
        if "error" in schema["properties"]
    }
    for exchange, response in traffic.responses(*_IN_SCOPE, status={400, 401, 403, 404, 422, 500}):
        text = response.json.get("error") if isinstance(response.json, dict) else None
        if isinstance(text, str) and documented.get(text, response.status) != response.status:
            permitted = [name for name, status in documented.items() if status == response.status]
            assertion = (
                one_of(exchange, "error", *permitted)
                if permitted
                else Assertion(Rule.NONE_OF, list(documented), ("error",))
            )
            raise Finding(f"the error string documented for {response.status}", exchange, assertion=assertion)


@requirement("API-ERR-NO-ECHO-OF-SECRET")
def test_an_error_response_does_not_contain_the_token(traffic: Traffic) -> None:
    for exchange, response in traffic.responses(*_IN_SCOPE, status=range(400, 600)):
        if traffic.account.token.encode() in response.body:
            raise Finding("a body without the API token", exchange)


@requirement("API-ERR-422-SEVERAL")
def test_a_422_for_two_invalid_members_has_two_errors(traffic: Traffic) -> None:
    for exchange, _ in traffic.error_responses(*_CREATES, status=422):
        invalid = exchange.request_validity.invalid_members - exchange.request_validity.unspecified_members
        if len(invalid) == _TWO and len(_error_items(exchange)) < _TWO:
            raise Finding(
                f"an error for each of {' and '.join(sorted(invalid))}",
                exchange,
                assertion=Assertion(Rule.SCHEMA, {"minItems": _TWO}, ("errors",)),
            )


@requirement("API-ERR-404-TEXT")
def test_the_error_string_of_a_404_is_not_found(traffic: Traffic) -> None:
    for exchange, _ in traffic.responses(*_IN_SCOPE, status={404}):
        expect.matches_schema(exchange, error_body_schemas()[404], exchange.response_json, "the body")


@requirements("status", {"API-AUTH-401-SEALED": 401, "API-ERR-422-SEALED": 422})
def test_an_error_response_has_only_documented_members(traffic: Traffic, status: int) -> None:
    documented = error_body_schemas()[status]["properties"]
    for exchange, response in traffic.error_responses(*_IN_SCOPE, status=status):
        expect.no_extra_members(exchange, response.json, documented)
        for item in _error_items(exchange):
            expect.no_extra_members(exchange, item, documented["errors"]["items"]["properties"])


@requirement("API-AUTH-WWW-AUTHENTICATE")
def test_a_401_has_a_www_authenticate_header(traffic: Traffic) -> None:
    for exchange, response in traffic.responses(*_IN_SCOPE, status={401}):
        if response.header("www-authenticate") is None:
            assertion = Assertion(Rule.HEADER, "www-authenticate")
            raise Finding("a WWW-Authenticate header", exchange, assertion=assertion)


def _error_items(exchange: Exchange) -> list[Mapping[str, Any]]:
    """Return the errors of a response that are objects."""
    items = exchange.response_json.get("errors") if isinstance(exchange.response_json, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _names(attribute: str, members: frozenset[str]) -> bool:
    """Return whether an attribute is the name of one of the members, or a path that ends in it."""
    steps = attribute.replace("/", ".").replace("[", ".").replace("]", "").split(".")
    return attribute in members or steps[-1] in members


def _is_http_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
