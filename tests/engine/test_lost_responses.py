"""A missing response is a finding only if it is missing in every attempt and there is no outage."""

import itertools
from pathlib import Path

import httpx
import pytest

from conformance.results.verdict import Verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from conformance.transport import outage
from tests.support.check_executors import (
    active_check,
    check_executor,
    check_outcome,
    get_is_404,
    passive_check,
)
from tests.support.fake_targets import Responder


def drop_unknown(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("unknown"):
        raise httpx.ReadError("reset")
    return httpx.Response(404)


def lose_first_create(status: int) -> Responder:
    """Return a target that responds with a status, except that the connection of the first create breaks."""
    creates = itertools.count()

    def target(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and next(creates) == 0:
            raise httpx.ReadError("reset")
        return httpx.Response(status, json={"id": "made"})

    return target


def every_exchange_has_a_response(traffic: Traffic) -> None:
    for exchange in traffic.exchanges():
        expect.no_server_error(exchange)


def test_an_unreachable_target_is_an_outage_and_not_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = 0

    def respond_once(_: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        if requests == 1:
            return httpx.Response(404)
        raise httpx.ConnectError("Connection refused")

    monkeypatch.setattr(outage, "PROBE_DELAYS", (0.0, 0.01))
    with check_executor(respond_once, tmp_path) as executor:
        executor.api("other check").video.get("unknown")
        outcomes = [executor.outcome(active_check(get_is_404)) for _ in range(3)]
        outcomes.append(executor.outcome(passive_check(every_exchange_has_a_response)))
    assert {(outcome.verdict, outcome.reason) for outcome in outcomes} == {
        (Verdict.INCONCLUSIVE, "outage: the target stopped responding")
    }
    assert requests == 1 + 1 + 2


def test_a_connection_lost_once_is_not_a_finding(tmp_path: Path) -> None:
    def create_is_422(api: ApiClient) -> None:
        expect.status(api.video.create({}), 422)

    def every_create_is_422(traffic: Traffic) -> None:
        for exchange in traffic.exchanges("VC-CREATE"):
            expect.status(exchange, 422)

    with check_executor(lose_first_create(422), tmp_path) as executor:
        outcomes = [
            executor.outcome(active_check(create_is_422)),
            executor.outcome(passive_check(every_create_is_422)),
        ]
    assert [(outcome.verdict, outcome.flaky) for outcome in outcomes] == [(Verdict.PASSED, False)] * 2


def test_a_check_that_lacked_a_response_is_retried(tmp_path: Path) -> None:
    def get_existing(api: ApiClient) -> None:
        with api.video.existing() as created:
            expect.status(api.video.get(created.id or ""), 200)

    assert (
        check_outcome(lose_first_create(200), tmp_path, active_check(get_existing)).verdict is Verdict.PASSED
    )


def test_a_response_that_is_always_missing_is_a_finding_of_its_check(tmp_path: Path) -> None:
    outcome = check_outcome(drop_unknown, tmp_path, active_check(get_is_404))
    assert (outcome.verdict, outcome.findings[0].exchange.failure) == (Verdict.FAILED, "ReadError: reset")


def test_an_observed_exchange_without_a_response_is_retried(tmp_path: Path) -> None:
    with check_executor(drop_unknown, tmp_path) as executor:
        executor.api("other check").video.get("unknown")
        outcome = executor.outcome(passive_check(every_exchange_has_a_response))
    assert outcome.verdict is Verdict.FAILED
