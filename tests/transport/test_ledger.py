"""The ledger lists the resources that the run created, for any response or failure."""

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
from conformance.testkit.api_client import JSON_HEADERS, ApiClient
from conformance.transport.resources.ledger import NotOwnedError
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import TransportStack, open_stack
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ROOMS, faked

NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"
BODY = json.dumps({"display_name": NAME}).encode()
CREATE = Request("POST", CONFERENCES, JSON_HEADERS, BODY)


def ledger(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ledger.ndjson").read_text().splitlines()]


def send(wire: TransportStack, method: str, path: str, body: bytes = b"") -> None:
    wire.send(Request(method, path, JSON_HEADERS, body), Origin("a check", "VC-CREATE"))


@dataclass
class Memory:
    """A target that creates and gets, and responds to deletes with the given statuses."""

    deletes: list[int] = field(default_factory=list)
    resources: dict[str, Any] = field(default_factory=dict)
    then: Callable[[httpx.Request], None] = lambda _: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.then(request)
        if request.method == "DELETE":
            return httpx.Response(self.deletes.pop(0) if self.deletes else 204)
        if request.method == "GET":
            known = self.resources.get(request.url.path.rpartition("/")[2])
            return httpx.Response(200, json=known) if known else httpx.Response(404)
        identifier = f"made-{len(self.resources) + 1}"
        sent = parse_json(request.content)
        self.resources[identifier] = {"id": identifier, **(sent if isinstance(sent, dict) else {})}
        return httpx.Response(200, json=self.resources[identifier])


def got_and_deleted(wire: TransportStack, identifier: str) -> None:
    send(wire, "GET", f"{CONFERENCES}/{identifier}")
    send(wire, "DELETE", f"{CONFERENCES}/{identifier}")


def test_the_intent_is_written_before_the_request_is_sent(tmp_path: Path) -> None:
    lines_then: list[dict[str, Any]] = []
    target = Memory(then=lambda _: lines_then.extend(ledger(tmp_path)))
    with faked(target, tmp_path) as wire:
        send(wire, "POST", CONFERENCES, BODY)
    assert lines_then == [{"intent": 1, "collection": CONFERENCES, "name": NAME}]


def test_the_id_is_recorded_with_the_response(tmp_path: Path) -> None:
    with faked(Memory(), tmp_path) as wire:
        send(wire, "POST", ROOMS, json.dumps({"name": NAME, "display_name": "shown"}).encode())
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

    with faked(echo, tmp_path) as wire:
        ApiClient(wire, "00000000", "check").video.create_each(bodies)
    lines = ledger(tmp_path)
    intents = {line["intent"]: line["name"] for line in lines if "intent" in line}
    created = {line["created"]: line["id"] for line in lines if "created" in line}
    assert intents == created
    assert len(created) == 40


def test_an_id_of_several_creates_belongs_to_the_one_whose_name_a_get_returns(tmp_path: Path) -> None:
    names = [f"cc-0badcafe-{number:012x}-0_Z" for number in range(3)]

    def same(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)["name"] if request.method == "POST" else names[2]
        return httpx.Response(200, json={"id": "the-same", "name": sent})

    with faked(same, tmp_path) as wire:
        for name in names:
            send(wire, "POST", CONFERENCES, json.dumps({"name": name}).encode())
        assert wire.ledger.leftovers == (Leftover(CONFERENCES, "the-same", names[2]),)
        got_and_deleted(wire, "the-same")
        assert not wire.ledger.leftovers
        lost = {each.name for each in wire.ledger.lost}
    assert lost == {*names[:2]}


def test_only_failed_deletes_with_valid_credentials_are_retried(tmp_path: Path) -> None:
    with faked(Memory(deletes=[401, 409, 204]), tmp_path) as wire:
        video = ApiClient(wire, "0badcafe", "check").video
        identifier = str(video.create({"display_name": NAME}).id)
        assert video.owns(identifier)
        video.delete(identifier, credential=SWAPPED)
        assert not wire.ledger.failed_deletes
        video.delete(identifier)
        assert [each.id for each in wire.ledger.failed_deletes] == [identifier]
        video.delete(identifier)
        left = [each.id for each in wire.ledger.failed_deletes]
    assert left == []


@pytest.mark.parametrize("status", [200, 204, 404])
def test_a_deleted_resource_is_not_a_leftover(tmp_path: Path, status: int) -> None:
    with faked(Memory(deletes=[status]), tmp_path) as wire:
        send(wire, "POST", CONFERENCES, BODY)
        got_and_deleted(wire, "made-1")
        assert wire.ledger.leftovers == ()
    assert ledger(tmp_path)[-1] == {"deleted": "made-1", "collection": CONFERENCES, "status": status}


@pytest.mark.parametrize("status", [401, 403, 405, 500])
def test_a_resource_whose_delete_failed_is_a_leftover(tmp_path: Path, status: int) -> None:
    with faked(Memory(deletes=[status]), tmp_path) as wire:
        send(wire, "POST", CONFERENCES, BODY)
        got_and_deleted(wire, "made-1")
        assert wire.ledger.leftovers == (Leftover(CONFERENCES, "made-1", NAME),)
    assert "deleted" not in ledger(tmp_path)[-1]


def test_leftovers_are_in_order_of_creation(tmp_path: Path) -> None:
    with faked(Memory(), tmp_path) as wire:
        for collection in (CONFERENCES, ROOMS, CONFERENCES):
            send(wire, "POST", collection, BODY)
        got_and_deleted(wire, "made-1")
        left = [(each.collection, each.id) for each in wire.ledger.leftovers]
    assert left == [(ROOMS, "made-2"), (CONFERENCES, "made-3")]


def test_a_delete_of_a_resource_that_the_run_did_not_create_is_never_sent(tmp_path: Path) -> None:
    sent: list[str] = []
    with faked(Memory(then=lambda request: sent.append(request.method)), tmp_path) as wire:
        for path in (f"{CONFERENCES}/of-others", f"{ROOMS}/made-1", CONFERENCES):
            with pytest.raises(NotOwnedError):
                send(wire, "DELETE", path)
    assert sent == []


def test_a_delete_is_not_sent_before_a_get_has_returned_the_sent_name(tmp_path: Path) -> None:
    with faked(Memory(), tmp_path) as wire:
        send(wire, "POST", CONFERENCES, BODY)
        with pytest.raises(NotOwnedError):
            send(wire, "DELETE", f"{CONFERENCES}/made-1")
        got_and_deleted(wire, "made-1")
        assert wire.ledger.leftovers == ()


@pytest.mark.parametrize("status", [400, 401, 422])
def test_a_rejected_create_leaves_nothing(tmp_path: Path, status: int) -> None:
    with faked(lambda _: httpx.Response(status, json={"id": "no"}), tmp_path) as wire:
        send(wire, "POST", CONFERENCES)
        assert (wire.ledger.leftovers, wire.ledger.unconfirmed) == ((), ())
    assert ledger(tmp_path)[1:] == [{"rejected": 1, "status": status}]


@pytest.mark.parametrize("status", [301, 500])
def test_a_create_with_an_unknown_result_leaves_only_an_intent(tmp_path: Path, status: int) -> None:
    with faked(lambda _: httpx.Response(status, json={"id": "no"}), tmp_path) as wire:
        send(wire, "POST", CONFERENCES, BODY)
        assert wire.ledger.leftovers == ()
        assert wire.ledger.unconfirmed == (Leftover(CONFERENCES, "", NAME),)
    assert len(ledger(tmp_path)) == 1


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"id": 7}', b'{"id": null}'])
def test_a_create_without_a_readable_id_is_recorded_as_created(tmp_path: Path, answer: bytes) -> None:
    with faked(lambda _: httpx.Response(201, content=answer), tmp_path) as wire:
        send(wire, "POST", CONFERENCES)
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
    with faked(Memory(), tmp_path) as wire:
        send(wire, "POST", CONFERENCES, body)
    assert ledger(tmp_path)[0]["name"] == name


