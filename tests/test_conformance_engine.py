"""What a check ends with, and the outcome that its requirement gets from it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance import expect
from conformance.api import Api
from conformance.engine import REPEATS, Check, Engine, Kind
from conformance.others import Others
from conformance.packing import Packing
from conformance.seen import Seen
from conformance.settings import Effort, Settings
from conformance.target import Limits
from conformance.transport import vigil
from conformance.verdict import Finding, Outcome, Unobserved, Verdict, of_finding
from spec.catalogue import Level, Requirement
from tests.servers import faked

MUST = Requirement("VC-GET-ONE", Level.MUST, "An unknown id is a 404.", "a page", "video", "VC-GET")
SHOULD = replace(MUST, level=Level.SHOULD)
MAY = replace(MUST, level=Level.MAY)


class Conferences:
    """A target that makes, shows and deletes, and answers gets of some kinds of id as it is told."""

    def __init__(self, unknown: Callable[[int], int] = lambda _: 404) -> None:
        self.unknown = unknown
        self.asked = 0
        self.made: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        made = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            new = f"made-{len(self.made)}"
            self.made[new] = {"id": new, **json.loads(request.content)}
            return httpx.Response(200, json=self.made[new])
        if request.method == "DELETE":
            return httpx.Response(204)
        if made in self.made:
            return httpx.Response(200, json=self.made[made])
        self.asked += 1
        return httpx.Response(self.unknown(self.asked), json={"error": "Not Found"})


@contextmanager
def engine(
    target: Any, folder: Path, limits: Limits | None = None, *, fail_fast: bool = False
) -> Iterator[Engine]:
    with faked(target, folder, limits) as wire:
        opened = Engine(wire, Settings(wire.target, effort=Effort.SMOKE, fail_fast=fail_fast))
        try:
            yield opened
        finally:
            opened.stop()


def acting(function: Callable[..., Any], bound: Requirement = MUST, **given: Any) -> Check:
    return Check("a check", Kind.DIRECTED, bound, function, given)


def observing(function: Callable[..., Any], bound: Requirement = MUST, **given: Any) -> Check:
    return Check("an observing check", Kind.OBSERVING, bound, function, given)


def get_is_404(api: Api) -> None:
    expect.not_found(api.video.get("unknown"))


def every_get_is_404(seen: Seen) -> None:
    for exchange, _ in seen.answers("VC-GET"):
        expect.not_found(exchange)


def judged(target: Any, folder: Path, check: Check, limits: Limits | None = None) -> Outcome:
    with engine(target, folder, limits) as opened:
        return opened.outcome(check)


def test_a_check_that_finds_nothing_passes_with_its_observations(tmp_path: Path) -> None:
    outcome = judged(Conferences(), tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.observations, outcome.reason) == (Verdict.PASSED, 1, None)
    assert outcome.seconds > 0


def test_what_a_check_returns_is_noted(tmp_path: Path) -> None:
    def noting(api: Api) -> str:
        get_is_404(api)
        return "capital letters are accepted"

    outcome = judged(Conferences(), tmp_path, acting(noting))
    assert (outcome.verdict, outcome.reason) == (Verdict.PASSED, "observed: capital letters are accepted")


def test_a_finding_that_repeats_is_confirmed(tmp_path: Path) -> None:
    target = Conferences(lambda _: 200)
    outcome = judged(target, tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.flaky, outcome.reason) == (Verdict.FAILED, False, None)
    assert [finding.expected for finding in outcome.findings] == ["status 404"]
    assert target.asked == 2


@pytest.mark.parametrize("time", [1, 5, REPEATS])
def test_a_finding_that_repeats_late_is_confirmed(tmp_path: Path, time: int) -> None:
    target = Conferences(lambda asked: 200 if asked in {1, 1 + time} else 404)
    outcome = judged(target, tmp_path, acting(get_is_404))
    assert (outcome.verdict, target.asked) == (Verdict.FAILED, 1 + time)
    assert outcome.findings[0].exchange.origin.attempt == time


def test_a_finding_that_never_repeats_is_flaky_and_warns(tmp_path: Path) -> None:
    target = Conferences(lambda asked: 200 if asked == 1 else 404)
    outcome = judged(target, tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.flaky) == (Verdict.WARNED, True)
    assert outcome.reason == f"flaky: not shown again in {REPEATS} repetitions"
    assert [finding.exchange.status for finding in outcome.findings] == [200]
    assert target.asked == 1 + REPEATS


@pytest.mark.parametrize(
    "bound, verdict", [(MUST, Verdict.FAILED), (SHOULD, Verdict.WARNED), (MAY, Verdict.WARNED)]
)
def test_only_a_must_fails(tmp_path: Path, bound: Requirement, verdict: Verdict) -> None:
    assert judged(Conferences(lambda _: 200), tmp_path, acting(get_is_404, bound)).verdict is verdict
    assert of_finding(bound, confirmed=True) is verdict
    assert of_finding(bound, confirmed=False) is Verdict.WARNED


def test_an_exception_in_a_check_is_an_error_of_ours(tmp_path: Path) -> None:
    def mistaken(api: Api) -> None:
        get_is_404(api)
        raise ZeroDivisionError

    outcome = judged(Conferences(), tmp_path, acting(mistaken))
    assert (outcome.verdict, outcome.reason) == (Verdict.ERROR, "suite: ZeroDivisionError")
    assert isinstance(outcome.error, ZeroDivisionError)
    assert (outcome.observations, outcome.findings) == (1, ())


@pytest.mark.parametrize("make", [acting, observing])
def test_without_observations_nothing_is_decided(tmp_path: Path, make: Callable[..., Check]) -> None:
    outcome = judged(Conferences(), tmp_path, make(lambda **_: None))
    assert (outcome.verdict, outcome.observations) == (Verdict.INCONCLUSIVE, 0)
    assert (outcome.reason or "").startswith("never-seen: ")


@pytest.mark.parametrize("make", [acting, observing])
def test_a_condition_that_never_came_about_is_not_applicable(
    tmp_path: Path, make: Callable[..., Check]
) -> None:
    bound = replace(MUST, when="the target sends a 403")
    outcome = judged(Conferences(), tmp_path, make(lambda **_: None, bound))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert outcome.reason == "never-seen: the target sends a 403"


def test_a_missing_prerequisite_is_inconclusive_with_its_code(tmp_path: Path) -> None:
    def unable(api: Api) -> None:
        raise Unobserved("no-session", "name one", api.video.get("unknown"))

    outcome = judged(Conferences(), tmp_path, acting(unable))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "no-session: name one")
    assert outcome.observations == 1


def test_a_spent_budget_is_inconclusive(tmp_path: Path) -> None:
    def many(api: Api) -> None:
        for _ in range(5):
            get_is_404(api)

    outcome = judged(Conferences(), tmp_path, acting(many), Limits(requests=3))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "budget: 3 requests are spent")
    assert outcome.observations == 3


def test_a_stopped_run_is_inconclusive(tmp_path: Path) -> None:
    with engine(Conferences(), tmp_path) as opened:
        opened.stop()
        outcome = opened.outcome(replace(acting(get_is_404), kind=Kind.EXPLORING))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "interrupted: the run was stopped")


def test_what_was_shown_elsewhere_counts_as_an_observation(tmp_path: Path) -> None:
    def shown(api: Api) -> None:
        api.shown_elsewhere += 2

    outcome = judged(Conferences(), tmp_path, acting(shown))
    assert (outcome.verdict, outcome.observations) == (Verdict.PASSED, 2)


def test_a_packed_check_is_given_the_packing(tmp_path: Path) -> None:
    given: list[Any] = []

    def packed(api: Api, packing: Packing, limit: int) -> None:
        given.extend([packing, limit])
        get_is_404(api)

    check = replace(acting(packed, limit=7), packed=True)
    with engine(Conferences(), tmp_path) as opened:
        opened.outcome(check)
        opened.outcome(check)
    assert isinstance(given[0], Packing)
    assert given == [given[0], 7, given[0], 7]


def test_each_attempt_has_its_number_and_names_of_its_own(tmp_path: Path) -> None:
    names: list[str] = []

    def naming(api: Api) -> None:
        names.append(api.fresh_name())
        get_is_404(api)

    target = Conferences(lambda asked: 200 if asked in {1, 4} else 404)
    with engine(target, tmp_path) as opened:
        opened.outcome(acting(naming))
        attempts = [each.origin.attempt for each in opened.wire.evidence.exchanges]
    assert attempts == [0, 1, 2, 3]
    assert len(set(names)) == 4


def test_directed_checks_are_under_way_before_anyone_asks(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=5)

    def meeting(api: Api) -> None:
        both.wait()
        get_is_404(api)

    checks = [replace(acting(meeting), name=name) for name in ("one", "other")]
    exploring = Check("late", Kind.EXPLORING, MUST, get_is_404, {})
    with engine(Conferences(), tmp_path, Limits(concurrency=2)) as opened:
        opened.start([*checks, exploring])
        outcomes = [opened.outcome(check) for check in (*checks, exploring)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED] * 3


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
    assert target.asked == 1 + REPEATS


def test_an_observed_finding_that_cannot_be_sent_again_is_inconclusive(tmp_path: Path) -> None:
    with engine(Conferences(lambda _: 200), tmp_path, Limits(requests=1)) as opened:
        opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_get_is_404))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "cut-short: 1 requests are spent")


def test_what_addressed_a_new_resource_is_sent_again_on_a_newer_one(tmp_path: Path) -> None:
    def only_the_first_is_kept(seen: Seen) -> None:
        for _, exchange in seen.readings("VC-GET"):
            raise Finding("nothing can be read", exchange)

    with engine(Conferences(), tmp_path) as opened:
        api = opened.api("others")
        api.video.visit({"display_name": "a"})
        outcome = opened.outcome(observing(only_the_first_is_kept))
        sent = [(each.request.method, each.request.path[-6:]) for each in opened.wire.evidence.exchanges]
    first, again = sent[:3], sent[3:]
    assert outcome.verdict is Verdict.FAILED
    assert first == [("POST", "rences"), ("GET", "made-0"), ("DELETE", "made-0")]
    assert (again[0], again[-1]) == (("POST", "rences"), ("GET", "made-1"))


def test_an_exception_in_an_observing_check_is_an_error_of_ours(tmp_path: Path) -> None:
    def mistaken(seen: Seen) -> None:
        raise KeyError(seen.observations)

    assert judged(Conferences(), tmp_path, observing(mistaken)).verdict is Verdict.ERROR


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

    monkeypatch.setattr(vigil, "PAUSES", (0.0, 0.01))
    with engine(gone, tmp_path) as opened:
        opened.api("before").video.get("unknown")
        outcomes = [opened.outcome(acting(get_is_404)) for _ in range(3)]
        outcomes.append(opened.outcome(observing(every_exchange_is_answered)))
    assert {(outcome.verdict, outcome.reason) for outcome in outcomes} == {
        (Verdict.INCONCLUSIVE, "outage: the target stopped answering")
    }
    assert asked == 1 + 1 + 2


def test_a_connection_that_breaks_once_is_no_finding(tmp_path: Path) -> None:
    asked = 0

    def losing(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += request.method == "POST"
        if request.method == "POST" and asked == 1:
            raise httpx.ReadError("reset")
        return httpx.Response(422)

    def create_is_422(api: Api) -> None:
        expect.status(api.video.create({}), 422)

    def every_create_is_422(seen: Seen) -> None:
        for exchange in seen.exchanges("VC-CREATE"):
            expect.status(exchange, 422)

    with engine(losing, tmp_path) as opened:
        outcomes = [opened.outcome(acting(create_is_422)), opened.outcome(observing(every_create_is_422))]
    assert [(each.verdict, each.flaky) for each in outcomes] == [(Verdict.PASSED, False)] * 2


def test_what_lacked_an_answer_once_is_tried_again(tmp_path: Path) -> None:
    posts = 0

    def losing(request: httpx.Request) -> httpx.Response:
        nonlocal posts
        posts += request.method == "POST"
        if request.method == "POST" and posts == 1:
            raise httpx.ReadError("reset")
        return httpx.Response(200, json={"id": "made"})

    def read(api: Api) -> None:
        with api.video.existing() as created:
            expect.status(api.video.get(created.id or ""), 200)

    assert judged(losing, tmp_path, acting(read)).verdict is Verdict.PASSED


def every_exchange_is_answered(seen: Seen) -> None:
    for exchange in seen.exchanges():
        expect.answered(exchange)


def test_a_single_answer_that_never_comes_is_a_finding_of_its_check(tmp_path: Path) -> None:
    def dropping(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("unknown"):
            raise httpx.ReadError("reset")
        return httpx.Response(404)

    outcome = judged(dropping, tmp_path, acting(get_is_404))
    assert (outcome.verdict, outcome.findings[0].exchange.failure) == (Verdict.FAILED, "ReadError: reset")


def test_an_observed_exchange_without_an_answer_is_sent_again(tmp_path: Path) -> None:
    def dropping(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("unknown"):
            raise httpx.ReadError("reset")
        return httpx.Response(404)

    with engine(dropping, tmp_path) as opened:
        opened.api("others").video.get("unknown")
        outcome = opened.outcome(observing(every_exchange_is_answered))
    assert outcome.verdict is Verdict.FAILED


def test_the_first_failure_ends_a_run_that_is_to_fail_fast(tmp_path: Path) -> None:
    target = Conferences(lambda _: 200)
    later = replace(acting(get_is_404), name="later", kind=Kind.EXPLORING)
    with engine(target, tmp_path, fail_fast=True) as opened:
        opened.start([acting(get_is_404), later])
        outcomes = [opened.outcome(acting(get_is_404)), opened.outcome(later)]
    assert [each.verdict for each in outcomes] == [Verdict.FAILED, Verdict.INCONCLUSIVE]
    assert outcomes[1].reason == "interrupted: the run was stopped"
    assert target.asked == 2


def test_what_every_answer_shows_is_looked_at_meanwhile_where_a_run_is_to_fail_fast(tmp_path: Path) -> None:
    def asking(api: Api) -> None:
        for _ in range(10_000):
            api.video.get("unknown")
            time.sleep(0.001)

    target = Conferences(lambda _: 200)
    busy, watching = replace(acting(asking), name="busy"), observing(every_get_is_404)
    with engine(target, tmp_path, fail_fast=True) as opened:
        opened.start([busy, watching])
        verdicts = [opened.outcome(check).verdict for check in (busy, watching)]
    assert verdicts == [Verdict.INCONCLUSIVE, Verdict.FAILED]
    assert target.asked < 10_000


def test_a_lasting_check_waits_for_the_others(tmp_path: Path) -> None:
    order: list[str] = []

    def waiting(api: Api, others: Others) -> None:
        get_is_404(api)
        others.wait(again=False)
        order.append("waited")

    def slow(api: Api) -> None:
        time.sleep(0.05)
        get_is_404(api)
        order.append("done")

    lasting = replace(acting(waiting), name="lasting", lasting=True)
    with engine(Conferences(), tmp_path, Limits(concurrency=2)) as opened:
        opened.start([lasting, replace(acting(slow), name="slow")])
        assert opened.outcome(lasting).verdict is Verdict.PASSED
    assert order == ["done", "waited"]


def test_a_lasting_check_waits_for_nobody_where_one_request_at_a_time_may_go(tmp_path: Path) -> None:
    def waiting(api: Api, others: Others) -> None:
        others.wait(again=False)
        get_is_404(api)

    lasting = replace(acting(waiting), name="lasting", lasting=True)
    other = replace(acting(get_is_404), name="other")
    with engine(Conferences(), tmp_path, Limits(concurrency=1)) as opened:
        opened.start([lasting, other])
        assert opened.outcome(lasting).verdict is Verdict.PASSED
