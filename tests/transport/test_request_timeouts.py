"""Requests without a response from a mock are sent once or twice; a server is sent every request."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from conformance.certificate.verification import verify
from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.runner import run
from conformance.evidence.evidence_reader import read_exchanges
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.transport.request_timeouts import ObservedTimeouts
from spec.capabilities import CAPABILITIES
from tests.support.fake_targets import ACCOUNT, CONFERENCES
from tests.support.servers.static_mock import StaticMock

MALFORMED = Request("POST", CONFERENCES, body=b"{")
ORIGIN = Origin("a check", "VC-CREATE")
SELECTED = "VC-CREATE-MALFORMED-JSON,VC-CREATE-STATUS,API-ERR-NO-5XX"


class SilentOnMalformedBodies(StaticMock):
    """A mock that never responds to a body that is not valid JSON, as Prism."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if response.status_code == 400:
            raise httpx.ReadTimeout("timed out before the response was complete")
        return response


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_mock_is_sent_few_requests_that_time_out(concurrency: int, tmp_path: Path) -> None:
    target = Target(httpx.URL("http://mock"), ACCOUNT, ("video",), missing_capabilities=CAPABILITIES)
    settings = Settings(
        target,
        Limits(concurrency=concurrency),
        Connection(transport=SilentOnMalformedBodies()),
        effort=Effort.SMOKE,
        select=SELECTED,
        output=tmp_path,
    )
    record = run(settings)
    lost = [exchange for exchange in read_exchanges(tmp_path) if exchange.has_no_response]
    assert 2 <= len(lost) <= max(2, concurrency // 2)
    assert {lost[0].origin.attempt, lost[-1].origin.attempt} == {0}
    violated = {entry["id"] for entry in record["requirements"] if entry["verdict"] == "failed"}
    assert violated == {"VC-CREATE-MALFORMED-JSON", "API-ERR-NO-5XX"}
    assert verify(tmp_path, None).problems == ()


def exchange(number: int, failure: str | None) -> Exchange:
    response = None if failure else Response(400, (), b"")
    return Exchange(number, ORIGIN, MALFORMED, response, failure, datetime.now(UTC), 1.0)


def test_the_first_exchange_is_used_after_two_timeouts() -> None:
    timeouts = ObservedTimeouts()
    first = exchange(1, "ReadTimeout: timed out")
    timeouts.note(first)
    assert timeouts.earlier_exchange(MALFORMED, ORIGIN) is None
    timeouts.note(exchange(2, "ReadTimeout: timed out"))
    assert timeouts.earlier_exchange(replace(MALFORMED, body=b"x"), ORIGIN) == first
    assert timeouts.earlier_exchange(replace(MALFORMED, body=b"[]"), ORIGIN) is None
    assert timeouts.earlier_exchange(MALFORMED, replace(ORIGIN, check="another check")) is None


def test_a_request_of_a_kind_with_a_response_is_sent_again() -> None:
    timeouts = ObservedTimeouts()
    for number, failure in enumerate((None, "ReadTimeout: x", "ReadTimeout: x"), 1):
        timeouts.note(exchange(number, failure))
    assert timeouts.earlier_exchange(MALFORMED, ORIGIN) is None
