"""Preflight errors name the problem and a hint; a faulty server passes."""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.target import PROFILES
from conformance.engine.preflight import PreflightError, find_active_session, preflight_steps
from conformance.testkit.api_client import ApiClient
from tests.support.fake_targets import faked

UNAUTHORIZED = (401, {"error": "Unauthorized"})
NOT_FOUND = (404, {"error": "Not Found"})
CREATED = (200, {"id": "made"})


@dataclass
class Target:
    """A target that answers gets with and without credentials, and creates, as it is told."""

    known: tuple[int, Any] = NOT_FOUND
    anonymous: tuple[int, Any] = UNAUTHORIZED
    create: tuple[int, Any] = CREATED
    headers: Mapping[str, str] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    created: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.methods.append(request.method)
        if request.method == "POST":
            status, body = self.create
            if body == CREATED[1]:
                body = self.created = {**json.loads(request.content), **body}
        elif self.created and request.url.path.endswith(f"/{self.created['id']}"):
            status, body = (204, b"") if request.method == "DELETE" else (200, self.created)
        else:
            status, body = self.known if "authorization" in request.headers else self.anonymous
        headers = {"content-type": "application/json", **self.headers}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, headers=headers, content=content)


def looked(
    target: Callable[[httpx.Request], httpx.Response], folder: Path, profiles: tuple[str, ...] = PROFILES
) -> dict[str, str]:
    with faked(target, folder, profiles=profiles) as wire:
        return {step.name: step.result for step in preflight_steps(ApiClient(wire, "00000000", "preflight"))}


def refusal(target: Callable[[httpx.Request], httpx.Response], folder: Path) -> PreflightError:
    with pytest.raises(PreflightError) as refused:
        looked(target, folder)
    assert refused.value.hint in str(refused.value)
    return refused.value


def test_all_steps_are_told_in_their_order(tmp_path: Path) -> None:
    told = looked(Target(), tmp_path)
    assert list(told) == ["connection", "api", "credentials", "clock", "create", "delete"]
    assert told["connection"].startswith("responds in ")
    assert told["create"] == "POST /api/video/conferences returned 200"


def test_what_preflight_creates_it_deletes(tmp_path: Path) -> None:
    target = Target()
    with faked(target, tmp_path) as wire:
        list(preflight_steps(ApiClient(wire, "00000000", "preflight")))
        assert wire.ledger.leftovers == ()
    first = target.methods.index("POST")
    assert set(target.methods[:first]) == {"GET"}
    assert target.methods[first:] == ["POST", "GET", "DELETE"]


def test_a_target_of_rooms_alone_is_looked_at_there(tmp_path: Path) -> None:
    told = looked(Target(), tmp_path, profiles=("fabric",))
    assert told["create"].startswith("POST /api/fabric/resources/conference_rooms returned")


@pytest.mark.parametrize(
    "error, problem, mend",
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "cannot be reached", "Is the server running"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "cannot be reached", "does not resolve"),
        (httpx.ConnectError("nodename nor servname provided"), "cannot be reached", "does not resolve"),
        (httpx.ConnectError("Temporary failure in name resolution"), "cannot be reached", "not resolve"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), "cannot be reached", "--ca"),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER]"), "cannot be reached", "TLS failed"),
        (httpx.ConnectTimeout("timed out"), "cannot be reached", "--timeout"),
        (
            httpx.RemoteProtocolError("illegal status line"),
            "did not return a valid HTTP response",
            "Check scheme and port",
        ),
    ],
)
def test_an_address_that_cannot_be_reached_is_told_with_its_mend(
    tmp_path: Path, error: httpx.RequestError, problem: str, mend: str
) -> None:
    def failing(_: httpx.Request) -> httpx.Response:
        raise error

    refused = refusal(failing, tmp_path)
    assert problem in refused.problem
    assert mend in refused.hint


