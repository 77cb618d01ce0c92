"""The Conference as a whole, in every answer that holds one."""

import datetime as dt
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding
from conformance.testkit import expect
from conformance.testkit.markers import each_of, requirement
from conformance.testkit.traffic import Seen
from spec.operations import operation
from spec.validation import errors, resources

_SLACK: Final = dt.timedelta(minutes=2)
_DATES: Final = ("join_from", "join_until", "created_at", "updated_at")


@requirement("VC-CONF-ID-UNIQUE")
def test_no_two_conferences_have_one_id(seen: Seen) -> None:
    made: dict[str, Exchange] = {}
    for exchange, _ in seen.successes("VC-CREATE"):
        if exchange.id is not None:
            first = made.setdefault(exchange.id.lower(), exchange)
            if first is not exchange:
                raise Finding("an id that no other conference has", exchange, first)


@requirement("VC-CONF-CREATED-NOT-AFTER-UPDATED")
def test_a_conference_is_not_updated_before_it_is_created(seen: Seen) -> None:
    for exchange, conference in seen.resources("VC-CONF"):
        created, updated = (expect.instant(conference.get(each)) for each in ("created_at", "updated_at"))
        if created and updated:
            seen.count()
            if updated <= created - expect.ONE_SECOND:
                raise Finding("created_at is not later than updated_at", exchange)


@each_of("operation_id", {"VC-CONF-CREATED-NOW": "VC-CREATE", "FCR-RES-CREATED-NOW": "FCR-CREATE"})
def test_created_at_is_the_time_of_the_create(seen: Seen, operation_id: str) -> None:
    for exchange, _ in seen.successes(operation_id):
        created = expect.instant((exchange.resource or {}).get("created_at"))
        if created and all(abs(created - clock) > _SLACK for clock in _clocks(exchange)):
            raise Finding("created_at is the time of the request, to two minutes", exchange)


@requirement("VC-CONF-DATES-FORM")
def test_dates_are_full_date_times(seen: Seen) -> None:
    for exchange, member, text in _dates(seen):
        if errors({"type": "string", "format": "date-time"}, text):
            raise Finding(f"{member} is an RFC 3339 date-time", exchange)


@requirement("VC-CONF-DATES-UTC")
def test_dates_are_written_in_utc_with_z(seen: Seen) -> None:
    for exchange, member, text in _dates(seen):
        if not text.endswith("Z"):
            raise Finding(f"{member} ends in Z", exchange)


@each_of(
    "resource",
    {
        "VC-CONF-NO-EXTRA": "VC-CONF",
        "VC-SESSION-NO-EXTRA": "VC-SESSION",
        "FCR-RES-NO-EXTRA": "FCR-RES",
        "FCR-ROOM-NO-EXTRA": "FCR-ROOM",
    },
)
def test_a_resource_has_documented_members_only(seen: Seen, resource: str) -> None:
    for exchange, value in seen.resources(resource):
        seen.count()
        expect.sealed(exchange, value, resources()[resource]["properties"])


@requirement("VC-CONF-META-OBJECT")
def test_meta_of_a_new_conference_holds_nothing(seen: Seen) -> None:
    for creation in seen.creations("VC-CREATE"):
        if "meta" not in creation.sent and "meta" in creation.answer:
            seen.count()
            if creation.answer["meta"] not in (None, {}):
                raise Finding("meta is null or an empty object", creation.exchange)


@requirement("VC-CONF-COLOR-FORM")
def test_colours_are_a_hash_and_six_hex_digits(seen: Seen) -> None:
    for exchange, member, colour in _members(seen, "x-compare"):
        if colour is not None and errors(_asked(member), colour):
            raise Finding(f"{member} keeps to the pattern of the request", exchange)


@each_of(
    "member",
    {
        "VC-CONF-NAME-CHARSET": "name",
        "VC-CONF-DISPLAY-NAME-MAX": "display_name",
        "VC-CONF-DESCRIPTION-MAX": "description",
    },
)
def test_a_text_keeps_to_the_limits_of_the_request(seen: Seen, member: str) -> None:
    for exchange, conference in seen.resources("VC-CONF"):
        if isinstance(conference.get(member), str):
            seen.count()
            if errors(_asked(member), conference[member]):
                raise Finding(f"{member} keeps to the limits of the request", exchange)


@requirement("VC-CONF-UTF8")
def test_answers_are_utf_8(seen: Seen) -> None:
    for exchange, response in seen.successes("VC-CREATE"):
        try:
            response.body.decode("utf-8")
        except UnicodeDecodeError:
            raise Finding("a body in UTF-8", exchange) from None


def _clocks(exchange: Exchange) -> Iterator[dt.datetime]:
    """Yield what time it was at the target by its Date header, and here."""
    yield exchange.started
    stated = exchange.response.header("date") if exchange.response else None
    try:
        yield parsedate_to_datetime(stated or "").astimezone(dt.UTC)
    except (ValueError, OverflowError, TypeError, IndexError):  # the parser of dates lets all of them out
        return


def _dates(seen: Seen) -> Iterator[tuple[Exchange, str, str]]:
    for exchange, conference in seen.resources("VC-CONF"):
        for member in _DATES:
            if isinstance(conference.get(member), str):
                seen.count()
                yield exchange, member, conference[member]


def _members(seen: Seen, keyword: str) -> Iterator[tuple[Exchange, str, Any]]:
    """Yield the members of every conference whose schema has a keyword."""
    properties = resources()["VC-CONF"]["properties"]
    named = [name for name, node in properties.items() if keyword in node]
    for exchange, conference in seen.resources("VC-CONF"):
        for name in named:
            if name in conference:
                seen.count()
                yield exchange, name, conference[name]


def _asked(member: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = (operation("VC-CREATE").request or {})["properties"][member]
    return schema
