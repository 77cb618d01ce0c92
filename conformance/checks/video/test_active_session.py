"""Checks of active_session, which a get returns only on request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.http.exchange import Exchange
from conformance.results import value_comparison
from conformance.results.assertion import Assertion, Comparison, Rule
from conformance.results.verdict import NO_ACTIVE_SESSION, Finding, Inconclusive
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.resource_client import SESSION_PARAMETER, WITH_SESSION
from conformance.testkit.traffic import Traffic

_INVALID_VALUES = ("maybe", "1", "0", "", "null", "TRUE", "\0", "true,true")
_INT32 = range(-(2**31), 2**31)


@requirement("VC-GET-SESSION-OPTIONAL")
def test_include_active_session_is_optional(api: ApiClient) -> None:
    with api.video.existing() as created:
        expect.accepted(api.video.get(str(created.id)))


@requirements("value", {"VC-GET-SESSION-TRUE-ACCEPT": "true", "VC-GET-SESSION-FALSE-ACCEPT": "false"})
def test_include_active_session_accepts_true_and_false(api: ApiClient, value: str) -> None:
    with api.video.existing() as created:
        for identifier in filter(None, (created.id, api.transport.target.active_session)):
            expect.accepted(api.video.get(identifier, query={SESSION_PARAMETER: value}))


@requirement("VC-GET-SESSION-PRESENT")
def test_a_running_session_is_returned_on_request(api: ApiClient) -> None:
    """Repeat it after a get without the session, to detect a cached response."""
    identifier = _conference_with_session(api)
    _expect_session(api.video.get(identifier, query=WITH_SESSION))
    api.video.get(identifier)
    _expect_session(api.video.get(identifier, query=WITH_SESSION))


@requirement("VC-GET-SESSION-ONLY-ON-REQUEST")
def test_a_session_is_not_returned_without_request(api: ApiClient) -> None:
    with api.video.existing() as created:
        _expect_none(api.video.get(str(created.id)))
    _expect_none(api.video.get(_conference_with_session(api)))


@requirement("VC-GET-SESSION-FALSE")
def test_a_session_is_not_returned_for_false(api: ApiClient) -> None:
    with api.video.existing() as created:
        _expect_none(api.video.get(str(created.id), query={SESSION_PARAMETER: "false"}))
    _expect_none(api.video.get(_conference_with_session(api), query={SESSION_PARAMETER: "false"}))


@requirement("VC-GET-SESSION-NONE")
def test_active_session_is_omitted_while_no_session_is_running(api: ApiClient) -> None:
    with api.video.existing() as created:
        got = api.video.get(str(created.id), query=WITH_SESSION)
        if "active_session" in expect.resource(got):
            raise Finding("no active_session", got, assertion=Assertion(Rule.FALSY, path=("active_session",)))


@requirement("VC-GET-SESSION-NEW")
def test_a_new_conference_has_no_session(api: ApiClient) -> None:
    with api.video.existing() as created:
        _expect_none(api.video.get(str(created.id), query=WITH_SESSION))


@requirement("VC-SESSION-ID-UNIQUE")
def test_no_two_conferences_have_a_session_with_the_same_id(traffic: Traffic) -> None:
    gets: dict[str, tuple[str, Exchange]] = {}
    for exchange, session in _sessions_with(traffic, "id"):
        conference = (exchange.resource or {}).get("id")
        if exchange.origin.operation == "VC-GET" and isinstance(conference, str):
            owner, first = gets.setdefault(str(session["id"]).lower(), (conference.lower(), exchange))
            if owner != conference.lower():
                raise Finding("a session that no other conference has", exchange, first)


@requirement("VC-GET-SESSION-INVALID-NO-5XX")
def test_an_invalid_include_active_session_causes_no_server_error(api: ApiClient) -> None:
    with api.video.existing() as created:
        for value in sampling.subset(api.effort, _INVALID_VALUES, 4):
            expect.no_server_error(api.video.get(str(created.id), query={SESSION_PARAMETER: value}))


@requirement("VC-GET-SESSION-REST-UNCHANGED")
def test_requesting_the_session_changes_no_other_member(api: ApiClient) -> None:
    with api.video.existing(**api.video.full()) as created:
        plain = api.video.get(str(created.id))
        with_session = api.video.get(str(created.id), query=WITH_SESSION)
        expect.unchanged(plain, with_session, "VC-CONF")
        before, after = (expect.resource(got).get("updated_at") for got in (plain, with_session))
        if value_comparison.parse_instant(before) != value_comparison.parse_instant(after):
            expected = f"updated_at is {before}, as without {SESSION_PARAMETER}"
            path = ("updated_at",)
            assertion = Assertion(
                Rule.EQUAL, path=path, comparison=Comparison.INSTANT, earlier=plain, earlier_path=path
            )
            raise Finding(expected, with_session, plain, assertion=assertion)


@requirement("VC-SESSION-INT32")
def test_integers_of_a_session_fit_in_32_bits(traffic: Traffic) -> None:
    for exchange, session in traffic.resources("VC-SESSION"):
        for member, value in session.items():
            if isinstance(value, int):
                traffic.count(exchange)
                if value not in _INT32:
                    limits = {"minimum": -(2**31), "maximum": 2**31 - 1}
                    assertion = Assertion(Rule.SCHEMA, limits, ("active_session", member))
                    raise Finding(f"{member} fits in 32 bits", exchange, assertion=assertion)


@requirement("VC-SESSION-TIME-ORDER")
def test_a_session_does_not_end_before_it_starts(traffic: Traffic) -> None:
    for exchange, session in traffic.resources("VC-SESSION"):
        start, end = (
            value_comparison.parse_instant(session.get(member)) for member in ("start_time", "end_time")
        )
        if start and end:
            traffic.count(exchange)
            if end < start:
                raise Finding("end_time is not before start_time", exchange)


@requirement("VC-SESSION-DURATION-SUM")
def test_the_duration_is_the_time_from_start_to_end(traffic: Traffic) -> None:
    for exchange, session in traffic.resources("VC-SESSION"):
        start, end = (
            value_comparison.parse_instant(session.get(member)) for member in ("start_time", "end_time")
        )
        if start and end and isinstance(session.get("duration"), int):
            traffic.count(exchange)
            if abs((end - start).total_seconds() - session["duration"]) > 1:
                raise Finding(f"duration is {(end - start).total_seconds():.0f}", exchange)


@requirement("VC-SESSION-PREVIEW-CONDITION")
def test_preview_url_is_present_only_while_running_with_previews(traffic: Traffic) -> None:
    for exchange, session in _sessions_with(traffic, "preview_url"):
        if session.get("enable_room_previews") is False or session.get("status") == "completed":
            assertion = Assertion(Rule.ABSENT, path=("active_session", "preview_url"))
            raise Finding("no preview_url", exchange, assertion=assertion)


@requirement("VC-SESSION-PREVIEW-ABSOLUTE")
def test_preview_url_is_an_absolute_url(traffic: Traffic) -> None:
    for exchange, session in _sessions_with(traffic, "preview_url"):
        if not urlsplit(str(session["preview_url"])).scheme:
            raise Finding("preview_url is an absolute URL", exchange)


@requirement("VC-SESSION-IN-PROGRESS")
def test_an_active_session_is_in_progress(traffic: Traffic) -> None:
    for exchange, session in _sessions_with(traffic, "status"):
        if session["status"] == "completed":
            assertion = Assertion(Rule.NONE_OF, ["completed"], ("active_session", "status"))
            raise Finding("status is in-progress", exchange, assertion=assertion)


def _conference_with_session(api: ApiClient) -> str:
    identifier = api.transport.target.active_session
    if identifier is None:
        raise Inconclusive(
            NO_ACTIVE_SESSION, "requires a conference with an active session (--active-session ID)"
        )
    return identifier


def _expect_session(got: Exchange) -> None:
    if not isinstance(expect.resource(got).get("active_session"), dict):
        assertion = Assertion(Rule.SCHEMA, {"type": "object"}, ("active_session",))
        raise Finding("active_session is an object", got, member="active_session", assertion=assertion)


def _expect_none(got: Exchange) -> None:
    """Expect that no session is returned; null and an empty object are permitted."""
    if expect.resource(got).get("active_session"):
        raise Finding("no active_session", got, assertion=Assertion(Rule.FALSY, path=("active_session",)))


def _sessions_with(traffic: Traffic, member: str) -> list[tuple[Exchange, Mapping[str, Any]]]:
    """Return and count the returned sessions with a member."""
    sessions = [pair for pair in traffic.resources("VC-SESSION") if member in pair[1]]
    traffic.count(*(exchange for exchange, _ in sessions))
    return sessions
