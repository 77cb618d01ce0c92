"""Decision of findings whose assertion is not stored: by the checks of their requirements.

A passive check evaluates the responses to the requests of the replay; an active check sends its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.config.settings import Effort, Settings
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.runner import collect_checks
from conformance.engine.session.run_session import RunSession
from conformance.finding_replay.assertion_evaluation import is_decidable
from conformance.finding_replay.finding_file import RecordedFinding
from conformance.finding_replay.finding_status import Status
from conformance.results.verdict import Verdict
from conformance.testkit import hypothesis_profiles
from spec.catalogue import catalogue
from spec.models import SHARED_PROFILE

_STATUSES: Mapping[Verdict, Status] = {
    Verdict.PASSED: Status.GONE,
    Verdict.FAILED: Status.PRESENT,
    Verdict.WARNED: Status.PRESENT,
}


def checks_for(settings: Settings, findings: Sequence[RecordedFinding]) -> Mapping[str, Check]:
    """Return the checks of the requirements whose findings no assertion decides, by requirement."""
    ids = {finding.requirement for finding in findings if not is_decidable(finding.assertion)}
    ids &= {
        identifier
        for identifier, requirement in catalogue().items()
        if requirement.profile in {*settings.target.profiles, SHARED_PROFILE}
    }
    if not ids:
        return {}
    with hypothesis_profiles.preserved_profile():
        plugin = collect_checks(replace(settings, select=",".join(sorted(ids)), effort=Effort.SMOKE))
    return {
        check.requirement.id: check
        for check in plugin.checks
        if check.requirement.id in ids and check.kind is not CheckKind.PROPERTY_BASED
    }


def decide(session: RunSession, check: Check) -> Status:
    """Return what the check of a requirement shows; undecided without an observation."""
    outcome, _ = session.decide(check)
    return _STATUSES.get(outcome.verdict, Status.UNDECIDED)
