"""Aggregation of the rounds of a fuzz campaign: findings accumulate, and each root cause is reported once.

Each round generates different values, which show the same root cause again. A finding is therefore new by its
root cause, not by its request. A decision of one round stands even if another round had no time to decide the
requirement; only an unreachable target overrides it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reports.presentation import waiver_messages
from reports.records import merge, merged_measurements
from reports.records.exit_codes import INCONCLUSIVE, INTERRUPTED, USAGE_ERROR, VERDICTS, most_severe
from reports.records.overall_status import overall_status, with_overall_status
from reports.records.record_compatibility import Record

_TRUNCATED: Final = frozenset({"budget", "cut-short", "interrupted", "size", "time"})  # reason codes
_MAX_ROUNDS: Final = 500  # in the history
_MAX_DISCOVERIES: Final = 1_000
_MAX_POINTS: Final = 400  # of the progress
_UNOBSERVED: Final = frozenset({"no-active-session", "not-observed"})  # reason codes
_UNREACHABLE: Final = frozenset({"busy", "outage", "unavailable"})  # reason codes


@dataclass(frozen=True)
class NewFindings:
    """Findings of a round that no earlier round had."""

    causes: tuple[Mapping[str, Any], ...] = ()
    related: tuple[
        tuple[str, str], ...
    ] = ()  # further requirements that a known cause violates, and the cause
    errors: tuple[str, ...] = ()  # requirements with an internal error

    def __bool__(self) -> bool:
        return bool(self.causes or self.related or self.errors)

    @property
    def violated(self) -> frozenset[str]:
        """Return the requirements with a new finding."""
        new = (name for cause in self.causes for name in (cause["primary"], *cause["related"]))
        return frozenset(new).union(name for name, _ in self.related)


@dataclass
class _ReportedCause:
    """A reported root cause: the requirements that it violates, and whether any of them failed."""

    violated: set[str] = field(default_factory=set)
    failed: bool = False


class _History:
    """The rounds of a campaign; of a long one, those with new findings and a part of the others."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._stride = 1
        self._added = 0

    def add(self, entry: dict[str, Any]) -> None:
        """Add a round unless it is left out."""
        if entry["new_findings"] or self._added % self._stride == 0:
            self.entries.append(entry)
        self._added += 1
        if len(self.entries) >= _MAX_ROUNDS:
            self._stride *= 2
            others = [entry for entry in self.entries[1:] if not entry["new_findings"]]
            dropped = set(map(id, others[::2]))
            self.entries = [entry for entry in self.entries if id(entry) not in dropped][-_MAX_ROUNDS:]


