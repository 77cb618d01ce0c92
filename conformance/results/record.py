"""The record of a run: outcomes as results.json holds them, without any secret."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.evidence.evidence_file import Evidence
from conformance.evidence.header import options
from conformance.evidence.traffic_stats import Traffic
from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON, parsed
from conformance.redaction.redactor import Redaction
from conformance.results import waivers
from conformance.results.curl import reproduction
from conformance.results.exchange_view import shown
from conformance.results.root_causes import causes
from conformance.results.verdict import Finding, Outcome, Verdict
from conformance.runtime import cpu_time
from conformance.runtime.tracebacks import trace
from conformance.runtime.versions import suite
from conformance.transport.resources.ownership import Leftover
from reports.presentation.sanitize import inert
from reports.presentation.waiver_messages import failing
from reports.records import exit_codes
from spec.catalogue import Level

_NO_EXCEPTION: Final = "The documentation states it without exception."
_LONG_TEXT: Final = 60  # characters of a text that a finding shows; then its length
_LONGEST: Final = 2_000  # characters of a JSON body
_LONGEST_TEXT: Final = 300  # characters of any other body


@dataclass(frozen=True)
class Ending:
    """How a run ended, and what it leaves behind."""

    started: datetime
    seconds: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)
    evidence: str | None = None  # SHA-256 of its lines
    leftovers: Sequence[Leftover] = ()
    leftovers_allowed: bool = False
    interrupted: bool = False
    problem: str | None = None  # why it did not even start
    broken: bool = False  # whether that is a mistake of ours
    notes: Sequence[str] = ()
    trace: Sequence[str] = ()  # of a mistake of ours: what it was, and where


def exit_code(
    outcomes: Iterable[Outcome],
    ending: Ending,
    *,
    strict: bool,
    lapsed: Sequence[str] = (),
    read_only: bool = False,
) -> int:
    """Return the exit code of a run; where several apply: 130, 4, 2, 1, 3, 5.

    `lapsed` are the waivers that are not needed any more, or whose time is over.
    """
    all_of_them = list(outcomes)
    reached = [
        each for each in all_of_them if not (read_only and exit_codes.out_of_reach(each.verdict, each.reason))
    ]
    given = {(outcome.verdict, outcome.requirement.level) for outcome in reached}
    verdicts = {verdict for verdict, _ in given}
    applies = {
        exit_codes.INTERRUPTED: ending.interrupted,
        exit_codes.BROKEN: ending.broken or Verdict.ERROR in verdicts,
        exit_codes.UNUSABLE: ending.problem is not None,
        exit_codes.FAILS: bool(lapsed)
        or Verdict.FAILED in verdicts
        or (strict and Verdict.WARNED in verdicts),
        exit_codes.INCONCLUSIVE: (Verdict.INCONCLUSIVE, Level.MUST) in given
        or (bool(all_of_them) and verdicts <= {Verdict.NOT_APPLICABLE}),
        exit_codes.LEFT: bool(ending.leftovers) and not ending.leftovers_allowed,
    }
    return exit_codes.gravest(applies)


def record(
    settings: Settings,
    outcomes: Sequence[Outcome],
    entries: Sequence[Any],
    ending: Ending,
    redactor: Redaction,
) -> dict[str, Any]:
    """Return the run as results.json holds it."""
    excuses = waivers.told(settings, outcomes, ending.started)
    lapsed = failing(excuses)
    target, chosen = settings.target, options(settings)
    paths = chosen["base_paths"]
    code = exit_code(outcomes, ending, strict=settings.strict, lapsed=lapsed, read_only=target.read_only)
    return {
        "schema_version": 1,
        "suite": suite(),
        "target": {"origin": redactor(target.origin), "reference": target.reference},
        "profiles": list(target.profiles),
        "effort": str(settings.effort),
        "seed": settings.seed,
        "select": redactor(settings.select),
        "shard": settings.shard and asdict(settings.shard),
        "exploring": settings.exploring,
        "options": {**chosen, "base_paths": {name: redactor(path) for name, path in paths.items()}},
        "strict": settings.strict,
        "read_only": target.read_only,
        "prefix": settings.prefix,
        "started": ending.started.isoformat(),
        "verdict": exit_codes.VERDICTS[code],
        "exit_code": code,
        "requests": ending.traffic.exchanges,
        "seconds": round(ending.seconds, 3),
        "requirements": list(entries),
        "causes": [{**each, "cause": redactor(each["cause"])} for each in causes(outcomes)],
        "waivers": [{**each, "reason": redactor(each["reason"])} for each in excuses],
        "notes": [
            redactor(note)
            for note in (*filter(None, [ending.problem]), *lapsed, *_part(settings), *ending.notes)
        ],
        "leftovers": [
            {"collection": each.collection, "id": redactor(each.id), "name": redactor(each.name)}
            for each in ending.leftovers
        ],
        "leftovers_allowed": ending.leftovers_allowed,
        "latency": ending.traffic.latency(),
        "timeline": ending.traffic.timeline(),
        "phases": cpu_time.spent(),
        "counts": _counts(outcomes),
        **({"trace": list(ending.trace)} if ending.trace else {}),
        "footer": {
            "complete": not ending.interrupted and ending.problem is None,
            "requirements": len(entries),
            "exchanges": ending.traffic.exchanges,
            "evidence": ending.evidence,
        },
    }


def lacking(record: Mapping[str, Any], problems: Sequence[str]) -> dict[str, Any]:
    """Return a record that says what could not be written of it: the suite's own error."""
    code = exit_codes.gravest({record["exit_code"]: True, exit_codes.BROKEN: True})
    return {
        **record,
        "verdict": exit_codes.VERDICTS[code],
        "exit_code": code,
        "notes": [*problems, *record["notes"]],
        "footer": {**record["footer"], "complete": False},
    }


