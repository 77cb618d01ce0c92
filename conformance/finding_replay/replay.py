"""Replay of several findings at one target, with the preflight, the limits and the clean-up of a run."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.engine.session.run_session import RunSession
from conformance.finding_replay.attempt import Attempt, IncompleteAttemptError
from conformance.finding_replay.check_decision import checks_for, decide
from conformance.finding_replay.finding_file import RecordedFinding
from conformance.finding_replay.finding_status import Status
from conformance.finding_replay.judgement import READER_NEEDED, Judgement, judge
from conformance.results.body_text import request_line, response_line
from conformance.runtime.shutdown import INTERRUPTION
from conformance.runtime.versions import suite_versions
from conformance.testkit.api_client import ApiClient
from conformance.transport.stack import TransportStack
from conformance.transport.throttling import RunStoppedError
from reports.presentation.sanitize import escape_unprintable
from reports.records import exit_codes

_ATTEMPTS: Final = 2  # a finding is gone if none of them shows it
_RACE_ATTEMPTS: Final = 5  # of a finding that depends on timing
_MAX_CONCURRENT: Final = 8
_NOTES: Final = ("clean-up: ", "connection: TLS")  # of a completed replay; the others are about its preflight
_BY_CHECK: Final = "decided by the check of the requirement"
_LOGGED: Final = "its requests have valid credentials where servers log them: --allow-logged-credentials"


@dataclass(frozen=True)
class FindingResult:
    """What a replay shows about one finding."""

    finding: RecordedFinding
    judgement: Judgement
    attempts: int = 0
    sent: str = ""
    received: str = ""

    @property
    def status(self) -> Status:
        """Return the status of the finding."""
        return self.judgement.status

    @property
    def entry(self) -> dict[str, Any]:
        """Return the result for the record."""
        finding = self.finding
        return {
            "id": finding.id,
            "requirement": finding.requirement,
            "level": finding.level,
            "sentence": finding.sentence,
            "status": str(self.status),
            "reason": self.judgement.reason,
            "attempts": self.attempts,
            "problem": finding.texts["problem"],
            "expected": finding.texts["expected"],
            "recorded": finding.texts["received"],
            "sent": self.sent,
            "received": self.received,
            "folder": str(finding.folder),
        }


Listener = Callable[[FindingResult], None]


def replay_findings(
    settings: Settings,
    findings: Sequence[RecordedFinding],
    listener: Listener,
    problems: Mapping[Path, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Replay findings and return the record; the listener receives each result in the order of the findings.

    The findings are undecided if the preflight fails or the replay is stopped, and so are those that cannot
    be read: `problems` are the reasons, by file.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    session = RunSession(settings)
    results: list[FindingResult] = []
    checks = checks_for(settings, findings)
    with session.open([*checks.values()]) as can_run:
        for result in _results(session.stack, settings.prefix, findings) if can_run else ():
            results.append(result)
            if result.finding.requirement not in checks:
                listener(result)
        for number, result in enumerate(results):
            if result.finding.requirement in checks:
                results[number] = _decided(result, decide(session, checks[result.finding.requirement]))
                listener(results[number])
    reason = next(iter(session.record["notes"]), "not sent")
    results += [_undecided(finding, reason) for finding in findings[len(results) :]]
    entries = [result.entry for result in results]
    entries += [_unreadable_entry(file, problem) for file, problem in problems.items()]
    return {
        "suite": suite_versions(),
        "target": session.record["target"],
        "started": started.isoformat(),
        "seconds": round(time.perf_counter() - clock, 3),
        "requests": session.record["requests"],
        "exit_code": _exit_code(session.record, {entry["status"] for entry in entries}),
        "counts": {str(status): 0 for status in Status} | Counter(entry["status"] for entry in entries),
        "findings": entries,
        "notes": [note for note in session.record["notes"] if not can_run or note.startswith(_NOTES)],
        "leftovers": session.record["leftovers"],
    }


def _results(
    stack: TransportStack, prefix: str, findings: Sequence[RecordedFinding]
) -> Iterator[FindingResult]:
    """Yield the result of each finding in their order; several are replayed at the same time."""
    with ThreadPoolExecutor(min(_MAX_CONCURRENT, stack.limits.concurrency)) as pool:
        yield from pool.map(_replay, repeat(stack), repeat(prefix), findings)


def _replay(stack: TransportStack, prefix: str, finding: RecordedFinding) -> FindingResult:
    """Send a finding until it is present, or until no attempt is left."""
    if not stack.target.allow_logged_credentials and any(
        step.needs_logged_credentials for step in finding.steps
    ):
        return _undecided(finding, _LOGGED)
    results = []
    for number in range(1, (_RACE_ATTEMPTS if finding.is_race else _ATTEMPTS) + 1):
        if INTERRUPTION.requested:
            return _undecided(finding, "interrupted: the replay was stopped")
        api = ApiClient(stack, prefix, f"replay of {finding.id}", number)
        results.append(_attempt(api, finding, number))
        if results[-1].status in {Status.PRESENT, Status.UNDECIDED}:
            return results[-1]
    return next((result for result in results if result.status is Status.CHANGED), results[-1])


def _attempt(api: ApiClient, finding: RecordedFinding, number: int) -> FindingResult:
    attempt = Attempt(api, finding, number)
    try:
        try:
            attempt.send()
        finally:
            attempt.delete_created()
    except RunStoppedError as error:
        judgement = Judgement(Status.UNDECIDED, str(error))
    except IncompleteAttemptError as error:
        judgement = Judgement(error.status, str(error))
    else:
        judgement = judge(finding, attempt)
    if not attempt.exchanges:
        return FindingResult(finding, judgement, number)
    last, show = attempt.exchanges[-1], api.transport.secret_mask.for_display
    return FindingResult(finding, judgement, number, show(request_line(last)), show(response_line(last)))


def _decided(result: FindingResult, status: Status) -> FindingResult:
    """Return a result that the assertion left undecided with the status that the check decided."""
    if result.judgement.reason != READER_NEEDED or status is Status.UNDECIDED:
        return result
    return replace(result, judgement=Judgement(status, "" if status is Status.GONE else _BY_CHECK))


def _undecided(finding: RecordedFinding, reason: str) -> FindingResult:
    return FindingResult(finding, Judgement(Status.UNDECIDED, reason))


def _unreadable_entry(file: Path, problem: str) -> dict[str, Any]:
    """Return the entry of a finding that cannot be read."""
    texts = dict.fromkeys(("problem", "expected", "recorded", "sent", "received"), "")
    return {
        "id": escape_unprintable(file.parent.name),
        "requirement": "",
        "level": "",
        "sentence": "",
        "status": str(Status.UNDECIDED),
        "reason": problem,
        "attempts": 0,
        **texts,
        "folder": str(file.parent),
    }


def _exit_code(record: Mapping[str, Any], statuses: AbstractSet[str]) -> int:
    """Return the exit code: that of a session that did not complete, or that of the results."""
    code = record["exit_code"]
    return exit_codes.most_severe(
        {
            **{
                name: code == name
                for name in (exit_codes.INTERRUPTED, exit_codes.INTERNAL_ERROR, exit_codes.USAGE_ERROR)
            },
            exit_codes.NONCONFORMANT: Status.PRESENT in statuses,
            exit_codes.INCONCLUSIVE: bool(statuses & {Status.CHANGED, Status.UNDECIDED}),
            exit_codes.CLEANUP_INCOMPLETE: bool(record["leftovers"]) and not record["leftovers_allowed"],
        }
    )
