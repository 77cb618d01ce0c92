"""The times of a run, of its exchanges and of its certificate, and how they depend on each other.

Differences of times are compared, never sums: a file may claim any year from 1 to 9999.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from conformance.evidence.evidence_reader import Answer, Testimony, moment
from reports.presentation.waiver_messages import APPLIED

LONGEST_VALIDITY: Final = 3650  # days
LATEST_ISSUE: Final = 24 * 3600  # seconds from the start of a run to the issue of its certificate
_STEP: Final = 60.0  # seconds by which the clock of one machine may be adjusted
_CLOCKS: Final = 300.0  # seconds by which the clocks of two machines may differ
_CLEAN_UP: Final = 900.0  # seconds of a run after its footer's, with room for a request that hangs
_DAY: Final = 86_400


@dataclass(frozen=True)
class Term:
    """From when to when a certificate is valid."""

    issued: datetime
    expires: datetime

    def is_over(self, now: datetime) -> bool:
        """Return whether it has expired."""
        return self.expires <= now


def run_problems(testimony: Testimony, now: datetime) -> Iterator[str]:
    """Yield how the times of the run and its exchanges contradict each other, or the present."""
    started = moment(testimony.header["started"])
    if _seconds(started, since=now) > _CLOCKS:
        yield f"the run started in the future, at {started.isoformat()}"
    footer = testimony.footer
    yield from _exchange_problems(testimony.answers, started, None if footer is None else footer["seconds"])


def certificate_problems(
    testimony: Testimony, term: Term, waivers: Iterable[Mapping[str, Any]], now: datetime
) -> Iterator[str]:
    """Yield how the validity of a certificate contradicts the run, its waivers, or the present."""
    started = moment(testimony.header["started"])
    issued = term.issued.isoformat()
    since_start = _seconds(term.issued, since=started)
    if since_start < _end(testimony.answers, started) - _STEP:
        yield f"the certificate was issued at {issued}, before the run ended"
    if since_start > LATEST_ISSUE:
        hours = LATEST_ISSUE // 3600
        yield f"the certificate was issued at {issued}, more than {hours} hours after the run started"
    if _seconds(term.issued, since=now) > _CLOCKS:
        yield f"the certificate was issued in the future, at {issued}"
    valid = _seconds(term.expires, since=term.issued)
    if valid <= 0:
        yield f"the certificate expires at {term.expires.isoformat()}, before it was issued at {issued}"
    if valid > LONGEST_VALIDITY * _DAY:
        yield f"the certificate is valid for {valid / _DAY:.0f} days; {LONGEST_VALIDITY} are the maximum"
    last_day = last_waived_day(waivers)
    if last_day is not None and term.expires.astimezone(UTC).date() > last_day:
        yield f"the certificate expires after the last day of a waiver that applied, {last_day}"


def last_waived_day(waivers: Iterable[Mapping[str, Any]]) -> date | None:
    """Return the first day on which a waiver that applied ends; None where none applied."""
    days = [date.fromisoformat(waiver["expires"]) for waiver in waivers if waiver["state"] == APPLIED]
    return min(days, default=None)


def _exchange_problems(
    answers: Iterable[Answer], started: datetime, run_seconds: float | None
) -> Iterator[str]:
    """Yield the first exchange outside the run, or out of order: numbers are given as responses arrive."""
    latest = 0.0
    for answer in answers:
        begin = _seconds(answer.started, since=started)
        end = begin + answer.seconds
        sent = f"exchange {answer.number} was sent at {answer.started.isoformat()}"
        if begin < -_STEP:
            yield f"{sent}, before the run started at {started.isoformat()}"
            return
        if run_seconds is not None and begin > run_seconds + _CLEAN_UP:
            yield f"{sent}, after the run ended: it took {run_seconds:g} seconds"
            return
        if end < latest - _STEP:
            yield f"{sent}, earlier than exchanges with lower numbers"
            return
        latest = max(latest, end)


def _end(answers: Iterable[Answer], started: datetime) -> float:
    """Return the seconds from the start of a run to its last response."""
    return max((_seconds(answer.started, since=started) + answer.seconds for answer in answers), default=0.0)


def _seconds(moment: datetime, *, since: datetime) -> float:
    return (moment - since).total_seconds()
