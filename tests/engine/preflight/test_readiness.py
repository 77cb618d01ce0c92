"""Waiting until the target is ready (--wait)."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.preflight import readiness
from conformance.engine.preflight.readiness import wait_until_ready
from conformance.engine.preflight.steps import PreflightError
from conformance.engine.session.run_session import RunSession
from conformance.evidence import evidence_reader
from conformance.http.credentials import VALID
from conformance.runtime.shutdown import INTERRUPTION
from conformance.transport.stack import UNKNOWN_ID
from tests.support.fake_targets import ACCOUNT, CONFERENCES

READY = httpx.Response(404, json={"error": "Not Found"})
REFUSED = httpx.ConnectError("[Errno 111] Connection refused")
UNKNOWN_NAME = httpx.ConnectError("[Errno -2] Name or service not known")


@pytest.fixture(autouse=True)
def short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_INTERVAL", 0.01)


class StartingTarget:
    """A target that gives each of some responses once, and then the last one."""

    def __init__(self, *responses: httpx.Response | Exception) -> None:
        self._responses = iter(responses)
        self._last: httpx.Response | Exception = READY
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self._last = next(self._responses, self._last)
        if isinstance(self._last, Exception):
            raise self._last
        return httpx.Response(self._last.status_code, headers=self._last.headers, content=self._last.content)


def settings(
    target: Callable[[httpx.Request], httpx.Response], wait: float = 30.0, **changes: Any
) -> Settings:
    return Settings(
        Target(httpx.URL("http://target.test"), ACCOUNT, profiles=("video",)),
        Limits(wait=wait),
        Connection(transport=httpx.MockTransport(target)),
        Effort.SMOKE,
        **changes,
    )


@pytest.mark.parametrize(
    "response, problem",
    [
        (REFUSED, "Connection refused"),
        (UNKNOWN_NAME, "Name or service not known"),
        (httpx.ConnectTimeout("timed out"), "timed out"),
        (httpx.RemoteProtocolError("Server disconnected"), "Server disconnected"),
        (httpx.ConnectError("[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred"), "EOF occurred"),
        (httpx.Response(502), "it returns status 502"),
        (httpx.Response(503), "it returns status 503"),
        (httpx.Response(504), "it returns status 504"),
    ],
)
def test_a_target_that_is_not_ready_is_waited_for(response: Any, problem: str) -> None:
    target, problems = StartingTarget(response, response, READY), list[str]()
    assert 0 < wait_until_ready(settings(target), lambda text, _: problems.append(text)) < 20
    assert len(target.requests) == 3
    assert [problem in text for text in problems] == [True, True]


@pytest.mark.parametrize(
    "response",
    [
        READY,
        httpx.Response(401),
        httpx.Response(500),
        httpx.Response(429, headers={"retry-after": "50"}),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
        httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"),
    ],
)
def test_any_other_response_is_left_to_the_preflight(response: Any) -> None:
    target = StartingTarget(response)
    wait_until_ready(settings(target))
    assert len(target.requests) == 1


def test_a_probe_is_the_first_request_of_the_preflight() -> None:
    target = StartingTarget(READY)
    wait_until_ready(settings(target))
    [request] = target.requests
    assert (request.method, request.headers["authorization"]) == ("GET", VALID.header(ACCOUNT))
    assert request.url.path == f"{CONFERENCES}/{UNKNOWN_ID}"


def test_without_a_waiting_time_nothing_is_sent() -> None:
    target = StartingTarget(REFUSED)
    assert wait_until_ready(settings(target, wait=0)) == 0
    assert target.requests == []


def test_the_error_names_target_time_and_problem() -> None:
    with pytest.raises(PreflightError) as error:
        wait_until_ready(settings(StartingTarget(REFUSED), wait=0.1))
    assert error.value.problem == (
        "http://target.test is not ready after 0.1 s (--wait): ConnectError: [Errno 111] Connection refused"
    )
    assert "--target" in error.value.hint


def test_a_target_that_does_not_respond_is_not_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_MIN_PROBE_TIME", 0.05)
    started = time.monotonic()
    run = replace(settings(StartingTarget()), connection=Connection())
    run = replace(run, target=replace(run.target, url=httpx.URL("http://127.0.0.1:1")))
    with pytest.raises(PreflightError):
        wait_until_ready(replace(run, limits=Limits(wait=0.2)))
    assert time.monotonic() - started < 5


def test_an_interruption_ends_the_wait() -> None:
    target = StartingTarget(REFUSED)
    with INTERRUPTION.handle_signals():
        threading.Timer(0.1, INTERRUPTION.request_stop, (1,)).start()
        assert wait_until_ready(settings(target, wait=60)) < 20


def test_a_session_with_a_target_that_is_not_ready_does_not_start(tmp_path: Path) -> None:
    session = RunSession(settings(StartingTarget(REFUSED), wait=0.05, output=tmp_path))
    with session.open([]) as can_run:
        assert not can_run
    record = session.record
    assert (record["verdict"], record["exit_code"], record["requests"]) == ("not-started", 2, 0)
    assert record["notes"][0].startswith("http://target.test is not ready after 0.05 s (--wait): ")
    assert evidence_reader.read_evidence(tmp_path / "evidence.ndjson").responses == ()


def test_a_session_notes_for_how_long_it_waited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.engine.session.run_session.wait_until_ready", lambda *_: 12.3)
    session = RunSession(settings(StartingTarget(), output=tmp_path))
    with session.open([]):
        pass
    assert "wait: the target was ready after 12 s (--wait)" in session.record["notes"]


@pytest.fixture
def interrupted() -> Iterator[None]:
    with INTERRUPTION.handle_signals():
        INTERRUPTION.request_stop(1)
        yield


@pytest.mark.usefixtures("interrupted")
def test_an_interruption_during_the_wait_is_recorded_as_such(tmp_path: Path) -> None:
    session = RunSession(settings(StartingTarget(REFUSED), wait=60, output=tmp_path))
    with session.open([]) as can_run:
        assert not can_run
    assert session.record["exit_code"] == 130
