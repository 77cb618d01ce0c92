"""The reference server keeps every promise of the documentation."""

import asyncio
import base64
import datetime as dt
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from reference.app import Settings, create_app
from reference.credentials import API_TOKEN, PROJECT_ID, Credentials
from reference.live import LIVE_CONFERENCE_ID

CONFERENCES = "/api/video/conferences"
ROOMS = "/api/fabric/resources/conference_rooms"
UNKNOWN_ID = "3d9f0c62-7a15-4e8b-9c04-b1f2a6d7e853"
ROOM = {"name": "quiet room", "enable_room_previews": True}
COLOURS = {
    "primary": "#044EF4",
    "background": "#FFFFFF",
    "foreground": "#1D2127",
    "success": "#17BB58",
    "negative": "#F42C50",
}


class InProcess(httpx.BaseTransport):
    """Asks an application without a socket."""

    def __init__(self, app: Starlette) -> None:
        self.asgi = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self.answered(request))

    async def answered(self, request: httpx.Request) -> httpx.Response:
        answer = await self.asgi.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@pytest.fixture(scope="module")
def app() -> Starlette:
    return create_app(Settings(Credentials()))


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[httpx.Client]:
    auth = httpx.BasicAuth(PROJECT_ID, API_TOKEN)
    with httpx.Client(transport=InProcess(app), base_url="http://reference.example", auth=auth) as client:
        yield client


def create(client: httpx.Client, **members: Any) -> httpx.Response:
    return client.post(CONFERENCES, json={"display_name": "a", **members})


def create_room(client: httpx.Client, **members: Any) -> httpx.Response:
    return client.post(ROOMS, json={**ROOM, **members})


def send(client: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    return client.post(CONFERENCES, content=body, headers={"Content-Type": "application/json"} | headers)


def codes(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {item["attribute"]: item["code"] for item in answer.json()["errors"]}


def is_bad_request(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()) == (400, {"error": "Bad Request"})


# Creating a conference.


def test_display_name_alone_creates_a_conference_with_every_default(client: httpx.Client) -> None:
    answer = create(client)
    conference = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert len(conference) == 28
    assert UUID(conference["id"])
    assert re.fullmatch("[A-Za-z0-9_-]{1,100}", conference["name"])
    assert conference["created_at"] == conference["updated_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", conference["created_at"])
    expected = {
        "display_name": "a",
        "description": None,
        "join_from": None,
        "join_until": None,
        "quality": "720p",
        "layout": "grid-responsive",
        "size": "medium",
        "record_on_start": False,
        "enable_room_previews": False,
        "enable_chat": True,
        "meta": None,
        **{f"{theme}_{part}": colour for theme in ("dark", "light") for part, colour in COLOURS.items()},
    }
    assert expected.items() <= conference.items()


def test_everything_that_was_sent_is_read_back(client: httpx.Client) -> None:
    sent = {
        "display_name": " Größe <b>&amp;</b> 漢字 😀 'x' \"y\" \\ ",
        "name": "Read-back_1",
        "description": "one\ntwo\ttabs",
        "join_from": "2041-05-06T07:08:09Z",
        "join_until": "2041-05-06T07:08:09.5Z",
        "quality": "1080p",
        "layout": "10x10",
        "size": "small",
        "record_on_start": True,
        "enable_room_previews": True,
        "enable_chat": False,
        "dark_primary": "#aBcDeF",
    }
    created = client.post(CONFERENCES, json=sent).json()
    expected = {**sent, "join_until": "2041-05-06T07:08:09.500000Z"}
    assert expected.items() <= created.items()
    assert client.get(f"{CONFERENCES}/{created['id']}").json() == created


@pytest.mark.parametrize("member, limit", [("display_name", 200), ("description", 3000)])
@pytest.mark.parametrize("character", ["a", "é", "漢", "😀"])
def test_limits_count_code_points(client: httpx.Client, member: str, limit: int, character: str) -> None:
    assert create(client, **{member: character * limit}).status_code == 200
    assert codes(create(client, **{member: character * (limit + 1)})) == {member: "invalid_parameter"}


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "é", "٣", "a\n", "\na", "", "n" * 101, "a\0"])
def test_name_that_breaks_its_rule_is_refused(client: httpx.Client, name: str) -> None:
    assert codes(create(client, name=name)) == {"name": "invalid_parameter"}


