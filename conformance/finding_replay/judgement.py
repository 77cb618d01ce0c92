"""Judgement on one attempt to replay a finding."""

from dataclasses import dataclass
from typing import Final

from conformance.finding_replay.assertion_evaluation import STATUS_RULES, UndecidableError, holds
from conformance.finding_replay.attempt import Attempt
from conformance.finding_replay.finding_file import RecordedFinding
from conformance.finding_replay.finding_status import Status
from conformance.http.exchange import Exchange

READER_NEEDED: Final = "compare the response with the expected one"
_SUCCESS: Final = 2  # class of statuses
_SERVER_ERROR: Final = 5


@dataclass(frozen=True)
class Judgement:
    """The status of a finding, with the reason if it is neither present nor gone."""

    status: Status
    reason: str = ""


def judge(finding: RecordedFinding, attempt: Attempt) -> Judgement:
    """Return what the responses of an attempt show about a finding."""
    last = attempt.exchanges[-1]
    if finding.status is None or last.response is None:
        return _judge_missing_response(finding, last)
    try:
        return _judge_response(finding, attempt, last)
    except UndecidableError:
        return Judgement(Status.UNDECIDED, READER_NEEDED)


def _judge_response(finding: RecordedFinding, attempt: Attempt, last: Exchange) -> Judgement:
    """Return the judgement on the response; raise UndecidableError if only a reader can decide it."""
    if finding.assertion is None:
        raise UndecidableError("no assertion")
    judgement = None
    if finding.assertion["rule"] not in STATUS_RULES and last.status != finding.status:
        judgement = _judge_other_status(finding, last)
    if judgement is None and holds(finding.assertion, attempt.exchanges, attempt.known_values, attempt.names):
        judgement = Judgement(Status.GONE)
    if judgement is None and _status_class(last.status) != _status_class(finding.status):
        judgement = Judgement(Status.CHANGED, f"still violated, with {_statuses(finding, last)}")
    return judgement or Judgement(Status.PRESENT)


def _judge_missing_response(finding: RecordedFinding, last: Exchange) -> Judgement:
    """Return the judgement if there is no response now, or was none in the run."""
    if last.response is None and finding.status is None:
        return Judgement(Status.PRESENT)
    if last.response is None:
        return Judgement(Status.CHANGED, f"no response: {last.failure}; in the run: status {finding.status}")
    if _status_class(last.status) == _SERVER_ERROR:
        return Judgement(Status.CHANGED, f"status {last.status}; no response in the run")
    return Judgement(Status.GONE)


def _judge_other_status(finding: RecordedFinding, last: Exchange) -> Judgement | None:
    """Return the judgement on a status other than that of the assessed response; None if it is comparable."""
    now, before = _status_class(last.status), _status_class(finding.status)
    if now == before == _SUCCESS:
        return None
    is_expected = now != _SERVER_ERROR and before != _SUCCESS
    if is_expected and (now != _SUCCESS or not last.is_create or last.request_validity.is_valid):
        return Judgement(Status.GONE)
    return Judgement(Status.CHANGED, _statuses(finding, last))


def _statuses(finding: RecordedFinding, last: Exchange) -> str:
    return f"status {last.status}; in the run: status {finding.status}"


def _status_class(status: int | None) -> int:
    return (status or 0) // 100
