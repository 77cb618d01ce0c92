"""The API client sends any request, with unique names, and deletes what it creates."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort
from conformance.http.credentials import NO_CREDENTIALS
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import encode_body
from conformance.testkit.value_packing import PACKED_RULES, PackedBodies, packed_rows
from conformance.transport.stack import TransportStack
from spec.catalogue import catalogue
from spec.operations import operation
from strategies import boundary_values
from tests.support.fake_targets import CONFERENCES, ROOMS, fake_stack

CREATES = ("VC-CREATE", "FCR-CREATE")


@dataclass
class StoringTarget:
    """A target that stores resources, and rejects creates that contain a word."""

    rejected_word: str = "\0never"
    requests: list[tuple[str, str]] = field(default_factory=list)
    created: int = 0
    resources: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, request.url.raw_path.decode()))
        if request.method != "POST":
            return httpx.Response(200, json=self.resources.get(request.url.path.rpartition("/")[2], {}))
        if self.rejected_word in json.dumps(json.loads(request.content or b"{}"), ensure_ascii=False):
            return httpx.Response(422, json={"errors": []})
        self.created += 1
        identifier = f"made-{self.created}"
        self.resources[identifier] = {"id": identifier, **json.loads(request.content or b"{}")}
        return httpx.Response(200, json=self.resources[identifier])


@pytest.fixture
def target() -> StoringTarget:
    return StoringTarget()


@pytest.fixture
def stack(target: StoringTarget, tmp_path: Path) -> Iterator[TransportStack]:
    with fake_stack(target, tmp_path) as stack:
        yield stack


@pytest.fixture
def api(stack: TransportStack) -> ApiClient:
    return ApiClient(stack, "0badcafe", "a check")


def test_the_origin_of_every_exchange_names_its_check(api: ApiClient) -> None:
    exchange = ApiClient(api.transport, "0badcafe", "another", attempt=3).video.get("x")
    assert (exchange.origin.check, exchange.origin.attempt) == ("another", 3)
    assert (exchange.origin.operation, exchange.origin.assessed) == ("VC-GET", True)


def test_names_are_unique_per_run_check_and_attempt(stack: TransportStack) -> None:
    apis = [ApiClient(stack, *key) for key in (("00000000", "a"), ("00000001", "a"), ("00000000", "b"))]
    apis.append(ApiClient(stack, "00000000", "a", attempt=1))
    names = [api.fresh_name() for api in apis for _ in range(50)]
    assert len(set(names)) == 200
    assert {name.split("-")[0] for name in names} == {"cc"}
    assert names[0].startswith("cc-00000000-")


def test_the_names_of_a_check_are_reproducible(stack: TransportStack) -> None:
    first_client, second_client = (ApiClient(stack, "00000000", "a") for _ in range(2))
    assert [first_client.fresh_name() for _ in range(3)] == [second_client.fresh_name() for _ in range(3)]


@pytest.mark.parametrize(
    "schema, value, changed",
    [
        ({}, "a", False),
        ({"x-unique": True}, 7, False),
        ({"x-unique": True}, "a", True),
        ({"x-unique": True, "maxLength": 40}, "b" * 40, True),
    ],
)
def test_a_value_is_made_unique_within_its_limit_if_required(
    api: ApiClient, schema: dict[str, Any], value: Any, *, changed: bool
) -> None:
    first, second = api.make_unique(value, schema), api.make_unique(value, schema)
    assert (first != second) is changed
    assert len(str(first)) <= schema.get("maxLength", 100)
    assert (first == value) is not changed


def test_the_claimed_collections_are_determined_by_the_profiles(api: ApiClient, tmp_path: Path) -> None:
    assert [collection.prefix for collection in api.claimed_collections()] == ["VC", "FCR"]
    assert api.collection("FCR-CREATE") is api.fabric
    assert api.collection("VC-GET") is api.video
    with fake_stack(StoringTarget(), tmp_path, profiles=("fabric",)) as stack:
        assert [collection.prefix for collection in ApiClient(stack, "0", "c").claimed_collections()] == [
            "FCR"
        ]


@pytest.mark.parametrize("prefix", ["VC", "FCR"])
def test_a_minimal_body_has_the_required_members_and_a_name_of_the_run(api: ApiClient, prefix: str) -> None:
    collection = api.collection(f"{prefix}-CREATE")
    schema = operation(collection.create_id).request or {}
    assert collection.minimal().keys() == set(schema["required"])
    assert any(str(value).startswith("cc-0badcafe") for value in collection.minimal().values())
    assert collection.minimal(extra=1)["extra"] == 1


@pytest.mark.parametrize("prefix", ["VC", "FCR"])
def test_a_full_body_has_every_member(api: ApiClient, prefix: str) -> None:
    collection = api.collection(f"{prefix}-CREATE")
    assert collection.full().keys() == set((operation(collection.create_id).request or {})["properties"])


@pytest.mark.parametrize(
    "body, content",
    [
        (b"\xff raw", b"\xff raw"),
        ({"a": "é"}, '{"a": "é"}'.encode()),
        (None, b"null"),
        ([], b"[]"),
        ("text", b'"text"'),
    ],
)
def test_bytes_are_sent_unchanged_and_values_as_json(api: ApiClient, body: Any, content: bytes) -> None:
    assert encode_body(body) == content
    if body is not None and isinstance(body, dict):
        assert api.video.create(body).request.body == content


def test_ids_and_queries_are_quoted(api: ApiClient, target: StoringTarget) -> None:
    api.video.get("a/b ?#é", query={"include_active_session": "a&b"})
    api.fabric.get("x")
    api.video.list_first_page({"page": "1"})
    assert target.requests == [
        ("GET", f"{CONFERENCES}/a%2Fb%20%3F%23%C3%A9?include_active_session=a%26b"),
        ("GET", f"{ROOMS}/x"),
        ("GET", f"{CONFERENCES}?page=1"),
    ]


def test_a_create_has_the_passed_headers_query_and_credentials(api: ApiClient) -> None:
    exchange = api.video.create(
        b"{}", credential=NO_CREDENTIALS, headers=(), query={"a": "b"}, assessed=False
    )
    assert exchange.request.credential is NO_CREDENTIALS
    assert (exchange.request.headers, exchange.request.target) == ((), f"{CONFERENCES}?a=b")
    assert exchange.origin.assessed is False


def test_a_round_trip_creates_gets_and_deletes(api: ApiClient, target: StoringTarget) -> None:
    round_trip = api.video.create_read_delete(api.video.minimal())
    assert (round_trip.created.id, round_trip.read is not None) == ("made-1", True)
    assert [method for method, _ in target.requests] == ["POST", "GET", "DELETE"]
    assert api.transport.ledger.leftovers == ()
    assert api.observations == 3


def test_the_get_of_a_round_trip_is_optional(api: ApiClient, target: StoringTarget) -> None:
    assert api.video.create_read_delete(api.video.minimal(), read=False).read is None
    assert [method for method, _ in target.requests] == ["POST", "GET", "DELETE"]
    assert [exchange.origin.assessed for exchange in api.transport.evidence.exchanges] == [True, False, True]


def test_a_round_trip_ends_with_a_rejected_create(api: ApiClient, target: StoringTarget) -> None:
    target.rejected_word = "bad"
    assert api.video.create_read_delete({"display_name": "bad"}).read is None
    assert [method for method, _ in target.requests] == ["POST"]


def test_round_trips_are_returned_in_the_order_of_their_bodies(api: ApiClient) -> None:
    names = [api.fresh_name() for _ in range(40)]
    round_trips = api.video.create_read_delete_each({"display_name": name} for name in names)
    assert [
        json.loads(round_trip.created.request.body)["display_name"] for round_trip in round_trips
    ] == names
    assert api.transport.ledger.leftovers == ()


def test_an_existing_resource_is_deleted_after_an_exception(api: ApiClient) -> None:
    def fail() -> None:
        with api.video.existing(name="x") as created:
            assert [leftover.id for leftover in api.transport.ledger.leftovers] == [created.id]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert api.transport.ledger.leftovers == ()


def test_a_resource_that_cannot_be_created_is_inconclusive(api: ApiClient, target: StoringTarget) -> None:
    target.rejected_word = "bad"
    with pytest.raises(Inconclusive, match="not-created") as raised, api.video.existing(name="bad"):
        pytest.fail("nothing exists")
    assert raised.value.exchange is not None
    assert raised.value.exchange.status == 422


@pytest.mark.parametrize("status", [429, 503])
def test_a_target_that_keeps_throttling_is_inconclusive(tmp_path: Path, status: int) -> None:
    def throttle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"retry-after": "3600"})

    with fake_stack(throttle, tmp_path) as stack:
        api = ApiClient(stack, "0badcafe", "a check")
        with pytest.raises(Inconclusive, match=f"busy: the target keeps returning {status}"):
            api.video.get("x")
        assert api.observations == 0


def test_concurrent_requests_are_in_flight_at_the_same_time(tmp_path: Path) -> None:
    all_received = threading.Barrier(5, timeout=5)

    def respond(_: httpx.Request) -> httpx.Response:
        all_received.wait()
        return httpx.Response(200)

    with fake_stack(respond, tmp_path) as stack:
        api = ApiClient(stack, "0", "c")
        exchanges = api.send_concurrently([partial(api.video.get, str(number)) for number in range(5)])
    assert [exchange.request.path[-1] for exchange in exchanges] == ["0", "1", "2", "3", "4"]


def test_a_client_for_another_check_has_its_own_observations(api: ApiClient) -> None:
    api.effort = Effort.SMOKE
    other_client = api.for_check("another")
    other_client.video.get("x")
    assert (other_client.prefix, other_client.check, other_client.effort) == (
        api.prefix,
        "another",
        Effort.SMOKE,
    )
    assert (other_client.observations, api.observations) == (1, 0)


@pytest.mark.parametrize("create", CREATES)
def test_every_boundary_value_is_in_a_packed_row(create: str) -> None:
    packed = list(packed_rows(Effort.STANDARD, create))
    constraints = [requirement.constraint for requirement in catalogue().values()]
    expected = [
        (constraint.member, value)
        for constraint in constraints
        if constraint
        and constraint.operation == create
        and constraint.rule in PACKED_RULES
        and not constraint.schema.get("x-unique")
        for value in boundary_values.accepted_values(constraint.schema, constraint.rule)
    ]
    encoded_rows = [{member: json.dumps(value) for member, value in row.items()} for row in packed]
    assert expected
    for member, value in expected:
        assert any(row.get(member) == json.dumps(value) for row in encoded_rows)
    assert len(packed) < len(expected) / 3


@pytest.mark.parametrize("create", CREATES)
def test_members_with_a_required_order_never_share_a_row(create: str) -> None:
    ordered = {member for pair in (operation(create).request or {})["x-order"] for member in pair}
    assert ordered
    assert all(len(ordered & row.keys()) <= 1 for row in packed_rows(Effort.STANDARD, create))


def constraint_of(identifier: str) -> Any:
    return catalogue()[identifier].constraint


QUALITY = "VC-CREATE-QUALITY-ENUM-ACCEPT"


def test_packed_bodies_are_sent_once_for_all_checks(api: ApiClient, target: StoringTarget) -> None:
    packing, constraint = PackedBodies(), constraint_of(QUALITY)
    first = packing.accepted_with(api, constraint, "1080p")
    requests_sent = len(target.requests)
    second = packing.accepted_with(ApiClient(api.transport, "0badcafe", "another"), constraint, "1080p")
    assert first is not None
    assert first is second
    assert json.loads(first.created.request.body)["quality"] == "1080p"
    assert len(target.requests) == requests_sent
    assert {exchange.origin.check for exchange in api.transport.evidence.exchanges} == {"packed VC-CREATE"}
    assert api.transport.ledger.leftovers == ()


def test_a_value_whose_rows_are_rejected_is_not_accepted(api: ApiClient, target: StoringTarget) -> None:
    target.rejected_word = "1080p"
    packing, constraint = PackedBodies(), constraint_of(QUALITY)
    assert packing.accepted_with(api, constraint, "1080p") is None
    assert packing.accepted_with(api, constraint, "720p") is not None
    assert packing.accepted_with(api, constraint, "not a boundary value") is None


def test_the_sample_of_a_check_is_the_latest_response_of_the_operation(api: ApiClient) -> None:
    assert api.sample("VC-CREATE") is None
    first, second = (api.video.create(api.video.minimal()) for _ in range(2))
    got = api.video.get(str(second.id))
    assert first.number < second.number < got.number
    assert api.sample("VC-CREATE") == second
    assert api.sample("VC-GET") == got
    assert api.sample("API-AUTH") == got


def test_the_sample_of_a_check_without_assessed_requests_is_one_of_the_others(api: ApiClient) -> None:
    created = api.video.create(api.video.minimal(), assessed=False)
    assert api.sample("VC-CREATE") == created
    got = api.video.get(str(created.id), assessed=False)
    assert api.sample("API-ERR") == got
    api.video.delete(str(created.id))
    assert api.sample("VC-CREATE") == created


def test_a_shared_response_is_an_observation_and_may_be_the_sample(api: ApiClient) -> None:
    other = api.for_check("other")
    exchange = other.video.create(other.video.minimal())
    api.count_shared(exchange)
    assert (api.observations, api.sample("VC-CREATE")) == (1, exchange)
