"""Checks of the representation of a conference, evaluated on every response that contains one."""

import datetime as dt
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.results import value_comparison
from conformance.results.assertion import Assertion, Comparison, Rule
from conformance.results.value_text import invalid_value_text
from conformance.results.verdict import Explanation, Finding
from conformance.testkit import expect
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.traffic import Traffic
from spec.operations import operation
from spec.validation import resource_schemas, validation_errors

_CLOCK_TOLERANCE: Final = dt.timedelta(minutes=2)
_DATES: Final = ("join_from", "join_until", "created_at", "updated_at")


@requirement("VC-CONF-ID-UNIQUE")
def test_no_two_conferences_have_the_same_id(traffic: Traffic) -> None:
    creates: dict[str, Exchange] = {}
    for exchange, _ in traffic.successes("VC-CREATE"):
        if exchange.id is not None:
            first = creates.setdefault(exchange.id.lower(), exchange)
            if first is not exchange:
                assertion = Assertion(
                    Rule.DIFFERENT,
                    path=("id",),
                    comparison=Comparison.LETTER_CASE,
                    earlier=first,
                    earlier_path=("id",),
                )
                raise Finding("an id that no other conference has", exchange, first, assertion=assertion)


@requirement("VC-CONF-CREATED-NOT-AFTER-UPDATED")
def test_created_at_is_not_later_than_updated_at(traffic: Traffic) -> None:
    for exchange, conference in traffic.resources("VC-CONF"):
        created, updated = (
            value_comparison.parse_instant(conference.get(member)) for member in ("created_at", "updated_at")
        )
        if created and updated:
            traffic.count(exchange)
            if updated <= created - value_comparison.ONE_SECOND:
                raise Finding("created_at is not later than updated_at", exchange, member="created_at")


@requirements("operation_id", {"VC-CONF-CREATED-NOW": "VC-CREATE", "FCR-RES-CREATED-NOW": "FCR-CREATE"})
def test_created_at_is_the_time_of_the_create_request(traffic: Traffic, operation_id: str) -> None:
    for exchange, _ in traffic.successes(operation_id):
        created = value_comparison.parse_instant((exchange.resource or {}).get("created_at"))
        if created and all(abs(created - clock) > _CLOCK_TOLERANCE for clock in _clocks(exchange)):
            raise Finding(
                "created_at is the time of the request, to within two minutes", exchange, member="created_at"
            )


@requirement("VC-CONF-DATES-FORM")
def test_returned_dates_are_full_date_times(traffic: Traffic) -> None:
    for exchange, member, text in _dates(traffic):
        if validation_errors({"type": "string", "format": "date-time"}, text):
            raise Finding(f"{member} is an RFC 3339 date-time", exchange, member=member)


@requirement("VC-CONF-DATES-UTC")
def test_returned_dates_are_in_utc_and_end_in_z(traffic: Traffic) -> None:
    for exchange, member, text in _dates(traffic):
        if not text.endswith("Z"):
            assertion = Assertion(Rule.SCHEMA, {"pattern": "Z$"}, (member,))
            raise Finding(f"{member} ends in Z", exchange, member=member, assertion=assertion)


@requirements(
    "resource",
    {
        "VC-CONF-NO-EXTRA": "VC-CONF",
        "VC-SESSION-NO-EXTRA": "VC-SESSION",
        "FCR-RES-NO-EXTRA": "FCR-RES",
        "FCR-ROOM-NO-EXTRA": "FCR-ROOM",
    },
)
def test_a_resource_has_only_documented_members(traffic: Traffic, resource: str) -> None:
    for exchange, value in traffic.resources(resource):
        traffic.count(exchange)
        expect.no_extra_members(exchange, value, resource_schemas()[resource]["properties"])


@requirement("VC-CONF-META-OBJECT")
def test_meta_is_null_or_empty_if_omitted(traffic: Traffic) -> None:
    for creation in traffic.creations("VC-CREATE"):
        if "meta" not in creation.body and "meta" in creation.resource:
            traffic.count(creation.exchange)
            if creation.resource["meta"] not in (None, {}):
                assertion = Assertion(Rule.ONE_OF, [None, {}], ("meta",))
                expected = "meta is null or an empty object"
                raise Finding(expected, creation.exchange, member="meta", assertion=assertion)


@requirement("VC-CONF-COLOR-FORM")
def test_a_color_has_the_form_that_is_required_in_requests(traffic: Traffic) -> None:
    for exchange, member, color in _members_with_keyword(traffic, "x-compare"):
        schema = _request_schema(member)
        if color is not None and validation_errors(schema, color):
            problem = invalid_value_text(member, color, schema)
            expected = f"{member} matches the pattern of the request member"
            assertion = Assertion(Rule.SCHEMA, schema, (member,))
            explanation = Explanation(problem)
            raise Finding(expected, exchange, member=member, explanation=explanation, assertion=assertion)


@requirements(
    "member",
    {
        "VC-CONF-NAME-CHARSET": "name",
        "VC-CONF-DISPLAY-NAME-MAX": "display_name",
        "VC-CONF-DESCRIPTION-MAX": "description",
    },
)
def test_a_string_is_within_the_limits_of_the_request_member(traffic: Traffic, member: str) -> None:
    for exchange, conference in traffic.resources("VC-CONF"):
        if isinstance(conference.get(member), str):
            traffic.count(exchange)
            schema = _request_schema(member)
            problem = invalid_value_text(member, conference[member], schema)
            if problem:
                expected = f"{member} is within the limits of the request member"
                assertion = Assertion(Rule.SCHEMA, schema, (member,))
                explanation = Explanation(problem)
                raise Finding(expected, exchange, member=member, explanation=explanation, assertion=assertion)


@requirement("VC-CONF-UTF8")
def test_a_response_body_is_encoded_in_utf_8(traffic: Traffic) -> None:
    for exchange, response in traffic.successes("VC-CREATE"):
        try:
            response.body.decode("utf-8")
        except UnicodeDecodeError:
            raise Finding("a body in UTF-8", exchange) from None


def _clocks(exchange: Exchange) -> Iterator[dt.datetime]:
    """Yield the local start time of the request, and the time of the Date header."""
    yield exchange.started
    date = exchange.response.header("date") if exchange.response else None
    try:
        yield parsedate_to_datetime(date or "").astimezone(dt.UTC)
    except (ValueError, OverflowError, TypeError, IndexError):  # for malformed dates
        return


def _dates(traffic: Traffic) -> Iterator[tuple[Exchange, str, str]]:
    for exchange, conference in traffic.resources("VC-CONF"):
        for member in _DATES:
            if isinstance(conference.get(member), str):
                traffic.count(exchange)
                yield exchange, member, conference[member]


def _members_with_keyword(traffic: Traffic, keyword: str) -> Iterator[tuple[Exchange, str, Any]]:
    """Yield and count the members of every conference whose schema has a keyword."""
    properties = resource_schemas()["VC-CONF"]["properties"]
    members = [member for member, node in properties.items() if keyword in node]
    for exchange, conference in traffic.resources("VC-CONF"):
        for member in members:
            if member in conference:
                traffic.count(exchange)
                yield exchange, member, conference[member]


def _request_schema(member: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = (operation("VC-CREATE").request or {})["properties"][member]
    return schema