@pytest.mark.parametrize("name", ["0", "-", "_", "n" * 100, "Az-09_"])
def test_name_that_keeps_its_rule_is_accepted(client: httpx.Client, name: str) -> None:
    assert create(client, name=name).json()["name"] == name


@pytest.mark.parametrize("colour", ["#abc", "112233", "red", "#GGGGGG", "#112233\n", " #112233", "#11223344"])
def test_colour_that_is_none_is_refused(client: httpx.Client, colour: str) -> None:
    assert codes(create(client, light_success=colour)) == {"light_success": "invalid_parameter"}


@pytest.mark.parametrize("member", ["quality", "layout", "size"])
@pytest.mark.parametrize("word", ["", "720P", "Medium", "grid-responsive ", "tiny"])
def test_word_outside_an_enumeration_is_refused(client: httpx.Client, member: str, word: str) -> None:
    assert codes(create(client, **{member: word})) == {member: "invalid_parameter"}


@pytest.mark.parametrize(
    "member, code",
    [
        ("display_name", "not_a_string"),
        ("name", "not_a_string"),
        ("quality", "not_a_string"),
        ("join_from", "not_a_datetime"),
        ("enable_chat", "not_a_boolean"),
        ("dark_primary", "not_a_string"),
    ],
)
@pytest.mark.parametrize("value", [1, [], {}, None, 1.5])
def test_nothing_is_converted(client: httpx.Client, member: str, code: str, value: object) -> None:
    expected = "missing_required_parameter" if (member, value) == ("display_name", None) else code
    assert codes(create(client, **{member: value})) == {member: expected}


@pytest.mark.parametrize("word", ["true", "false", 0, 1])
def test_word_or_number_is_no_boolean(client: httpx.Client, word: object) -> None:
    assert codes(create(client, record_on_start=word)) == {"record_on_start": "not_a_boolean"}


def test_missing_display_name_is_refused(client: httpx.Client) -> None:
    assert codes(client.post(CONFERENCES, json={})) == {"display_name": "missing_required_parameter"}


def test_empty_display_name_is_accepted(client: httpx.Client) -> None:
    assert create(client, display_name="").json()["display_name"] == ""


def test_every_error_is_listed_in_full(client: httpx.Client) -> None:
    answer = create(client, name="a b", quality="480p", enable_chat="yes")
    assert codes(answer) == {
        "name": "invalid_parameter",
        "quality": "invalid_parameter",
        "enable_chat": "not_a_boolean",
    }
    for item in answer.json()["errors"]:
        assert item.keys() == {"type", "code", "message", "attribute", "url"}
        assert item["type"] == "validation_error"
        assert item["url"].startswith("https://")


def test_unknown_members_are_ignored(client: httpx.Client) -> None:
    created = create(client, id=UNKNOWN_ID, created_at="2001-01-01T00:00:00Z", colour="red").json()
    assert created["id"] != UNKNOWN_ID
    assert not created["created_at"].startswith("2001")
    assert "colour" not in created


# Times.


@pytest.mark.parametrize(
    "text, instant",
    [
        ("2041-05-06", "2041-05-06T00:00:00Z"),
        ("2040-02-29", "2040-02-29T00:00:00Z"),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09Z"),
        ("2041-05-06t07:08:09z", "2041-05-06T07:08:09Z"),
        ("2041-05-06T07:08:09+05:30", "2041-05-06T01:38:09Z"),
        ("2041-05-06T23:08:09-08:00", "2041-05-07T07:08:09Z"),
        ("2041-05-06T07:08:09.25-00:00", "2041-05-06T07:08:09.250000Z"),
        ("2041-05-06T07:08:09.123456789Z", "2041-05-06T07:08:09.123456Z"),
        ("2041-05-06T07:08:09.000Z", "2041-05-06T07:08:09Z"),
        ("2022-01-01T23:59:60Z", "2022-01-02T00:00:00Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00Z"),
    ],
)
def test_times_are_kept_as_instants(client: httpx.Client, text: str, instant: str) -> None:
    assert create(client, join_from=text).json()["join_from"] == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2041-02-29",
        "2041-02-30T00:00:00Z",
        "2041-05-06T24:00:00Z",
        "2041-05-06T07:60:09Z",
        "2041-05-06T07:08:61Z",
        "2041-05-06T07:08:09",
        "2041-05-06 07:08:09Z",
        "2041-05-06T07:08:09+24:00",
        "2041-05-06T07:08:09.Z",
        "2041-05-06T07:08:09Z\n",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٤١-05-06",
        "20410506",
    ],
)
def test_text_that_is_no_time_is_refused(client: httpx.Client, text: str) -> None:
    assert codes(create(client, join_until=text)) == {"join_until": "not_a_datetime"}