def test_requests_that_create_nothing_are_not_recorded(tmp_path: Path) -> None:
    with faked(Memory(), tmp_path) as wire:
        send(wire, "GET", CONFERENCES)
        send(wire, "POST", f"{CONFERENCES}/made-1")
        send(wire, "POST", "/api/video/streams")
    assert ledger(tmp_path) == []


def test_a_lost_connection_leaves_the_intent(tmp_path: Path) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    with faked(broken, tmp_path) as wire:
        send(wire, "POST", CONFERENCES)
        assert wire.ledger.leftovers == ()
    assert len(ledger(tmp_path)) == 1


def test_only_the_owner_may_read_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.ndjson").write_text("of an earlier run")
    (tmp_path / "ledger.ndjson").chmod(0o644)
    with faked(Memory(), tmp_path):
        assert stat.S_IMODE((tmp_path / "ledger.ndjson").stat().st_mode) == 0o600
    assert ledger(tmp_path) == []


def test_a_throttled_create_is_one_intent(tmp_path: Path) -> None:
    shown = {"id": "x", "name": NAME}
    answers = [httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(200, json=shown)]
    with faked(lambda _: answers.pop(0), tmp_path, Limits(concurrency=1)) as wire:
        send(wire, "POST", CONFERENCES, BODY)
    assert [next(iter(line)) for line in ledger(tmp_path)] == ["intent", "created"]


def test_a_base_path_with_an_encoded_slash_is_sent_unchanged(tmp_path: Path) -> None:
    asked: list[bytes] = []
    memory = Memory(then=lambda request: asked.append(request.url.raw_path))
    target = Target(httpx.URL("http://target.test/a%2Fb"), ACCOUNT)
    bottom = Connection(transport=httpx.MockTransport(memory))
    with open_stack(target, Limits(), bottom, tmp_path) as wire:
        api = ApiClient(wire, "0badcafe", "a check")
        made = api.video.create(api.video.minimal())
        assert [each.collection for each in wire.ledger.leftovers] == [f"/a%2Fb{CONFERENCES}"]
        assert resource_cleanup.delete_all(api, wire.ledger.leftovers)
        assert wire.ledger.leftovers == ()
    item = f"/a%2Fb{CONFERENCES}/{made.id}".encode()
    assert asked == [f"/a%2Fb{CONFERENCES}".encode(), item, item]
