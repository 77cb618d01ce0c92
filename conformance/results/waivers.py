"""Waivers: what the configuration excuses, for how long, and what became of it.

A waived requirement is decided all the same. A waiver that is no longer needed fails the run, and so does one
whose time is over: neither can be forgotten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from conformance.config.settings import Settings, Waiver
from conformance.results.verdict import Outcome, Verdict
from reports.presentation import waiver_messages as report

_EXCUSABLE: Final = frozenset({Verdict.FAILED, Verdict.WARNED, Verdict.INCONCLUSIVE})
_NOT_LOOKED_AT: Final = frozenset({None, Verdict.NOT_APPLICABLE})


def in_force(settings: Settings, started: datetime) -> Mapping[str, Waiver]:
    """Return the waivers whose time is not over, by requirement; the last day is part of it."""
    today = _day(started)
    return {each.requirement: each for each in settings.waivers if today <= each.expires}


def excused(outcome: Outcome, waivers: Mapping[str, Waiver]) -> Outcome:
    """Return the outcome as it counts: waived, where it is excused; its findings stay."""
    waiver = waivers.get(outcome.requirement.id)
    if waiver is None or outcome.verdict not in _EXCUSABLE:
        return outcome
    own = f"; {outcome.reason}" if outcome.reason else ""
    reason = f"waived: {outcome.verdict}, excused until {waiver.expires}: {waiver.reason}{own}"
    return replace(outcome, verdict=Verdict.WAIVED, reason=reason)


def told(settings: Settings, outcomes: Iterable[Outcome], started: datetime) -> list[dict[str, Any]]:
    """Return each waiver with what became of it."""
    verdicts = {outcome.requirement.id: outcome.verdict for outcome in outcomes}
    today, part = _day(started), settings.shard is not None
    return [
        report.entry(
            each.requirement,
            each.reason,
            each.expires.isoformat(),
            _state(each, verdicts.get(each.requirement), today, part=part),
        )
        for each in settings.waivers
    ]


def _state(waiver: Waiver, verdict: Verdict | None, today: date, *, part: bool) -> str:
    """Return what became of a waiver; what passes in a shard may need it in another."""
    if verdict in _NOT_LOOKED_AT:
        return report.UNUSED
    if waiver.expires < today:
        return report.EXPIRED
    if verdict is Verdict.PASSED and not part:
        return report.PASSES
    return report.APPLIED if verdict is Verdict.WAIVED else report.UNUSED


def _day(started: datetime) -> date:
    return started.astimezone(UTC).date()
