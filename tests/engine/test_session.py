"""A run session always has a record and deletes the resources that it created."""

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
from conformance.engine.progress_listener import RunProgress
from conformance.engine.session.run_session import RunSession
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
    """A target that requires credentials, and keeps the created resources until they are deleted."""

    def __init__(self, *, page: Any = None) -> None:
        self.page = page or {"data": []}
        self.resources: dict[str, dict[str, Any]] = {}  # by id
        self.count = 0
        self.lock = Lock()
        self.requests: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        resource_id = path.rpartition("/")[2]
        self.requests.append(f"{request.method} {resource_id}")
        if "authorization" not in request.headers:
            return httpx.Response(401, json={"error": "Unauthorized"})
        if request.method == "POST":
            with self.lock:
                self.count += 1
                new_id = f"made-{self.count}"
            self.resources[new_id] = {"id": new_id, **json.loads(request.content)}
            return httpx.Response(200, json=self.resources[new_id])
        if request.method == "DELETE" and resource_id in self.resources:
            del self.resources[resource_id]
            return httpx.Response(204)
        if resource_id == "conferences":
            return httpx.Response(200, json=self.page)
        resource = self.resources.get(resource_id)
        return httpx.Response(200 if resource else 404, json=resource or {"error": "Not Found"})


def new_session(
    target: Callable[[httpx.Request], httpx.Response],
    folder: Path,
    observer: Any = None,
    *,
    max_requests: int | None = None,
    max_live: int | None = None,
    **target_options: Any,
) -> RunSession:
    settings = Settings(
        Target(httpx.URL("http://target.test"), ACCOUNT, **{"profiles": ("video",), **target_options}),
        Limits(concurrency=4, max_requests=max_requests, max_live=max_live),
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


def run_checks(session: RunSession, *checks: Check, **options: Any) -> dict[str, Any]:
    with session.open(checks, **options) as can_run:
        for planned_check in checks if can_run else ():
            session.decide(planned_check)
    assert validation_errors(results_schema(), session.record) == []
    return session.record


def test_outcomes_are_recorded_in_the_order_of_the_checks(tmp_path: Path) -> None:
    record = run_checks(new_session(Conferences(), tmp_path), check(passing), check(creating, OTHER))
    assert [(entry["id"], entry["verdict"]) for entry in record["requirements"]] == [
        ("VC-GET-ONE", "passed"),
        ("VC-GET-TWO", "passed"),
    ]
    assert (record["verdict"], record["footer"]["complete"]) == ("conforms", True)
    assert record["notes"][0].startswith("connection: ")


def test_resources_that_a_check_did_not_delete_are_deleted_at_the_end(tmp_path: Path) -> None:
    target = Conferences()
    checks = [
        check(creating),
        check(lambda api: expect.accepted(api.fabric.create(api.fabric.minimal())), OTHER),
    ]
    record = run_checks(new_session(target, tmp_path), *checks)
    assert target.count == 3
    assert (target.resources, record["leftovers"]) == ({}, [])


def test_clean_up_does_not_require_a_remaining_budget(tmp_path: Path) -> None:
    target = Conferences()
    with new_session(target, tmp_path).open(()):
        pass
    spent_by_preflight = len(target.requests)
    target = Conferences()

    def create_many(api: ApiClient) -> None:
        for _ in range(100):
            creating(api)

    record = run_checks(
        new_session(target, tmp_path, max_requests=spent_by_preflight + 10), check(create_many)
    )
    assert record["requirements"][0]["reason"].startswith("budget: ")
    assert target.count > 5
    assert (target.resources, record["leftovers"]) == ({}, [])


def test_an_observer_receives_every_outcome_with_the_number_of_requests(tmp_path: Path) -> None:
    calls: list[tuple[Verdict, int]] = []

    class Observer:
        def __call__(self, outcome: Outcome, requests: int) -> None:
            calls.append((outcome.verdict, requests))

        def on_wait(self, seconds: float) -> None:
            raise AssertionError(seconds)

        def on_start(self, progress: Callable[[], RunProgress]) -> None:
            assert progress() == RunProgress()

        def on_not_ready(self, problem: str, seconds: float) -> None:
            raise AssertionError(problem, seconds)

    record = run_checks(new_session(Conferences(), tmp_path, Observer()), check(passing))
    assert calls == [(Verdict.PASSED, record["requests"])]


def test_a_target_that_fails_the_preflight_is_not_tested(tmp_path: Path) -> None:
    record = run_checks(new_session(lambda _: httpx.Response(404), tmp_path), check(passing))
    assert (record["verdict"], record["exit_code"], record["requirements"]) == ("not-started", 2, [])
    assert "does not look like the Conference API" in record["notes"][0]


def test_an_interruption_is_recorded_and_propagated(tmp_path: Path) -> None:
    target = Conferences()
    session = new_session(target, tmp_path)
    checks = [check(creating), check(passing, OTHER, CheckKind.PROPERTY_BASED)]

    def run_until_interrupted() -> None:
        with session.open(checks):
            session.decide(checks[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_until_interrupted()
    verdicts = {entry["id"]: (entry["verdict"], entry["reason"]) for entry in session.record["requirements"]}
    assert verdicts == {
        "VC-GET-ONE": ("passed", None),
        "VC-GET-TWO": ("inconclusive", "interrupted: the run was stopped"),
    }
    assert (session.record["exit_code"], session.record["footer"]["complete"]) == (130, False)
    assert target.resources == {}


def test_a_conclusive_outcome_before_an_interruption_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = Outcome(check(passing).requirement, Verdict.PASSED, 3)
    monkeypatch.setattr(CheckExecutor, "conclusive_outcome", lambda *_: outcome)
    session = new_session(Conferences(), tmp_path)
    with pytest.raises(KeyboardInterrupt), session.open([check(passing)]):
        raise KeyboardInterrupt
    (entry,) = session.record["requirements"]
    assert (entry["verdict"], entry["observations"]) == ("passed", 3)
    assert session.record["exit_code"] == 130


def test_an_internal_error_outside_of_the_checks_is_an_error_of_every_check_not_run(
    tmp_path: Path,
) -> None:
    session = new_session(Conferences(), tmp_path)
    with pytest.raises(ZeroDivisionError), session.open([check(passing)]):
        raise ZeroDivisionError
    (entry,) = session.record["requirements"]
    assert (entry["verdict"], entry["reason"]) == ("error", "suite: the check was not run")
    assert session.record["exit_code"] == 4


def test_a_requirement_skipped_by_the_effort_is_not_applicable(tmp_path: Path) -> None:
    record = run_checks(new_session(Conferences(), tmp_path), check(passing), skipped=[MAY])
    entry = record["requirements"][-1]
    assert (entry["id"], entry["verdict"]) == ("VC-GET-MAY", "not-applicable")
    assert entry["reason"] == "effort: not run at --effort smoke"


@pytest.mark.parametrize("broken, code", [(True, 4), (False, 2)])
def test_a_session_that_did_not_start_has_a_record(tmp_path: Path, code: int, *, broken: bool) -> None:
    session = new_session(Conferences(), tmp_path)
    session.record_not_started("why", broken=broken)
    assert (session.record["exit_code"], session.record["notes"]) == (code, ["why"])
    assert validation_errors(results_schema(), session.record) == []


def active_session_of(session: RunSession) -> str | None:
    session_ids: list[str | None] = []

    def record_session_id(api: ApiClient) -> None:
        session_ids.append(api.transport.target.active_session)
        passing(api)

    run_checks(session, check(record_session_id))
    return session_ids[0]


LIVE = {"data": [{"id": "live", "active_session": {"id": "s"}}]}


def test_an_active_session_is_searched_if_none_is_specified(tmp_path: Path) -> None:
    assert active_session_of(new_session(Conferences(page=LIVE), tmp_path)) == "live"
    assert (
        active_session_of(new_session(Conferences(page=LIVE), tmp_path, active_session="specified"))
        == "specified"
    )
    assert active_session_of(new_session(Conferences(page=LIVE), tmp_path, profiles=("fabric",))) is None
    assert active_session_of(new_session(Conferences(), tmp_path)) is None


def test_passive_checks_receive_the_exchanges_of_active_checks(tmp_path: Path) -> None:
    def no_server_error(traffic: Traffic) -> None:
        for exchange, _ in traffic.responses("VC-GET"):
            expect.no_server_error(exchange)

    record = run_checks(
        new_session(Conferences(), tmp_path), check(passing), check(no_server_error, OTHER, CheckKind.PASSIVE)
    )
    assert record["requirements"][1]["observations"] >= 2


class UnansweredCreates(Conferences):
    """A target that does not respond to some creates; its list contains the created resources."""

    def __init__(self, unanswered: int, *, has_list: bool = True) -> None:
        super().__init__()
        self.unanswered = unanswered
        self.has_list = has_list

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/conferences"):
            foreign_resource = {"id": "foreign", "display_name": "cc-foreign"}
            data = [foreign_resource, *self.resources.values()]
            return httpx.Response(200, json={"data": data} if self.has_list else {})
        response = super().__call__(request)
        if request.method == "POST" and self.count > 1 and self.unanswered:  # the first is from the preflight
            self.unanswered -= 1
            raise httpx.ReadTimeout("no response")
        return response


def create_three(api: ApiClient) -> None:
    for _ in range(3):
        api.video.create(api.video.minimal())


def test_a_resource_created_without_a_response_is_found_and_deleted(tmp_path: Path) -> None:
    target = UnansweredCreates(unanswered=2)
    record = run_checks(new_session(target, tmp_path), check(create_three))
    assert target.count == 4
    assert (target.resources, record["leftovers"]) == ({}, [])
    assert "DELETE foreign" not in target.requests


def test_a_create_without_a_response_is_a_leftover_if_there_is_no_list(tmp_path: Path) -> None:
    record = run_checks(
        new_session(UnansweredCreates(unanswered=1, has_list=False), tmp_path), check(create_three)
    )
    (leftover,) = record["leftovers"]
    assert leftover["id"] == ""
    assert leftover["name"].startswith("cc-00000000-")


class UnusableIds(Conferences):
    """A target whose create responses have an id of no resource."""

    lists_resources = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request)
        if request.method == "POST":
            return httpx.Response(200, json={**response.json(), "id": f"no-{self.count}"})
        if request.url.path.endswith("/conferences") and self.lists_resources:
            return httpx.Response(200, json={"links": {}, "data": list(self.resources.values())})
        return response


def test_a_resource_whose_id_does_not_work_is_deleted_under_the_id_in_the_list(tmp_path: Path) -> None:
    target = UnusableIds()
    record = run_checks(new_session(target, tmp_path), check(create_three))
    assert target.count == 4
    assert (target.resources, record["leftovers"], record["exit_code"]) == ({}, [], 0)


def test_a_resource_whose_id_does_not_work_is_a_leftover_if_no_list_contains_it(tmp_path: Path) -> None:
    target = UnusableIds()
    target.lists_resources = False
    record = run_checks(new_session(target, tmp_path, max_live=4), check(create_three))
    assert len(record["leftovers"]) == len(target.resources) == 4
    assert record["exit_code"] == 5


class KeepsDeleted(Conferences):
    """A target that confirms deletes, but performs none."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(204)
        return super().__call__(request)


def test_a_resource_that_remains_after_its_delete_takes_a_slot_and_is_a_leftover(tmp_path: Path) -> None:
    target = KeepsDeleted()
    requirements = [replace(MUST, id=f"VC-GET-{number}") for number in range(4)]
    record = run_checks(
        new_session(target, tmp_path, max_live=2),
        *(check(create_and_delete, requirement) for requirement in requirements),
    )
    assert len(target.resources) == len(record["leftovers"]) == 2


def create_and_delete(api: ApiClient) -> None:
    with api.video.existing():
        pass


class FailingFirstDeletes(Conferences):
    """A target that rejects the first delete of every resource except that of the preflight."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        resource_id = request.url.path.rpartition("/")[2]
        is_repeated = f"DELETE {resource_id}" in self.requests
        if request.method == "DELETE" and self.count > 1 and not is_repeated:
            self.requests.append(f"DELETE {resource_id}")
            return httpx.Response(409)
        return super().__call__(request)


def test_a_rejected_delete_is_retried_when_the_limit_on_live_resources_is_reached(tmp_path: Path) -> None:
    target = FailingFirstDeletes()
    requirements = [replace(MUST, id=f"VC-GET-{number}") for number in range(6)]
    record = run_checks(
        new_session(target, tmp_path, max_live=2),
        *(check(creating, requirement) for requirement in requirements),
    )
    assert {entry["verdict"] for entry in record["requirements"]} == {"passed"}
    assert (target.resources, record["leftovers"]) == ({}, [])


class NumericIds(UnansweredCreates):
    """A target whose ids are numbers, in its responses and in its list."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request)
        body = json.loads(response.content) if response.content else {}
        for resource in body.get("data", [body]):
            if self.count > 1 and str(resource.get("id")).startswith("made-"):
                resource["id"] = int(resource["id"].removeprefix("made-"))
        return httpx.Response(response.status_code, json=body)


def test_a_resource_with_an_id_that_cannot_be_used_in_a_url_is_a_leftover(tmp_path: Path) -> None:
    record = run_checks(new_session(NumericIds(unanswered=0), tmp_path), check(create_three))
    assert len(record["leftovers"]) == 3
    assert {leftover["id"] for leftover in record["leftovers"]} == {""}


class EndlessList(UnansweredCreates):
    """A target whose list has an infinite number of identical pages."""

    pages = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request)
        if request.method != "GET" or not request.url.path.endswith("/conferences"):
            return response
        self.pages += 1
        self.requests.append("LIST")
        links = {"next": f"http://elsewhere.test/?page_number={self.pages}"}
        return httpx.Response(200, json={**json.loads(response.content), "links": links})


def test_known_resources_are_deleted_before_the_list_is_requested(tmp_path: Path) -> None:
    target = EndlessList(unanswered=1)
    record = run_checks(new_session(target, tmp_path), check(create_three))
    assert (target.resources, record["leftovers"]) == ({}, [])
    assert target.pages < 10
    deletes, lists = (
        [index for index, request in enumerate(target.requests) if request.startswith(prefix)]
        for prefix in ("DELETE made-", "LIST")
    )
    assert deletes[-2] < lists[-1] < deletes[-1]


def test_clean_up_stops_after_repeated_failures(tmp_path: Path) -> None:
    target = Conferences()

    def reject_deletes(request: httpx.Request) -> httpx.Response:
        return httpx.Response(409) if request.method == "DELETE" and target.count > 1 else target(request)

    deletes: list[str] = []

    def count_deletes(request: httpx.Request) -> httpx.Response:
        deletes.extend([request.url.path] if request.method == "DELETE" else [])
        return reject_deletes(request)

    def create_many(api: ApiClient) -> None:
        for _ in range(40):
            creating(api)

    record = run_checks(new_session(count_deletes, tmp_path), check(create_many))
    assert len(record["leftovers"]) == 40
    assert len(deletes) == 1 + 16 + 16
    assert record["exit_code"] == 5