def _part(settings: Settings) -> Iterator[str]:
    if settings.shard:
        named = f"shard {settings.shard.number} of {settings.shard.of}"
        yield f"{named}: this is the verdict on a part; `conformance report` puts the parts together"


def _counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    counts = dict.fromkeys(map(str, Verdict), 0)
    for outcome in outcomes:
        counts[outcome.verdict] += 1
    return counts


@dataclass(frozen=True)
class Entries:
    """Makes the entries of one record."""

    target: Target
    evidence: Evidence
    redactor: Redaction
    senders: Mapping[str, str] = field(default_factory=dict)  # requirement by name of the check that sends
    options: tuple[str, ...] = ()  # how the run was asked to go about it

    def entry(self, outcome: Outcome) -> dict[str, Any]:
        """Return what the record says of one requirement."""
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
            "findings": [self._finding(outcome, each) for each in outcome.findings],
            **({"trace": trace(outcome.error, self.redactor)} if outcome.error else {}),
        }

    def _finding(self, outcome: Outcome, finding: Finding) -> dict[str, Any]:
        exchange = finding.exchange
        creator = self.evidence.creator(exchange)
        told = (step for step in (*finding.told, creator, exchange) if step is not None)
        steps = {step.number: step for step in sorted(told, key=lambda step: step.number)}
        reading = outcome.requirement.reading
        return {
            "sent": self.redactor(sent(exchange)),
            "expected": self.redactor(finding.expected),
            "received": self.redactor(received(exchange)),
            "why": self.redactor(finding.why or reading or _NO_EXCEPTION),
            "curl": self.redactor(reproduction(self.target, exchange, creator)),
            "again": self.redactor(self._again(outcome.requirement.id, exchange)),
            "flaky": outcome.flaky,
            "exchanges": list(steps),
            "steps": [shown(step, self.redactor) for step in steps.values()],
        }

    def _again(self, identifier: str, exchange: Exchange) -> str:
        """Return the command that shows it again: with the check that sent it, where another judged it."""
        where = self.target.flaws if self.target.reference else ("--target", self.target.origin)
        sender = self.senders.get(exchange.origin.check, identifier)
        selected = ",".join(dict.fromkeys((identifier, sender)))
        return " ".join(("conformance run", *where, *self.options, "--select", selected))


def sent(exchange: Exchange) -> str:
    """Return what was sent on one line."""
    request = exchange.request
    credential = "" if request.credential.label == "good credentials" else f" with {request.credential.label}"
    body = f" {_short(request.body)}" if request.body else ""
    return f"{request.method} {request.target}{credential}{body}"


def received(exchange: Exchange) -> str:
    """Return what was received on one line."""
    response = exchange.response
    if response is None:
        return f"no answer: {exchange.failure}"
    kind = (
        "" if response.media_type == "application/json" else f" ({response.media_type or 'no Content-Type'})"
    )
    return f"{response.status}{kind} {_short(response.body)}".rstrip()


def _short(body: bytes) -> str:
    """Return a body on one line: long texts in it are cut and show their length."""
    value = parsed(body)
    if value is not NOT_JSON:
        return _cut(inert(json.dumps(_abridged(value), ensure_ascii=False)), _LONGEST)
    return _cut(inert(body.decode("utf-8", "backslashreplace")), _LONGEST_TEXT)


def _abridged(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONG_TEXT:
        return f"{value[:_LONG_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [_abridged(each) for each in value]
    if isinstance(value, dict):
        return {key: _abridged(each) for key, each in value.items()}
    return value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… and {len(text) - most} characters more"
