"""Refusals of the live-resource limit: the evidence lists them, and a replay repeats them."""

from dataclasses import replace

import pytest

from conformance.http.exchange import Origin, Request
from conformance.transport.resources.live_limit import LiveLimitError
from conformance.transport.resources.refusals import RecordedRefusals, Refusals

CREATE = Request("POST", "/api/video/conferences", (), b"{}")
ORIGIN = Origin("a check", "VC-CREATE")
REASON = "limit of 1 live resources reached"


@pytest.fixture
def recorded() -> RecordedRefusals:
    """Return the refusals of a run that refused a request and a reservation."""
    refusals = Refusals()
    with pytest.raises(LiveLimitError), refusals.request(CREATE, ORIGIN):
        raise LiveLimitError(REASON)
    with pytest.raises(LiveLimitError), refusals.reservation(ORIGIN, 3):
        raise LiveLimitError(REASON)
    return RecordedRefusals(refusals.footer["refused"], lambda *_: False)


def test_without_refusals_the_footer_has_no_member() -> None:
    refusals = Refusals()
    with refusals.request(CREATE, ORIGIN), refusals.reservation(ORIGIN, 3):
        pass
    assert refusals.footer == {}


def test_another_error_is_not_recorded() -> None:
    refusals = Refusals()
    with pytest.raises(ValueError, match="other"), refusals.request(CREATE, ORIGIN):
        raise ValueError("other")
    assert refusals.footer == {}


def test_a_replay_refuses_what_the_run_refused(recorded: RecordedRefusals) -> None:
    with pytest.raises(LiveLimitError, match=REASON), recorded.request(CREATE, ORIGIN):
        pass
    with pytest.raises(LiveLimitError, match=REASON), recorded.reservation(ORIGIN, 3):
        pass


def test_a_replay_refuses_nothing_else(recorded: RecordedRefusals) -> None:
    with recorded.request(replace(CREATE, body=b"[]"), ORIGIN), recorded.reservation(ORIGIN, 2):
        pass
    with recorded.request(CREATE, replace(ORIGIN, attempt=1)):
        pass


def test_a_request_with_a_recorded_response_is_refused_only_after_it() -> None:
    responses = [True, False]
    refusals = Refusals()
    with pytest.raises(LiveLimitError), refusals.request(CREATE, ORIGIN):
        raise LiveLimitError(REASON)
    replayed = RecordedRefusals(refusals.footer["refused"], lambda *_: responses.pop(0))
    with replayed.request(CREATE, ORIGIN):
        pass
    with pytest.raises(LiveLimitError, match=REASON), replayed.request(CREATE, ORIGIN):
        pass