class RoundAggregate:
    """All rounds so far as one record, whose size does not grow with their number."""

    def __init__(self) -> None:
        self._reported: dict[str, _ReportedCause] = {}
        self._reported_errors: set[str] = set()
        self._record: dict[str, Any] = {}
        self._notes: list[str] = []
        self._history = _History()
        self._discoveries: list[dict[str, Any]] = []
        self._observed: set[str] = set()  # requirements with an observation
        self._progress: list[dict[str, Any]] = []
        self.value_classes: Mapping[str, int] = {}  # their number by operation and member
        self.count = 0

    @property
    def findings(self) -> int:
        """Return the number of distinct findings."""
        return len(self._reported)

    def add(self, record: Record, *, seconds: float = 0.0) -> NewFindings:
        """Add a round that ended so many seconds after the start of the campaign; return its new findings."""
        news = self._news(record)
        self._remember(news, record)
        self._record = _combined(self._record, record, news) if self._record else {**record}
        if record["exit_code"] != USAGE_ERROR:
            self.count += 1
            self._add_to_history(record, news, round(seconds, 3))
        return news

    def add_finding(self, record: Record, *, seed: int, seconds: float) -> NewFindings:
        """Add the record of one confirmed finding of a round that goes on; return what is new of it."""
        news = self._news(record)
        self._remember(news, record)
        self._record = _combined(self._record, record, news) if self._record else {**record}
        self._add_discoveries(news, seed, round(seconds, 3))
        return news

    @property
    def current_record(self) -> Record:
        """Return the record of all rounds and findings so far, without the data of the campaign."""
        return self._record

    def add_example(self, record: Record) -> None:
        """Add the record of a smaller case of a finding that a run of all checks has reported."""
        [cause] = record["causes"]
        news = NewFindings(related=((cause["primary"], cause["cause"]),))
        self._record = _combined(self._record, {**record, "causes": []}, news)

    def violated(self) -> frozenset[str]:
        """Return the requirements that the reported findings violate."""
        return frozenset().union(*(reported.violated for reported in self._reported.values()))

    def add_progress(self, *, seconds: float, requests: int, features: int) -> None:
        """Add a point to the curve of the features that were new."""
        point = {
            "seconds": round(seconds, 3),
            "requests": requests,
            "features": features,
            "findings": self.findings,
        }
        self._progress.append(point)
        if len(self._progress) >= _MAX_POINTS:
            del self._progress[1:-1:2]

    def _add_to_history(self, record: Record, news: NewFindings, seconds: float) -> None:
        self._observed.update(entry["id"] for entry in record["requirements"] if entry["observations"])
        self._history.add(
            {
                "seed": record["seed"],
                "seconds": seconds,
                "requests": record["requests"],
                "status": overall_status(record),
                "new_findings": len(news.causes),
                "observed": len(self._observed),
            }
        )
        self._add_discoveries(news, record["seed"], seconds)

    def _add_discoveries(self, news: NewFindings, seed: int | None, seconds: float) -> None:
        free = _MAX_DISCOVERIES - len(self._discoveries)
        self._discoveries += [
            {
                "requirement": cause["primary"],
                "cause": cause["cause"],
                "seed": seed,
                "seconds": seconds,
            }
            for cause in news.causes[:free]
        ]

    def observe(self, requirements: Iterable[str]) -> int:
        """Count requirements as observed, and return the number of all."""
        self._observed.update(requirements)
        return len(self._observed)

    def note(self, text: str) -> None:
        """Add a note about a round to the record."""
        self._notes.append(text)

    def note_evidence(self, name: str, news: NewFindings) -> None:
        """Note which round has the evidence of the new findings."""
        requirements = ", ".join(sorted(news.violated.union(news.errors)))
        text = f": exchange numbers of {requirements} refer to its evidence" if requirements else " is kept"
        self.note(f"{name}{text}")

    def record(self, *, seconds: float, interrupted: bool, stalled: bool) -> dict[str, Any]:
        """Return the record of all rounds; `stalled` if a round could not start."""
        record = self._record
        code = most_severe({INTERRUPTED: interrupted, INCONCLUSIVE: stalled, record["exit_code"]: True})
        complete = {
            **record,
            "campaign": {
                "rounds": self.count,
                "findings": self.findings,
                "discoveries": self._discoveries,
                "history": self._history.entries,
                **({"progress": self._progress} if self._progress else {}),
                **({"value_classes": dict(self.value_classes)} if self.value_classes else {}),
            },
            "verdict": VERDICTS[code],
            "exit_code": code,
            "seconds": round(seconds, 3),
            "notes": [*record["notes"], *self._notes],
            "footer": {
                **record["footer"],
                "complete": record["footer"]["complete"] and not interrupted,
                "evidence": None,
            },
        }
        return with_overall_status(complete)

    def _news(self, record: Record) -> NewFindings:
        entries = {entry["id"]: entry for entry in record["requirements"]}
        causes, related = [], []
        for cause in record["causes"]:
            reported = self._reported.get(cause["cause"])
            failed = entries[cause["primary"]]["verdict"] == "failed"
            if reported is None or (failed and not reported.failed):
                causes.append(cause)
            else:
                names = (cause["primary"], *cause["related"])
                related += [(name, cause["cause"]) for name in names if name not in reported.violated]
        errors = (entry["id"] for entry in record["requirements"] if entry["verdict"] == "error")
        new_errors = tuple(name for name in errors if name not in self._reported_errors)
        return NewFindings(tuple(causes), tuple(related), new_errors)

    def _remember(self, news: NewFindings, record: Record) -> None:
        entries = {entry["id"]: entry for entry in record["requirements"]}
        for cause in news.causes:
            reported = self._reported.setdefault(cause["cause"], _ReportedCause())
            reported.violated.update((cause["primary"], *cause["related"]))
            reported.failed = reported.failed or entries[cause["primary"]]["verdict"] == "failed"
        for identifier, text in news.related:
            self._reported[text].violated.add(identifier)
        self._reported_errors.update(news.errors)


