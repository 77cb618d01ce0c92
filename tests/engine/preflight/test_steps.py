"""Preflight: errors have a problem and a hint; a faulty server passes."""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conformance.config.target import PROFILES
from conformance.engine.preflight.steps import (
    PreflightError,
    PreflightStep,
    find_active_session,
    preflight_steps,
)
from conformance.http.credentials import VALID
from conformance.testkit.api_client import ApiClient
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ROOMS, fake_stack

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


def steps(
    target: Callable[[httpx.Request], httpx.Response],
    folder: Path,
    profiles: tuple[str, ...] = ("video",),
    **options: bool,
) -> list[PreflightStep]:
    with fake_stack(target, folder, profiles=profiles) as stack:
        return list(preflight_steps(ApiClient(stack, "00000000", "preflight"), **options))


def preflight_results(
    target: Callable[[httpx.Request], httpx.Response], folder: Path, profiles: tuple[str, ...] = ("video",)
) -> dict[str, str]:
    return {step.name: step.result for step in steps(target, folder, profiles)}


def warnings(target: Callable[[httpx.Request], httpx.Response], folder: Path) -> dict[str, str]:
    return {step.name: step.result for step in steps(target, folder) if step.is_warning}


def preflight_error(target: Callable[[httpx.Request], httpx.Response], folder: Path) -> PreflightError:
    with pytest.raises(PreflightError) as error:
        preflight_results(target, folder)
    assert error.value.hint in str(error.value)
    return error.value


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


class Store:
    """A target that stores resources; subclasses do some of it wrong."""

    def __init__(self) -> None:
        self.resources: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if not self.is_authorized(request):
            return httpx.Response(401, json={"error": "Unauthorized"})
        if request.method == "POST":
            return self.create(path, json.loads(request.content))
        if request.method == "DELETE":
            return self.delete(path)
        if path in {CONFERENCES, ROOMS}:
            return httpx.Response(200, json=self.page(path))
        return self.get(path)

    def is_authorized(self, request: httpx.Request) -> bool:
        return bool(request.headers.get("authorization") == VALID.header(ACCOUNT))

    def create(self, path: str, body: Any, /) -> httpx.Response:
        resource = {"id": str(uuid4()), **body}
        self.resources[f"{path}/{resource['id']}"] = resource
        return httpx.Response(200, json=resource)

    def get(self, path: str, /) -> httpx.Response:
        resource = self.resources.get(path)
        return httpx.Response(200 if resource else 404, json=resource or {"error": "Not Found"})

    def delete(self, path: str, /) -> httpx.Response:
        return httpx.Response(204 if self.resources.pop(path, None) else 404)

    def page(self, path: str) -> Any:
        data = [resource for item, resource in self.resources.items() if item.startswith(path)]
        return {"links": {}, "data": data}


class AcceptsAnyToken(Store):
    def is_authorized(self, request: httpx.Request) -> bool:
        return "authorization" in request.headers


class StoresNothing(Store):
    def create(self, _: str, body: Any, /) -> httpx.Response:
        return httpx.Response(200, json={"id": str(uuid4()), **body})


class ReturnsSamples(StoresNothing):
    """A mock that returns the same conference for any id."""

    def get(self, _: str, /) -> httpx.Response:
        return httpx.Response(200, json={"id": "sample", "name": "sample"})


class HasOtherIds(Store):
    def create(self, path: str, body: Any, /) -> httpx.Response:
        return httpx.Response(200, json={**super().create(path, body).json(), "id": str(uuid4())})


class AcceptsAnyId(Store):
    def get(self, path: str, /) -> httpx.Response:
        return httpx.Response(200, json=self.resources.get(path, {}))


class KeepsDeleted(Store):
    def delete(self, _: str, /) -> httpx.Response:
        return httpx.Response(204)


class HasNoIds(Store):
    def create(self, path: str, body: Any, /) -> httpx.Response:
        super().create(path, body)
        return httpx.Response(201)


@pytest.mark.parametrize(
    "target, name, expected",
    [
        (AcceptsAnyToken(), "token", "with a wrong token returned 200; any token is accepted"),
        (StoresNothing(), "get", "returned 404: it cannot be read back; looks like a stateless mock"),
        (ReturnsSamples(), "get", "returned another resource than the one created; looks like a stateless"),
        (HasOtherIds(), "get", "the id in the create response returned 404: it cannot be read back"),
        (AcceptsAnyId(), "get", "returned 200 for an id that no resource has"),
        (KeepsDeleted(), "delete", "returned 204, but a get still returns the resource"),
        (HasNoIds(), "create", "returned 201 without an id"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Store) else "",
)
def test_a_target_that_does_not_store_or_protect_resources_is_a_warning(
    tmp_path: Path, target: Store, name: str, expected: str
) -> None:
    found = warnings(target, tmp_path)
    assert expected in found[name]
    assert ("mock" in str(found)) is isinstance(target, StoresNothing)


def test_a_documented_target_has_no_warnings(tmp_path: Path) -> None:
    assert [step.result for step in steps(Store(), tmp_path, PROFILES) if step.is_warning] == []


class HasNoRooms(Store):
    def create(self, path: str, body: Any, /) -> httpx.Response:
        return httpx.Response(404, json={}) if path == ROOMS else super().create(path, body)


def test_a_missing_profile_prevents_a_run_only_if_all_are_required(tmp_path: Path) -> None:
    results = [step.result for step in steps(HasNoRooms(), tmp_path, PROFILES) if step.is_warning]
    assert "does not support create: POST /api/fabric/resources/conference_rooms returned 404" in results[0]
    with pytest.raises(PreflightError, match="does not support create: POST /api/fabric"):
        steps(HasNoRooms(), tmp_path, PROFILES, requires_all_profiles=True)


class CannotDeleteRooms(Store):
    def delete(self, path: str, /) -> httpx.Response:
        return httpx.Response(404) if path.startswith(ROOMS) else super().delete(path)


def test_delete_is_required_of_every_profile(tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match="does not support DELETE /api/fabric"):
        steps(CannotDeleteRooms(), tmp_path, PROFILES)
    allowed = steps(CannotDeleteRooms(), tmp_path, PROFILES, allow_leftovers=True)
    assert [step.keeps_resources for step in allowed if step.name == "delete"] == [False, True]


def test_a_mock_without_authentication_is_recognized_as_the_api(tmp_path: Path) -> None:
    sample = {"id": "x", "name": "n", "display_name": "d", "created_at": "2041-05-06T07:08:09Z", "meta": {}}
    sample_response = (200, sample)
    target = Target(sample_response, sample_response, sample_response)
    assert "looks like a stateless mock" in warnings(target, tmp_path)["get"]
