"""Requests are sent again after a disturbance on the way, and only then."""

from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import httpx
import pytest

from conformance.http.exchange import Origin, Request
from conformance.transport.resending import RESEND_DELAYS
from tests.support.fake_targets import CONFERENCES, GET, ORIGIN, fake_stack
from tests.support.servers.noise import shorten_delays

JSON = (("content-type", "application/json"),)
CREATE = Request("POST", CONFERENCES, JSON, b'{"display_name": "cc-0badcafe-5d3c1f9e7a2b-0_Z"}')


@pytest.fixture(autouse=True)
def _short_delays() -> Iterator[None]:
    with shorten_delays():
        yield


class Responding:
    """A target that gives its responses in turn, and the last one from then on."""

    def __init__(self, *responses: int | bytes | Exception) -> None:
        self._responses = chain(responses, repeat(responses[-1]))
        self.requests = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        response = next(self._responses)
        if isinstance(response, Exception):
            raise response
        if isinstance(response, bytes):
            return httpx.Response(200, headers=dict(JSON), content=response)
        return httpx.Response(response, json={})


@pytest.mark.parametrize(
    "first", [408, 425, 502, 503, 504, 520, 524, b'{"id": "a', httpx.ReadError("connection reset")]
)
def test_a_disturbed_get_is_sent_again(tmp_path: Path, first: int | bytes | Exception) -> None:
    with fake_stack(Responding(first, 200), tmp_path) as stack:
        assert stack.send(GET, ORIGIN).status == 200


@pytest.mark.parametrize("status", [200, 400, 401, 404, 422, 500, 501])
def test_a_response_of_the_target_is_not_requested_again(tmp_path: Path, status: int) -> None:
    target = Responding(status)
    with fake_stack(target, tmp_path) as stack:
        assert stack.send(GET, ORIGIN).status == status
    assert target.requests == 1


def test_a_gateway_error_that_persists_is_returned(tmp_path: Path) -> None:
    target = Responding(502)
    with fake_stack(target, tmp_path) as stack:
        assert stack.send(CREATE, ORIGIN).status == 502
        assert stack.resender.note is None
    assert target.requests == 1 + len(RESEND_DELAYS)


def test_an_operation_that_always_fails_is_sent_again_only_once(tmp_path: Path) -> None:
    target = Responding(502)
    with fake_stack(target, tmp_path) as stack:
        for _ in range(5):
            stack.send(CREATE, ORIGIN)
        before = target.requests
        stack.send(CREATE, ORIGIN)
    assert target.requests - before == 2


def test_a_created_resource_with_a_damaged_body_is_not_created_again(tmp_path: Path) -> None:
    target = Responding(b'{"id": "a')
    with fake_stack(target, tmp_path) as stack:
        assert stack.send(CREATE, ORIGIN).succeeded
    assert target.requests == 1


def test_a_rejection_that_may_follow_from_resending_decides_nothing(tmp_path: Path) -> None:
    with fake_stack(Responding(502, 422), tmp_path) as stack:
        assert stack.send(CREATE, Origin("a check", "VC-CREATE")).status == 502


def test_disturbances_are_counted_by_kind(tmp_path: Path) -> None:
    with fake_stack(Responding(502, 504, 200, 502, 200), tmp_path) as stack:
        assert stack.resender.note is None
        stack.send(GET, ORIGIN)
        stack.send(GET, ORIGIN)
        assert stack.resender.note == (
            "unstable target: 3 responses not confirmed when the request was sent again: "
            "status 502 (2), status 504 (1)"
        )
