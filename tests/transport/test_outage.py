"""Outages of the target, as opposed to single requests without a response, also in a replay."""

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
from tests.support.bundles import run_reference
from tests.support.fake_targets import CONFERENCES, GET, ORIGIN, fake_stack

CREATE = Request("POST", CONFERENCES)


@pytest.fixture(autouse=True)
def _short_probe_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "PROBE_DELAYS", (0.01, 0.02))


class UnreliableTarget:
    """A target that responds only to the requests whose number meets a condition."""

    def __init__(self, responds: Callable[[int], bool], error: str = "ReadError") -> None:
        self.requests = 0
        self._responds = responds
        self._error = getattr(httpx, error)
        self._lock = threading.Lock()

    def __call__(self, _: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests += 1
            alive = self._responds(self.requests)
        if not alive:
            raise self._error("gone")
        return httpx.Response(404)


@pytest.mark.parametrize(
    "error", ["ReadError", "ReadTimeout", "ConnectError", "ConnectTimeout", "WriteError"]
)
def test_no_requests_are_sent_after_an_outage(tmp_path: Path, error: str) -> None:
    target = UnreliableTarget(lambda number: number == 1, error)
    with fake_stack(target, tmp_path) as stack:
        stack.send(GET, ORIGIN)
        for _ in range(3):
            with pytest.raises(RunStoppedError, match="the target stopped responding") as stopped:
                stack.send(CREATE, ORIGIN)
            assert stopped.value.code == "outage"
    assert target.requests <= 1 + 1 + 2 * len(outage.PROBE_DELAYS)


def test_requests_continue_after_a_target_comes_back(tmp_path: Path) -> None:
    with fake_stack(UnreliableTarget(lambda number: number not in {2, 3}, "ConnectError"), tmp_path) as stack:
        assert [stack.send(request, ORIGIN).status for request in (GET, CREATE, GET)] == [404, None, 404]
        assessed = [exchange.origin.assessed for exchange in stack.evidence.exchanges]
    assert assessed == [True, True, False, False, True]


def test_a_get_whose_connection_was_lost_is_retried_once(tmp_path: Path) -> None:
    with fake_stack(UnreliableTarget(lambda number: number != 2), tmp_path) as stack:
        assert [stack.send(GET, ORIGIN).status for _ in range(2)] == [404, 404]
        assert [exchange.status for exchange in stack.evidence.exchanges] == [404, None, 404]


def test_an_invalid_response_is_not_an_outage(tmp_path: Path) -> None:
    target = UnreliableTarget(lambda number: number == 1, "RemoteProtocolError")
    with fake_stack(target, tmp_path) as stack:
        assert [stack.send(GET, ORIGIN).status for _ in range(4)] == [404, None, None, None]
    assert target.requests == 4


def test_one_of_several_lost_requests_probes_the_target(tmp_path: Path) -> None:
    target = UnreliableTarget(lambda number: number == 1)
    with fake_stack(target, tmp_path) as stack, ThreadPoolExecutor(8) as pool:
        stack.send(GET, ORIGIN)
        futures = [pool.submit(stack.send, CREATE, ORIGIN) for _ in range(8)]
        assert {str(future.exception()) for future in futures} == {"the target stopped responding"}
    assert target.requests <= 1 + 8 + 2 * len(outage.PROBE_DELAYS)


def test_a_target_that_only_throttles_stops_the_run(tmp_path: Path) -> None:
    statuses = iter([404])
    headers = {"retry-after": "99999999999999999999"}

    def throttle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(next(statuses, 429), headers=headers)

    with fake_stack(throttle, tmp_path) as stack:
        stack.send(GET, ORIGIN)
        with pytest.raises(RunStoppedError, match="keeps returning 429") as stopped:
            stack.send(GET, ORIGIN)
    assert stopped.value.code == "busy"


class MeddlingTransport(httpx.BaseTransport):
    """The reference server, behind a function that may delay or fail each request."""

    def __init__(self, inner: httpx.BaseTransport, meddle: Callable[[int], None]) -> None:
        self._inner = inner
        self._meddle = meddle
        self._requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._requests += 1
        self._meddle(self._requests)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def fail_after_60(number: int) -> None:
    if number > 60:
        raise httpx.ReadError("gone")


def fail_once(number: int) -> None:
    if number == 60:
        raise httpx.ReadError("gone")


def fail_occasionally(number: int) -> None:
    if number > 60 and number % 25 == 0:
        raise httpx.ReadError("gone")


def test_an_outage_is_inconclusive_and_replayable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = run_with_meddling(tmp_path, monkeypatch, fail_after_60)
    reasons = {
        requirement["reason"]
        for requirement in record["requirements"]
        if requirement["verdict"] == "inconclusive"
    }
    assert record["exit_code"] == 3
    assert "outage: the target stopped responding" in reasons
    assert {"failed", "error"}.isdisjoint(requirement["verdict"] for requirement in record["requirements"])
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def test_a_lost_connection_is_not_a_finding_and_replayable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = run_with_meddling(tmp_path, monkeypatch, fail_once)
    assert {"failed", "warned", "error"}.isdisjoint(
        requirement["verdict"] for requirement in record["requirements"]
    )
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def test_occasionally_lost_connections_are_not_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = run_with_meddling(tmp_path, monkeypatch, fail_occasionally)
    verdicts = {requirement["id"]: requirement["verdict"] for requirement in record["requirements"]}
    assert record["requests"] > 300
    assert {"failed", "error"}.isdisjoint(verdicts.values()), verdicts
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def run_with_meddling(
    folder: Path, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[int], None]
) -> dict[str, Any]:
    original_init = Connection.__init__

    def init_with_meddling(self: Connection, **options: Any) -> None:
        if "transport" in options:
            options["transport"] = MeddlingTransport(options["transport"], meddle)
        original_init(self, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "__init__", init_with_meddling)
        record = run_reference(folder, select="VC-CREATE-NAME-*,VC-GET-*")
    return dict(json.loads(json.dumps(record)))


def test_a_run_that_reaches_its_time_limit_is_inconclusive_and_replayable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.support.bundles.Limits", lambda concurrency: Limits(concurrency, max_seconds=1.0)
    )
    record = run_with_meddling(tmp_path, monkeypatch, lambda _: time.sleep(0.05))
    reasons = {
        requirement["reason"]
        for requirement in record["requirements"]
        if requirement["verdict"] == "inconclusive"
    }
    assert record["exit_code"] == 3
    assert reasons == {"time: limit of 1 s reached"}
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)


def test_a_run_that_reaches_its_time_limit_in_preflight_is_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.support.bundles.Limits", lambda concurrency: Limits(concurrency, max_seconds=1.0)
    )
    record = run_with_meddling(tmp_path, monkeypatch, lambda _: time.sleep(0.6))
    assert (record["exit_code"], record["verdict"]) == (3, "inconclusive")
    reasons = {
        requirement["reason"]
        for requirement in record["requirements"]
        if requirement["verdict"] != "not-applicable"
    }
    assert reasons == {"time: limit of 1 s reached"}
    assert same(json.loads(json.dumps(replay(read_evidence(tmp_path / FILE_NAME))))) == same(record)
