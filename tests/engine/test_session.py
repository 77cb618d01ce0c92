"""A trial leaves a record and nothing at the target, whatever happens within."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.executor import CheckExecutor
from conformance.engine.session import RunSession
from conformance.results.verdict import Outcome, Verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from spec.catalogue import Level, Requirement
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ACCOUNT

MUST = Requirement("VC-GET-ONE", Level.MUST, "An unknown id is a 404.", "a page", "video", "VC-GET")
OTHER = Requirement("VC-GET-TWO", Level.MUST, "Another.", "a page", "video", "VC-GET")
MAY = Requirement("VC-GET-MAY", Level.MAY, "As it likes.", "a page", "video", "VC-GET")


class Conferences:
    """A target that opens to the account; it keeps and shows what it creates until that is deleted."""

    def __init__(self, *, page: Any = None) -> None:
        self.page = page or {"data": []}
        self.made: dict[str, dict[str, Any]] = {}  # by id
        self.count = 0
        self.lock = Lock()
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        made = path.rpartition("/")[2]
        self.asked.append(f"{request.method} {made}")
        if "authorization" not in request.headers:
            return httpx.Response(401, json={"error": "Unauthorized"})
        if request.method == "POST":
            with self.lock:
                self.count += 1
                new = f"made-{self.count}"
            self.made[new] = {"id": new, **json.loads(request.content)}
            return httpx.Response(200, json=self.made[new])
        if request.method == "DELETE" and made in self.made:
            del self.made[made]
            return httpx.Response(204)
        if made == "conferences":
            return httpx.Response(200, json=self.page)
        found = self.made.get(made)
        return httpx.Response(200 if found else 404, json=found or {"error": "Not Found"})


def trial(
    target: Callable[[httpx.Request], httpx.Response],
    folder: Path,
    observer: Any = None,
    *,
    requests: int | None = None,
    live: int | None = None,
    **of_target: Any,
) -> RunSession:
    settings = Settings(
        Target(httpx.URL("http://target.test"), ACCOUNT, **of_target),
        Limits(concurrency=4, max_requests=requests, max_live=live),
        Connection(transport=httpx.MockTransport(target)),
        Effort.SMOKE,
        output=folder,
    )
    return RunSession(settings, observer)


def check(
    function: Callable[..., Any], bound: Requirement = MUST, kind: CheckKind = CheckKind.ACTIVE
) -> Check:
    return Check(bound.id, kind, bound, function, {})


def passing(api: ApiClient) -> None:
    expect.not_found(api.video.get("unknown"))


def creating(api: ApiClient) -> None:
    expect.accepted(api.video.create(api.video.minimal()))


def ran(opened: RunSession, *checks: Check, **how: Any) -> dict[str, Any]:
    with opened.open(checks, **how) as judgeable:
        for each in checks if judgeable else ():
            opened.decide(each)
    assert validation_errors(results_schema(), opened.record) == []
    return opened.record


def test_outcomes_are_entered_as_they_are_asked_for(tmp_path: Path) -> None:
    record = ran(trial(Conferences(), tmp_path), check(passing), check(creating, OTHER))
    assert [(each["id"], each["verdict"]) for each in record["requirements"]] == [
        ("VC-GET-ONE", "passed"),
        ("VC-GET-TWO", "passed"),
    ]
    assert (record["verdict"], record["footer"]["complete"]) == ("conforms", True)
    assert record["notes"][0].startswith("connection: ")


def test_what_was_not_deleted_by_its_check_is_deleted_at_the_end(tmp_path: Path) -> None:
    target = Conferences()
    checks = [
        check(creating),
        check(lambda api: expect.accepted(api.fabric.create(api.fabric.minimal())), OTHER),
    ]
    record = ran(trial(target, tmp_path), *checks)
    assert target.count == 3
    assert (target.made, record["leftovers"]) == ({}, [])


def test_clean_up_is_not_held_back_by_a_spent_budget(tmp_path: Path) -> None:
    target = Conferences()
    with trial(target, tmp_path).open(()):
        pass
    spent_by_preflight = len(target.asked)
    target = Conferences()

    def many(api: ApiClient) -> None:
        for _ in range(100):
            creating(api)

    record = ran(trial(target, tmp_path, requests=spent_by_preflight + 10), check(many))
    assert record["requirements"][0]["reason"].startswith("budget: ")
    assert target.count > 5
    assert (target.made, record["leftovers"]) == ({}, [])


def test_an_observer_is_told_each_outcome_with_the_requests_so_far(tmp_path: Path) -> None:
    told: list[tuple[Verdict, int]] = []

    class Observer:
        def __call__(self, outcome: Outcome, requests: int) -> None:
            told.append((outcome.verdict, requests))

        def on_wait(self, seconds: float) -> None:
            raise AssertionError(seconds)

    record = ran(trial(Conferences(), tmp_path, Observer()), check(passing))
    assert told == [(Verdict.PASSED, record["requests"])]


def test_a_target_that_cannot_be_judged_is_not(tmp_path: Path) -> None:
    record = ran(trial(lambda _: httpx.Response(404), tmp_path), check(passing))
    assert (record["verdict"], record["exit_code"], record["requirements"]) == ("not-started", 2, [])
    assert "does not look like the Conference API" in record["notes"][0]


def test_an_interruption_is_recorded_and_goes_on(tmp_path: Path) -> None:
    target = Conferences()
    opened = trial(target, tmp_path)
    checks = [check(creating), check(passing, OTHER, CheckKind.PROPERTY_BASED)]

    def until_interrupted() -> None:
        with opened.open(checks):
            opened.decide(checks[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        until_interrupted()
    told = {each["id"]: (each["verdict"], each["reason"]) for each in opened.record["requirements"]}
    assert told == {
        "VC-GET-ONE": ("passed", None),
        "VC-GET-TWO": ("inconclusive", "interrupted: the run was stopped"),
    }
    assert (opened.record["exit_code"], opened.record["footer"]["complete"]) == (130, False)
    assert target.made == {}


def test_what_was_decided_before_an_interruption_counts_though_nobody_had_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Outcome(check(passing).requirement, Verdict.PASSED, 3)
    monkeypatch.setattr(CheckExecutor, "conclusive_outcome", lambda *_: known)
    opened = trial(Conferences(), tmp_path)
    with pytest.raises(KeyboardInterrupt), opened.open([check(passing)]):
        raise KeyboardInterrupt
    (entry,) = opened.record["requirements"]
    assert (entry["verdict"], entry["observations"]) == ("passed", 3)
    assert opened.record["exit_code"] == 130


def test_a_mistake_of_ours_around_the_checks_is_an_error_of_those_it_kept_from_running(
    tmp_path: Path,
) -> None:
    opened = trial(Conferences(), tmp_path)
    with pytest.raises(ZeroDivisionError), opened.open([check(passing)]):
        raise ZeroDivisionError
    (entry,) = opened.record["requirements"]
    assert (entry["verdict"], entry["reason"]) == ("error", "suite: the check was not run")
    assert opened.record["exit_code"] == 4


def test_what_the_effort_spares_is_told_as_such(tmp_path: Path) -> None:
    record = ran(trial(Conferences(), tmp_path), check(passing), skipped=[MAY])
    spared = record["requirements"][-1]
    assert (spared["id"], spared["verdict"]) == ("VC-GET-MAY", "not-applicable")
    assert spared["reason"] == "effort: not run at --effort smoke"


@pytest.mark.parametrize("broken, code", [(True, 4), (False, 2)])
def test_a_trial_that_never_began_has_a_record(tmp_path: Path, code: int, *, broken: bool) -> None:
    opened = trial(Conferences(), tmp_path)
    opened.record_not_started("why", broken=broken)
    assert (opened.record["exit_code"], opened.record["notes"]) == (code, ["why"])
    assert validation_errors(results_schema(), opened.record) == []


def session_of(opened: RunSession) -> str | None:
    found: list[str | None] = []

    def looking(api: ApiClient) -> None:
        found.append(api.transport.target.active_session)
        passing(api)

    ran(opened, check(looking))
    return found[0]


LIVE = {"data": [{"id": "live", "active_session": {"id": "s"}}]}


def test_a_live_session_is_looked_for_where_none_is_named(tmp_path: Path) -> None:
    assert session_of(trial(Conferences(page=LIVE), tmp_path)) == "live"
    assert session_of(trial(Conferences(page=LIVE), tmp_path, active_session="named")) == "named"
    assert session_of(trial(Conferences(page=LIVE), tmp_path, profiles=("fabric",))) is None
    assert session_of(trial(Conferences(), tmp_path)) is None


def test_checks_that_judge_all_see_what_the_others_sent(tmp_path: Path) -> None:
    def every(traffic: Traffic) -> None:
        for exchange, _ in traffic.responses("VC-GET"):
            expect.no_server_error(exchange)

    record = ran(trial(Conferences(), tmp_path), check(passing), check(every, OTHER, CheckKind.PASSIVE))
    assert record["requirements"][1]["observations"] >= 2


class Silent(Conferences):
    """A target that creates, and sends no response to some creates; its list has what it keeps."""

    def __init__(self, unanswered: int, *, lists: bool = True) -> None:
        super().__init__()
        self.unanswered = unanswered
        self.lists = lists

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/conferences"):
            foreign = {"id": "foreign", "display_name": "cc-of-others"}
            data = [foreign, *self.made.values()]
            return httpx.Response(200, json={"data": data} if self.lists else {})
        answer = super().__call__(request)
        if request.method == "POST" and self.count > 1 and self.unanswered:  # the first is that of preflight
            self.unanswered -= 1
            raise httpx.ReadTimeout("no answer")
        return answer


def unjudged(api: ApiClient) -> None:
    for _ in range(3):
        api.video.create(api.video.minimal())


def test_what_was_created_without_an_answer_is_found_and_deleted(tmp_path: Path) -> None:
    target = Silent(unanswered=2)
    record = ran(trial(target, tmp_path), check(unjudged))
    assert target.count == 4
    assert (target.made, record["leftovers"]) == ({}, [])
    assert "DELETE foreign" not in target.asked


def test_what_may_have_been_created_is_left_over_where_there_is_no_list(tmp_path: Path) -> None:
    record = ran(trial(Silent(unanswered=1, lists=False), tmp_path), check(unjudged))
    (left,) = record["leftovers"]
    assert left["id"] == ""
    assert left["name"].startswith("cc-00000000-")


class Hesitant(Conferences):
    """A target that deletes nothing the first time it is asked to, but what preflight makes."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        made = request.url.path.rpartition("/")[2]
        asked_before = f"DELETE {made}" in self.asked
        if request.method == "DELETE" and self.count > 1 and not asked_before:
            self.asked.append(f"DELETE {made}")
            return httpx.Response(409)
        return super().__call__(request)


