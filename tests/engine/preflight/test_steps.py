"""Preflight: errors have a problem and a hint; a faulty server passes."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.engine.preflight.steps import (
    find_active_session,
    preflight_steps,
)
from conformance.testkit.api_client import ApiClient
from tests.engine.preflight.running import preflight_error, preflight_results, warnings
from tests.support.fake_targets import fake_stack

UNAUTHORIZED = (401, {"error": "Unauthorized"})
NOT_FOUND = (404, {"error": "Not Found"})
CREATED = (200, {"id": "made"})


@dataclass
class Target:
    """A target with configurable responses to creates, and to gets with and without credentials."""

    authenticated: tuple[int, Any] = NOT_FOUND
    unauthenticated: tuple[int, Any] = UNAUTHORIZED
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
            if request.method == "DELETE":
                self.created = {}
        else:
            status, body = self.authenticated if "authorization" in request.headers else self.unauthenticated
        headers = {"content-type": "application/json", **self.headers}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, headers=headers, content=content)


def test_all_steps_are_returned_in_order(tmp_path: Path) -> None:
    results = preflight_results(Target(), tmp_path)
    expected = ["connection", "api", "credentials", "clock", "token", "create", "get", "list", "delete"]
    assert list(results) == expected
    assert results["connection"].startswith("responds in ")
    assert results["create"] == "POST /api/video/conferences returned 200"


def test_preflight_deletes_the_resource_that_it_creates(tmp_path: Path) -> None:
    target = Target()
    with fake_stack(target, tmp_path) as stack:
        list(preflight_steps(ApiClient(stack, "00000000", "preflight")))
        assert stack.ledger.leftovers == ()
    first = target.methods.index("POST")
    assert set(target.methods[:first]) == {"GET"}
    one_profile = ["POST", "GET", "GET", "GET", "DELETE", "GET"]
    assert target.methods[first:] == one_profile + one_profile


def test_a_target_with_only_the_fabric_profile_is_tested_with_rooms(tmp_path: Path) -> None:
    results = preflight_results(Target(), tmp_path, profiles=("fabric",))
    assert results["create"].startswith("POST /api/fabric/resources/conference_rooms returned")


@pytest.mark.parametrize(
    "error, problem, hint",
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
def test_an_unreachable_target_is_reported_with_a_hint(
    tmp_path: Path, error: httpx.RequestError, problem: str, hint: str
) -> None:
    def raise_error(_: httpx.Request) -> httpx.Response:
        raise error

    preflight_failure = preflight_error(raise_error, tmp_path)
    assert problem in preflight_failure.problem
    assert hint in preflight_failure.hint


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
def test_another_product_is_reported_before_any_create(
    tmp_path: Path, status: int, body: Any, media_type: str
) -> None:
    response = (status, body)
    target = Target(response, response, response, {"content-type": media_type})
    error = preflight_error(target, tmp_path)
    assert "does not look like the Conference API: GET /api/video/conferences/" in error.problem
    assert f"returned {status} ({media_type})" in error.problem
    assert "--target" in error.hint
    assert "POST" not in target.methods


FAULTY = {
    "none": Target(),
    "another 401": Target(unauthenticated=(401, {"anything": 1})),
    "403 for 401": Target(unauthenticated=(403, {})),
    "no authentication": Target(unauthenticated=(200, {})),
    "400 for 404": Target(authenticated=(400, {"error": "Bad Request"}), unauthenticated=(404, b"")),
    "500 for 404": Target(authenticated=(500, b"")),
    "200 for 404": Target(authenticated=(200, {"id": "x"})),
    "creates rejected": Target(create=(422, {"errors": []})),
    "creates with a server error": Target(create=(500, b"")),
    "creates in HTML": Target(create=(200, b"<html>")),
    "errors in HTML, and a list": Target(
        authenticated=(200, {"links": {}, "data": []}), unauthenticated=(401, b"<h1>Unauthorized</h1>")
    ),
}


@pytest.mark.parametrize("target", FAULTY.values(), ids=FAULTY)
def test_a_faulty_server_passes_the_preflight(tmp_path: Path, target: Target) -> None:
    assert list(preflight_results(target, tmp_path))[-1] == "delete"


@pytest.mark.parametrize("status", [401, 403])
def test_rejected_credentials_are_reported_before_any_create(tmp_path: Path, status: int) -> None:
    target = Target(authenticated=(status, {"error": "Unauthorized"}))
    error = preflight_error(target, tmp_path)
    assert error.problem == f"credentials rejected with status {status}"
    assert "SIGNALWIRE_API_TOKEN" in error.hint
    assert "POST" not in target.methods


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_target_without_create_is_reported(tmp_path: Path, status: int) -> None:
    error = preflight_error(Target(create=(status, {"error": "Not Found"})), tmp_path)
    assert error.problem.endswith(f"does not support create: POST /api/video/conferences returned {status}")
    assert "--profile" in error.hint


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_without_permission_to_create_are_reported(tmp_path: Path, status: int) -> None:
    error = preflight_error(Target(create=(status, {"error": "Forbidden"})), tmp_path)
    assert error.problem.endswith(f"POST /api/video/conferences returned {status}")
    assert "scope" in error.hint


@pytest.mark.parametrize(
    "date, expected",
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
def test_a_clock_difference_is_reported_but_does_not_stop_the_run(
    tmp_path: Path, date: timedelta | str | None, expected: str
) -> None:
    if isinstance(date, timedelta):
        date = format_datetime(datetime.now(UTC) + date, usegmt=True)
    target = Target(headers={"date": date} if date else {})
    assert preflight_results(target, tmp_path)["clock"].startswith(expected)


LIVE = {"id": "live", "active_session": {"id": "s"}}


@pytest.mark.parametrize(
    "page, session_id",
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
def test_a_live_session_is_found_on_the_first_page(tmp_path: Path, page: Any, session_id: str | None) -> None:
    with fake_stack(lambda _: httpx.Response(200, json=page), tmp_path) as stack:
        assert find_active_session(ApiClient(stack, "00000000", "preflight")) == session_id


def test_https_to_a_server_without_tls_is_reported_with_a_hint(tmp_path: Path) -> None:
    def raise_error(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(ssl.SSLError(1, "[SSL] record layer failure")))

    assert "https" in preflight_error(raise_error, tmp_path).hint


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_target_behind_a_gateway_without_a_server_is_not_ready(tmp_path: Path, status: int) -> None:
    response = (status, b"<html>")
    error = preflight_error(Target(response, response, response), tmp_path)
    assert "is not ready: GET /api/video/conferences/" in error.problem
    assert f"returned {status}" in error.problem


def test_a_target_that_becomes_ready_passes(tmp_path: Path) -> None:
    target, failures = Target(), iter(range(10))

    def fail_at_first(request: httpx.Request) -> httpx.Response:
        return httpx.Response(502) if next(failures, None) is not None else target(request)

    assert "create" in preflight_results(fail_at_first, tmp_path)


@pytest.mark.parametrize(
    "location, address, hint",
    [
        ("https://target.test/api", "https://target.test/api", "use --target https://target.test"),
        ("https://user:word@other.test/x?token=y#z", "https://other.test/x", "--target https://other.test"),
        ("/login?next=/api", "http://target.test/login", "base paths"),
        ("http://target.test:no", "an invalid address", "base paths"),
    ],
)
def test_a_redirect_is_reported_with_its_location(
    tmp_path: Path, location: str, address: str, hint: str
) -> None:
    response = (302, b"")
    target = Target(response, response, response, {"location": location, "content-type": "text/html"})
    error = preflight_error(target, tmp_path)
    assert f"redirects to {address}: GET /api/video/conferences/" in error.problem
    assert hint in error.hint
    assert not any(secret in str(error) for secret in ("word", "token", "next="))


def test_a_mock_without_authentication_is_recognized_as_the_api(tmp_path: Path) -> None:
    sample = {"id": "x", "name": "n", "display_name": "d", "created_at": "2041-05-06T07:08:09Z", "meta": {}}
    sample_response = (200, sample)
    target = Target(sample_response, sample_response, sample_response)
    assert "looks like a stateless mock" in warnings(target, tmp_path)["get"]