def target_went_away(record: Record) -> bool:
    """Return whether the target became unreachable during a round."""
    return any(
        entry["verdict"] == "inconclusive" and _reason_code(entry) in _UNREACHABLE
        for entry in record["requirements"]
    )


def _combined(total: Record, record: Record, news: NewFindings) -> dict[str, Any]:
    """Return the record of the earlier rounds and one more."""
    both = (total, record)
    entries = list(_entries(total, record, news))
    verdicts = {entry["id"]: entry["verdict"] for entry in entries}
    waivers = merge.merged_waivers(both, verdicts, whole=True)
    lapsed = waiver_messages.failing_waiver_lines(waivers)
    code = merge.exit_code(both, entries, lapsed=lapsed, whole=True)
    return {
        **total,
        "property_based_only": total["property_based_only"] and record["property_based_only"],
        "exit_code": code,
        "verdict": VERDICTS[code],
        "requests": total["requests"] + record["requests"],
        "requirements": entries,
        "causes": merge.causes(both, verdicts),
        "waivers": waivers,
        "leftovers": [*total["leftovers"], *record["leftovers"]],
        "latency": merged_measurements.latency(both),
        "timeline": merged_measurements.timeline(both),
        "cpu_seconds": merged_measurements.phases(both),
        "counts": merge.verdict_counts(verdicts),
        "footer": {
            "complete": total["footer"]["complete"] and record["footer"]["complete"],
            "requirements": len(entries),
            "exchanges": total["footer"]["exchanges"] + record["footer"]["exchanges"],
            "evidence": None,
        },
    }


def _entries(total: Record, record: Record, news: NewFindings) -> Iterator[dict[str, Any]]:
    """Yield the combined entry of each requirement, in the order of the first round."""
    latest = {entry["id"]: entry for entry in record["requirements"]}
    for entry in total["requirements"]:
        other = latest.pop(entry["id"], None)
        yield _joined(entry, other, new=entry["id"] in news.violated) if other else entry
    yield from latest.values()


def _joined(one: Mapping[str, Any], other: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    lowest = min(_uncertainty(one), _uncertainty(other))
    decided = [entry for entry in (one, other) if _uncertainty(entry) == lowest]
    worst = max(decided, key=lambda entry: merge.WORSENING.index(entry["verdict"]))
    return {
        **worst,
        "observations": one["observations"] + other["observations"],
        "seconds": round(one["seconds"] + other["seconds"], 3),
        "findings": [*one["findings"], *(other["findings"] if new else ())],
    }


def _uncertainty(entry: Mapping[str, Any]) -> int:
    """Return 0 for a decided entry, 1 for an undecided one, 2 without observations, 3 if it was cut short.

    An entry that is not applicable has no observations either, but a round that could have made them decides
    this. A round with generated requests alone, which cannot, does not change it.
    """
    undecided = entry["verdict"] == "inconclusive" and _reason_code(entry) not in _UNREACHABLE
    if undecided and _reason_code(entry) in _TRUNCATED:
        return 3
    if undecided and _reason_code(entry) in _UNOBSERVED:
        return 2
    return int(undecided or merge.is_unobserved(entry))


def _reason_code(entry: Mapping[str, Any]) -> str:
    """Return the code that the reason of an entry begins with."""
    return str(entry["reason"] or "").partition(":")[0]
