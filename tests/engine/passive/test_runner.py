"""Outcomes of passive checks: a finding is confirmed by another exchange or by a retry, or it is flaky."""

from pathlib import Path
from typing import NoReturn

import pytest

from conformance.config.target import Limits
from conformance.engine.attempts import MAX_RETRIES
from conformance.results.verdict import Finding, Inconclusive, Verdict
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from tests.support.check_executors import (
    ConferenceTarget,
    check_executor,
    check_outcome,
    every_get_is_404,
    passive_check,
)


def test_an_observed_finding_that_follows_from_one_exchange_is_confirmed_by_its_request(
    tmp_path: Path,
) -> None:
    target = ConferenceTarget(lambda _: 200)
    with check_executor(target, tmp_path) as executor:
        for _ in range(2):
            executor.api("other check").video.get("unknown")
        outcome = executor.outcome(passive_check(every_get_is_404))
    assert (outcome.verdict, target.asked) == (Verdict.FAILED, 3)
    assert outcome.findings[0].exchange.number == 1


def test_an_observed_finding_of_one_exchange_is_retried(tmp_path: Path) -> None:
    target = ConferenceTarget(lambda number: 200 if number in {2, 8} else 404)
    with check_executor(target, tmp_path) as executor:
        for _ in range(3):
            executor.api("other check").video.get("unknown")
        outcome = executor.outcome(passive_check(every_get_is_404))
    assert (outcome.verdict, outcome.observations, target.asked) == (Verdict.FAILED, 2, 8)
    assert outcome.findings[0].exchange.number == 2


def test_an_observed_finding_that_is_not_reproduced_is_flaky(tmp_path: Path) -> None:
    target = ConferenceTarget(lambda number: 200 if number == 1 else 404)
    with check_executor(target, tmp_path) as executor:
        executor.api("other check").video.get("unknown")
        outcome = executor.outcome(passive_check(every_get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)
    assert target.asked == 1 + MAX_RETRIES


def test_an_observed_finding_that_cannot_be_retried_is_inconclusive(tmp_path: Path) -> None:
    with check_executor(ConferenceTarget(lambda _: 200), tmp_path, Limits(max_requests=1)) as executor:
        executor.api("other check").video.get("unknown")
        outcome = executor.outcome(passive_check(every_get_is_404))
    assert (outcome.verdict, outcome.reason) == (
        Verdict.INCONCLUSIVE,
        "cut-short: limit of 1 requests reached",
    )


def test_an_observed_finding_is_inconclusive_if_no_resource_can_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_inconclusive(*_: object) -> NoReturn:
        raise Inconclusive("live-cap", "limit reached")

    with check_executor(ConferenceTarget(lambda _: 200), tmp_path) as executor:
        executor.api("other check").video.get("unknown")
        monkeypatch.setattr(ApiClient, "send", raise_inconclusive)
        outcome = executor.outcome(passive_check(every_get_is_404))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "live-cap: limit reached")


def test_a_request_to_a_created_resource_is_retried_with_a_new_resource(tmp_path: Path) -> None:
    def reject_every_get(traffic: Traffic) -> None:
        for _, exchange in traffic.gets_with_create("VC-GET"):
            raise Finding("nothing can be read", exchange)

    with check_executor(ConferenceTarget(), tmp_path) as executor:
        api = executor.api("other check")
        api.video.create_read_delete(api.video.minimal())
        outcome = executor.outcome(passive_check(reject_every_get))
        requests = [
            (exchange.request.method, exchange.request.path[-6:])
            for exchange in executor.stack.evidence.exchanges
        ]
    original, retry = requests[:3], requests[3:]
    assert outcome.verdict is Verdict.FAILED
    assert original == [("POST", "rences"), ("GET", "made-0"), ("DELETE", "made-0")]
    assert retry[:3] == [("POST", "rences"), ("POST", "rences"), ("GET", "made-1")]
    assert {request for request in retry[3:] if request[0] == "DELETE"} == {
        ("DELETE", "made-1"),
        ("DELETE", "made-2"),
    }


def test_an_exception_in_a_passive_check_is_an_internal_error(tmp_path: Path) -> None:
    def broken_check(traffic: Traffic) -> None:
        raise KeyError(traffic.observations)

    assert check_outcome(ConferenceTarget(), tmp_path, passive_check(broken_check)).verdict is Verdict.ERROR
