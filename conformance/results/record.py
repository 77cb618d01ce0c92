"""Run record: the redacted content of results.json."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.evidence.evidence_file import Evidence
from conformance.evidence.header import recorded_options
from conformance.evidence.traffic_stats import TrafficStats
from conformance.http.exchange import Exchange
from conformance.redaction.redactor import RedactFunction
from conformance.results import waivers
from conformance.results.baseline_comparison import scope_members, symptom_member
from conformance.results.body_text import Sample, request_line, response_line
from conformance.results.exchange_view import exchange_view
from conformance.results.grouping.root_causes import causes
from conformance.results.problem import members_that_matter, problem
from conformance.results.reproduction.commands import reproduction_commands
from conformance.results.reproduction.connection_options import curl_options
from conformance.results.reproduction.encoding import reproduction_data
from conformance.results.verdict import Finding, Outcome, Verdict
from conformance.runtime import cpu_time
from conformance.runtime.tracebacks import trace
from conformance.transport.resources.ownership import Leftover
from reports.presentation.sanitize import escape_unprintable, truncate
from reports.presentation.unscored_checks import unscored_text
from reports.presentation.waiver_messages import failing_waiver_lines
from reports.records import baseline, exit_codes
from reports.records.overall_status import with_overall_status
from spec.catalogue import Level, Requirement

_STATED: Final = "The documentation states it without exception."
_INHERENT: Final = "It follows from the purpose of the operation that the documentation describes."
_IMPLIED: Final = "The documentation implies it."
_UNSPECIFIED: Final = "The documentation does not specify it."
_MAX_PROBLEM: Final = 500  # characters


@dataclass(frozen=True)
class RunEnd:
    """End of a run: its times, its traffic and its leftover resources."""

    started: datetime
    seconds: float = 0.0
    traffic: TrafficStats = field(default_factory=TrafficStats)
    evidence: str | None = None  # SHA-256 of its lines
    leftovers: Sequence[Leftover] = ()
    leftovers_allowed: bool = False
    unscored: Sequence[str] = ()  # requirements whose checks ran for their requests only
    interrupted: bool = False
    problem: str | None = None  # why the run did not start
    is_internal_error: bool = False  # whether the problem is an internal error
    notes: Sequence[str] = ()
    trace: Sequence[str] = ()  # of an internal error


def decisions(outcomes: Iterable[Outcome], known: Container[str] = ()) -> list[exit_codes.Decision]:
    """Return the decisions of outcomes; `known` are the requirements that the baseline excuses."""
    return [
        exit_codes.Decision(
            outcome.verdict,
            outcome.requirement.level,
            outcome.reason,
            known=outcome.requirement.id in known,
        )
        for outcome in outcomes
    ]


def exit_code(
    decisions: Iterable[exit_codes.Decision],
    run_end: RunEnd,
    *,
    strict: bool,
    lapsed: Sequence[str] = (),
    read_only: bool = False,
) -> int:
    """Return the exit code of a run; where several apply: 130, 4, 2, 1, 3, 5.

    `lapsed` are the waivers that are no longer needed or have expired.
    """
    by_verdict = exit_codes.of_decisions(decisions, strict=strict, read_only=read_only)
    applies = {
        exit_codes.INTERRUPTED: run_end.interrupted,
        exit_codes.INTERNAL_ERROR: run_end.is_internal_error or by_verdict[exit_codes.INTERNAL_ERROR],
        exit_codes.USAGE_ERROR: run_end.problem is not None,
        exit_codes.NONCONFORMANT: bool(lapsed) or by_verdict[exit_codes.NONCONFORMANT],
        exit_codes.INCONCLUSIVE: by_verdict[exit_codes.INCONCLUSIVE],
        exit_codes.CLEANUP_INCOMPLETE: bool(run_end.leftovers) and not run_end.leftovers_allowed,
    }
    return exit_codes.most_severe(applies)


def record(
    settings: Settings,
    outcomes: Sequence[Outcome],
    entries: Sequence[Any],
    run_end: RunEnd,
    redactor: RedactFunction,
) -> dict[str, Any]:
    """Return the content of results.json."""
    waiver_entries = waivers.waiver_entries(settings, outcomes, run_end.started)
    lapsed = failing_waiver_lines(waiver_entries)
    run_options = recorded_options(settings)
    paths = run_options["base_paths"]
    rules = {"strict": settings.strict, "read_only": settings.target.read_only}
    decided = decisions(outcomes, baseline.known_ids(entries))
    code = exit_code(decided, run_end, lapsed=lapsed, **rules)
    has_known_failures = exit_codes.has_known_failures(decided, **rules)
    members = {
        "schema_version": 2,
        **scope_members(settings, redactor),
        "options": {**run_options, "base_paths": {name: redactor(path) for name, path in paths.items()}},
        "strict": settings.strict,
        "without": list(settings.target.missing_capabilities),
        "prefix": settings.prefix,
        "started": run_end.started.isoformat(),
        "verdict": exit_codes.verdict_of(code, has_known_failures=has_known_failures),
        "exit_code": code,
        "requests": run_end.traffic.exchanges,
        "seconds": round(run_end.seconds, 3),
        "requirements": list(entries),
        **({"unscored": list(run_end.unscored)} if run_end.unscored else {}),
        "causes": [{**cause, "cause": redactor(cause["cause"])} for cause in causes(outcomes)],
        "waivers": [{**waiver, "reason": redactor(waiver["reason"])} for waiver in waiver_entries],
        "notes": [
            redactor(note)
            for note in (
                *filter(None, [run_end.problem]),
                *lapsed,
                *_tls_note(settings),
                *_shard_note(settings),
                *_unscored_note(run_end.unscored),
                *run_end.notes,
            )
        ],
        "leftovers": [
            {"collection": leftover.collection, "id": redactor(leftover.id), "name": redactor(leftover.name)}
            for leftover in run_end.leftovers
        ],
        "leftovers_allowed": run_end.leftovers_allowed,
        "latency": run_end.traffic.latency(),
        "timeline": run_end.traffic.timeline(),
        "cpu_seconds": cpu_time.cpu_seconds(),
        "counts": _counts(outcomes),
        **({"trace": list(run_end.trace)} if run_end.trace else {}),
        "footer": {
            "complete": not run_end.interrupted and run_end.problem is None,
            "requirements": len(entries),
            "exchanges": run_end.traffic.exchanges,
            "evidence": run_end.evidence,
        },
    }
    if settings.baseline is not None:
        members["baseline"] = settings.baseline.summary(members)
    return with_overall_status(members)


def mark_incomplete(record: Mapping[str, Any], problems: Sequence[str]) -> dict[str, Any]:
    """Return the record of a run whose reports could not all be written, which is an internal error."""
    code = exit_codes.most_severe({record["exit_code"]: True, exit_codes.INTERNAL_ERROR: True})
    return with_overall_status(
        {
            **record,
            "verdict": exit_codes.VERDICTS[code],
            "exit_code": code,
            "notes": [*problems, *record["notes"]],
            "footer": {**record["footer"], "complete": False},
        }
    )


def _tls_note(settings: Settings) -> Iterator[str]:
    if not settings.connection.verify_tls:
        yield "connection: TLS certificates were not verified (--no-verify-tls)"


def _shard_note(settings: Settings) -> Iterator[str]:
    if settings.shard:
        shard = f"shard {settings.shard.number} of {settings.shard.of}"
        yield f"{shard}: partial result; merge with `conformance report`"


def _unscored_note(unscored: Sequence[str]) -> Iterator[str]:
    if unscored:
        yield unscored_text(unscored)


def _counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    counts = dict.fromkeys(map(str, Verdict), 0)
    for outcome in outcomes:
        counts[outcome.verdict] += 1
    return counts


@dataclass(frozen=True)
class EntryBuilder:
    """Builder of the entries of one record."""

    target: Target
    evidence: Evidence
    redactor: RedactFunction
    senders: Mapping[str, str] = field(default_factory=dict)  # requirement by name of the sending check
    options: tuple[str, ...] = ()  # command-line options of the run, for the rerun command
    connection: Mapping[str, Any] = field(default_factory=dict)  # what it uses, for the reproduction

    def build(self, outcome: Outcome) -> dict[str, Any]:
        """Return the entry of one requirement."""
        requirement = outcome.requirement
        return {
            "id": requirement.id,
            "level": str(requirement.level),
            "verdict": str(outcome.verdict),
            "reason": outcome.reason and self.redactor(outcome.reason),
            "sentence": requirement.sentence,
            "source": requirement.source,
            "operation": requirement.operation,
            "observations": outcome.observations,
            "seconds": round(outcome.seconds, 3),
            "findings": [self._finding(outcome, finding) for finding in outcome.findings],
            **{name: self.redactor(text) for name, text in symptom_member(outcome).items()},
            **({"sample": self._sample(outcome.sample)} if outcome.sample else {}),
            **({"trace": trace(outcome.error, self.redactor)} if outcome.error else {}),
        }

    def _sample(self, sample: Sample) -> dict[str, Any]:
        """Return a sample with redacted texts."""
        return {
            "exchange": sample.exchange,
            "sent": self.redactor(sample.sent),
            "received": self.redactor(sample.received),
        }

    def _finding(self, outcome: Outcome, finding: Finding) -> dict[str, Any]:
        exchange = finding.exchange
        creator = self.evidence.creator(exchange)
        exchanges = (step for step in (*finding.related_exchanges, creator, exchange) if step is not None)
        # Of requests that are sent at the same time, the failing one may have got its response first.
        ordered = sorted(exchanges, key=lambda step: (step.number == exchange.number, step.number))
        steps = {step.number: step for step in ordered}
        requirement, in_order = outcome.requirement, list(steps.values())
        focus = members_that_matter(requirement, finding)
        texts = {
            "sent": request_line(exchange, focus),
            "expected": finding.expected,
            "received": response_line(exchange, focus),
            "why": finding.explanation.why or _basis(requirement),
            "curl": reproduction_commands(
                self.target, in_order, note=finding.explanation.note, connection=curl_options(self.connection)
            ),
            "rerun": self._rerun_command(requirement.id, exchange),
        }
        entry = {
            **{name: self.redactor(text) for name, text in texts.items()},
            "flaky": outcome.flaky,
            "exchanges": list(steps),
            "steps": [exchange_view(step, self.redactor) for step in in_order],
            "reproduction": {
                **reproduction_data(self.target, finding, in_order, self.redactor),
                "connection": dict(self.connection),
            },
        }
        wrong = self.redactor(problem(requirement, finding))
        return {**({"problem": truncate(escape_unprintable(wrong), _MAX_PROBLEM)} if wrong else {}), **entry}

    def _rerun_command(self, identifier: str, exchange: Exchange) -> str:
        """Return the command that reruns the check, and the check that sent the request if another did."""
        target = (
            self.target.reference_options if self.target.is_reference else ("--target", self.target.origin)
        )
        sender = self.senders.get(exchange.origin.check, identifier)
        selected = ",".join(dict.fromkeys((identifier, sender)))
        return " ".join(("conformance run", *target, *self.options, "--select", selected))


def _basis(requirement: Requirement) -> str:
    """Return the interpretation of a requirement, or what its level is based on."""
    if requirement.level is Level.MUST:
        basis = _STATED if requirement.is_stated else _INHERENT
    else:
        basis = _IMPLIED if requirement.level is Level.SHOULD else _UNSPECIFIED
    return requirement.interpretation or basis
