"""Ownership of resources: foreign ones are never deleted, for any response of a target."""

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
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient
from conformance.transport.stack import TransportStack
from tests.support.fake_targets import CONFERENCES, ROOMS, fake_stack

PREFIX = "0badcafe"
FOREIGN = {"id": "of-others", "name": "production-1", "display_name": "A quiet room"}
Resource = dict[str, Any]
CreateHandler = Callable[["Account", httpx.Request], httpx.Response]


@dataclass
class Account:
    """A target with a foreign conference, and a configurable response to creates."""

    creates: CreateHandler
    resources: dict[str, Resource] = field(default_factory=lambda: {f"{CONFERENCES}/of-others": FOREIGN})
    lists: bool = True
    readable: int = 200
    deleted: list[str] = field(default_factory=list)
    most_live: int = 0  # maximum number of resources of the run at the same time

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            response = self.creates(self, request)
            self.most_live = max(self.most_live, len(self.resources) - 1)
            return response
        if request.method == "DELETE":
            self.deleted.append(path)
            return httpx.Response(204 if self.resources.pop(path, None) else 404)
        if path in {CONFERENCES, ROOMS}:
            listed = [resource for item, resource in self.resources.items() if item.startswith(path)]
            return (
                httpx.Response(200, json={"links": {}, "data": listed}) if self.lists else httpx.Response(405)
            )
        if self.readable != 200:
            return httpx.Response(self.readable)
        resource = self.resources.get(path)
        return httpx.Response(200, json=resource) if resource else httpx.Response(404)

    def create(self, request: httpx.Request) -> Resource:
        """Create the resource in a request, and return it."""
        body = parse_json(request.content)
        resource = {"id": str(uuid4()), **(body if isinstance(body, dict) else {})}
        self.resources[f"{request.url.path}/{resource['id']}"] = resource
        return resource

    @property
    def remaining(self) -> list[Resource]:
        """Return the resources that the run has not deleted."""
        return [resource for resource in self.resources.values() if resource is not FOREIGN]


def succeed(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=account.create(request))


