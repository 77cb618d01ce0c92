"""An answer that never comes is a finding only where it never comes: not once, and not in an outage."""

import itertools
from pathlib import Path

import httpx
import pytest

from conformance.results.verdict import Verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from conformance.transport import outage
from tests.support.check_executors import acting, engine, get_is_404, judged, observing
from tests.support.fake_targets import Answer


def dropping(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("unknown"):
        raise httpx.ReadError("reset")
    return httpx.Response(404)


def losing_one(status: int) -> Answer:
    """Return a target that answers with a status, except that the connection of the first create breaks."""
    creates = itertools.count()

    def target(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and next(creates) == 0:
            raise httpx.ReadError("reset")
        return httpx.Response(status, json={"id": "made"})

    return target


def every_exchange_is_answered(traffic: Traffic) -> None:
    for exchange in traffic.exchanges():
        expect.no_server_error(exchange)


def test_a_target_that_went_away_is_an_outage_and_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def gone(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 1:
            return httpx.Response(404)
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(outage, "PROBE_DELAYS", (0.0, 0.01))
    with engine(gone, tmp_path) as opened:
        opened.api("before").video.get("unknown")
        outcomes = [opened.outcome(acting(get_is_404)) for _ in range(3)]
        outcomes.append(opened.outcome(observing(every_exchange_is_answered)))
    assert {(outcome.verdict, outcome.reason) for outcome in outcomes} == {
        (Verdict.INCONCLUSIVE, "outage: the target stopped responding")
    }
    assert asked == 1 + 1 + 2


def test_a_connection_that_breaks_once_is_no_finding(tmp_path: Path) -> None:
    def create_is_422(api: ApiClient) -> None:
        expect.status(api.video.create({}), 422)

    def every_create_is_422(traffic: Traffic) -> None:
        for exchange in traffic.exchanges("VC-CREATE"):
            expect.status(exchange, 422)

    with engine(losing_one(422), tmp_path) as opened:
        outcomes = [opened.outcome(acting(create_is_422)), opened.outcome(observing(every_create_is_422))]
    assert [(each.verdict, each.flaky) for each in outcomes] == [(Verdict.PASSED, False)] * 2


def test_what_lacked_an_answer_once_is_tried_again(tmp_path: Path) -> None:
    def read(api: ApiClient) -> None:
        with api.video.existing() as created:
            expect.status(api.video.get(created.id or ""), 200)

    assert judged(losing_one(200), tmp_path, acting(read)).verdict is Verdict.PASSED


def test_a_single_answer_that_never_comes_is_a_finding_of_its_check(tmp_path: Path) -> None:
    outcome = judged(dropping, tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.findings[0].exchange.failure) == (Verdict.FAILED, "ReadError: reset")


def test_an_observed_exchange_without_an_answer_is_sent_again(tmp_path: Path) -> None:
    with engine(dropping, tmp_path) as opened:
        opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_exchange_is_answered))
    assert outcome.verdict is Verdict.FAILED
