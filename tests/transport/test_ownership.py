"""Resources of others are never deleted, for any response of a target."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conformance.config.target import Limits
from conformance.engine.resource_cleanup import delete_leftovers, retry_failed_deletes
from conformance.http.credentials import WRONG_TOKEN
from conformance.http.json_body import parse_json
from conformance.http.resource_names import unique_names
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient, ResourceClient
from conformance.transport.stack import TransportStack
from tests.support.fake_targets import CONFERENCES, ROOMS, faked

PREFIX = "0badcafe"
QUIET = {"id": "of-others", "name": "production-1", "display_name": "A quiet room"}
Resource = dict[str, Any]
Create = Callable[["Account", httpx.Request], httpx.Response]


@dataclass
class Account:
    """A target with a conference of others, and a configurable response to creates."""

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
        """Create the resource in a request, and return it."""
        sent = parse_json(request.content)
        resource = {"id": str(uuid4()), **(sent if isinstance(sent, dict) else {})}
        self.resources[f"{request.url.path}/{resource['id']}"] = resource
        return resource

    @property
    def left(self) -> list[Resource]:
        """Return the resources that the run has not deleted."""
        return [each for each in self.resources.values() if each is not QUIET]


def served(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=account.create(request))


def fails(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(500)


def breaks(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    raise httpx.ReadError("reset")


def answers_with_another(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(200, json=QUIET)


def echoes_with_the_id_of_another(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={**account.create(request), "id": QUIET["id"]})


def echoes_with_the_names_of_another(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={**account.create(request), **{k: QUIET[k] for k in ("id", "name")}})


def answers_with_an_id_alone(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": account.create(request)["id"]})


def names_no_id(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(201)


CREATES = (
    served,
    fails,
    breaks,
    answers_with_another,
    echoes_with_the_id_of_another,
    echoes_with_the_names_of_another,
    answers_with_an_id_alone,
    names_no_id,
)


def visited(collection: ResourceClient, body: Any) -> None:
    with suppress(Inconclusive):
        collection.create_read_delete(body)


def cleaned(account: Account, wire: TransportStack) -> None:
    delete_leftovers(ApiClient(wire, PREFIX, "clean-up"), wire.ledger)
    assert f"{CONFERENCES}/of-others" in account.resources
    assert f"{CONFERENCES}/of-others" not in account.deleted


def test_a_failed_create_is_not_searched_for_by_a_display_name_that_is_not_unique(tmp_path: Path) -> None:
    account = Account(fails)
    with faked(account, tmp_path) as wire:
        video = ApiClient(wire, PREFIX, "a check").video
        video.create(video.minimal(name=video.api.fresh_name(), display_name="A quiet room"))
        cleaned(account, wire)
    assert account.left == []


@pytest.mark.parametrize("creates", CREATES)
def test_a_run_deletes_exactly_its_own_resources_for_any_create_response(
    tmp_path: Path, creates: Create
) -> None:
    account = Account(creates)
    with faked(account, tmp_path) as wire:
        api = ApiClient(wire, PREFIX, "a check")
        for collection in (api.video, api.fabric):
            for body in (collection.minimal(), collection.full(), collection.minimal(name="production-1")):
                with suppress(Inconclusive):
                    collection.create_read_delete(body)
            with suppress(Inconclusive), collection.existing():
                pass
        cleaned(account, wire)
        assert (wire.ledger.leftovers, wire.ledger.unconfirmed) == ((), ())
    assert account.left == []


def test_a_delete_with_wrong_credentials_is_not_sent_to_a_foreign_resource(tmp_path: Path) -> None:
    account = Account(echoes_with_the_id_of_another)
    with faked(account, tmp_path) as wire:
        video = ApiClient(wire, PREFIX, "a check").video
        created = video.create(video.minimal())
        with pytest.raises(Inconclusive, match="not-owned"):
            video.delete(str(created.id), credential=WRONG_TOKEN)
    assert account.deleted == []


@pytest.mark.parametrize("body", [b"", b"{", {}, {"display_name": "A quiet room"}, b'"text"'])
@pytest.mark.parametrize("creates", [served, fails])
def test_a_resource_without_a_unique_name_is_only_reported(
    tmp_path: Path, body: Any, creates: Create
) -> None:
    account = Account(creates)
    with faked(account, tmp_path) as wire:
        api = ApiClient(wire, PREFIX, "a check")
        api.video.create(body)
        cleaned(account, wire)
        reported = (*wire.ledger.leftovers, *wire.ledger.unfindable)
        assert len(reported) + wire.ledger.unidentifiable_creates == 1
        assert [each.id for each in reported] == [each["id"] for each in account.left if creates is served]
    assert account.deleted == []


def test_a_name_that_a_server_takes_from_the_wrong_place_is_recognized(tmp_path: Path) -> None:
    def lenient(account: Account, request: httpx.Request) -> httpx.Response:
        name = min(unique_names(request.content))
        account.resources[f"{CONFERENCES}/lenient"] = {"id": "lenient", "display_name": name}
        return httpx.Response(200, json=account.resources[f"{CONFERENCES}/lenient"])

    account = Account(lenient)
    with faked(account, tmp_path) as wire:
        api = ApiClient(wire, PREFIX, "a check")
        api.video.create(f"display_name={api.fresh_name()}".encode())
        cleaned(account, wire)
    assert account.left == []


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_create_response_proves_ownership_if_gets_fail(tmp_path: Path, status: int) -> None:
    account = Account(served, readable=status)
    with faked(account, tmp_path) as wire:
        with ApiClient(wire, PREFIX, "a check").fabric.existing():
            pass
        cleaned(account, wire)
    assert account.left == []


def test_a_rejected_query_proves_no_ownership(tmp_path: Path) -> None:
    account = Account(echoes_with_the_id_of_another, readable=422)
    with faked(account, tmp_path) as wire:
        video = ApiClient(wire, PREFIX, "a check").video
        created = video.create(video.minimal())
        video.get(str(created.id), query={"include": "nothing"})
        with pytest.raises(Inconclusive, match="not-owned"):
            video.delete(str(created.id))


@pytest.mark.parametrize("creates", [names_no_id, fails, answers_with_another, echoes_with_the_id_of_another])
def test_the_limit_of_live_resources_holds_for_any_create_response(tmp_path: Path, creates: Create) -> None:
    account = Account(creates)
    with faked(account, tmp_path, Limits(concurrency=4, max_live=5)) as wire:
        api = ApiClient(wire, PREFIX, "a check")
        wire.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
            ApiClient(wire, PREFIX, "room"), wire.ledger
        )
        api.map_concurrently(partial(visited, api.video), [api.video.minimal() for _ in range(12)])
        cleaned(account, wire)
    assert account.highest <= 5
    assert account.left == []


def test_creates_stop_if_their_resources_cannot_be_found(tmp_path: Path) -> None:
    account = Account(names_no_id, lists=False)
    with faked(account, tmp_path, Limits(concurrency=1, max_live=2)) as wire:
        api = ApiClient(wire, PREFIX, "a check")
        wire.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
            ApiClient(wire, PREFIX, "room"), wire.ledger
        )
        for _ in range(2):
            api.video.create(api.video.minimal())
        with pytest.raises(Inconclusive, match="live-cap"):
            api.video.create(api.video.minimal())
        assert len(wire.ledger.unconfirmed) == len(account.left) == 2


def numbered(account: Account, request: httpx.Request) -> httpx.Response:
    resource = account.create(request)
    resource["id"] = len(account.resources)
    return httpx.Response(200, json=resource)


@pytest.mark.parametrize("lists", [True, False])
def test_creates_stop_if_the_ids_of_their_resources_are_unusable(tmp_path: Path, lists: object) -> None:
    account = Account(numbered, lists=bool(lists))
    with faked(account, tmp_path, Limits(concurrency=1, max_live=2, max_seconds=60)) as wire:
        api = ApiClient(wire, PREFIX, "a check")
        wire.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
            ApiClient(wire, PREFIX, "room"), wire.ledger
        )
        for _ in range(2):
            api.video.create(api.video.minimal())
        with pytest.raises(Inconclusive, match="live-cap"):
            api.video.create(api.video.minimal())
        assert len(wire.ledger.unconfirmed) == 2


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_create_response_proves_no_ownership_if_gets_return_names(tmp_path: Path, status: int) -> None:
    account = Account(served)
    with faked(account, tmp_path) as wire:
        video = ApiClient(wire, PREFIX, "a check").video
        with video.existing():
            pass
        account.creates, account.readable = echoes_with_the_id_of_another, status
        with suppress(Inconclusive):
            video.create_read_delete(video.minimal())
        account.readable = 200
        cleaned(account, wire)
    assert account.left == []
