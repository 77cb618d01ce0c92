"""Conferences and rooms can be fetched, listed and deleted, with the active session on request."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from reference.api.live_session import LIVE_CONFERENCE_ID
from tests.support.servers.reference_client import (
    CONFERENCES,
    ROOM,
    ROOMS,
    UNKNOWN_ID,
    create,
    error_codes,
    open_client,
    server,
)


@pytest.fixture(scope="module")
def app() -> Starlette:
    return server()


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[httpx.Client]:
    with open_client(app) as client:
        yield client


@pytest.mark.parametrize("path", [CONFERENCES, ROOMS])
@pytest.mark.parametrize("id_", [UNKNOWN_ID, "x", "reference-live-session", "%00", "é"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_id_is_not_found(client: httpx.Client, method: str, path: str, id_: str) -> None:
    response = client.request(method, f"{path}/{id_}")
    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    "method, path", [("GET", "/"), ("GET", "/api/video"), ("PATCH", CONFERENCES), ("DELETE", ROOMS)]
)
def test_unknown_path_or_method_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("path, body", [(CONFERENCES, {"display_name": "a"}), (ROOMS, ROOM)])
def test_deleted_resource_is_not_found(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    created = client.post(path, json=body).json()
    assert client.get(f"{path}/{created['id'].upper()}").json() == created
    response = client.delete(f"{path}/{created['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"{path}/{created['id']}").status_code == 404
    assert client.delete(f"{path}/{created['id']}").status_code == 404


@pytest.mark.parametrize("path, body", [(CONFERENCES, {"display_name": "a"}), (ROOMS, ROOM)])
def test_following_next_lists_each_resource_once(
    client: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    created = {client.post(path, json=body).json()["id"] for _ in range(7)}
    ids, link = [], f"{path}?page_size=3"
    while link:
        page = client.get(link).json()
        ids += [item["id"] for item in page["data"]]
        link = page["links"].get("next")
    assert created <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("query", ["page_size=0", "page_size=1001", "page_number=-1", "page_number=1"])
def test_page_out_of_range_is_rejected(client: httpx.Client, query: str) -> None:
    assert client.get(f"{CONFERENCES}?{query}").status_code == 422


@pytest.mark.parametrize("query", ["", "?x=1", "?include_active_session=false"])
@pytest.mark.parametrize("value", ["true", "True"])
def test_session_is_returned_only_on_request(client: httpx.Client, query: str, value: str) -> None:
    path = f"{CONFERENCES}/{LIVE_CONFERENCE_ID}"
    without = client.get(path + query).json()
    with_session = client.get(f"{path}?include_active_session={value}").json()
    assert "active_session" not in without
    session = with_session.pop("active_session")
    assert with_session == without
    assert len(session) == 20
    start, end = (dt.datetime.fromisoformat(session[name]) for name in ("start_time", "end_time"))
    assert (session["status"], session["duration"]) == ("in-progress", (end - start).total_seconds())


def test_conference_without_session_has_no_active_session(client: httpx.Client) -> None:
    created = create(client).json()
    fetched = client.get(f"{CONFERENCES}/{created['id']}?include_active_session=true").json()
    assert fetched == created


@pytest.mark.parametrize("value", ["yes", "1", "", "truee"])
def test_other_value_of_include_active_session_is_rejected(client: httpx.Client, value: str) -> None:
    response = client.get(f"{CONFERENCES}/{LIVE_CONFERENCE_ID}", params={"include_active_session": value})
    assert error_codes(response) == {"include_active_session": "not_a_boolean"}


def test_internal_error_returns_an_error_body(
    client: httpx.Client, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.behavior, "listed_records", None)
    response = client.get(CONFERENCES)
    assert (response.status_code, response.json()) == (500, {"error": "Internal Server Error"})
