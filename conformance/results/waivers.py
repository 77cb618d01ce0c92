"""Waivers of violated requirements, their expiry and their state.

A waived requirement is still checked. A waiver that is no longer needed or has expired fails the run, so that
it is removed. A waiver with a pattern is needed as long as one of the requirements that it matches needs it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from conformance.config.settings import Settings, Waiver
from conformance.results.verdict import Outcome, Verdict
from reports.presentation import waiver_messages

_WAIVABLE: Final = frozenset({Verdict.FAILED, Verdict.WARNED, Verdict.INCONCLUSIVE})
_NOT_CHECKED: Final = frozenset({None, Verdict.NOT_APPLICABLE})


def active_waivers(settings: Settings, started: datetime) -> Mapping[str, Waiver]:
    """Return the waivers that have not expired, by requirement; they are valid on their last day."""
    today = _day(started)
    return {waiver.requirement: waiver for waiver in settings.waivers if today <= waiver.expires}


def apply_waivers(outcome: Outcome, waivers: Mapping[str, Waiver]) -> Outcome:
    """Return the outcome with the verdict waived if a waiver applies; its findings are unchanged."""
    waiver = waivers.get(outcome.requirement.id)
    if waiver is None or outcome.verdict not in _WAIVABLE:
        return outcome
    original = f"; {outcome.reason}" if outcome.reason else ""
    reason = f"waived: {outcome.verdict}, waived until {waiver.expires}: {waiver.reason}{original}"
    return replace(outcome, verdict=Verdict.WAIVED, reason=reason)


def waiver_entries(
    settings: Settings, outcomes: Iterable[Outcome], started: datetime
) -> list[dict[str, Any]]:
    """Return the record entries of all waivers with their state."""
    verdicts = {outcome.requirement.id: outcome.verdict for outcome in outcomes}
    today, is_shard = _day(started), settings.shard is not None
    return waiver_messages.with_states_of_patterns(
        waiver_messages.entry(
            {
                "requirement": waiver.requirement,
                "reason": waiver.reason,
                "expires": waiver.expires.isoformat(),
                **({"pattern": waiver.pattern} if waiver.pattern else {}),
            },
            _state(waiver, verdicts.get(waiver.requirement), today, is_shard=is_shard),
        )
        for waiver in settings.waivers
    )


def _state(waiver: Waiver, verdict: Verdict | None, today: date, *, is_shard: bool) -> str:
    """Return the state of a waiver; a requirement that passes in one shard may need it in another."""
    if verdict in _NOT_CHECKED:
        return waiver_messages.UNUSED
    if waiver.expires < today:
        return waiver_messages.EXPIRED
    if verdict is Verdict.PASSED and not is_shard:
        return waiver_messages.PASSES
    return waiver_messages.APPLIED if verdict is Verdict.WAIVED else waiver_messages.UNUSED


def _day(started: datetime) -> date:
    return started.astimezone(UTC).date()
