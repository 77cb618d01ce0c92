"""Rejections by the live-resource limit: the evidence lists them, and a replay repeats them."""

from dataclasses import replace

import pytest

from conformance.http.exchange import Origin, Request
from conformance.transport.resources.limit_rejections import LimitRejections, RecordedRejections
from conformance.transport.resources.live_limit import LiveLimitError

CREATE = Request("POST", "/api/video/conferences", (), b"{}")
ORIGIN = Origin("a check", "VC-CREATE")
REASON = "limit of 1 live resources reached"


@pytest.fixture
def recorded() -> RecordedRejections:
    """Return the rejections of a run that rejected a request and a reservation."""
    rejections = LimitRejections()
    with pytest.raises(LiveLimitError), rejections.request(CREATE, ORIGIN):
        raise LiveLimitError(REASON)
    with pytest.raises(LiveLimitError), rejections.reservation(ORIGIN, 3):
        raise LiveLimitError(REASON)
    return RecordedRejections(rejections.footer["rejected"], lambda *_: False)


def test_without_rejections_the_footer_has_no_member() -> None:
    rejections = LimitRejections()
    with rejections.request(CREATE, ORIGIN), rejections.reservation(ORIGIN, 3):
        pass
    assert rejections.footer == {}


def test_another_error_is_not_recorded() -> None:
    rejections = LimitRejections()
    with pytest.raises(ValueError, match="other"), rejections.request(CREATE, ORIGIN):
        raise ValueError("other")
    assert rejections.footer == {}


def test_a_replay_rejects_what_the_run_rejected(recorded: RecordedRejections) -> None:
    with pytest.raises(LiveLimitError, match=REASON), recorded.request(CREATE, ORIGIN):
        pass
    with pytest.raises(LiveLimitError, match=REASON), recorded.reservation(ORIGIN, 3):
        pass


def test_a_replay_rejects_nothing_else(recorded: RecordedRejections) -> None:
    with recorded.request(replace(CREATE, body=b"[]"), ORIGIN), recorded.reservation(ORIGIN, 2):
        pass
    with recorded.request(CREATE, replace(ORIGIN, attempt=1)):
        pass


def test_a_request_with_a_recorded_response_is_rejected_only_after_it() -> None:
    responses = [True, False]
    rejections = LimitRejections()
    with pytest.raises(LiveLimitError), rejections.request(CREATE, ORIGIN):
        raise LiveLimitError(REASON)
    replayed = RecordedRejections(rejections.footer["rejected"], lambda *_: responses.pop(0))
    with replayed.request(CREATE, ORIGIN):
        pass
    with pytest.raises(LiveLimitError, match=REASON), replayed.request(CREATE, ORIGIN):
        pass