def test_a_delete_that_was_refused_is_asked_for_again_where_there_is_no_room(tmp_path: Path) -> None:
    target = Hesitant()
    bound = [replace(MUST, id=f"VC-GET-{number}") for number in range(6)]
    record = ran(trial(target, tmp_path, live=2), *(check(creating, each) for each in bound))
    assert {each["verdict"] for each in record["requirements"]} == {"passed"}
    assert (target.made, record["leftovers"]) == ({}, [])


class Numbered(Silent):
    """A target whose ids are numbers, in its answers and in its list."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = super().__call__(request)
        told = json.loads(answer.content) if answer.content else {}
        for each in told.get("data", [told]):
            if self.count > 1 and str(each.get("id")).startswith("made-"):
                each["id"] = int(each["id"].removeprefix("made-"))
        return httpx.Response(answer.status_code, json=told)


def test_what_is_there_under_an_id_that_addresses_nothing_is_left_over(tmp_path: Path) -> None:
    record = ran(trial(Numbered(unanswered=0), tmp_path), check(unjudged))
    assert len(record["leftovers"]) == 3
    assert {each["id"] for each in record["leftovers"]} == {""}


class Endless(Silent):
    """A target whose list links on for ever, and says the same on each page."""

    pages = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = super().__call__(request)
        if request.method != "GET" or not request.url.path.endswith("/conferences"):
            return answer
        self.pages += 1
        self.asked.append("LIST")
        links = {"next": f"http://elsewhere.test/?page_number={self.pages}"}
        return httpx.Response(200, json={**json.loads(answer.content), "links": links})


def test_what_is_known_is_deleted_before_a_list_is_read_that_may_not_end(tmp_path: Path) -> None:
    target = Endless(unanswered=1)
    record = ran(trial(target, tmp_path), check(unjudged))
    assert (target.made, record["leftovers"]) == ({}, [])
    assert target.pages < 10
    deletes, listed = (
        [turn for turn, asked in enumerate(target.asked) if asked.startswith(word)]
        for word in ("DELETE made-", "LIST")
    )
    assert deletes[-2] < listed[-1] < deletes[-1]


def test_deletes_that_keep_failing_are_given_up(tmp_path: Path) -> None:
    target = Conferences()

    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(409) if request.method == "DELETE" and target.count > 1 else target(request)

    deletes: list[str] = []

    def counted(request: httpx.Request) -> httpx.Response:
        deletes.extend([request.url.path] if request.method == "DELETE" else [])
        return refusing(request)

    def many(api: ApiClient) -> None:
        for _ in range(40):
            creating(api)

    record = ran(trial(counted, tmp_path), check(many))
    assert len(record["leftovers"]) == 40
    assert len(deletes) == 1 + 16 + 16
    assert record["exit_code"] == 5
