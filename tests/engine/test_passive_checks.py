"""What a check that only looks on ends with: a finding is shown elsewhere, or sent again, or flaky."""

from pathlib import Path
from typing import NoReturn

import pytest

from conformance.config.target import Limits
from conformance.engine.attempts import MAX_RETRIES
from conformance.results.verdict import Finding, Inconclusive, Verdict
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from tests.support.check_executors import Conferences, engine, every_get_is_404, judged, observing


def test_an_observed_finding_that_shows_elsewhere_is_confirmed_without_a_request(tmp_path: Path) -> None:
    target = Conferences(lambda _: 200)
    with engine(target, tmp_path) as opened:
        for _ in range(2):
            opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_get_is_404))
    assert (outcome.verdict, target.asked) == (Verdict.FAILED, 2)
    assert outcome.findings[0].exchange.number == 1


def test_an_observed_finding_that_shows_once_is_sent_again(tmp_path: Path) -> None:
    target = Conferences(lambda asked: 200 if asked in {2, 8} else 404)
    with engine(target, tmp_path) as opened:
        for _ in range(3):
            opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_get_is_404))
    assert (outcome.verdict, outcome.observations, target.asked) == (Verdict.FAILED, 2, 8)
    assert outcome.findings[0].exchange.number == 2


def test_an_observed_finding_that_never_shows_again_is_flaky(tmp_path: Path) -> None:
    target = Conferences(lambda asked: 200 if asked == 1 else 404)
    with engine(target, tmp_path) as opened:
        opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)
    assert target.asked == 1 + MAX_RETRIES


def test_an_observed_finding_that_cannot_be_sent_again_is_inconclusive(tmp_path: Path) -> None:
    with engine(Conferences(lambda _: 200), tmp_path, Limits(max_requests=1)) as opened:
        opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_get_is_404))
    assert (outcome.verdict, outcome.reason) == (
        Verdict.INCONCLUSIVE,
        "cut-short: limit of 1 requests reached",
    )


def test_an_observed_finding_for_which_nothing_can_be_made_is_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise Inconclusive("live-cap", "no room")

    with engine(Conferences(lambda _: 200), tmp_path) as opened:
        opened.api("others").video.get("unknown")
        monkeypatch.setattr(ApiClient, "send", full)
        outcome = opened.outcome(observing(every_get_is_404))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "live-cap: no room")


def test_what_addressed_a_new_resource_is_sent_again_on_a_newer_one(tmp_path: Path) -> None:
    def only_the_first_is_kept(traffic: Traffic) -> None:
        for _, exchange in traffic.gets_with_create("VC-GET"):
            raise Finding("nothing can be read", exchange)

    with engine(Conferences(), tmp_path) as opened:
        api = opened.api("others")
        api.video.create_read_delete(api.video.minimal())
        outcome = opened.outcome(observing(only_the_first_is_kept))
        sent = [(each.request.method, each.request.path[-6:]) for each in opened.wire.evidence.exchanges]
    first, again = sent[:3], sent[3:]
    assert outcome.verdict is Verdict.FAILED
    assert first == [("POST", "rences"), ("GET", "made-0"), ("DELETE", "made-0")]
    assert (again[0], again[-1]) == (("POST", "rences"), ("GET", "made-1"))


def test_an_exception_in_an_observing_check_is_an_error_of_ours(tmp_path: Path) -> None:
    def mistaken(traffic: Traffic) -> None:
        raise KeyError(traffic.observations)

    assert judged(Conferences(), tmp_path, observing(mistaken)).verdict is Verdict.ERROR