@pytest.mark.parametrize("until, status", [("06:59:59Z", 422), ("07:00:00Z", 200), ("12:00:00+05:30", 422)])
def test_closing_before_opening_is_refused(client: httpx.Client, until: str, status: int) -> None:
    times = {"join_from": "2041-05-06T07:00:00Z", "join_until": f"2041-05-06T{until}"}
    for answer in (create(client, **times), create_room(client, **times)):
        assert answer.status_code == status
        assert status == 200 or codes(answer) == {"join_until": "invalid_join_until_date"}


# Names.


def test_name_in_use_is_refused_until_it_is_free(client: httpx.Client) -> None:
    first = create(client, name="taken").json()
    assert codes(create(client, name="taken")) == {"name": "not_unique_within_project"}
    assert create(client, name="Taken").status_code == 200
    client.delete(f"{CONFERENCES}/{first['id']}")
    assert create(client, name="taken").status_code == 200


def test_one_of_many_at_once_gets_the_name(client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(client, name="race").status_code, range(16)))
    assert sorted(answers) == [200] + [422] * 15


def test_refused_create_leaves_nothing(client: httpx.Client) -> None:
    assert create(client, name="left", size="tiny").status_code == 422
    assert create(client, name="left").status_code == 200


def test_generated_names_and_ids_differ(client: httpx.Client) -> None:
    created = [create(client).json() for _ in range(20)]
    assert len({conference["name"] for conference in created}) == 20
    assert len({conference["id"] for conference in created}) == 20


# Bodies.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"display_name":"a"',
        b'{"display_name":"a",}',
        b'{"display_name":"a"}}',
        b"{'display_name':'a'}",
        b'{"display_name":NaN}',
        b'{"display_name":"\xff"}',
        b'{"display_name":"\\ud800"}',
        '{"display_name":"a"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"display_name":"a","x":' + b"[" * 999 + b"]" * 999 + b"}",
    ],
)
def test_body_that_cannot_be_read_is_a_bad_request(client: httpx.Client, body: bytes) -> None:
    assert is_bad_request(send(client, body))


def test_body_that_is_longer_than_the_server_reads_is_too_large(client: httpx.Client) -> None:
    answer = send(client, b'{"display_name":"' + b"a" * (1 << 20) + b'"}')
    assert (answer.status_code, answer.json()) == (413, {"error": "Content Too Large"})


@pytest.mark.parametrize("body", [b"[]", b"null", b'"a"', b"1", b"true"])
def test_body_that_is_no_object_is_refused(client: httpx.Client, body: bytes) -> None:
    assert send(client, body).json()["errors"][0]["code"] == "invalid_object"


