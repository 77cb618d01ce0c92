"""The bodies of refusals: judged on every one that the target gave."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding
from conformance.testkit import expect
from conformance.testkit.markers import each_of, requirement
from conformance.testkit.traffic import Seen
from spec.validation import envelopes

_CREATES = ("VC-CREATE", "FCR-CREATE")
_BOTH = 2
_IN_SCOPE = (*_CREATES, "VC-GET")  # what a target claims by its profiles; the others it need not have


@each_of(
    "status",
    {
        "API-ERR-400-ENVELOPE": 400,
        "API-AUTH-401-ENVELOPE": 401,
        "API-ERR-404-ENVELOPE": 404,
        "API-ERR-403-ENVELOPE": 403,
    },
)
def test_a_refusal_has_the_envelope_of_its_status(seen: Seen, status: int) -> None:
    for exchange, _ in seen.answers(*_IN_SCOPE, status={status}):
        expect.envelope(exchange)


@requirement("API-ERR-422-ENVELOPE")
def test_a_422_holds_a_list_of_errors(seen: Seen) -> None:
    for exchange, response in seen.answers(*_IN_SCOPE, status={422}):
        if not isinstance(response.json, dict) or not isinstance(response.json.get("errors"), list):
            raise Finding("an object whose member errors is an array", exchange)


@requirement("API-ERR-422-NONEMPTY")
def test_a_422_names_at_least_one_error(seen: Seen) -> None:
    for exchange, response in seen.answers(*_IN_SCOPE, status={422}):
        if isinstance(response.json, dict) and response.json.get("errors") == []:
            raise Finding("at least one item in errors", exchange)


@each_of(
    "member",
    {
        "API-ERR-422-ITEM-TYPE": "type",
        "API-ERR-422-ITEM-CODE": "code",
        "API-ERR-422-ITEM-MESSAGE": "message",
        "API-ERR-422-ITEM-URL": "url",
        "API-ERR-422-ITEM-ATTRIBUTE-TYPE": "attribute",
    },
)
def test_a_member_of_an_error_is_as_documented(seen: Seen, member: str) -> None:
    items = envelopes()[422]["properties"]["errors"]["items"]
    schema = items["properties"][member]
    for exchange, item in seen.errors(*_IN_SCOPE):
        if member in item:
            expect.matches(exchange, schema, item[member], f"errors[].{member}")
        elif member in items["required"]:
            raise Finding(f"errors[].{member} is present", exchange)


@requirement("API-ERR-422-ATTRIBUTE-NAMES-FIELD")
def test_an_attribute_names_the_parameter_at_fault(seen: Seen) -> None:
    """A name that another conference has is at fault as well."""
    in_use = {each.number for each in seen.names_in_use("VC-CREATE")}
    for exchange, item in seen.errors(*_CREATES):
        wrong, named = exchange.conformity.at_fault, item.get("attribute")
        if exchange.number in in_use:
            wrong |= {"name"}
        permitted = wrong | exchange.conformity.disputable
        if wrong and isinstance(named, str) and named and not _names(named, permitted):
            raise Finding(f"errors[].attribute is {' or '.join(sorted(wrong))}", exchange)


@requirement("API-ERR-422-ATTRIBUTE-PRESENT")
def test_an_error_of_one_member_has_an_attribute(seen: Seen) -> None:
    for exchange, _ in seen.answers(*_CREATES, status={422}):
        wrong = exchange.conformity.at_fault
        items = [each.get("attribute") for each in errors_of(exchange)]
        if len(wrong) == 1 and not any(items):
            raise Finding(f"errors[].attribute is {next(iter(wrong))}", exchange)


@requirement("API-ERR-422-TYPE-VALIDATION")
def test_the_type_of_an_error_is_validation_error(seen: Seen) -> None:
    for exchange, item in seen.errors(*_IN_SCOPE):
        if item.get("type") != "validation_error":
            raise Finding("errors[].type is validation_error", exchange)


@requirement("API-ERR-422-CODE-FORM")
def test_a_code_is_a_word_for_machines(seen: Seen) -> None:
    for exchange, item in seen.errors(*_IN_SCOPE):
        code = item.get("code")
        if isinstance(code, str) and (not code or any(each.isspace() for each in code)):
            raise Finding("errors[].code is one word", exchange)


@requirement("API-ERR-422-MESSAGE-NONEMPTY")
def test_a_message_says_something(seen: Seen) -> None:
    for exchange, item in seen.errors(*_IN_SCOPE):
        if item.get("message") == "":
            raise Finding("errors[].message is not empty", exchange)


@requirement("API-ERR-422-URL-ABSOLUTE")
def test_an_url_is_an_address(seen: Seen) -> None:
    for exchange, item in seen.errors(*_IN_SCOPE):
        if isinstance(item.get("url"), str) and not _is_address(item["url"]):
            raise Finding("errors[].url is an absolute http or https address", exchange)


@requirement("API-AUTH-401-JSON")
def test_a_401_is_json(seen: Seen) -> None:
    for exchange, _ in seen.answers(*_IN_SCOPE, status={401}):
        expect.json(exchange)


@requirement("API-ERR-JSON")
def test_every_declared_error_is_json(seen: Seen) -> None:
    for exchange, _ in seen.answers(*_IN_SCOPE, status={400, 404, 422}):
        expect.json(exchange)


@requirement("API-ERR-NO-5XX")
def test_no_answer_is_a_server_error(seen: Seen) -> None:
    for exchange in seen.exchanges(*_IN_SCOPE):
        expect.answered(exchange)


@requirement("API-ERR-DECLARED-STATUS")
def test_every_status_is_declared(seen: Seen) -> None:
    for exchange, _ in seen.answers(*_IN_SCOPE):
        expect.declared(exchange)


@requirement("API-ERR-STATUS-MATCHES-ENVELOPE")
def test_the_text_of_an_error_belongs_to_its_status(seen: Seen) -> None:
    texts = {
        each["properties"]["error"]["enum"][0]: status
        for status, each in envelopes().items()
        if "error" in each["properties"]
    }
    for exchange, response in seen.answers(*_IN_SCOPE, status={400, 401, 403, 404, 422, 500}):
        text = response.json.get("error") if isinstance(response.json, dict) else None
        if isinstance(text, str) and texts.get(text, response.status) != response.status:
            raise Finding(f"the error text of a {response.status}", exchange)


@requirement("API-ERR-NO-ECHO-OF-SECRET")
def test_an_error_does_not_repeat_the_token(seen: Seen) -> None:
    for exchange, response in seen.answers(*_IN_SCOPE, status=range(400, 600)):
        if seen.account.token.encode() in response.body:
            raise Finding("an error body without the token that was sent", exchange)


@requirement("API-ERR-422-SEVERAL")
def test_two_faulty_members_are_both_named(seen: Seen) -> None:
    for exchange, _ in seen.answers(*_CREATES, status={422}):
        wrong = exchange.conformity.at_fault - exchange.conformity.disputable
        if len(wrong) == _BOTH and len(errors_of(exchange)) < _BOTH:
            raise Finding(f"an error for each of {' and '.join(sorted(wrong))}", exchange)


@requirement("API-ERR-404-TEXT")
def test_the_text_of_a_404_is_not_found(seen: Seen) -> None:
    for exchange, _ in seen.answers(*_IN_SCOPE, status={404}):
        expect.matches(exchange, envelopes()[404], exchange.answer, "the body")


@each_of("status", {"API-AUTH-401-SEALED": 401, "API-ERR-422-SEALED": 422})
def test_an_error_body_has_no_other_member(seen: Seen, status: int) -> None:
    known = envelopes()[status]["properties"]
    for exchange, response in seen.answers(*_IN_SCOPE, status={status}):
        expect.sealed(exchange, response.json, known)
        for item in errors_of(exchange):
            expect.sealed(exchange, item, known["errors"]["items"]["properties"])


@requirement("API-AUTH-WWW-AUTHENTICATE")
def test_a_401_says_how_to_get_in(seen: Seen) -> None:
    for exchange, response in seen.answers(*_IN_SCOPE, status={401}):
        if response.header("www-authenticate") is None:
            raise Finding("a WWW-Authenticate header", exchange)


def errors_of(exchange: Exchange) -> list[Mapping[str, Any]]:
    """Return the error items of an answer that are objects."""
    items = exchange.answer.get("errors") if isinstance(exchange.answer, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _names(attribute: str, members: frozenset[str]) -> bool:
    """Tell whether an attribute names one of the members, on its own or as the end of a path to it."""
    steps = attribute.replace("/", ".").replace("[", ".").replace("]", "").split(".")
    return attribute in members or steps[-1] in members


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
