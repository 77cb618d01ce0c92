"""Rounds of one exploration put together: what any of them found stands, and each cause is told once.

A round draws other values than the one before, and shows the same misbehaviour once more with each of them.
So a finding is new by its cause, not by what was sent. What one round decided stands, whatever another had
no time for; only where the target itself went away does that count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reports.presentation import waiver_messages
from reports.records import merge
from reports.records.exit_codes import INCONCLUSIVE, INTERRUPTED, UNUSABLE, VERDICTS, gravest
from reports.records.merge import Record

_CUT: Final = frozenset({"budget", "cut-short", "interrupted", "size", "time"})  # codes: it came to no end
_GONE: Final = frozenset({"busy", "outage"})  # codes of reasons: the target is not there any more


@dataclass(frozen=True)
class News:
    """What a round found that no round before it did."""

    causes: tuple[Mapping[str, Any], ...] = ()
    besides: tuple[tuple[str, str], ...] = ()  # requirements that a known cause breaks as well, and the cause
    errors: tuple[str, ...] = ()  # requirements that the suite could not decide, by a mistake of its own

    def __bool__(self) -> bool:
        return bool(self.causes or self.besides or self.errors)

    @property
    def broken(self) -> frozenset[str]:
        """Return the requirements that have a finding to be kept."""
        named = (each for cause in self.causes for each in (cause["lead"], *cause["others"]))
        return frozenset(named).union(each for each, _ in self.besides)


@dataclass
class _Known:
    """A cause that was told: the requirements that it breaks, and whether any of them failed for it."""

    broken: set[str] = field(default_factory=set)
    failed: bool = False


class Rounds:
    """All rounds so far, as one record; what it takes does not grow with them."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._erred: set[str] = set()
        self._whole: dict[str, Any] = {}
        self._notes: list[str] = []
        self.number = 0

    @property
    def findings(self) -> int:
        """Return how many findings there are that are unlike each other."""
        return len(self._known)

    def add(self, record: Record) -> News:
        """Take one more round into account, and return what is new in it."""
        news = self._news(record)
        self._learn(news, record)
        self._whole = _together(self._whole, record, news) if self._whole else {**record}
        self.number += record["exit_code"] != UNUSABLE
        return news

    def note(self, text: str) -> None:
        """Note what a reader should know of a round."""
        self._notes.append(text)

    def keep(self, name: str, news: News) -> None:
        """Note which round holds the evidence of what it found."""
        named = sorted(news.broken.union(news.errors))
        told = f": its evidence numbers the exchanges of {', '.join(named)}" if named else " is kept"
        self.note(f"{name}{told}")

    def record(self, *, seconds: float, interrupted: bool, stalled: bool) -> dict[str, Any]:
        """Return the record of all of them; `stalled` where a round could not even start."""
        whole = self._whole
        code = gravest({INTERRUPTED: interrupted, INCONCLUSIVE: stalled, whole["exit_code"]: True})
        return {
            **whole,
            "exploration": {"rounds": self.number, "findings": self.findings},
            "verdict": VERDICTS[code],
            "exit_code": code,
            "seconds": round(seconds, 3),
            "notes": [*whole["notes"], *self._notes],
            "footer": {
                **whole["footer"],
                "complete": whole["footer"]["complete"] and not interrupted,
                "evidence": None,
            },
        }

    def _news(self, record: Record) -> News:
        entries = {each["id"]: each for each in record["requirements"]}
        causes, besides = [], []
        for cause in record["causes"]:
            known = self._known.get(cause["cause"])
            failed = entries[cause["lead"]]["verdict"] == "failed"
            if known is None or (failed and not known.failed):
                causes.append(cause)
            else:
                named = (cause["lead"], *cause["others"])
                besides += [(each, cause["cause"]) for each in named if each not in known.broken]
        erred = (each["id"] for each in record["requirements"] if each["verdict"] == "error")
        return News(tuple(causes), tuple(besides), tuple(each for each in erred if each not in self._erred))

    def _learn(self, news: News, record: Record) -> None:
        entries = {each["id"]: each for each in record["requirements"]}
        for cause in news.causes:
            known = self._known.setdefault(cause["cause"], _Known())
            known.broken.update((cause["lead"], *cause["others"]))
            known.failed = known.failed or entries[cause["lead"]]["verdict"] == "failed"
        for identifier, what in news.besides:
            self._known[what].broken.add(identifier)
        self._erred.update(news.errors)


def gone(record: Record) -> bool:
    """Tell whether the target went away in the midst of a round."""
    return any(each["verdict"] == "inconclusive" and _code(each) in _GONE for each in record["requirements"])


def _together(whole: Record, record: Record, news: News) -> dict[str, Any]:
    """Return the record of one more round in addition."""
    both = (whole, record)
    entries = list(_entries(whole, record, news))
    verdicts = {each["id"]: each["verdict"] for each in entries}
    excuses = merge.excused(both, verdicts, whole=True)
    lapsed = waiver_messages.failing(excuses)
    code = merge.exit_code(both, entries, lapsed=lapsed, whole=True)
    return {
        **whole,
        "exploring": whole["exploring"] and record["exploring"],
        "exit_code": code,
        "verdict": VERDICTS[code],
        "requests": whole["requests"] + record["requests"],
        "requirements": entries,
        "causes": merge.causes(both, verdicts),
        "waivers": excuses,
        "leftovers": [*whole["leftovers"], *record["leftovers"]],
        "latency": merge.latency(both),
        "timeline": merge.timeline(both),
        "phases": merge.phases(both),
        "counts": merge.counts(verdicts),
        "footer": {
            "complete": whole["footer"]["complete"] and record["footer"]["complete"],
            "requirements": len(entries),
            "exchanges": whole["footer"]["exchanges"] + record["footer"]["exchanges"],
            "evidence": None,
        },
    }


def _entries(whole: Record, record: Record, news: News) -> Iterator[dict[str, Any]]:
    """Yield what became of each requirement, in the order of the first round."""
    other = {each["id"]: each for each in record["requirements"]}
    for each in whole["requirements"]:
        again = other.pop(each["id"], None)
        yield _joined(each, again, new=each["id"] in news.broken) if again else each
    yield from other.values()


def _joined(one: Mapping[str, Any], other: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    surest = min(_doubt(one), _doubt(other))
    decided = [each for each in (one, other) if _doubt(each) == surest]
    worst = max(decided, key=lambda each: merge.BADNESS.index(each["verdict"]))
    return {
        **worst,
        "observations": one["observations"] + other["observations"],
        "seconds": round(one["seconds"] + other["seconds"], 3),
        "findings": [*one["findings"], *(other["findings"] if new else ())],
    }


def _doubt(entry: Mapping[str, Any]) -> int:
    """Return how little a round has to say: nothing that it saw or could decide, or it was cut short."""
    undecided = entry["verdict"] == "inconclusive" and _code(entry) not in _GONE
    if undecided and _code(entry) in _CUT:
        return 2
    return int(undecided or merge.unseen(entry))


def _code(entry: Mapping[str, Any]) -> str:
    """Return the word for programs that its reason begins with."""
    return str(entry["reason"] or "").partition(":")[0]