@pytest.mark.parametrize(
    "body",
    [
        b'{"display_name":"a\\u0000b"}',
        b'{"display_name":"a","display_name":"b"}',
        b'{"display_name":"a","x":' + b"9" * 5000 + b"}",
        b'{"display_name":"a","x":1e999}',
        b'{"display_name":"a","x":' + b"[" * 99 + b"]" * 99 + b"}",
        b'\n\t{"display_name" : "\\u00e9\\ud83d\\ude00"}  ',
    ],
)
def test_odd_body_that_is_json_is_read(client: httpx.Client, body: bytes) -> None:
    assert send(client, body).status_code == 200


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_charset_is_accepted(client: httpx.Client, charset: str) -> None:
    media_type = f"application/json; charset={charset}"
    assert send(client, b'{"display_name":"a"}', **{"Content-Type": media_type}).status_code == 200


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/json; charset=latin-1", "*/*"]
)
def test_other_media_type_is_a_bad_request(client: httpx.Client, media_type: str) -> None:
    assert is_bad_request(send(client, b'{"display_name":"a"}', **{"Content-Type": media_type}))


# Reading, deleting, listing.


@pytest.mark.parametrize("path", [CONFERENCES, ROOMS])
@pytest.mark.parametrize("id_", [UNKNOWN_ID, "x", "reference-live-session", "%00", "é"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_id_is_not_found(client: httpx.Client, method: str, path: str, id_: str) -> None:
    answer = client.request(method, f"{path}/{id_}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    "method, path", [("GET", "/"), ("GET", "/api/video"), ("PATCH", CONFERENCES), ("DELETE", ROOMS)]
)
def test_unknown_path_or_method_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("path, body", [(CONFERENCES, {"display_name": "a"}), (ROOMS, ROOM)])
def test_what_is_deleted_is_gone(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    created = client.post(path, json=body).json()
    assert client.get(f"{path}/{created['id'].upper()}").json() == created
    answer = client.delete(f"{path}/{created['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"{path}/{created['id']}").status_code == 404
    assert client.delete(f"{path}/{created['id']}").status_code == 404


@pytest.mark.parametrize("path, body", [(CONFERENCES, {"display_name": "a"}), (ROOMS, ROOM)])
def test_following_next_reaches_everything_once(
    client: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    created = {client.post(path, json=body).json()["id"] for _ in range(7)}
    seen, link = [], f"{path}?page_size=3"
    while link:
        page = client.get(link).json()
        seen += [item["id"] for item in page["data"]]
        link = page["links"].get("next")
    assert created <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("query", ["page_size=0", "page_size=1001", "page_number=-1", "page_number=1"])
def test_page_out_of_range_is_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"{CONFERENCES}?{query}").status_code == 422


# Sessions.


@pytest.mark.parametrize("query", ["", "?x=1", "?include_active_session=false"])
@pytest.mark.parametrize("word", ["true", "True"])
def test_session_is_shown_only_when_asked_for(client: httpx.Client, query: str, word: str) -> None:
    path = f"{CONFERENCES}/{LIVE_CONFERENCE_ID}"
    without = client.get(path + query).json()
    with_it = client.get(f"{path}?include_active_session={word}").json()
    assert "active_session" not in without
    session = with_it.pop("active_session")
    assert with_it == without
    assert len(session) == 20
    start, end = (dt.datetime.fromisoformat(session[name]) for name in ("start_time", "end_time"))
    assert (session["status"], session["duration"]) == ("in-progress", (end - start).total_seconds())


def test_conference_without_session_shows_none(client: httpx.Client) -> None:
    created = create(client).json()
    read = client.get(f"{CONFERENCES}/{created['id']}?include_active_session=true").json()
    assert read == created


@pytest.mark.parametrize("word", ["yes", "1", "", "truee"])
def test_other_session_word_is_refused(client: httpx.Client, word: str) -> None:
    answer = client.get(f"{CONFERENCES}/{LIVE_CONFERENCE_ID}", params={"include_active_session": word})
    assert codes(answer) == {"include_active_session": "not_a_boolean"}


# Rooms.


def test_name_and_previews_alone_create_a_room(client: httpx.Client) -> None:
    answer = create_room(client)
    resource = answer.json()
    room = resource.pop("conference_room")
    assert answer.status_code == 200
    assert resource.keys() == {"id", "project_id", "display_name", "type", "created_at", "updated_at"}
    assert (resource["project_id"], resource["type"]) == (PROJECT_ID, "video_room")
    assert resource["display_name"] == room["display_name"] == room["name"] == "quiet room"
    assert UUID(room.pop("id")) != UUID(resource["id"])
    assert room == {
        "name": "quiet room",
        "display_name": "quiet room",
        "description": "",
        "max_members": 300,
        "quality": "720p",
        "fps": 30,
        "join_from": None,
        "join_until": None,
        "remove_at": None,
        "remove_after_seconds_elapsed": None,
        "layout": "grid-responsive",
        "record_on_start": False,
        "tone_on_entry_and_exit": False,
        "room_join_video_off": False,
        "user_join_video_off": False,
        "enable_room_previews": True,
        "sync_audio_video": None,
        "meta": {},
        "prioritize_handraise": False,
    }


def test_everything_that_was_sent_for_a_room_is_read_back(client: httpx.Client) -> None:
    sent = {
        "name": "Any name / at all",
        "enable_room_previews": False,
        "display_name": "Größe",
        "description": "",
        "join_from": "2041-05-06T07:08:09Z",
        "max_members": 0,
        "remove_at": "2041-05-08T07:08:09Z",
        "remove_after_seconds_elapsed": 0,
        "meta": {"a": {"b": [1, 2.5, None, True, "é"]}},
        "sync_audio_video": False,
        "user_join_video_off": True,
    }
    created = client.post(ROOMS, json=sent).json()
    assert sent.items() <= created["conference_room"].items()
    assert created["display_name"] == "Größe"
    assert client.get(f"{ROOMS}/{created['id']}").json() == created


@pytest.mark.parametrize(
    "member, values",
    [
        ("max_members", [-1, 301, 1.5, True, "10", "ten", None, []]),
        ("remove_after_seconds_elapsed", [-1, 200_001, 10**30, "x"]),
        ("meta", [[], "{}", 1, None]),
        ("join_from", ["2041-05-06", "soon", 2209032000]),
        ("sync_audio_video", ["true", 1, None]),
        ("enable_room_previews", [None, "true"]),
        ("name", [None, 1]),
        ("layout", ["2X2", ""]),
    ],
)
def test_room_member_that_breaks_its_rule_is_refused(
    client: httpx.Client, member: str, values: list[Any]
) -> None:
    for value in values:
        assert codes(create_room(client, **{member: value})).keys() == {member}


@pytest.mark.parametrize("value, kept", [(0, 0), (1, 1), (300, 300), (12.0, 12)])
def test_bounds_of_a_room_are_part_of_it(client: httpx.Client, value: float, kept: int) -> None:
    assert create_room(client, max_members=value).json()["conference_room"]["max_members"] == kept


def test_number_that_cannot_be_written_again_is_no_part_of_meta(client: httpx.Client) -> None:
    body = b'{"name":"a","enable_room_previews":true,"meta":{"n":1e999}}'
    answer = client.post(ROOMS, content=body, headers={"Content-Type": "application/json"})
    assert codes(answer) == {"meta": "not_a_hash"}


def test_room_needs_name_and_previews(client: httpx.Client) -> None:
    expected = dict.fromkeys(("name", "enable_room_previews"), "missing_required_parameter")
    assert codes(client.post(ROOMS, json={})) == expected


def test_rooms_may_share_a_name(client: httpx.Client) -> None:
    assert [create_room(client, name="shared").status_code for _ in range(2)] == [200, 200]


# Who is let in.


def header(user: str, password: str, word: str = "Basic") -> str:
    return f"{word} {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("word", ["Basic", "basic", "BASIC"])
def test_scheme_has_no_letter_case(client: httpx.Client, word: str) -> None:
    headers = {"Authorization": header(PROJECT_ID, API_TOKEN, word)}
    assert client.get(CONFERENCES, headers=headers, auth=None).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic :",
        "Basic !",
        f"Basic {PROJECT_ID}:{API_TOKEN}",
        f"Bearer {API_TOKEN}",
        header(PROJECT_ID, API_TOKEN, "Digest"),
        header(API_TOKEN, PROJECT_ID),
        header("", ""),
        header(PROJECT_ID, ""),
        header(PROJECT_ID, API_TOKEN[:-1]),
        header(PROJECT_ID, API_TOKEN + "x"),
        header(PROJECT_ID, API_TOKEN.swapcase()),
        header(UNKNOWN_ID, API_TOKEN),
        "Basic " + base64.b64encode(PROJECT_ID.encode()).decode(),
    ],
)
@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", CONFERENCES),
        ("GET", f"{CONFERENCES}/{UNKNOWN_ID}"),
        ("DELETE", f"{CONFERENCES}/{LIVE_CONFERENCE_ID}"),
        ("POST", ROOMS),
        ("GET", f"{ROOMS}/x"),
        ("PUT", "/nowhere"),
    ],
)
def test_nobody_else_is_let_in(client: httpx.Client, method: str, path: str, value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    answer = client.request(method, path, content=b"{", headers=headers, auth=None)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_credentials_in_the_query_let_nobody_in(client: httpx.Client) -> None:
    params = {"project_id": PROJECT_ID, "token": API_TOKEN}
    assert client.get(CONFERENCES, params=params, auth=None).status_code == 401


def test_failure_of_the_server_itself_has_its_envelope(
    client: httpx.Client, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.rules, "listed", None)
    answer = client.get(CONFERENCES)
    assert (answer.status_code, answer.json()) == (500, {"error": "Internal Server Error"})


def test_answers_are_written_in_utf_8(client: httpx.Client) -> None:
    answer = create(client, display_name="é")
    assert '"display_name":"é"'.encode() in answer.content
    assert json.loads(answer.content.decode("utf-8"))["display_name"] == "é"
