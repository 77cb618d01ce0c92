"""Runs against a correct target behind a disturbed network, and against one that becomes unavailable.

`tests/support/servers/noise.py` runs more seeds: `python -m tests.support.servers.noise 200`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort
from conformance.engine.runner import replay
from conformance.engine.session.run_session import RunSession
from conformance.evidence.evidence_reader import read_evidence
from conformance.mutation.check_runner import CheckRunner
from conformance.mutation.in_process_server import InProcessTransport
from tests.support.servers.noise import Noise, NoisyTransport, shorten_delays

Respond = Callable[[httpx.Request, int], httpx.Response | None]
HTML = {"content-type": "text/html"}


@pytest.fixture(scope="module")
def bench() -> CheckRunner:
    return CheckRunner(Effort.SMOKE, Effort.SMOKE)


@pytest.fixture(autouse=True)
def _short_delays() -> Any:
    with shorten_delays():
        yield


class Fronted(httpx.BaseTransport):
    """The reference server, behind a function that may respond in its place."""

    def __init__(self, respond: Respond) -> None:
        self._inner = InProcessTransport()
        self._respond = respond
        self._requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._requests += 1
        return self._respond(request, self._requests) or self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class Restarting(Fronted):
    """The reference server, which restarts without its data at one request."""

    def __init__(self, at: int) -> None:
        super().__init__(lambda *_: None)
        self._at = at
        self._restarted = InProcessTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._requests == self._at:
            self._inner, self._restarted = self._restarted, self._inner
        return super().handle_request(request)

    def close(self) -> None:
        super().close()
        self._restarted.close()


class LosingResponses(Fronted):
    """The reference server, whose response to a create with one of the qualities is lost."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.method == "POST" and b'"720p"' in request.content:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return response


def run(bench: CheckRunner, transport: httpx.BaseTransport, folder: Path, select: str = "") -> dict[str, Any]:
    """Return the record of a run of the checks whose requirement begins with a text."""
    checks = [check for check in bench.checks if check.requirement.id.startswith(select)]
    session = RunSession(bench.settings(transport, folder))
    with session.open(checks):
        for check in checks:
            session.decide(check)
    return dict(json.loads(json.dumps(session.record)))


def verdicts(record: dict[str, Any]) -> dict[str, set[str]]:
    """Return the ids of the requirements by verdict."""
    entries = record["requirements"]
    return {
        verdict: {entry["id"] for entry in entries if entry["verdict"] == verdict}
        for verdict in {entry["verdict"] for entry in entries}
    }


@pytest.mark.parametrize("seed, probability", [(1, 0.1), (2, 1 / 40), (3, 1 / 200)])
def test_noise_is_not_a_finding(bench: CheckRunner, tmp_path: Path, seed: int, probability: float) -> None:
    record = run(bench, NoisyTransport(InProcessTransport(), Noise(probability, seed)), tmp_path)
    assert {"failed", "error"}.isdisjoint(verdicts(record)), verdicts(record)
    assert any(note.startswith("unstable target: ") for note in record["notes"])


@pytest.mark.parametrize("status", [401, 403, 404, 502])
def test_a_target_that_gives_all_requests_the_same_status_is_unavailable(
    bench: CheckRunner, tmp_path: Path, status: int
) -> None:
    def respond(_: httpx.Request, number: int) -> httpx.Response | None:
        return httpx.Response(status, headers=HTML, content=b"<html>") if number > 200 else None

    record = run(bench, Fronted(respond), tmp_path)
    assert record["exit_code"] == 3
    assert {"failed", "warned", "error"}.isdisjoint(verdicts(record))
    reasons = {entry["reason"].partition(":")[0] for entry in record["requirements"] if entry["reason"]}
    assert "unavailable" in reasons


def test_the_evidence_of_an_unavailable_target_gives_the_same_verdicts(
    bench: CheckRunner, tmp_path: Path
) -> None:
    def respond(_: httpx.Request, number: int) -> httpx.Response | None:
        return httpx.Response(401, json={"error": "Unauthorized"}) if number > 400 else None

    record = run(bench, Fronted(respond), tmp_path)
    replayed = verdicts(replay(read_evidence(tmp_path / "evidence.ndjson")))
    assert "failed" not in replayed
    for verdict in ("passed", "inconclusive"):
        assert replayed[verdict] == verdicts(record)[verdict]


def test_a_target_that_loses_its_data_once_does_not_fail(bench: CheckRunner, tmp_path: Path) -> None:
    record = run(bench, Restarting(at=60), tmp_path, "VC-GET-")
    assert {"failed", "error"}.isdisjoint(verdicts(record)), verdicts(record)


def test_a_gateway_error_that_one_valid_body_always_causes_is_a_finding(
    bench: CheckRunner, tmp_path: Path
) -> None:
    def respond(request: httpx.Request, _: int) -> httpx.Response | None:
        is_affected = request.method == "POST" and b'"720p"' in request.content
        return httpx.Response(502, headers=HTML, content=b"<html>") if is_affected else None

    record = run(bench, Fronted(respond), tmp_path, "VC-CREATE-QUALITY-")
    assert "VC-CREATE-QUALITY-ENUM-ACCEPT" in verdicts(record)["failed"]


def test_a_create_whose_response_is_always_lost_is_a_finding(bench: CheckRunner, tmp_path: Path) -> None:
    """The request creates a conference, so sending it again is rejected because of its name."""
    record = run(bench, LosingResponses(lambda *_: None), tmp_path, "VC-CREATE-QUALITY-ENUM-ACCEPT")
    assert verdicts(record) == {"failed": {"VC-CREATE-QUALITY-ENUM-ACCEPT"}}
