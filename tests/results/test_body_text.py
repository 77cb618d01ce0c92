"""A request or a response on one line shows the members that matter, as they were sent."""

import datetime as dt
import json

from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.results.body_text import request_line, response_line, sample

JSON = (("content-type", "application/json"),)


def exchange(sent: bytes, received: bytes = b"{}") -> Exchange:
    request, response = Request("POST", "/c", JSON, sent), Response(200, JSON, received)
    return Exchange(1, Origin("check", "VC-CREATE"), request, response, None, dt.datetime.now(dt.UTC), 0)


def test_numbers_and_duplicate_members_are_shown_as_they_are_written() -> None:
    body = b'{"a":1e400,"b":1.50,"a":-0,"c":[1E2,{"d":null}]}'
    assert request_line(exchange(body)) == 'POST /c {"a": 1e400, "b": 1.50, "a": -0, "c": [1E2, {"d": null}]}'


def test_a_long_object_is_cut_around_the_members_that_matter() -> None:
    members = {f"member_{number:02}": "value" for number in range(30)}
    body = json.dumps({"id": "1", **members, "name": "n"}).encode()
    line = response_line(exchange(b"", body), ["member_27"])
    assert line.startswith('200 {"id": "1", "member_00": "value", "member_01": "value", ')
    assert line.endswith('"member_27": "value", "name": "n", … 18 more members}')
    assert len(line) < 340


def test_a_nested_object_with_a_member_that_matters_is_shown() -> None:
    inner = {f"member_{number:02}": "value" for number in range(30)}
    body = json.dumps({**{f"x{number}": "y" * 20 for number in range(20)}, "room": inner}).encode()
    assert '"room": {"member_00": "value"' in response_line(exchange(b"", body), ["member_29"])
    assert '"member_29": "value", … ' in response_line(exchange(b"", body), ["member_29"])


def test_a_long_array_is_cut() -> None:
    line = response_line(exchange(b"", json.dumps(["item"] * 1000).encode()))
    assert line.endswith(" more items]")
    assert len(line) < 340


def test_a_sample_is_an_exchange_on_two_short_lines() -> None:
    members = {f"member_{number:02}": "value" * 8 for number in range(60)}
    body = json.dumps({**members, "name": "n"}).encode()
    result = sample(exchange(b'{"name": "n"}', body), ["name"])
    assert (result.exchange, result.sent) == (1, 'POST /c {"name": "n"}')
    assert '"name": "n"' in result.received
    assert len(result.received) < 550


def test_only_the_beginning_of_a_large_body_is_evaluated_for_a_sample() -> None:
    result = sample(exchange(b"[" * 5_000_000, b'{"a": "' + b"x" * 5_000_000 + b'"}'))
    assert result.sent.startswith("POST /c [[[[")
    assert result.received.startswith('200 {"a": "xxx')
    assert max(len(result.sent), len(result.received)) < 550
