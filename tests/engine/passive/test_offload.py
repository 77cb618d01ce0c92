"""Passive checks in the background process give the same results; findings are evaluated in this process."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.attempts import Attempt
from conformance.engine.passive import worker as passive_worker
from conformance.engine.passive.offload import PassiveOffload
from conformance.engine.passive.runner import _OFFLOAD_LEAD as OFFLOAD_LEAD
from conformance.engine.passive.runner import PassiveCheckRunner
from conformance.engine.passive.worker import _ATTEMPT_FORMS as ATTEMPT_FORMS
from conformance.engine.passive.worker import PassiveCheckWorker
from conformance.evidence.evidence_file import EvidenceFile, exchange_data, parse_exchange
from conformance.http import credentials
from conformance.http.credentials import Credential, credential_with_label, with_scheme_spelling
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.processes.background_process import background_process
from conformance.processes.value_encoding import Codec
from conformance.results.verdict import Finding, Inconclusive, Verdict
from conformance.testkit.exchange_log import ExchangeLog
from conformance.testkit.traffic import Traffic
from tests.support.bundles import delayed_connection, run_reference
from tests.support.check_executors import ConferenceTarget, check_executor, every_get_is_404, passive_check
from tests.support.fake_targets import ACCOUNT

SIZE = 10
CREDENTIALS = [value for value in vars(credentials).values() if isinstance(value, Credential)]
CHECKS = {
    "passing": (__name__, "every_response_is_404", {}),
    "inconclusive": (__name__, "raise_inconclusive", {}),
    "parametrized": (__name__, "every_status_is", {"status": 404}),
    "created": (__name__, "ids_with_create", {}),
    "missing": (__name__, "missing_check", {}),
}

CHECK_NAMES = list(CHECKS)


def every_response_is_404(traffic: Traffic) -> None:
    for exchange, response in traffic.responses():
        if response.status != 404:
            raise Finding("404", exchange)


def raise_inconclusive(traffic: Traffic) -> None:
    raise Inconclusive("nothing", "at all", next(traffic.exchanges()))


def ids_with_create(traffic: Traffic) -> str:
    ids = [
        exchange.id_in_path for exchange, _ in traffic.responses() if traffic.creator(exchange) is not None
    ]
    return f"{ids} were created"


def every_status_is(traffic: Traffic, status: int) -> str:
    assert all(response.status == status for _, response in traffic.responses())
    return f"{status} every time"


def get_exchange(number: int, **changes: Any) -> Exchange:
    exchange = Exchange(
        number,
        Origin("a check", "VC-GET", 2, "1.3"),
        Request("GET", "/api/video/conferences/x", (("accept", "a/b"),)),
        Response(404, (("content-type", "application/json"),), b"{}"),
        None,
        datetime.now(UTC),
        0.25,
    )
    return replace(exchange, **changes)


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[EvidenceFile]:
    file = EvidenceFile(tmp_path)
    file.write_header({})
    yield file
    file.close()


@pytest.fixture
def worker(evidence: EvidenceFile) -> Iterator[PassiveCheckWorker]:
    started_worker = PassiveCheckWorker(evidence.path, SIZE, ACCOUNT, CHECKS)
    assert count_steps(started_worker) == 1  # the header
    yield started_worker
    started_worker.close()


def count_steps(worker: PassiveCheckWorker) -> int:
    """Make the worker follow the evidence, and return its number of steps."""
    return sum(1 for _ in worker.follow())


@pytest.mark.parametrize(
    "exchange",
    [
        get_exchange(1),
        get_exchange(2, response=None, failure="ReadTimeout: no response"),
        get_exchange(3, response=Response(200, (("a", "1"), ("a", "2")), b"\xff\xfe\0")),
        get_exchange(
            4,
            origin=Origin("other", "VC-CREATE", assessed=False),
            request=Request("POST", "/x?y", (), b"\x80"),
        ),
        get_exchange(5, response=Response(200, (("x", "\udcff é"),), b'"\\ud800"')),
        *(
            get_exchange(6, request=Request("GET", "/x", credential=credential))
            for credential in (*CREDENTIALS, with_scheme_spelling("bAsIc"))
        ),
    ],
)
def test_an_exchange_is_unchanged_by_writing_and_parsing(exchange: Exchange) -> None:
    assert parse_exchange(json.loads(json.dumps(exchange_data(exchange)))) == exchange


def test_every_credential_has_a_unique_label() -> None:
    assert len({credential.label for credential in CREDENTIALS}) == len(CREDENTIALS) > 20
    with pytest.raises(KeyError):
        credential_with_label("unknown credentials")


def test_a_full_window_is_evaluated_without_a_request(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(SIZE - 1):
        evidence.add(get_exchange(0))
    assert count_steps(worker) == SIZE - 1
    evidence.add(get_exchange(0))
    assert count_steps(worker) == 1 + len(CHECKS)
    assert count_steps(worker) == 0
    assert set(worker.results_without_finding(1, SIZE, CHECK_NAMES)) == {
        "passing",
        "inconclusive",
        "parametrized",
        "created",
    }


def test_results_without_a_finding_are_returned(evidence: EvidenceFile, worker: PassiveCheckWorker) -> None:
    exchanges = [evidence.add(get_exchange(0)) for _ in range(3)]
    codec = Codec(*ATTEMPT_FORMS)
    results = codec.decode(
        json.loads(json.dumps(codec.encode(worker.results_without_finding(1, 3, CHECK_NAMES))))
    )
    assert results["passing"] == Attempt(3)
    assert results["parametrized"] == Attempt(3, note="observed: 404 every time")
    unobserved = results["inconclusive"].unobserved
    assert (unobserved.code, unobserved.text, unobserved.exchange) == ("nothing", "at all", exchanges[0])


def test_results_with_a_finding_are_not_returned(evidence: EvidenceFile, worker: PassiveCheckWorker) -> None:
    evidence.add(get_exchange(0))
    evidence.add(get_exchange(0, response=Response(200, (), b"")))
    assert set(worker.results_without_finding(1, 2, CHECK_NAMES)) == {"inconclusive", "created"}


def test_an_incomplete_line_is_read_when_it_is_complete(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    line = json.dumps(exchange_data(get_exchange(1))).encode() + b"\n"
    with evidence.path.open("ab") as file:
        for piece in (line[:20], line[20:-1], line[-1:]):
            assert count_steps(worker) == 0
            file.write(piece)
            file.flush()
    assert count_steps(worker) == 1


def test_a_request_during_the_evaluation_returns_complete_results(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(2 * SIZE):
        evidence.add(get_exchange(0))
    steps = worker.follow()
    for _ in range(2 * SIZE + 1):
        next(steps)
    assert worker.results_without_finding(1, SIZE, CHECK_NAMES)["passing"] == Attempt(SIZE)
    assert sum(1 for _ in steps) == 0
    evidence.add(get_exchange(0, response=Response(200, (), b"")))
    assert worker.results_without_finding(SIZE + 1, 2 * SIZE, CHECK_NAMES)["passing"] == Attempt(SIZE)
    assert "passing" not in worker.results_without_finding(2 * SIZE + 1, 2 * SIZE + 1, CHECK_NAMES)


def test_results_of_the_other_checks_can_be_requested_later(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(3):
        evidence.add(get_exchange(0))
    steps = worker.process_window(3)
    assert set(worker.results_without_finding(1, 3, ["parametrized"])) == {"parametrized"}
    assert list(steps) == ["passing", "inconclusive", "created", "missing"]
    assert set(worker.results_without_finding(1, 3, CHECK_NAMES)) == {
        "passing",
        "inconclusive",
        "parametrized",
        "created",
    }


def test_an_incomplete_window_has_no_results(evidence: EvidenceFile, worker: PassiveCheckWorker) -> None:
    for _ in range(3):
        evidence.add(get_exchange(0))
    assert worker.results_without_finding(1, 4, CHECK_NAMES) == {}
    assert worker.results_without_finding(2, 3, CHECK_NAMES) == {}
    assert worker.results_without_finding(1, 3, CHECK_NAMES)


def test_only_existing_resources_are_known_in_the_next_window(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    def create(resource_id: str) -> None:
        response = Response(201, (), json.dumps({"id": resource_id}).encode())
        evidence.add(get_exchange(0, request=Request("POST", "/x"), response=response))

    def delete(resource_id: str) -> None:
        evidence.add(
            get_exchange(0, request=Request("DELETE", f"/x/{resource_id}"), response=Response(204, (), b""))
        )

    create("existing")
    create("deleted")
    delete("deleted")
    worker.results_without_finding(1, 3, CHECK_NAMES)
    for _ in range(SIZE - 3):
        evidence.add(get_exchange(0))
    worker.results_without_finding(1, SIZE, CHECK_NAMES)
    worker.discard(SIZE)
    for resource_id in ("existing", "deleted"):
        evidence.add(get_exchange(0, request=Request("GET", f"/x/{resource_id}")))
    assert (
        worker.results_without_finding(SIZE + 1, SIZE + 2, CHECK_NAMES)["created"].note
        == "observed: ['existing'] were created"
    )


class FakeOffload:
    """An offload that returns a fixed result, and records the requested windows."""

    def __init__(self, attempt: Attempt | None) -> None:
        self.attempt = attempt
        self.windows: list[tuple[int, int]] = []
        self.discarded = 0

    def follow(self, written: int) -> None:
        """Do nothing."""

    def result(self, window: ExchangeLog, name: str) -> Attempt | None:
        assert name == "an observing check"
        self.windows.append((window.exchanges[0].number, window.exchanges[-1].number))
        return self.attempt

    def discard(self, window: ExchangeLog) -> None:
        self.discarded = window.exchanges[-1].number


def evaluate(folder: Path, offload: Any, gets: int = 25, *, extra_gets: int = 0) -> tuple[Verdict, int]:
    """Evaluate gets in windows of 10, then again with extra gets; return verdict and observations."""
    check = passive_check(every_get_is_404)
    with check_executor(ConferenceTarget(), folder) as executor:
        runner = PassiveCheckRunner(executor.stack, executor.api, SIZE, offload)
        for _ in range(gets):
            executor.api("other check").video.get("unknown")
        runner.outcome(check)
        for _ in range(extra_gets):
            executor.api("other check").video.get("unknown")
        outcome = runner.outcome(check)
    return outcome.verdict, outcome.observations


def test_a_result_of_the_background_process_is_used(tmp_path: Path) -> None:
    offload = FakeOffload(Attempt(100))
    assert evaluate(tmp_path, offload) == (Verdict.PASSED, 300)
    assert offload.windows == [(1, 10), (11, 20), (21, 25)] * 2


def test_a_window_without_a_result_is_evaluated_in_this_process(tmp_path: Path) -> None:
    assert evaluate(tmp_path, FakeOffload(None)) == (Verdict.PASSED, 25)


def test_no_result_is_requested_for_a_window_that_has_grown(tmp_path: Path) -> None:
    offload = FakeOffload(Attempt(100))
    assert evaluate(tmp_path, offload, extra_gets=3) == (Verdict.PASSED, 208)
    assert offload.windows == [(1, 10), (11, 20), (21, 25), (1, 10), (11, 20)]


def test_a_discarded_window_is_discarded_in_the_background_process(tmp_path: Path) -> None:
    offload: Any = FakeOffload(Attempt(100))
    with check_executor(ConferenceTarget(), tmp_path) as executor:
        runner = PassiveCheckRunner(executor.stack, executor.api, SIZE, offload)
        for _ in range(SIZE + OFFLOAD_LEAD + 1):
            executor.api("other check").video.get("unknown")
            runner.process_full_window([passive_check(every_get_is_404)])
        assert len(executor.stack.evidence.exchanges) == OFFLOAD_LEAD + 1
    assert (offload.windows, offload.discarded) == ([(1, SIZE)], SIZE)


def verdicts(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the verdicts and the observations; those before a finding depend on the order of threads."""
    return {
        entry["id"]: (entry["verdict"], entry["observations"] if entry["verdict"] == "passed" else None)
        for entry in record["requirements"]
    }


