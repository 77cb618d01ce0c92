"""The active session: shown when it is asked for, and only then."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding, Unobserved
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import SESSION_SWITCH, WITH_SESSION, Api
from conformance.testkit.markers import each_of, requirement
from conformance.testkit.traffic import Seen

_OTHER_WORDS = ("maybe", "1", "0", "", "null", "TRUE", "\0", "true,true")
_INT32 = range(-(2**31), 2**31)


@requirement("VC-GET-SESSION-OPTIONAL")
def test_the_switch_may_be_left_out(api: Api) -> None:
    with api.video.existing() as made:
        expect.accepted(api.video.get(str(made.id)))


@each_of("value", {"VC-GET-SESSION-TRUE-ACCEPT": "true", "VC-GET-SESSION-FALSE-ACCEPT": "false"})
def test_the_switch_takes_true_and_false(api: Api, value: str) -> None:
    with api.video.existing() as made:
        for conference in filter(None, (made.id, api.wire.target.active_session)):
            expect.accepted(api.video.get(conference, query={SESSION_SWITCH: value}))


@requirement("VC-GET-SESSION-PRESENT")
def test_a_running_session_is_shown_when_asked_for(api: Api) -> None:
    """Asked for again after a get without it, too: what was answered before must not matter."""
    conference = _live(api)
    _expect_session(api.video.get(conference, query=WITH_SESSION))
    api.video.get(conference)
    _expect_session(api.video.get(conference, query=WITH_SESSION))


@requirement("VC-GET-SESSION-ONLY-ON-REQUEST")
def test_a_session_is_not_shown_unasked(api: Api) -> None:
    with api.video.existing() as made:
        _expect_none(api.video.get(str(made.id)))
    _expect_none(api.video.get(_live(api)))


@requirement("VC-GET-SESSION-FALSE")
def test_a_session_is_not_shown_for_false(api: Api) -> None:
    with api.video.existing() as made:
        _expect_none(api.video.get(str(made.id), query={SESSION_SWITCH: "false"}))
    _expect_none(api.video.get(_live(api), query={SESSION_SWITCH: "false"}))


@requirement("VC-GET-SESSION-NONE")
def test_a_conference_without_a_session_shows_none(api: Api) -> None:
    with api.video.existing() as made:
        got = api.video.get(str(made.id), query=WITH_SESSION)
        if "active_session" in expect.resource(got):
            raise Finding("no active_session", got)


@requirement("VC-GET-SESSION-INVALID-NO-5XX")
def test_another_word_for_the_switch_is_answered(api: Api) -> None:
    with api.video.existing() as made:
        for word in sampling.few(api.effort, _OTHER_WORDS, 4):
            expect.answered(api.video.get(str(made.id), query={SESSION_SWITCH: word}))


@requirement("VC-GET-SESSION-REST-UNCHANGED")
def test_asking_for_the_session_changes_nothing_else(api: Api) -> None:
    with api.video.existing(**api.video.full()) as made:
        plain, asked = api.video.get(str(made.id)), api.video.get(str(made.id), query=WITH_SESSION)
        expect.unchanged(plain, asked, "VC-CONF")
        before, after = (expect.resource(each).get("updated_at") for each in (plain, asked))
        if expect.instant(before) != expect.instant(after):
            raise Finding(f"updated_at is {before}, as without the switch", asked, plain)


@requirement("VC-SESSION-INT32")
def test_integers_of_a_session_fit_in_32_bits(seen: Seen) -> None:
    for exchange, session in seen.resources("VC-SESSION"):
        for member, value in session.items():
            if isinstance(value, int):
                seen.count()
                if value not in _INT32:
                    raise Finding(f"{member} fits in 32 bits", exchange)


@requirement("VC-SESSION-TIME-ORDER")
def test_a_session_does_not_end_before_it_starts(seen: Seen) -> None:
    for exchange, session in seen.resources("VC-SESSION"):
        start, end = (expect.instant(session.get(member)) for member in ("start_time", "end_time"))
        if start and end:
            seen.count()
            if end < start:
                raise Finding("end_time is not before start_time", exchange)


@requirement("VC-SESSION-DURATION-SUM")
def test_a_duration_is_the_time_between_start_and_end(seen: Seen) -> None:
    for exchange, session in seen.resources("VC-SESSION"):
        start, end = (expect.instant(session.get(member)) for member in ("start_time", "end_time"))
        if start and end and isinstance(session.get("duration"), int):
            seen.count()
            if abs((end - start).total_seconds() - session["duration"]) > 1:
                raise Finding(f"duration is {(end - start).total_seconds():.0f}", exchange)


@requirement("VC-SESSION-PREVIEW-CONDITION")
def test_a_preview_belongs_to_a_running_session_with_previews(seen: Seen) -> None:
    for exchange, session in _with(seen, "preview_url"):
        if session.get("enable_room_previews") is False or session.get("status") == "completed":
            raise Finding("no preview_url", exchange)


@requirement("VC-SESSION-PREVIEW-ABSOLUTE")
def test_a_preview_is_an_absolute_address(seen: Seen) -> None:
    for exchange, session in _with(seen, "preview_url"):
        if not urlsplit(str(session["preview_url"])).scheme:
            raise Finding("preview_url is an absolute address", exchange)


@requirement("VC-SESSION-IN-PROGRESS")
def test_an_active_session_is_in_progress(seen: Seen) -> None:
    for exchange, session in _with(seen, "status"):
        if session["status"] == "completed":
            raise Finding("status is in-progress", exchange)


def _live(api: Api) -> str:
    live = api.wire.target.active_session
    if live is None:
        raise Unobserved("no-active-session", "name a conference with a live session: --active-session ID")
    return live


def _expect_session(got: Exchange) -> None:
    if not isinstance(expect.resource(got).get("active_session"), dict):
        raise Finding("active_session is an object", got)


def _expect_none(got: Exchange) -> None:
    """Expect that no session is shown; a null or an empty object shows none."""
    if expect.resource(got).get("active_session"):
        raise Finding("no active_session", got)


def _with(seen: Seen, member: str) -> "list[tuple[Exchange, Mapping[str, Any]]]":
    found = [(exchange, session) for exchange, session in seen.resources("VC-SESSION") if member in session]
    seen.count(len(found))
    return found
