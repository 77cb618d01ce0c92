"""What is looked at aside comes to what it comes to here; what is found is looked at here."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.engine import passive_worker
from conformance.engine.attempts import Attempt
from conformance.engine.passive_checks import _OFFLOAD_LEAD as OFFLOAD_LEAD
from conformance.engine.passive_checks import PassiveCheckRunner
from conformance.engine.passive_offload import PassiveOffload
from conformance.engine.passive_worker import _ATTEMPT_FORMS as ATTEMPT_FORMS
from conformance.engine.passive_worker import PassiveCheckWorker
from conformance.evidence.evidence_file import EvidenceFile, exchange_data, parse_exchange
from conformance.http import credentials
from conformance.http.credentials import Credential, credential_with_label, with_scheme_spelling
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.processes.background_process import background_process
from conformance.processes.value_encoding import Codec
from conformance.results.verdict import Finding, Inconclusive, Verdict
from conformance.testkit.exchange_log import ExchangeLog
from conformance.testkit.traffic import Traffic
from tests.support.bundles import lasting, ran
from tests.support.check_executors import Conferences, engine, every_get_is_404, observing
from tests.support.fake_targets import ACCOUNT

SIZE = 10
CREDENTIALS = [each for each in vars(credentials).values() if isinstance(each, Credential)]
LOOKS = {
    "all": (__name__, "every_answer_is_404", {}),
    "none": (__name__, "nothing_to_see", {}),
    "given": (__name__, "status_is", {"status": 404}),
    "known": (__name__, "is_known", {}),
    "gone": (__name__, "is_no_check", {}),
}

ALL = list(LOOKS)


def every_answer_is_404(traffic: Traffic) -> None:
    for exchange, response in traffic.responses():
        if response.status != 404:
            raise Finding("404", exchange)


def nothing_to_see(traffic: Traffic) -> None:
    raise Inconclusive("nothing", "at all", next(traffic.exchanges()))


def is_known(traffic: Traffic) -> str:
    known = [each.id_in_path for each, _ in traffic.responses() if traffic.creator(each) is not None]
    return f"{known} were created"


def status_is(traffic: Traffic, status: int) -> str:
    assert all(response.status == status for _, response in traffic.responses())
    return f"{status} every time"


def got(number: int, **other: Any) -> Exchange:
    made = Exchange(
        number,
        Origin("a check", "VC-GET", 2, "1.3"),
        Request("GET", "/api/video/conferences/x", (("accept", "a/b"),)),
        Response(404, (("content-type", "application/json"),), b"{}"),
        None,
        datetime.now(UTC),
        0.25,
    )
    return replace(made, **other)


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[EvidenceFile]:
    written = EvidenceFile(tmp_path)
    written.write_header({})
    yield written
    written.close()


@pytest.fixture
def worker(evidence: EvidenceFile) -> Iterator[PassiveCheckWorker]:
    made = PassiveCheckWorker(evidence.path, SIZE, ACCOUNT, LOOKS)
    assert followed(made) == 1  # the header
    yield made
    made.close()


def followed(worker: PassiveCheckWorker) -> int:
    """Have it follow, and return the steps that it took."""
    return sum(1 for _ in worker.follow())


@pytest.mark.parametrize(
    "exchange",
    [
        got(1),
        got(2, response=None, failure="ReadTimeout: no answer"),
        got(3, response=Response(200, (("a", "1"), ("a", "2")), b"\xff\xfe\0")),
        got(
            4,
            origin=Origin("other", "VC-CREATE", assessed=False),
            request=Request("POST", "/x?y", (), b"\x80"),
        ),
        got(5, response=Response(200, (("x", "\udcff é"),), b'"\\ud800"')),
        *(
            got(6, request=Request("GET", "/x", credential=each))
            for each in (*CREDENTIALS, with_scheme_spelling("bAsIc"))
        ),
    ],
)
def test_an_exchange_is_read_as_it_was_written(exchange: Exchange) -> None:
    assert parse_exchange(json.loads(json.dumps(exchange_data(exchange)))) == exchange


def test_no_two_credentials_have_one_label() -> None:
    assert len({each.label for each in CREDENTIALS}) == len(CREDENTIALS) > 20
    with pytest.raises(KeyError):
        credential_with_label("nobody's credentials")


def test_a_window_that_is_full_is_looked_at_without_being_asked_for(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(SIZE - 1):
        evidence.add(got(0))
    assert followed(worker) == SIZE - 1
    evidence.add(got(0))
    assert followed(worker) == 1 + len(LOOKS)
    assert followed(worker) == 0
    assert set(worker.results_without_finding(1, SIZE, ALL)) == {"all", "none", "given", "known"}


def test_what_passes_or_lacks_something_is_told(evidence: EvidenceFile, worker: PassiveCheckWorker) -> None:
    sent = [evidence.add(got(0)) for _ in range(3)]
    codec = Codec(*ATTEMPT_FORMS)
    told = codec.decode(json.loads(json.dumps(codec.encode(worker.results_without_finding(1, 3, ALL)))))
    assert told["all"] == Attempt(3)
    assert told["given"] == Attempt(3, note="observed: 404 every time")
    lacking = told["none"].unobserved
    assert (lacking.code, lacking.text, lacking.exchange) == ("nothing", "at all", sent[0])


def test_what_is_found_is_not_told(evidence: EvidenceFile, worker: PassiveCheckWorker) -> None:
    evidence.add(got(0))
    evidence.add(got(0, response=Response(200, (), b"")))
    assert set(worker.results_without_finding(1, 2, ALL)) == {"none", "known"}


def test_a_line_that_is_still_written_is_read_when_it_is_whole(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    written = json.dumps(exchange_data(got(1))).encode() + b"\n"
    with evidence.path.open("ab") as file:
        for piece in (written[:20], written[20:-1], written[-1:]):
            assert followed(worker) == 0
            file.write(piece)
            file.flush()
    assert followed(worker) == 1


def test_who_asks_in_the_midst_of_it_gets_all_of_it(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(2 * SIZE):
        evidence.add(got(0))
    steps = worker.follow()
    for _ in range(2 * SIZE + 1):
        next(steps)
    assert worker.results_without_finding(1, SIZE, ALL)["all"] == Attempt(SIZE)
    assert sum(1 for _ in steps) == 0
    evidence.add(got(0, response=Response(200, (), b"")))
    assert worker.results_without_finding(SIZE + 1, 2 * SIZE, ALL)["all"] == Attempt(SIZE)
    assert "all" not in worker.results_without_finding(2 * SIZE + 1, 2 * SIZE + 1, ALL)


def test_who_is_asked_about_some_checks_can_be_asked_about_the_others(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(3):
        evidence.add(got(0))
    steps = worker.process_window(3)
    assert set(worker.results_without_finding(1, 3, ["given"])) == {"given"}
    assert list(steps) == ["all", "none", "known", "gone"]
    assert set(worker.results_without_finding(1, 3, ALL)) == {"all", "none", "given", "known"}


def test_of_a_window_that_was_not_read_whole_nothing_is_told(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    for _ in range(3):
        evidence.add(got(0))
    assert worker.results_without_finding(1, 4, ALL) == {}
    assert worker.results_without_finding(2, 3, ALL) == {}
    assert worker.results_without_finding(1, 3, ALL)


def test_what_lasts_is_known_in_the_next_window_and_what_is_gone_is_not(
    evidence: EvidenceFile, worker: PassiveCheckWorker
) -> None:
    def create(made: str) -> None:
        answer = Response(201, (), json.dumps({"id": made}).encode())
        evidence.add(got(0, request=Request("POST", "/x"), response=answer))

    def delete(made: str) -> None:
        evidence.add(got(0, request=Request("DELETE", f"/x/{made}"), response=Response(204, (), b"")))

    create("lasting")
    create("gone")
    delete("gone")
    worker.results_without_finding(1, 3, ALL)
    for _ in range(SIZE - 3):
        evidence.add(got(0))
    worker.results_without_finding(1, SIZE, ALL)
    worker.discard(SIZE)
    for made in ("lasting", "gone"):
        evidence.add(got(0, request=Request("GET", f"/x/{made}")))
    assert (
        worker.results_without_finding(SIZE + 1, SIZE + 2, ALL)["known"].note
        == "observed: ['lasting'] were created"
    )


class Told:
    """A offload that says of a check what it was told to, and of which windows it was asked."""

    def __init__(self, attempt: Attempt | None) -> None:
        self.attempt = attempt
        self.asked: list[tuple[int, int]] = []
        self.forgotten = 0

    def follow(self, written: int) -> None:
        """Do nothing."""

    def result(self, window: ExchangeLog, name: str) -> Attempt | None:
        assert name == "an observing check"
        self.asked.append((window.exchanges[0].number, window.exchanges[-1].number))
        return self.attempt

    def discard(self, window: ExchangeLog) -> None:
        self.forgotten = window.exchanges[-1].number


def judged(folder: Path, offload: Any, gets: int = 25, *, more: int = 0) -> tuple[Verdict, int]:
    """Have some gets looked at in windows of 10, and then with more of them; return what comes of it."""
    check = observing(every_get_is_404)
    with engine(Conferences(), folder) as opened:
        watch = PassiveCheckRunner(opened.wire, opened.api, SIZE, offload)
        for _ in range(gets):
            opened.api("others").video.get("unknown")
        watch.outcome(check)
        for _ in range(more):
            opened.api("others").video.get("unknown")
        outcome = watch.outcome(check)
    return outcome.verdict, outcome.observations


def test_what_the_lookout_tells_counts(tmp_path: Path) -> None:
    offload = Told(Attempt(100))
    assert judged(tmp_path, offload) == (Verdict.PASSED, 300)
    assert offload.asked == [(1, 10), (11, 20), (21, 25)] * 2


def test_what_it_does_not_tell_is_looked_at(tmp_path: Path) -> None:
    assert judged(tmp_path, Told(None)) == (Verdict.PASSED, 25)


def test_it_is_not_asked_about_a_window_that_has_grown(tmp_path: Path) -> None:
    offload = Told(Attempt(100))
    assert judged(tmp_path, offload, more=3) == (Verdict.PASSED, 208)
    assert offload.asked == [(1, 10), (11, 20), (21, 25), (1, 10), (11, 20)]


def test_it_forgets_what_the_run_forgets(tmp_path: Path) -> None:
    offload: Any = Told(Attempt(100))
    with engine(Conferences(), tmp_path) as opened:
        watch = PassiveCheckRunner(opened.wire, opened.api, SIZE, offload)
        for _ in range(SIZE + OFFLOAD_LEAD + 1):
            opened.api("others").video.get("unknown")
            watch.process_full_window([observing(every_get_is_404)])
        assert len(opened.wire.evidence.exchanges) == OFFLOAD_LEAD + 1
    assert (offload.asked, offload.forgotten) == ([(1, SIZE)], SIZE)


def verdicts(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the verdicts; what came before a finding depends on the order of threads."""
    return {
        each["id"]: (each["verdict"], each["observations"] if each["verdict"] == "passed" else None)
        for each in record["requirements"]
    }


