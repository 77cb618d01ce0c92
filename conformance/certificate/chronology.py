"""Plausibility of the times of a run, its exchanges and its certificate.

Only differences of times are compared, because a sum may exceed the year 9999.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from conformance.evidence.evidence_reader import RecordedResponse, RecordedRun, parse_timestamp
from reports.presentation.waiver_messages import APPLIED

MAX_VALIDITY: Final = 3650  # days
MAX_ISSUE_DELAY: Final = 24 * 3600  # seconds from the start of a run to the issue of its certificate
_CLOCK_ADJUSTMENT: Final = 60.0  # seconds by which the clock of one machine may be adjusted
_CLOCK_DIFFERENCE: Final = 300.0  # seconds by which the clocks of two machines may differ
_CLEANUP_TIME: Final = 900.0  # seconds of cleanup after the duration in the footer
_DAY: Final = 86_400


@dataclass(frozen=True)
class Validity:
    """Validity period of a certificate."""

    issued: datetime
    expires: datetime

    def has_expired(self, now: datetime) -> bool:
        """Return whether the period has ended."""
        return self.expires <= now


def run_problems(run: RecordedRun, now: datetime) -> Iterator[str]:
    """Yield contradictions between the times of the run, its exchanges and the present."""
    started = parse_timestamp(run.header["started"])
    if _seconds(started, since=now) > _CLOCK_DIFFERENCE:
        yield f"the run started in the future, at {started.isoformat()}"
    footer = run.footer
    yield from _exchange_problems(run.responses, started, None if footer is None else footer["seconds"])


def certificate_problems(
    run: RecordedRun, validity: Validity, waivers: Iterable[Mapping[str, Any]], now: datetime
) -> Iterator[str]:
    """Yield contradictions between the validity of a certificate, the run, its waivers and the present."""
    started = parse_timestamp(run.header["started"])
    issued = validity.issued.isoformat()
    since_start = _seconds(validity.issued, since=started)
    if since_start < _end(run.responses, started) - _CLOCK_ADJUSTMENT:
        yield f"the certificate was issued at {issued}, before the run ended"
    if since_start > MAX_ISSUE_DELAY:
        hours = MAX_ISSUE_DELAY // 3600
        yield f"the certificate was issued at {issued}, more than {hours} hours after the run started"
    if _seconds(validity.issued, since=now) > _CLOCK_DIFFERENCE:
        yield f"the certificate was issued in the future, at {issued}"
    valid = _seconds(validity.expires, since=validity.issued)
    if valid <= 0:
        yield f"the certificate expires at {validity.expires.isoformat()}, before it was issued at {issued}"
    if valid > MAX_VALIDITY * _DAY:
        yield f"the certificate is valid for {valid / _DAY:.0f} days; the maximum is {MAX_VALIDITY}"
    last_day = first_waiver_expiry(waivers)
    if last_day is not None and validity.expires.astimezone(UTC).date() > last_day:
        yield f"the certificate expires after {last_day}, the last day of a waiver that applied"


def first_waiver_expiry(waivers: Iterable[Mapping[str, Any]]) -> date | None:
    """Return the earliest last day of the waivers that applied; None if none applied."""
    days = [date.fromisoformat(waiver["expires"]) for waiver in waivers if waiver["state"] == APPLIED]
    return min(days, default=None)


def _exchange_problems(
    responses: Iterable[RecordedResponse], started: datetime, run_seconds: float | None
) -> Iterator[str]:
    """Yield the first exchange outside the run or out of order; numbers follow the arrival of responses."""
    latest = 0.0
    for response in responses:
        begin = _seconds(response.started, since=started)
        end = begin + response.seconds
        sent = f"exchange {response.number} was sent at {response.started.isoformat()}"
        if begin < -_CLOCK_ADJUSTMENT:
            yield f"{sent}, before the run started at {started.isoformat()}"
            return
        if run_seconds is not None and begin > run_seconds + _CLEANUP_TIME:
            yield f"{sent}, after the run ended: it lasted {run_seconds:g} seconds"
            return
        if end < latest - _CLOCK_ADJUSTMENT:
            yield f"{sent}, earlier than exchanges with lower numbers"
            return
        latest = max(latest, end)


def _end(responses: Iterable[RecordedResponse], started: datetime) -> float:
    """Return the seconds from the start of a run to its last response."""
    return max(
        (_seconds(response.started, since=started) + response.seconds for response in responses), default=0.0
    )


def _seconds(time: datetime, *, since: datetime) -> float:
    return (time - since).total_seconds()
