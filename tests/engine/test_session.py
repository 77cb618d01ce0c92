"""A run session always has a record."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.engine.attempts import CheckKind
from conformance.engine.executor import CheckExecutor
from conformance.engine.progress_listener import RunProgress
from conformance.engine.session.run_session import RunSession
from conformance.results.verdict import Outcome, Verdict
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.session_runs import (
    MAY,
    OTHER,
    Conferences,
    check,
    creating,
    new_session,
    passing,
    run_checks,
)


def test_outcomes_are_recorded_in_the_order_of_the_checks(tmp_path: Path) -> None:
    record = run_checks(new_session(Conferences(), tmp_path), check(passing), check(creating, OTHER))
    assert [(entry["id"], entry["verdict"]) for entry in record["requirements"]] == [
        ("VC-GET-ONE", "passed"),
        ("VC-GET-TWO", "passed"),
    ]
    assert (record["verdict"], record["footer"]["complete"]) == ("conforms", True)
    assert record["notes"][0].startswith("connection: ")


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
