"""Traffic, as passive checks get it: the assessable exchanges of a run."""

import datetime as dt
import json
from itertools import count
from typing import Any

import pytest

from conformance.http.credentials import NO_CREDENTIALS, VALID, WRONG_TOKEN
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.testkit.exchange_log import ExchangeLog
from conformance.testkit.traffic import Traffic
from tests.support.fake_targets import ACCOUNT, CONFERENCES

JSON: Headers = (("content-type", "application/json"),)
SENT = {"display_name": "a"}
NUMBERS = count(1)


def exchange_of(
    operation: str = "VC-CREATE",
    status: int | None = 200,
    response_json: Any = None,
    *,
    sent: Any = None,
    identifier: str = "",
    **options: Any,
) -> Exchange:
    method = operation.rpartition("-")[2].replace("CREATE", "POST")
    body = b"" if sent is None else json.dumps(sent).encode()
    headers = options.get("headers", JSON)
    response = None if status is None else Response(status, headers, json.dumps(response_json).encode())
    path = f"{CONFERENCES}/{identifier}".rstrip("/")
    request = Request(method, path, JSON, body, options.get("credential", VALID))
    origin = Origin("check", operation, assessed=options.get("assessed", True))
    return Exchange(next(NUMBERS), origin, request, response, None, dt.datetime.now(dt.UTC), 0.1)


def traffic_of(*exchanges: Exchange) -> Traffic:
    creates = [exchange for exchange in exchanges if exchange.request.method == "POST" and exchange.id]
    creators = {str(create.created_path): create for create in creates}
    return Traffic(ExchangeLog(exchanges, creators), ACCOUNT)


def test_exchanges_with_or_without_response_are_counted() -> None:
    with_response, without_response = exchange_of(), exchange_of(status=None)
    traffic = traffic_of(with_response, without_response)
    assert list(traffic.exchanges()) == [with_response, without_response]
    assert traffic.observations == 2


@pytest.mark.parametrize(
    "status, headers, assessed",
    [
        (429, (), False),
        (429, (("retry-after", "1"),), False),
        (503, (("Retry-After", "1"),), False),
        (503, (), False),  # of a gateway, until the request is sent again
        (500, (("retry-after", "1"),), True),
        (200, (("retry-after", "1"),), True),
    ],
)
def test_a_throttled_request_and_an_unconfirmed_gateway_error_are_not_assessed(
    status: int, headers: Headers, *, assessed: bool
) -> None:
    traffic = traffic_of(exchange_of(status=status, headers=headers))
    assert bool(list(traffic.exchanges())) is assessed
    assert bool(list(traffic.responses())) is assessed


def test_exchanges_that_are_not_assessable_are_omitted() -> None:
    traffic = traffic_of(
        exchange_of(response_json={"id": "a"}, sent=SENT, assessed=False),
        exchange_of("VC-GET", 404, assessed=False),
    )
    assert not [*traffic.exchanges(), *traffic.responses(), *traffic.creations("VC-CREATE")]
    assert traffic.observations == 0


def test_responses_are_selected_by_operation_status_and_credentials() -> None:
    create, get = exchange_of(), exchange_of("VC-GET", 404)
    anonymous, wrong_token = (
        exchange_of("VC-GET", 401, credential=NO_CREDENTIALS),
        exchange_of("VC-GET", 401, credential=WRONG_TOKEN),
    )
    traffic = traffic_of(create, get, anonymous, wrong_token, exchange_of("VC-GET", None))

    def numbers(*operations: str, **filters: Any) -> list[int]:
        return [exchange.number for exchange, _ in traffic.responses(*operations, **filters)]

    assert numbers() == [exchange.number for exchange in (create, get, anonymous, wrong_token)]
    assert numbers("VC-GET") == [exchange.number for exchange in (get, anonymous, wrong_token)]
    assert numbers("VC-GET", status={404}) == [get.number]
    assert numbers(credentials={NO_CREDENTIALS}) == [anonymous.number]
    assert numbers(status={401}, credentials={NO_CREDENTIALS, VALID}) == [anonymous.number]
    assert traffic.observations == 4 + 3 + 1 + 1 + 1


def test_successes_are_the_successful_responses_of_an_operation() -> None:
    create = exchange_of(status=201)
    traffic = traffic_of(create, exchange_of(status=422), exchange_of("VC-GET"))
    assert [exchange for exchange, _ in traffic.successes("VC-CREATE")] == [create]
    assert traffic.observations == 1


def test_error_items_include_invalid_items_of_every_422() -> None:
    valid_item, invalid_items = {"code": "a"}, ["text", 7, None]
    traffic = traffic_of(
        exchange_of(status=422, response_json={"errors": [valid_item, *invalid_items]}),
        exchange_of(status=422, response_json={"errors": "none"}),
        exchange_of(status=422, response_json=[valid_item]),
        exchange_of(status=400, response_json={"errors": [valid_item]}),
    )
    assert [item for _, item in traffic.error_items()] == [valid_item, {}, {}, {}]
    assert traffic.observations == 4


