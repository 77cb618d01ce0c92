"""Resources of others are never deleted, whatever a target answers."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from conformance.api import Api
from conformance.clearing import clear
from conformance.target import Limits
from conformance.verdict import Unobserved
from conformance.wire import Wire
from tests.servers import CONFERENCES, ROOMS, faked

PREFIX = "0badcafe"
QUIET = {"id": "of-others", "name": "production-1", "display_name": "A quiet room"}
Resource = dict[str, Any]
Create = Callable[["Account", httpx.Request], httpx.Response]


@dataclass
class Account:
    """A target with a conference of others, whose creates answer as they are told to."""

    creates: Create
    resources: dict[str, Resource] = field(default_factory=lambda: {f"{CONFERENCES}/of-others": QUIET})
    lists: bool = True
    readable: int = 200
    deleted: list[str] = field(default_factory=list)
    highest: int = 0  # number of resources of the run at any time

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            response = self.creates(self, request)
            self.highest = max(self.highest, len(self.resources) - 1)
            return response
        if request.method == "DELETE":
            self.deleted.append(path)
            return httpx.Response(204 if self.resources.pop(path, None) else 404)
        if path in {CONFERENCES, ROOMS}:
            found = [each for place, each in self.resources.items() if place.startswith(path)]
            return (
                httpx.Response(200, json={"links": {}, "data": found}) if self.lists else httpx.Response(405)
            )
        if self.readable != 200:
            return httpx.Response(self.readable)
        known = self.resources.get(path)
        return httpx.Response(200, json=known) if known else httpx.Response(404)

    def create(self, request: httpx.Request) -> Resource:
        """Create what a request asks for, and return it."""
        members: Mapping[str, Any] = {}
        with suppress(ValueError):
            members = json.loads(request.content)
        resource = {"id": str(uuid4()), **members}
        self.resources[f"{request.url.path}/{resource['id']}"] = resource
        return resource

    @property
    def left(self) -> list[Resource]:
        """Return what the run left."""
        return [each for each in self.resources.values() if each is not QUIET]


def fails(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(500)


def cleaned(account: Account, wire: Wire) -> None:
    clear(Api(wire, PREFIX, "clean-up"), wire.ledger)
    assert f"{CONFERENCES}/of-others" in account.resources
    assert f"{CONFERENCES}/of-others" not in account.deleted


def test_a_failed_create_is_not_searched_for_by_a_display_name_that_others_may_have(tmp_path: Path) -> None:
    account = Account(fails)
    with faked(account, tmp_path) as wire:
        video = Api(wire, PREFIX, "a check").video
        video.create(video.minimal(name=video.api.fresh_name(), display_name="A quiet room"))
        cleaned(account, wire)
    assert account.left == []