@pytest.mark.parametrize("faults", [[], ["unauthorized-200"]])
def test_a_run_that_is_looked_at_aside_says_what_one_says_that_looks_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: list[str]
) -> None:
    told: list[str] = []

    def noted(self: PassiveOffload, window: ExchangeLog, name: str) -> Attempt | None:
        attempt = asked(self, window, name)
        if attempt is not None:
            told.append(name)
        return attempt

    asked = PassiveOffload.result
    monkeypatch.setattr(PassiveOffload, "result", noted)
    monkeypatch.setattr("conformance.engine.executor.WINDOW", 600)
    background_process().call(passive_worker.close_run, 0)
    followed = ran(tmp_path / "aside", connection=lasting(faults))
    assert len(told) > 200
    assert followed["cpu_seconds"]["judging"] > 0.05
    monkeypatch.setattr("conformance.engine.executor.serves", lambda: False)
    assert verdicts(ran(tmp_path / "here", connection=lasting(faults))) == verdicts(followed)


def test_a_process_that_dies_takes_no_verdict_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ran(tmp_path / "whole", connection=lasting())
    os.kill(background_process().process_id, signal.SIGKILL)
    monkeypatch.setattr("conformance.engine.executor.serves", lambda: True)
    try:
        assert verdicts(ran(tmp_path / "alone", connection=lasting())) == verdicts(whole)
    finally:
        background_process().kill()
        background_process.cache_clear()