@pytest.mark.parametrize(
    "resource, operation, response_json, representations",
    [
        ("VC-CONF", "VC-CREATE", {"id": "a"}, [{"id": "a"}]),
        ("VC-CONF", "VC-GET", {"id": "a"}, [{"id": "a"}]),
        ("VC-CONF", "FCR-GET", {"id": "a"}, []),
        ("VC-CONF", "VC-GET", ["a"], []),
        ("VC-SESSION", "VC-GET", {"active_session": {"id": "s"}}, [{"id": "s"}]),
        ("VC-SESSION", "VC-GET", {"active_session": None}, []),
        ("VC-SESSION", "VC-GET", {"active_session": "s"}, []),
        ("VC-SESSION", "VC-GET", {}, []),
        ("FCR-RES", "FCR-CREATE", {"conference_room": {"id": "r"}}, [{"conference_room": {"id": "r"}}]),
        ("FCR-ROOM", "FCR-CREATE", {"conference_room": {"id": "r"}}, [{"id": "r"}]),
    ],
)
def test_resources_include_nested_resources(
    resource: str, operation: str, response_json: Any, representations: list[Any]
) -> None:
    traffic = traffic_of(
        exchange_of(operation, response_json=response_json), exchange_of(operation, 404, response_json)
    )
    assert [value for _, value in traffic.resources(resource)] == representations
    assert traffic.has_resource(resource) is bool(representations)
    assert traffic.observations == 0


def test_creations_are_accepted_creates_with_a_valid_body() -> None:
    valid = exchange_of(response_json={"id": "a"}, sent=SENT)
    traffic = traffic_of(
        valid,
        exchange_of(response_json={"id": "b"}, sent={"display_name": 7}),
        exchange_of(status=422, response_json={"id": "c"}, sent=SENT),
        exchange_of(response_json=[], sent=SENT),
        exchange_of("FCR-CREATE", response_json={"id": "d"}, sent=SENT),
    )
    (creation,) = traffic.creations("VC-CREATE")
    assert (creation.exchange, creation.body, creation.resource) == (valid, SENT, {"id": "a"})


def test_rejected_valid_creates_are_the_creates_with_status_400_or_422() -> None:
    rejected = [exchange_of(status=status, sent=SENT) for status in (400, 422)]
    other_creates = [exchange_of(status=status, sent=SENT) for status in (200, 401, 409, 500)]
    traffic = traffic_of(
        *rejected, *other_creates, exchange_of(status=422, sent={}), exchange_of("FCR-CREATE", 422, sent=SENT)
    )
    assert list(traffic.rejected_valid_creates("VC-CREATE")) == rejected


def test_successful_gets_are_paired_with_the_create_of_their_resource() -> None:
    create, get = (
        exchange_of(response_json={"id": "a"}, sent=SENT),
        exchange_of("VC-GET", response_json={"id": "a"}, identifier="a"),
    )
    traffic = traffic_of(
        create,
        get,
        exchange_of("VC-GET", response_json={"id": "b"}, identifier="b"),
        exchange_of("VC-GET", 404, identifier="a"),
        exchange_of("FCR-GET", response_json={"id": "a"}, identifier="a"),
    )
    assert list(traffic.gets_with_create("VC-GET")) == [(create, get)]
    assert traffic.observations == 1
    assert traffic.creator(create) is None


def test_the_exchanges_after_a_number_have_greater_numbers() -> None:
    first, second, third = exchange_of(), exchange_of(), exchange_of()
    assert list(ExchangeLog([first, second, third], {}).after(first.number).exchanges) == [second, third]
    assert list(ExchangeLog([first], {}).after(first.number).exchanges) == []


def test_two_checks_of_the_same_exchanges_count_separately() -> None:
    log = ExchangeLog([exchange_of(), exchange_of()], {})
    first, second = Traffic(log, ACCOUNT), Traffic(log, ACCOUNT)
    assert len(list(first.exchanges())) == 2
    assert (first.observations, second.observations) == (2, 0)


def test_a_name_is_in_use_from_its_create_to_the_delete() -> None:
    sent_body = {"display_name": "a", "name": "taken"}
    create = exchange_of(response_json={"id": "x"}, sent=sent_body)
    same_name, other_name, nameless, invalid = (
        exchange_of(status=422, sent=body)
        for body in (sent_body, {**sent_body, "name": "free"}, {"display_name": "a"}, {"name": "taken"})
    )
    delete = exchange_of("VC-DELETE", identifier="x")
    after_delete = exchange_of(status=422, sent=sent_body)
    traffic = traffic_of(create, same_name, other_name, nameless, invalid, delete, after_delete)
    assert list(traffic.valid_creates_with_name_in_use("VC-CREATE")) == [same_name]


def test_the_sample_is_the_earliest_exchange_that_was_counted() -> None:
    first, second, third = (exchange_of(response_json={"id": name}) for name in "abc")
    traffic = traffic_of(first, second, third)
    assert traffic.sample_number == 0
    traffic.count(third, second)
    assert (traffic.observations, traffic.sample_number) == (2, second.number)


def test_an_exchange_is_found_by_its_number() -> None:
    exchanges = [exchange_of(response_json={"id": name}) for name in "abc"]
    log = ExchangeLog(exchanges, {})
    assert [log.exchange(exchange.number) for exchange in exchanges] == exchanges
    assert log.exchange(0) is None
    assert log.exchange(exchanges[-1].number + 1) is None