@pytest.mark.parametrize(
    "status, body, media_type",
    [
        (200, b"<!doctype html><title>Welcome</title>", "text/html"),
        (404, b"<h1>Not Found</h1>", "text/html"),
        (401, b"<h1>Log in</h1>", "text/html"),
        (404, {"message": "not found"}, "application/json"),
        (404, {"error": "Not Found", "path": "/"}, "application/json"),
        (404, {"error": 7}, "application/json"),
        (200, {}, "application/json"),
        (200, {"id": "x"}, "application/json"),
        (200, [], "application/json"),
        (204, b"", "text/plain"),
        (302, b"", "text/plain"),
        (500, {"error": "boom"}, "application/json"),
    ],
)
def test_another_product_is_told_before_anything_is_created(
    tmp_path: Path, status: int, body: Any, media_type: str
) -> None:
    answer = (status, body)
    target = Target(answer, answer, answer, {"content-type": media_type})
    refused = refusal(target, tmp_path)
    assert "does not look like the Conference API: GET /api/video/conferences/" in refused.problem
    assert f"returned {status} ({media_type})" in refused.problem
    assert "--target" in refused.hint
    assert "POST" not in target.methods


FAULTY = {
    "none": Target(),
    "another 401": Target(anonymous=(401, {"anything": 1})),
    "403 for 401": Target(anonymous=(403, {})),
    "no authentication": Target(anonymous=(200, {})),
    "400 for 404": Target(known=(400, {"error": "Bad Request"}), anonymous=(404, b"")),
    "500 for 404": Target(known=(500, b"")),
    "200 for 404": Target(known=(200, {"id": "x"})),
    "creates refused": Target(create=(422, {"errors": []})),
    "creates broken": Target(create=(500, b"")),
    "creates in HTML": Target(create=(200, b"<html>")),
}


@pytest.mark.parametrize("target", FAULTY.values(), ids=FAULTY)
def test_a_faulty_server_is_judged_not_turned_away(tmp_path: Path, target: Target) -> None:
    assert len(looked(target, tmp_path)) == 6


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_told_before_anything_is_created(tmp_path: Path, status: int) -> None:
    target = Target(known=(status, {"error": "Unauthorized"}))
    refused = refusal(target, tmp_path)
    assert refused.problem == f"credentials rejected with status {status}"
    assert "SIGNALWIRE_API_TOKEN" in refused.hint
    assert "POST" not in target.methods


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_target_without_a_create_is_told(tmp_path: Path, status: int) -> None:
    refused = refusal(Target(create=(status, {"error": "Not Found"})), tmp_path)
    assert refused.problem.endswith(f"does not support create: POST /api/video/conferences returned {status}")
    assert "--profile" in refused.hint


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_may_not_create_are_told(tmp_path: Path, status: int) -> None:
    refused = refusal(Target(create=(status, {"error": "Forbidden"})), tmp_path)
    assert refused.problem.endswith(f"POST /api/video/conferences returned {status}")
    assert "scope" in refused.hint


@pytest.mark.parametrize(
    "date, told",
    [
        (timedelta(), "in sync"),
        (timedelta(seconds=-100), "in sync"),
        (timedelta(hours=2), "7"),
        (timedelta(days=-1), "86"),
        ("yesterday", "invalid Date header: 'yesterday'"),
        ("Wed, 21 Oct 2015 07:28:00 -0000", "invalid Date header"),
        (None, "responses have no Date header"),
    ],
)
def test_the_clock_is_compared_and_never_stops_a_run(
    tmp_path: Path, date: timedelta | str | None, told: str
) -> None:
    if isinstance(date, timedelta):
        date = format_datetime(datetime.now(UTC) + date, usegmt=True)
    target = Target(headers={"date": date} if date else {})
    assert looked(target, tmp_path)["clock"].startswith(told)


LIVE = {"id": "live", "active_session": {"id": "s"}}


@pytest.mark.parametrize(
    "page, found",
    [
        ({"data": [{"id": "quiet"}, LIVE, {"id": "other", "active_session": {}}]}, "live"),
        ({"data": [{"id": "quiet", "active_session": None}]}, None),
        ({"data": [{"id": 7, "active_session": {"id": "s"}}, "text", None]}, None),
        ({"data": "none"}, None),
        ({"data": None}, None),
        ({}, None),
        ([LIVE], None),
    ],
)
def test_a_live_session_is_found_on_the_first_page(tmp_path: Path, page: Any, found: str | None) -> None:
    with faked(lambda _: httpx.Response(200, json=page), tmp_path) as wire:
        assert find_active_session(ApiClient(wire, "00000000", "preflight")) == found


def test_tls_to_a_server_without_it_is_told(tmp_path: Path) -> None:
    def failing(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(ssl.SSLError(1, "[SSL] record layer failure")))

    assert "https" in refusal(failing, tmp_path).hint
