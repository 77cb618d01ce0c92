"""An outage is distinguished from a single request without a response, also in a replay."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.target import Connection, Limits
from conformance.engine.runner import replay
from conformance.evidence.evidence_file import FILE_NAME
from conformance.evidence.evidence_reader import read_evidence
from conformance.http.exchange import Request
from conformance.transport import outage
from conformance.transport.throttling import RunStoppedError
from tests.certificate.test_verification import same
from tests.support.bundles import ran
from tests.support.fake_targets import CONFERENCES, GET, ORIGIN, faked

CREATE = Request("POST", CONFERENCES)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "PROBE_DELAYS", (0.01, 0.02))


class Mortal:
    """A target that responds only to some requests."""

    def __init__(self, answers: Callable[[int], bool], how: str = "ReadError") -> None:
        self.asked = 0
        self._answers = answers
        self._error = getattr(httpx, how)
        self._lock = threading.Lock()

    def __call__(self, _: httpx.Request) -> httpx.Response:
        with self._lock:
            self.asked += 1
            alive = self._answers(self.asked)
        if not alive:
            raise self._error("gone")
        return httpx.Response(404)


@pytest.mark.parametrize("how", ["ReadError", "ReadTimeout", "ConnectError", "ConnectTimeout", "WriteError"])
def test_no_requests_are_sent_after_an_outage(tmp_path: Path, how: str) -> None:
    target = Mortal(lambda asked: asked == 1, how)
    with faked(target, tmp_path) as wire:
        wire.send(GET, ORIGIN)
        for _ in range(3):
            with pytest.raises(RunStoppedError, match="the target stopped responding") as stopped:
                wire.send(CREATE, ORIGIN)
            assert stopped.value.code == "outage"
    assert target.asked <= 1 + 1 + 2 * len(outage.PROBE_DELAYS)


def test_requests_continue_after_a_target_comes_back(tmp_path: Path) -> None:
    with faked(Mortal(lambda asked: asked not in {2, 3}, "ConnectError"), tmp_path) as wire:
        assert [wire.send(each, ORIGIN).status for each in (GET, CREATE, GET)] == [404, None, 404]
        judged = [each.origin.assessed for each in wire.evidence.exchanges]
    assert judged == [True, True, False, False, True]


def test_a_get_whose_connection_was_lost_is_retried_once(tmp_path: Path) -> None:
    with faked(Mortal(lambda asked: asked != 2), tmp_path) as wire:
        assert [wire.send(GET, ORIGIN).status for _ in range(2)] == [404, 404]
        assert [each.status for each in wire.evidence.exchanges] == [404, None, 404]


def test_an_invalid_response_is_not_an_outage(tmp_path: Path) -> None:
    target = Mortal(lambda asked: asked == 1, "RemoteProtocolError")
    with faked(target, tmp_path) as wire:
        assert [wire.send(GET, ORIGIN).status for _ in range(4)] == [404, None, None, None]
    assert target.asked == 4


def test_one_of_several_lost_requests_probes_the_target(tmp_path: Path) -> None:
    target = Mortal(lambda asked: asked == 1)
    with faked(target, tmp_path) as wire, ThreadPoolExecutor(8) as pool:
        wire.send(GET, ORIGIN)
        lost = [pool.submit(wire.send, CREATE, ORIGIN) for _ in range(8)]
        assert {str(each.exception()) for each in lost} == {"the target stopped responding"}
    assert target.asked <= 1 + 8 + 2 * len(outage.PROBE_DELAYS)


def test_a_target_that_only_throttles_stops_the_run(tmp_path: Path) -> None:
    answers = iter([404])
    late = {"retry-after": "99999999999999999999"}

    def busy(_: httpx.Request) -> httpx.Response:
        return httpx.Response(next(answers, 429), headers=late)

    with faked(busy, tmp_path) as wire:
        wire.send(GET, ORIGIN)
        with pytest.raises(RunStoppedError, match="keeps returning 429") as stopped:
            wire.send(GET, ORIGIN)
    assert stopped.value.code == "busy"


class Meddled(httpx.BaseTransport):
    """The reference server, behind a function that may delay or fail each request."""

    def __init__(self, inner: httpx.BaseTransport, meddle: Callable[[int], None]) -> None:
        self._inner = inner
        self._meddle = meddle
        self._asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._asked += 1
        self._meddle(self._asked)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def dying(asked: int) -> None:
    if asked > 60:
        raise httpx.ReadError("gone")


def losing_one(asked: int) -> None:
    if asked == 60:
        raise httpx.ReadError("gone")


def losing_many(asked: int) -> None:
    if asked > 60 and asked % 25 == 0:
        raise httpx.ReadError("gone")


def test_an_outage_is_inconclusive_and_replayable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = meddled(tmp_path, monkeypatch, dying)
    reasons = {each["reason"] for each in record["requirements"] if each["verdict"] == "inconclusive"}
    assert record["exit_code"] == 3
    assert "outage: the target stopped responding" in reasons
    assert {"failed", "error"}.isdisjoint(each["verdict"] for each in record["requirements"])
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def test_a_lost_connection_is_not_a_finding_and_replayable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = meddled(tmp_path, monkeypatch, losing_one)
    assert {"failed", "warned", "error"}.isdisjoint(each["verdict"] for each in record["requirements"])
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def test_occasionally_lost_connections_are_not_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = meddled(tmp_path, monkeypatch, losing_many)
    verdicts = {each["id"]: each["verdict"] for each in record["requirements"]}
    assert record["requests"] > 300
    assert {"failed", "error"}.isdisjoint(verdicts.values()), verdicts
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def meddled(folder: Path, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[int], None]) -> dict[str, Any]:
    made = Connection.__init__

    def meddling(self: Connection, **given: Any) -> None:
        between = {"transport": Meddled(given["transport"], meddle)} if "transport" in given else {}
        made(self, **{**given, **between})

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "__init__", meddling)
        record = ran(folder, select="VC-CREATE-NAME-*,VC-GET-*")
    return dict(json.loads(json.dumps(record)))


def test_a_run_that_reaches_its_time_limit_is_inconclusive_and_replayable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.support.bundles.Limits", lambda concurrency: Limits(concurrency, max_seconds=1.0)
    )
    record = meddled(tmp_path, monkeypatch, lambda _: time.sleep(0.05))
    reasons = {each["reason"] for each in record["requirements"] if each["verdict"] == "inconclusive"}
    assert record["exit_code"] == 3
    assert reasons == {"time: limit of 1 s reached"}
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def test_a_run_that_reaches_its_time_limit_in_preflight_is_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.support.bundles.Limits", lambda concurrency: Limits(concurrency, max_seconds=1.0)
    )
    record = meddled(tmp_path, monkeypatch, lambda _: time.sleep(0.6))
    assert (record["exit_code"], record["verdict"]) == (3, "inconclusive")
    told = {each["reason"] for each in record["requirements"] if each["verdict"] != "not-applicable"}
    assert told == {"time: limit of 1 s reached"}
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)
