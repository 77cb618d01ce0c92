"""Comparison of the outcomes of a run with its baseline."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from conformance.config.settings import Settings
from conformance.redaction.redactor import RedactFunction
from conformance.results.grouping.classification import symptom_text
from conformance.results.verdict import Outcome, Verdict
from conformance.runtime.versions import suite_versions
from reports.presentation.known_failures import is_known


def scope_members(settings: Settings, redactor: RedactFunction) -> dict[str, Any]:
    """Return the members of the record that determine which requests a run sends and what it decides."""
    return {
        "suite": suite_versions(),
        "target": {"origin": redactor(settings.target.origin), "reference": settings.target.is_reference},
        "profiles": list(settings.target.profiles),
        "effort": str(settings.effort),
        "seed": settings.seed,
        "select": redactor(settings.select),
        "shard": settings.shard and asdict(settings.shard),
        "property_based_only": settings.property_based_only,
        "read_only": settings.target.read_only,
    }


class BaselineComparison:
    """Compares outcomes with the baseline of a run; without a baseline, no failure is known."""

    def __init__(self, settings: Settings, redactor: RedactFunction) -> None:
        self._baseline = settings.baseline
        self._same_requests = self._baseline is not None and self._baseline.sends_same_requests_as(
            scope_members(settings, redactor)
        )

    def compared(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry of a requirement, with its change if the baseline tested it."""
        if self._baseline is None:
            return {**entry}
        return self._baseline.compared(entry, same_requests=self._same_requests)

    def is_known(self, outcome: Outcome) -> bool:
        """Return whether an outcome is a failure that the baseline also has."""
        entry = {
            "id": outcome.requirement.id,
            "level": str(outcome.requirement.level),
            "verdict": str(outcome.verdict),
            **symptom_member(outcome),
        }
        return is_known(self.compared(entry))


def symptom_member(outcome: Outcome) -> dict[str, str]:
    """Return the member symptom of an outcome with a finding."""
    has_symptom = outcome.findings and outcome.verdict in {Verdict.FAILED, Verdict.WARNED, Verdict.WAIVED}
    return {"symptom": symptom_text(outcome)} if has_symptom else {}
