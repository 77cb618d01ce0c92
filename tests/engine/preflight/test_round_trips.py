"""Preflight: a target that does not store or protect resources is a warning, or cannot be tested."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conformance.config.target import PROFILES
from conformance.engine.preflight.steps import (
    PreflightError,
)
from conformance.http.credentials import VALID
from tests.engine.preflight.running import steps, warnings
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ROOMS


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
