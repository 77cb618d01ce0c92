"""What there is can be read, listed and deleted, and shows its session when asked for."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from reference.api.live_session import LIVE_CONFERENCE_ID
from tests.support.reference_client import CONFERENCES, ROOM, ROOMS, UNKNOWN_ID, codes, create, opened, server


@pytest.fixture(scope="module")
def app() -> Starlette:
    return server()


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[httpx.Client]:
    with opened(app) as client:
        yield client


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


def test_failure_of_the_server_itself_has_its_envelope(
    client: httpx.Client, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.rules, "listed", None)
    answer = client.get(CONFERENCES)
    assert (answer.status_code, answer.json()) == (500, {"error": "Internal Server Error"})