def create_and_fail(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(500)


def create_and_lose_connection(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    raise httpx.ReadError("reset")


def respond_with_foreign_resource(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(200, json=FOREIGN)


def respond_with_foreign_id(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={**account.create(request), "id": FOREIGN["id"]})


def respond_with_foreign_id_and_name(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200, json={**account.create(request), **{member: FOREIGN[member] for member in ("id", "name")}}
    )


def respond_with_id_only(account: Account, request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": account.create(request)["id"]})


def respond_without_id(account: Account, request: httpx.Request) -> httpx.Response:
    account.create(request)
    return httpx.Response(201)


CREATE_HANDLERS = (
    succeed,
    create_and_fail,
    create_and_lose_connection,
    respond_with_foreign_resource,
    respond_with_foreign_id,
    respond_with_foreign_id_and_name,
    respond_with_id_only,
    respond_without_id,
)


def create_read_delete(collection: ResourceClient, body: Any) -> None:
    with suppress(Inconclusive):
        collection.create_read_delete(body)


def clean_up(account: Account, stack: TransportStack) -> None:
    delete_leftovers(ApiClient(stack, PREFIX, "clean-up"), stack.ledger)
    assert f"{CONFERENCES}/of-others" in account.resources
    assert f"{CONFERENCES}/of-others" not in account.deleted


def test_a_failed_create_is_searched_for_only_by_a_unique_name(tmp_path: Path) -> None:
    account = Account(create_and_fail)
    with fake_stack(account, tmp_path) as stack:
        video = ApiClient(stack, PREFIX, "a check").video
        video.create(video.minimal(name=video.api.fresh_name(), display_name="A quiet room"))
        clean_up(account, stack)
    assert account.remaining == []


@pytest.mark.parametrize("creates", CREATE_HANDLERS)
def test_a_run_deletes_exactly_its_own_resources_for_any_create_response(
    tmp_path: Path, creates: CreateHandler
) -> None:
    account = Account(creates)
    with fake_stack(account, tmp_path) as stack:
        api = ApiClient(stack, PREFIX, "a check")
        for collection in (api.video, api.fabric):
            for body in (collection.minimal(), collection.full(), collection.minimal(name="production-1")):
                with suppress(Inconclusive):
                    collection.create_read_delete(body)
            with suppress(Inconclusive), collection.existing():
                pass
        clean_up(account, stack)
        assert (stack.ledger.leftovers, stack.ledger.unconfirmed) == ((), ())
    assert account.remaining == []


def test_a_delete_with_wrong_credentials_is_not_sent_to_a_foreign_resource(tmp_path: Path) -> None:
    account = Account(respond_with_foreign_id)
    with fake_stack(account, tmp_path) as stack:
        video = ApiClient(stack, PREFIX, "a check").video
        created = video.create(video.minimal())
        with pytest.raises(Inconclusive, match="not-owned"):
            video.delete(str(created.id), credential=WRONG_TOKEN)
    assert account.deleted == []


@pytest.mark.parametrize("body", [b"", b"{", {}, {"display_name": "A quiet room"}, b'"text"'])
@pytest.mark.parametrize("creates", [succeed, create_and_fail])
def test_a_resource_without_a_unique_name_is_only_reported(
    tmp_path: Path, body: Any, creates: CreateHandler
) -> None:
    account = Account(creates)
    with fake_stack(account, tmp_path) as stack:
        api = ApiClient(stack, PREFIX, "a check")
        api.video.create(body)
        clean_up(account, stack)
        reported = (*stack.ledger.leftovers, *stack.ledger.unfindable)
        assert len(reported) + stack.ledger.unidentifiable_creates == 1
        assert [leftover.id for leftover in reported] == [
            resource["id"] for resource in account.remaining if creates is succeed
        ]
    assert account.deleted == []


def test_a_name_that_a_target_reads_from_an_invalid_body_is_recognized(tmp_path: Path) -> None:
    def create_with_name_from_body(account: Account, request: httpx.Request) -> httpx.Response:
        name = min(unique_names(request.content))
        account.resources[f"{CONFERENCES}/lenient"] = {"id": "lenient", "display_name": name}
        return httpx.Response(200, json=account.resources[f"{CONFERENCES}/lenient"])

    account = Account(create_with_name_from_body)
    with fake_stack(account, tmp_path) as stack:
        api = ApiClient(stack, PREFIX, "a check")
        api.video.create(f"display_name={api.fresh_name()}".encode())
        clean_up(account, stack)
    assert account.remaining == []


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_create_response_proves_ownership_if_gets_fail(tmp_path: Path, status: int) -> None:
    account = Account(succeed, readable=status)
    with fake_stack(account, tmp_path) as stack:
        with ApiClient(stack, PREFIX, "a check").fabric.existing():
            pass
        clean_up(account, stack)
    assert account.remaining == []


def test_a_rejected_query_does_not_prove_ownership(tmp_path: Path) -> None:
    account = Account(respond_with_foreign_id, readable=422)
    with fake_stack(account, tmp_path) as stack:
        video = ApiClient(stack, PREFIX, "a check").video
        created = video.create(video.minimal())
        video.get(str(created.id), query={"include": "nothing"})
        with pytest.raises(Inconclusive, match="not-owned"):
            video.delete(str(created.id))


@pytest.mark.parametrize(
    "creates", [respond_without_id, create_and_fail, respond_with_foreign_resource, respond_with_foreign_id]
)
def test_the_limit_of_live_resources_holds_for_any_create_response(
    tmp_path: Path, creates: CreateHandler
) -> None:
    account = Account(creates)
    with fake_stack(account, tmp_path, Limits(concurrency=4, max_live=5)) as stack:
        api = ApiClient(stack, PREFIX, "a check")
        stack.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
            ApiClient(stack, PREFIX, "clean-up"), stack.ledger
        )
        api.map_concurrently(partial(create_read_delete, api.video), [api.video.minimal() for _ in range(12)])
        clean_up(account, stack)
    assert account.most_live <= 5
    assert account.remaining == []


def test_creates_stop_if_their_resources_cannot_be_found(tmp_path: Path) -> None:
    account = Account(respond_without_id, lists=False)
    with fake_stack(account, tmp_path, Limits(concurrency=1, max_live=2)) as stack:
        api = ApiClient(stack, PREFIX, "a check")
        stack.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
            ApiClient(stack, PREFIX, "clean-up"), stack.ledger
        )
        for _ in range(2):
            api.video.create(api.video.minimal())
        with pytest.raises(Inconclusive, match="live-cap"):
            api.video.create(api.video.minimal())
        assert len(stack.ledger.unconfirmed) == len(account.remaining) == 2


def respond_with_number_as_id(account: Account, request: httpx.Request) -> httpx.Response:
    resource = account.create(request)
    resource["id"] = len(account.resources)
    return httpx.Response(200, json=resource)


@pytest.mark.parametrize("lists", [True, False])
def test_creates_stop_if_the_ids_of_their_resources_are_unusable(tmp_path: Path, lists: object) -> None:
    account = Account(respond_with_number_as_id, lists=bool(lists))
    with fake_stack(account, tmp_path, Limits(concurrency=1, max_live=2, max_seconds=60)) as stack:
        api = ApiClient(stack, PREFIX, "a check")
        stack.ledger.live_limit.reclaim = lambda: retry_failed_deletes(
            ApiClient(stack, PREFIX, "clean-up"), stack.ledger
        )
        for _ in range(2):
            api.video.create(api.video.minimal())
        with pytest.raises(Inconclusive, match="live-cap"):
            api.video.create(api.video.minimal())
        assert len(stack.ledger.unconfirmed) == 2


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_create_response_does_not_prove_ownership_if_gets_return_names(tmp_path: Path, status: int) -> None:
    account = Account(succeed)
    with fake_stack(account, tmp_path) as stack:
        video = ApiClient(stack, PREFIX, "a check").video
        with video.existing():
            pass
        account.creates, account.readable = respond_with_foreign_id, status
        with suppress(Inconclusive):
            video.create_read_delete(video.minimal())
        account.readable = 200
        clean_up(account, stack)
    assert account.remaining == []
