"""Session of a searching process: evidence, ledger and clean-up of a run, and the record of its findings."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.engine.attempts import Check
from conformance.engine.progress_listener import ProgressListener
from conformance.engine.session.run_session import RunSession
from conformance.fuzzing.search.judgement import Violation
from conformance.fuzzing.search.task_executor import ConfirmedFinding, TaskExecutor
from conformance.fuzzing.tasks import ReportedFinding
from conformance.results.grouping.root_causes import causes
from conformance.results.record import EntryBuilder, RunEnd, record
from conformance.results.reproduction.connection_options import connection_data
from conformance.results.reproduction.description import Description
from conformance.results.reproduction.finding_folders import FOLDER, SCRIPT
from conformance.results.verdict import Outcome, Verdict, violation_verdict
from conformance.transport.stack import TransportStack

_INTERMITTENT: Final = "not every request shows it: send the requests again, up to a thousand times"


class SearchSession(RunSession):
    """A session whose requests are cases of a campaign instead of checks."""

    def __init__(
        self,
        settings: Settings,
        checks: Sequence[Check],
        on_finding: Callable[[ReportedFinding], None],
        listener: ProgressListener | None = None,
    ) -> None:
        super().__init__(settings, listener)
        self._checks = checks
        self._report = on_finding
        self._stack: TransportStack | None = None
        self._findings: list[tuple[Outcome, str]] = []  # with their causes
        self._executor: TaskExecutor | None = None

    @property
    def executor(self) -> TaskExecutor:
        """Return the executor of the open session."""
        if self._executor is None:
            raise RuntimeError("cases can be sent only while the session is open")
        return self._executor

    def record_stop(self, code: str, text: str) -> None:
        """Record why no more cases could be sent, such as an outage."""
        requirement = self._checks[0].requirement
        if self._stack is not None:
            self._outcomes.record(
                Outcome(requirement, Verdict.INCONCLUSIVE, 0, f"{code}: {text}"), self._stack
            )

    def _start(self, opened: TransportStack, checks: Sequence[Check]) -> None:
        self._stack = self._run_preflight(opened)
        self._executor = TaskExecutor(self._stack, self.settings, [*checks, *self._checks], self._on_finding)

    def _end(self, stack: TransportStack, ending: RunEnd) -> None:
        if self._executor is not None and self._stack is not None:
            self._record_observations(self._executor.judge.observations, self._stack)
        super()._end(self._stack or stack, ending)
        own = [
            {"cause": cause, "primary": outcome.requirement.id, "related": []}
            for outcome, cause in self._findings
        ]
        self.record["causes"] = own

    def _record_observations(self, observations: Mapping[str, int], stack: TransportStack) -> None:
        """Record an outcome for each requirement that was observed or violated."""
        violated: dict[str, list[Outcome]] = {}
        for outcome, _ in self._findings:
            violated.setdefault(outcome.requirement.id, []).append(outcome)
        for check in self._checks:
            requirement = check.requirement
            number = observations.get(requirement.id, 0)
            if requirement.id in violated:
                outcomes = violated.pop(requirement.id)
                findings = tuple(finding for outcome in outcomes for finding in outcome.findings)
                outcome = replace(outcomes[0], observations=max(1, number), findings=findings)
                _, entry = self._outcomes.record(outcome, stack)
                texts = [cause for own, cause in self._findings if own.requirement.id == requirement.id]
                for finding, text in zip(entry["findings"], texts, strict=True):
                    finding["cause"] = self._mask.for_display(text)
            elif number:
                self._outcomes.record(Outcome(requirement, Verdict.PASSED, number), stack)

    def _on_finding(self, found: ConfirmedFinding) -> None:
        """Build the record of one finding, and report it."""
        stack = self._stack
        if stack is None:
            return
        by_requirement = {violation.requirement.id: violation for violation in reversed(found.violations)}
        cause = causes([_outcome(violation) for violation in found.violations])[0]
        violation = by_requirement[cause["primary"]]
        outcome, base = _outcome(violation), cause["cause"]
        text = f"{base} ({found.trigger.text})" if found.trigger.text else base
        if found.trigger.is_intermittent:
            finding = outcome.findings[0]
            finding.explanation = replace(finding.explanation, note=_INTERMITTENT)
        self._findings.append((outcome, text))
        finding_record = self._finding_record(outcome, text, stack)
        data = found.violations[0].run.case.data()
        self._report(ReportedFinding(finding_record, data, found.trigger.data(), found.seed))

    def _finding_record(self, outcome: Outcome, cause: str, stack: TransportStack) -> dict[str, Any]:
        redact = self._mask.for_display
        builder = EntryBuilder(
            stack.target, stack.evidence, redact, connection=connection_data(self.settings)
        )
        entry = builder.build(outcome)
        text = redact(cause)
        content = record(
            self._outcomes.masked_settings, [outcome], [entry], RunEnd(datetime.now(UTC)), redact
        )
        content["causes"] = [{"cause": text, "primary": outcome.requirement.id, "related": []}]
        for finding in entry["findings"]:
            finding["cause"] = text
            folder = self.settings.output.parent / FOLDER / Description(content, entry, finding, 1).id
            finding["rerun"] = f"sh {shlex.quote(redact(str(folder / SCRIPT)))}"
        return content


def _outcome(violation: Violation) -> Outcome:
    verdict = violation_verdict(violation.requirement, confirmed=True)
    return Outcome(violation.requirement, verdict, 1, findings=(violation.finding,))
