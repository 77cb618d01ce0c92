"""Recording of outcomes: waivers, comparison with the baseline, and the entries of the record."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from conformance.config.settings import Settings, Waiver
from conformance.engine.attempts import Check
from conformance.engine.progress_listener import ProgressListener
from conformance.redaction.masking import SecretMask
from conformance.results.baseline_comparison import BaselineComparison
from conformance.results.record import EntryBuilder
from conformance.results.reproduction.connection_options import connection_data
from conformance.results.reproduction.rerun import rerun_options
from conformance.results.verdict import Outcome, Verdict
from conformance.results.waivers import active_waivers, apply_waivers
from conformance.runtime import cpu_time
from conformance.transport.stack import TransportStack
from spec.catalogue import Requirement


class OutcomeRecorder:
    """Collects the outcomes of the scored checks of a run, and their entries in the record."""

    def __init__(self, settings: Settings, mask: SecretMask, listener: ProgressListener | None) -> None:
        self.masked_settings = mask.mask_settings(settings)
        self.outcomes: list[Outcome] = []
        self.entries: list[dict[str, Any]] = []
        self.unscored: tuple[str, ...] = ()  # requirements whose checks run, but are not scored
        self._settings = settings
        self._redact = mask.for_display
        self._listener = listener
        self._senders: dict[str, str] = {}
        self._waivers: Mapping[str, Waiver] = {}
        self._comparison = BaselineComparison(self.masked_settings, mask.for_display)

    def start(self, checks: Sequence[Check], started: datetime) -> None:
        """Note the checks of a run, and the waivers that are active when it starts."""
        self._senders, self._waivers = _senders(checks), active_waivers(self._settings, started)
        self.unscored = tuple(check.requirement.id for check in checks if not check.is_scored)

    @cpu_time.REPORTING
    def record(self, outcome: Outcome, stack: TransportStack) -> tuple[Outcome, dict[str, Any]]:
        """Apply the waivers to an outcome and add it to the record."""
        outcome = apply_waivers(outcome, self._waivers)
        builder = EntryBuilder(
            stack.target,
            stack.evidence,
            self._redact,
            self._senders,
            rerun_options(self.masked_settings),
            connection_data(self._settings),
        )
        entry = self._comparison.compared(builder.build(outcome))
        self.outcomes.append(outcome)
        self.entries.append(entry)
        if self._listener:
            self._listener(outcome, stack.evidence.traffic_stats.exchanges)
        return outcome, entry

    def record_undecided(
        self,
        checks: Sequence[Check],
        stack: TransportStack,
        stop_reason: str,
        conclusive_outcome: Callable[[Check], Outcome | None],
    ) -> None:
        """Record an outcome for every check without one: inconclusive if the run was stopped."""
        decided_ids = {outcome.requirement.id for outcome in self.outcomes}
        verdict = Verdict.INCONCLUSIVE if stop_reason else Verdict.ERROR
        reason = stop_reason or "suite: the check was not run"
        for check in checks:
            if check.is_scored and check.requirement.id not in decided_ids:
                outcome = conclusive_outcome(check) if stop_reason else None
                self.record(outcome or Outcome(check.requirement, verdict, 0, reason), stack)

    def record_skipped(self, requirements: Sequence[Requirement], stack: TransportStack) -> None:
        """Record that requirements are not checked."""
        for requirement in requirements:
            reason = self._skip_reason(requirement)
            self.record(Outcome(requirement, Verdict.NOT_APPLICABLE, 0, reason), stack)

    def is_excused(self, outcome: Outcome) -> bool:
        """Return whether a failure does not fail the run: it is waived, or known from the baseline."""
        return outcome.requirement.id in self._waivers or self._comparison.is_known(outcome)

    def _skip_reason(self, requirement: Requirement) -> str:
        """Return why a requirement is not checked: a missing capability of the target, or the effort."""
        missing = [name for name in requirement.needs if name in self._settings.target.missing_capabilities]
        if missing:
            return f"capability: needs {' and '.join(missing)}, which the target lacks (--without)"
        return f"effort: not run at --effort {self._settings.effort}"


def _senders(checks: Sequence[Check]) -> dict[str, str]:
    """Return requirement ids by the check that sends, and by the names under which checks share requests."""
    packed = {f"packed {check.requirement.operation}": check for check in checks if check.uses_packed_bodies}
    rows = {
        f"invalid rows {check.requirement.operation}": check for check in checks if check.uses_invalid_rows
    }
    sending = {check.name: check for check in checks if check.kind.sends}
    return {name: check.requirement.id for name, check in {**packed, **rows, **sending}.items()}