@pytest.mark.parametrize("faults", [[], ["unauthorized-200"]])
def test_runs_with_and_without_the_background_process_have_the_same_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: list[str]
) -> None:
    offloaded_names: list[str] = []

    def record_result(self: PassiveOffload, window: ExchangeLog, name: str) -> Attempt | None:
        attempt = original_result(self, window, name)
        if attempt is not None:
            offloaded_names.append(name)
        return attempt

    original_result = PassiveOffload.result
    monkeypatch.setattr(PassiveOffload, "result", record_result)
    monkeypatch.setattr("conformance.engine.executor.WINDOW", 600)
    background_process().call(passive_worker.close_run, 0)
    record = run_reference(tmp_path / "offloaded", connection=delayed_connection(faults))
    assert len(offloaded_names) > 200
    assert record["cpu_seconds"]["judging"] > 0.05
    monkeypatch.setattr("conformance.engine.executor.is_running", lambda: False)
    assert verdicts(
        run_reference(tmp_path / "in-process", connection=delayed_connection(faults))
    ) == verdicts(record)


def test_the_death_of_the_background_process_does_not_change_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = run_reference(tmp_path / "offloaded", connection=delayed_connection())
    os.kill(background_process().process_id, signal.SIGKILL)
    monkeypatch.setattr("conformance.engine.executor.is_running", lambda: True)
    try:
        assert verdicts(run_reference(tmp_path / "in-process", connection=delayed_connection())) == verdicts(
            record
        )
    finally:
        background_process().kill()
        background_process.cache_clear()
