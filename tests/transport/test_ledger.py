"""The ledger: it lists the resources that the run created, after any response or failure."""

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.target import Connection, Limits, Target
from conformance.engine import resource_cleanup
from conformance.http.credentials import SWAPPED
from conformance.http.exchange import Origin, Request
from conformance.http.json_body import parse_json
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import JSON_HEADERS
from conformance.transport.resources.ledger_transport import NotOwnedError
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import TransportStack, open_stack
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ROOMS, fake_stack

NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"
BODY = json.dumps({"display_name": NAME}).encode()
CREATE = Request("POST", CONFERENCES, JSON_HEADERS, BODY)


def ledger(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ledger.ndjson").read_text().splitlines()]


def send(stack: TransportStack, method: str, path: str, body: bytes = b"") -> None:
    stack.send(Request(method, path, JSON_HEADERS, body), Origin("a check", "VC-CREATE"))


@dataclass
class StoringTarget:
    """A target that stores resources, and responds to deletes with the statuses in `deletes`."""

    deletes: list[int] = field(default_factory=list)
    resources: dict[str, Any] = field(default_factory=dict)
    on_request: Callable[[httpx.Request], None] = lambda _: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.on_request(request)
        if request.method == "DELETE":
            return httpx.Response(self.deletes.pop(0) if self.deletes else 204)
        if request.method == "GET":
            resource = self.resources.get(request.url.path.rpartition("/")[2])
            return httpx.Response(200, json=resource) if resource else httpx.Response(404)
        identifier = f"made-{len(self.resources) + 1}"
        body = parse_json(request.content)
        self.resources[identifier] = {"id": identifier, **(body if isinstance(body, dict) else {})}
        return httpx.Response(200, json=self.resources[identifier])


def get_and_delete(stack: TransportStack, identifier: str) -> None:
    send(stack, "GET", f"{CONFERENCES}/{identifier}")
    send(stack, "DELETE", f"{CONFERENCES}/{identifier}")


def test_the_intent_is_written_before_the_request_is_sent(tmp_path: Path) -> None:
    lines_before_response: list[dict[str, Any]] = []
    target = StoringTarget(on_request=lambda _: lines_before_response.extend(ledger(tmp_path)))
    with fake_stack(target, tmp_path) as stack:
        send(stack, "POST", CONFERENCES, BODY)
    assert lines_before_response == [{"intent": 1, "collection": CONFERENCES, "name": NAME}]


def test_the_id_is_recorded_with_the_response(tmp_path: Path) -> None:
    with fake_stack(StoringTarget(), tmp_path) as stack:
        send(stack, "POST", ROOMS, json.dumps({"name": NAME, "display_name": "shown"}).encode())
        lines = ledger(tmp_path)
    assert lines == [
        {"intent": 1, "collection": ROOMS, "name": NAME, "display_name": "shown"},
        {"created": 1, "id": "made-1"},
    ]


def test_ids_of_concurrent_creates_belong_to_their_intents(tmp_path: Path) -> None:
    names = [f"{number:012x}" for number in range(40)]
    bodies = [{"display_name": f"cc-0badcafe-{name}-0_Z", "name": name} for name in names]

    def echo(request: httpx.Request) -> httpx.Response:
        name = json.loads(request.content)["name"]
        return httpx.Response(200, json={"id": name, "display_name": f"cc-0badcafe-{name}-0_Z"})

    with fake_stack(echo, tmp_path) as stack:
        ApiClient(stack, "00000000", "check").video.create_each(bodies)
    lines = ledger(tmp_path)
    intents = {line["intent"]: line["name"] for line in lines if "intent" in line}
    created = {line["created"]: line["id"] for line in lines if "created" in line}
    assert intents == created
    assert len(created) == 40


def test_an_id_of_several_creates_belongs_to_the_create_whose_name_a_get_returns(tmp_path: Path) -> None:
    names = [f"cc-0badcafe-{number:012x}-0_Z" for number in range(3)]

    def respond_with_the_same_id(request: httpx.Request) -> httpx.Response:
        name = json.loads(request.content)["name"] if request.method == "POST" else names[2]
        return httpx.Response(200, json={"id": "the-same", "name": name})

    with fake_stack(respond_with_the_same_id, tmp_path) as stack:
        for name in names:
            send(stack, "POST", CONFERENCES, json.dumps({"name": name}).encode())
        assert stack.ledger.leftovers == (Leftover(CONFERENCES, "the-same", names[2]),)
        get_and_delete(stack, "the-same")
        assert not stack.ledger.leftovers
        unconfirmed_names = {resource.name for resource in stack.ledger.unconfirmed}
    assert unconfirmed_names == {*names[:2]}


def test_only_failed_deletes_with_valid_credentials_are_retried(tmp_path: Path) -> None:
    with fake_stack(StoringTarget(deletes=[401, 409, 204]), tmp_path) as stack:
        video = ApiClient(stack, "0badcafe", "check").video
        identifier = str(video.create({"display_name": NAME}).id)
        assert video.owns(identifier)
        video.delete(identifier, credential=SWAPPED)
        assert not stack.ledger.failed_deletes
        video.delete(identifier)
        assert [leftover.id for leftover in stack.ledger.failed_deletes] == [identifier]
        video.delete(identifier)
        failed_deletes = [leftover.id for leftover in stack.ledger.failed_deletes]
    assert failed_deletes == []


@pytest.mark.parametrize("status", [200, 204])
def test_a_deleted_resource_is_not_a_leftover(tmp_path: Path, status: int) -> None:
    with fake_stack(StoringTarget(deletes=[status]), tmp_path) as stack:
        send(stack, "POST", CONFERENCES, BODY)
        get_and_delete(stack, "made-1")
        assert stack.ledger.leftovers == ()
    assert ledger(tmp_path)[-1] == {"deleted": "made-1", "collection": CONFERENCES, "status": status}


def test_a_delete_with_status_404_counts_once_a_get_returns_404_as_well(tmp_path: Path) -> None:
    target = StoringTarget(deletes=[404])
    with fake_stack(target, tmp_path) as stack:
        send(stack, "POST", CONFERENCES, BODY)
        get_and_delete(stack, "made-1")
        send(stack, "GET", f"{CONFERENCES}/made-1")
        assert stack.ledger.failed_deletes == (Leftover(CONFERENCES, "made-1", NAME),)
        del target.resources["made-1"]
        send(stack, "GET", f"{CONFERENCES}/made-1")
        assert stack.ledger.leftovers == ()
    assert ledger(tmp_path)[-1] == {"deleted": "made-1", "collection": CONFERENCES, "status": 404}


def test_a_deleted_resource_that_a_get_returns_is_a_leftover(tmp_path: Path) -> None:
    target = StoringTarget()
    with fake_stack(target, tmp_path) as stack:
        for _ in range(2):
            send(stack, "POST", CONFERENCES, BODY)
        get_and_delete(stack, "made-1")
        send(stack, "GET", f"{CONFERENCES}/made-1")
        assert stack.ledger.failed_deletes == (Leftover(CONFERENCES, "made-1", NAME),)
        get_and_delete(stack, "made-2")
        assert [leftover.id for leftover in stack.ledger.leftovers] == ["made-2", "made-1"]
        target.resources.clear()
        for identifier in ("made-1", "made-2"):
            send(stack, "GET", f"{CONFERENCES}/{identifier}")
        assert stack.ledger.leftovers == ()


@pytest.mark.parametrize("status", [401, 403, 405, 500])
def test_a_resource_whose_delete_failed_is_a_leftover(tmp_path: Path, status: int) -> None:
    with fake_stack(StoringTarget(deletes=[status]), tmp_path) as stack:
        send(stack, "POST", CONFERENCES, BODY)
        get_and_delete(stack, "made-1")
        assert stack.ledger.leftovers == (Leftover(CONFERENCES, "made-1", NAME),)
    assert "deleted" not in ledger(tmp_path)[-1]


def test_leftovers_are_in_order_of_creation(tmp_path: Path) -> None:
    with fake_stack(StoringTarget(), tmp_path) as stack:
        for collection in (CONFERENCES, ROOMS, CONFERENCES):
            send(stack, "POST", collection, BODY)
        get_and_delete(stack, "made-1")
        leftovers = [(leftover.collection, leftover.id) for leftover in stack.ledger.leftovers]
    assert leftovers == [(ROOMS, "made-2"), (CONFERENCES, "made-3")]


def test_a_delete_of_a_resource_that_the_run_did_not_create_is_never_sent(tmp_path: Path) -> None:
    sent: list[str] = []
    with fake_stack(StoringTarget(on_request=lambda request: sent.append(request.method)), tmp_path) as stack:
        for path in (f"{CONFERENCES}/of-others", f"{ROOMS}/made-1", CONFERENCES):
            with pytest.raises(NotOwnedError):
                send(stack, "DELETE", path)
    assert sent == []


def test_a_delete_is_not_sent_before_a_get_has_returned_the_sent_name(tmp_path: Path) -> None:
    with fake_stack(StoringTarget(), tmp_path) as stack:
        send(stack, "POST", CONFERENCES, BODY)
        with pytest.raises(NotOwnedError):
            send(stack, "DELETE", f"{CONFERENCES}/made-1")
        get_and_delete(stack, "made-1")
        assert stack.ledger.leftovers == ()


@pytest.mark.parametrize("status", [400, 401, 422])
def test_a_rejected_create_leaves_no_resource(tmp_path: Path, status: int) -> None:
    with fake_stack(lambda _: httpx.Response(status, json={"id": "no"}), tmp_path) as stack:
        send(stack, "POST", CONFERENCES)
        assert (stack.ledger.leftovers, stack.ledger.unconfirmed) == ((), ())
    assert ledger(tmp_path)[1:] == [{"rejected": 1, "status": status}]


@pytest.mark.parametrize("status", [301, 500])
def test_a_create_with_an_unknown_result_leaves_only_an_intent(tmp_path: Path, status: int) -> None:
    with fake_stack(lambda _: httpx.Response(status, json={"id": "no"}), tmp_path) as stack:
        send(stack, "POST", CONFERENCES, BODY)
        assert stack.ledger.leftovers == ()
        assert stack.ledger.unconfirmed == (Leftover(CONFERENCES, "", NAME),)
    assert len(ledger(tmp_path)) == 1


@pytest.mark.parametrize("response_body", [b"", b"<html>", b"[]", b"{}", b'{"id": 7}', b'{"id": null}'])
def test_a_create_without_a_readable_id_is_recorded_as_created(tmp_path: Path, response_body: bytes) -> None:
    with fake_stack(lambda _: httpx.Response(201, content=response_body), tmp_path) as stack:
        send(stack, "POST", CONFERENCES)
    assert ledger(tmp_path)[-1]["created"] == 1


@pytest.mark.parametrize(
    "body, name",
    [
        (b"", ""),
        (b"{", ""),
        (b"[1]", ""),
        (b'{"name": 7}', ""),
        (b'{"name": "n", "display_name": "d"}', "n"),
        (b'{"display_name": "d"}', "d"),
        (f'{{"display_name": "d", "other": "{NAME}"}}'.encode(), NAME),
        (f'{{"display_name": "{NAME}",}}'.encode(), NAME),
        (b'{"name": "%s"}' % (b"x" * 5000), "x" * 300),
    ],
)
def test_the_intent_contains_the_name_for_any_body(tmp_path: Path, body: bytes, name: str) -> None:
    with fake_stack(StoringTarget(), tmp_path) as stack:
        send(stack, "POST", CONFERENCES, body)
    assert ledger(tmp_path)[0]["name"] == name


def test_requests_that_create_nothing_are_not_recorded(tmp_path: Path) -> None:
    with fake_stack(StoringTarget(), tmp_path) as stack:
        send(stack, "GET", CONFERENCES)
        send(stack, "POST", f"{CONFERENCES}/made-1")
        send(stack, "POST", "/api/video/streams")
    assert ledger(tmp_path) == []


def test_a_lost_connection_leaves_the_intent(tmp_path: Path) -> None:
    def lose_connection(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    with fake_stack(lose_connection, tmp_path) as stack:
        stack.send_once(Request("POST", CONFERENCES), Origin("a check", "VC-CREATE"))
        assert stack.ledger.leftovers == ()
    assert len(ledger(tmp_path)) == 1


def test_only_the_owner_may_read_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.ndjson").write_text("of an earlier run")
    (tmp_path / "ledger.ndjson").chmod(0o644)
    with fake_stack(StoringTarget(), tmp_path):
        assert stat.S_IMODE((tmp_path / "ledger.ndjson").stat().st_mode) == 0o600
    assert ledger(tmp_path) == []


def test_a_throttled_create_is_one_intent(tmp_path: Path) -> None:
    resource = {"id": "x", "name": NAME}
    responses = [httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(200, json=resource)]
    with fake_stack(lambda _: responses.pop(0), tmp_path, Limits(concurrency=1)) as stack:
        send(stack, "POST", CONFERENCES, BODY)
    assert [next(iter(line)) for line in ledger(tmp_path)] == ["intent", "created"]


def test_a_base_path_with_an_encoded_slash_is_sent_unchanged(tmp_path: Path) -> None:
    paths: list[bytes] = []
    storing_target = StoringTarget(on_request=lambda request: paths.append(request.url.raw_path))
    target = Target(httpx.URL("http://target.test/a%2Fb"), ACCOUNT)
    connection = Connection(transport=httpx.MockTransport(storing_target))
    with open_stack(target, Limits(), connection, tmp_path) as stack:
        api = ApiClient(stack, "0badcafe", "a check")
        created = api.video.create(api.video.minimal())
        assert [leftover.collection for leftover in stack.ledger.leftovers] == [f"/a%2Fb{CONFERENCES}"]
        assert resource_cleanup.delete_all(api, stack.ledger.leftovers)
        assert stack.ledger.leftovers == ()
    item = f"/a%2Fb{CONFERENCES}/{created.id}".encode()
    assert paths == [f"/a%2Fb{CONFERENCES}".encode(), item, item]
