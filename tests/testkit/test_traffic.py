"""What the checks see that judge every answer of a run, and what they count."""

import datetime as dt
import json
from itertools import count
from typing import Any

import pytest

from conformance.http.credentials import GOOD, NONE, WRONG_TOKEN
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.testkit.exchange_log import Transcript
from conformance.testkit.traffic import Seen
from tests.support.fake_targets import ACCOUNT, CONFERENCES

JSON: Headers = (("content-type", "application/json"),)
SENT = {"display_name": "a"}
NUMBERS = count(1)


def one(
    operation: str = "VC-CREATE",
    status: int | None = 200,
    answer: Any = None,
    *,
    sent: Any = None,
    made: str = "",
    **how: Any,
) -> Exchange:
    method = operation.rpartition("-")[2].replace("CREATE", "POST")
    body = b"" if sent is None else json.dumps(sent).encode()
    headers = how.get("headers", JSON)
    response = None if status is None else Response(status, headers, json.dumps(answer).encode())
    path = f"{CONFERENCES}/{made}".rstrip("/")
    request = Request(method, path, JSON, body, how.get("credential", GOOD))
    origin = Origin("check", operation, judged=how.get("judged", True))
    return Exchange(next(NUMBERS), origin, request, response, None, dt.datetime.now(dt.UTC), 0.1)


def seen(*exchanges: Exchange) -> Seen:
    creators = {each.id: each for each in exchanges if each.request.method == "POST" and each.id}
    return Seen(Transcript(exchanges, creators), ACCOUNT)


def test_everything_sent_is_seen_and_counted_answered_or_not() -> None:
    answered, silent = one(), one(status=None)
    all_of_it = seen(answered, silent)
    assert list(all_of_it.exchanges()) == [answered, silent]
    assert all_of_it.observations == 2


@pytest.mark.parametrize(
    "status, headers, judged",
    [
        (429, (), False),
        (429, (("retry-after", "1"),), False),
        (503, (("Retry-After", "1"),), False),
        (503, (), True),
        (500, (("retry-after", "1"),), True),
        (200, (("retry-after", "1"),), True),
    ],
)
def test_a_target_that_asks_for_patience_is_not_judged(
    status: int, headers: Headers, *, judged: bool
) -> None:
    busy = seen(one(status=status, headers=headers))
    assert bool(list(busy.exchanges())) is judged
    assert bool(list(busy.answers())) is judged


def test_what_nothing_may_be_concluded_from_is_not_seen() -> None:
    hidden = seen(one(answer={"id": "a"}, sent=SENT, judged=False), one("VC-GET", 404, judged=False))
    assert not [*hidden.exchanges(), *hidden.answers(), *hidden.creations("VC-CREATE")]
    assert hidden.observations == 0


def test_answers_are_those_to_the_operations_with_the_statuses_and_credentials() -> None:
    create, get = one(), one("VC-GET", 404)
    anonymous, wrong = one("VC-GET", 401, credential=NONE), one("VC-GET", 401, credential=WRONG_TOKEN)
    all_of_it = seen(create, get, anonymous, wrong, one("VC-GET", None))

    def numbers(*operations: str, **which: Any) -> list[int]:
        return [exchange.number for exchange, _ in all_of_it.answers(*operations, **which)]

    assert numbers() == [each.number for each in (create, get, anonymous, wrong)]
    assert numbers("VC-GET") == [each.number for each in (get, anonymous, wrong)]
    assert numbers("VC-GET", status={404}) == [get.number]
    assert numbers(credentials={NONE}) == [anonymous.number]
    assert numbers(status={401}, credentials={NONE, GOOD}) == [anonymous.number]
    assert all_of_it.observations == 4 + 3 + 1 + 1 + 1


def test_successes_are_the_successful_answers_to_an_operation() -> None:
    made = one(status=201)
    some = seen(made, one(status=422), one("VC-GET"))
    assert [exchange for exchange, _ in some.successes("VC-CREATE")] == [made]
    assert some.observations == 1


def test_errors_are_the_items_of_every_422_however_odd() -> None:
    proper, odd = {"code": "a"}, ["text", 7, None]
    some = seen(
        one(status=422, answer={"errors": [proper, *odd]}),
        one(status=422, answer={"errors": "none"}),
        one(status=422, answer=[proper]),
        one(status=400, answer={"errors": [proper]}),
    )
    assert [item for _, item in some.error_items()] == [proper, {}, {}, {}]
    assert some.observations == 3


@pytest.mark.parametrize(
    "resource, operation, answer, shown",
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
def test_resources_are_found_where_they_stand(
    resource: str, operation: str, answer: Any, shown: list[Any]
) -> None:
    some = seen(one(operation, answer=answer), one(operation, 404, answer))
    assert [value for _, value in some.resources(resource)] == shown
    assert some.has_resource(resource) is bool(shown)
    assert some.observations == 0


def test_creations_are_accepted_and_keep_the_documentation() -> None:
    good = one(answer={"id": "a"}, sent=SENT)
    some = seen(
        good,
        one(answer={"id": "b"}, sent={"display_name": 7}),
        one(status=422, answer={"id": "c"}, sent=SENT),
        one(answer=[], sent=SENT),
        one("FCR-CREATE", answer={"id": "d"}, sent=SENT),
    )
    (creation,) = some.creations("VC-CREATE")
    assert (creation.exchange, creation.body, creation.resource) == (good, SENT, {"id": "a"})


def test_refusals_of_what_keeps_the_documentation_are_seen() -> None:
    refused = [one(status=status, sent=SENT) for status in (400, 422)]
    others = [one(status=status, sent=SENT) for status in (200, 401, 409, 500)]
    some = seen(*refused, *others, one(status=422, sent={}), one("FCR-CREATE", 422, sent=SENT))
    assert list(some.rejected_valid_creates("VC-CREATE")) == refused


def test_readings_pair_a_get_with_the_create_of_what_it_reads() -> None:
    created, read = one(answer={"id": "a"}, sent=SENT), one("VC-GET", answer={"id": "a"}, made="a")
    some = seen(
        created,
        read,
        one("VC-GET", answer={"id": "b"}, made="b"),
        one("VC-GET", 404, made="a"),
        one("FCR-GET", answer={"id": "a"}, made="a"),
    )
    assert list(some.readings("VC-GET")) == [(created, read)]
    assert some.observations == 1
    assert some.creator(created) is None


def test_after_an_exchange_come_those_with_higher_numbers() -> None:
    first, second, third = one(), one(), one()
    assert list(Transcript([first, second, third], {}).after(first.number).exchanges) == [second, third]
    assert list(Transcript([first], {}).after(first.number).exchanges) == []


def test_two_looks_at_a_transcript_count_for_themselves() -> None:
    transcript = Transcript([one(), one()], {})
    looks = [Seen(transcript, ACCOUNT), Seen(transcript, ACCOUNT)]
    assert len(list(looks[0].exchanges())) == 2
    assert [each.observations for each in looks] == [2, 0]


def test_names_in_use_are_those_of_what_was_accepted_and_is_still_there() -> None:
    sent = {"display_name": "a", "name": "taken"}
    first = one(answer={"id": "x"}, sent=sent)
    second, other, nameless, broken = (
        one(status=422, sent=body)
        for body in (sent, {**sent, "name": "free"}, {"display_name": "a"}, {"name": "taken"})
    )
    gone = one("VC-DELETE", made="x")
    after = one(status=422, sent=sent)
    told = seen(first, second, other, nameless, broken, gone, after)
    assert list(told.valid_creates_with_name_in_use("VC-CREATE")) == [second]
