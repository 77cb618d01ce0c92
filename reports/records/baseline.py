"""The baseline of a run: an earlier run, whose failures are known.

Only the requirements that the baseline decided are compared. A failure is known if the baseline has the same
one: the same requirement with the same symptom. If the runs did not send the same requests, the values in the
findings differ, and only the kind of behavior is compared.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from reports.presentation.known_failures import UNRESOLVED, WORSE, is_known
from reports.presentation.sanitize import truncate
from reports.records.setting_differences import differences

Record = Mapping[str, Any]
Entry = Mapping[str, Any]

SAME, KNOWN, BETTER, OTHER = "same", "known", "better", "other"
VERDICT, CHANGE, RUN, DIFFERENCES, ONLY_IN_BASELINE = (
    "verdict",
    "change",
    "run",
    "differences",
    "only_in_baseline",
)
RUN_MEMBERS: Final = (
    *("suite", "target", "profiles", "effort", "seed", "select", "shard", "property_based_only"),
    *("read_only", "prefix", "started"),
)
_SCOPE: Final = (
    *("suite", "target", "profiles", "effort", "seed", "select", "shard", "property_based_only"),
    "read_only",
)
# The members that determine which requests are sent.
_REQUESTS: Final = tuple(member for member in _SCOPE if member != "target")
_VIOLATED: Final = frozenset({"failed", "warned"})
_SETTLED: Final = frozenset({"passed", "not-applicable"})
_DECIDED: Final = frozenset({"passed", "failed", "warned"})
_NOT_RUN: Final = "not-run: "  # reason of a requirement that no shard decided
_MAX_IDS: Final = 5  # in a sentence
_MAX_DIFFERENCE: Final = 300  # characters
_MAX_SYMPTOM: Final = 300  # characters


@dataclass(frozen=True)
class Baseline:
    """The verdicts of an earlier run, with the symptom of each violation, by requirement."""

    run: Record  # the members of its record that determine its scope
    verdicts: Mapping[str, str]
    symptoms: Mapping[str, str]

    @classmethod
    def of(cls, record: Record, known_ids: Iterable[str]) -> "Baseline":
        """Return the baseline that a record is, with the requirements that this version knows."""
        known = frozenset(known_ids)
        entries = [entry for entry in record["requirements"] if entry["id"] in known]
        verdicts = {entry["id"]: _original_verdict(entry) for entry in entries if _is_comparable(entry)}
        symptoms = {
            entry["id"]: entry["symptom"][:_MAX_SYMPTOM]
            for entry in entries
            if entry.get("symptom") and verdicts.get(entry["id"]) in _VIOLATED
        }
        return cls({name: record.get(name) for name in RUN_MEMBERS}, verdicts, symptoms)

    @property
    def decided_ids(self) -> frozenset[str]:
        """Return the requirements that the baseline decided."""
        return frozenset(name for name, verdict in self.verdicts.items() if verdict in _DECIDED)

    def sends_same_requests_as(self, run: Record) -> bool:
        """Return whether a run with these members sends the same requests as the baseline."""
        return not any(differences(self.run, run, _REQUESTS))

    def compared(self, entry: Entry, *, same_requests: bool) -> dict[str, Any]:
        """Return the entry of a requirement with its change, unless the baseline did not test it."""
        was = self.verdicts.get(entry["id"])
        if was is None or entry["verdict"] == "error":
            return {**entry}
        same = _is_same_symptom(self.symptoms.get(entry["id"]), entry.get("symptom"), exact=same_requests)
        change = _change(was, entry["verdict"], entry["level"], same_symptom=same)
        return {**entry, "baseline": {VERDICT: was, CHANGE: change}}

    def masked(self, mask: Callable[[str], str]) -> "Baseline":
        """Return the baseline with all texts of its file masked, apart from the versions of the suite."""
        target = {**self.run["target"], "origin": mask(self.run["target"]["origin"])}
        select = self.run["select"] and mask(self.run["select"])
        symptoms = {name: mask(text) for name, text in self.symptoms.items()}
        return replace(self, run={**self.run, "target": target, "select": select}, symptoms=symptoms)

    def summary(self, record: Record) -> dict[str, Any]:
        """Return the member baseline of a record: the earlier run, and how its scope differs."""
        decided = {entry["id"] for entry in record["requirements"]}
        return {
            RUN: {**self.run},
            DIFFERENCES: _scope_differences(self.run, record),
            ONLY_IN_BASELINE: [name for name in self.verdicts if name not in decided],
        }


def known_ids(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the requirements that the baseline excuses."""
    return frozenset(entry["id"] for entry in entries if is_known(entry))


def merged_summary(records: Sequence[Record], entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Return the member baseline of several records together; None without a baseline."""
    summaries = [record["baseline"] for record in records if record.get("baseline")]
    if not summaries:
        return None
    tested = {entry["id"] for entry in entries}
    missing = [
        name
        for name in summaries[0][ONLY_IN_BASELINE]
        if name not in tested and all(name in summary[ONLY_IN_BASELINE] for summary in summaries)
    ]
    whole = {**records[0], "shard": None}
    return {
        RUN: summaries[0][RUN],
        DIFFERENCES: _scope_differences(summaries[0][RUN], whole),
        ONLY_IN_BASELINE: missing,
    }


def sentences(record: Record) -> Iterator[str]:
    """Yield what a run shows in comparison with its baseline: changes, and what was not compared."""
    baseline = record.get("baseline")
    if not baseline:
        return
    yield f"Baseline: the run that started at {baseline[RUN]['started']}."
    entries = record["requirements"]
    known = [entry["id"] for entry in entries if is_known(entry)]
    if known:
        yield f"Known failures: {_listed(known)}."
    for change, title in ((WORSE, "Worse than in the baseline"), (BETTER, "Better than in the baseline")):
        changes = [_transition(entry) for entry in entries if _has_change(entry, change)]
        if changes:
            yield f"{title}: {_listed(changes)}."
    for difference in baseline[DIFFERENCES]:
        yield f"The baseline and this run differ in {difference}."
    only_here = [entry["id"] for entry in entries if "baseline" not in entry]
    if only_here:
        yield f"Not tested or not decided in the baseline, so a failure is new: {_listed(only_here)}."
    if baseline[ONLY_IN_BASELINE]:
        yield f"Tested only in the baseline: {_listed(baseline[ONLY_IN_BASELINE])}."


def _scope_differences(run: Record, record: Record) -> list[str]:
    return [truncate(text, _MAX_DIFFERENCE) for text in differences(run, record, _SCOPE)]


def _is_comparable(entry: Entry) -> bool:
    """Return whether the baseline tested a requirement; an internal error is not a test."""
    return entry["verdict"] != "error" and not str(entry["reason"] or "").startswith(_NOT_RUN)


def _original_verdict(entry: Entry) -> str:
    """Return the verdict of a requirement without its waiver."""
    if entry["verdict"] != "waived":
        return str(entry["verdict"])
    verdict = str(entry["reason"]).removeprefix("waived: ").partition(",")[0]
    return verdict if verdict in UNRESOLVED else "passed"


def _is_same_symptom(was: str | None, now: str | None, *, exact: bool) -> bool:
    """Return whether two violations have the same symptom; a record of an older version has none."""
    if was is None or now is None:
        return True
    return was == now if exact else _area(was) == _area(now)


def _area(symptom: str) -> str:
    return symptom.partition(":")[0]


def _change(was: str, now: str, level: str, *, same_symptom: bool) -> str:
    """Return how a verdict changed."""
    if now == was:
        unresolved = KNOWN if now in UNRESOLVED else SAME
        return WORSE if now in _VIOLATED and not same_symptom else unresolved
    if now == "passed":
        return OTHER if was in _SETTLED else BETTER
    if now == "inconclusive":
        return WORSE if level == "must" and was in _SETTLED else OTHER
    if now in _VIOLATED:
        return BETTER if (was, now) == ("failed", "warned") else WORSE
    return OTHER


def _has_change(entry: Entry, change: str) -> bool:
    compared = entry.get("baseline")
    return compared is not None and compared[CHANGE] == change


def _transition(entry: Entry) -> str:
    was = entry["baseline"][VERDICT]
    changed = "another problem" if was == entry["verdict"] else f"{was} -> {entry['verdict']}"
    return f"{entry['id']} ({changed})"


def _listed(names: Sequence[str]) -> str:
    """Return the first names of a list and the number of the remaining ones."""
    more = f" and {len(names) - _MAX_IDS} more" if len(names) > _MAX_IDS else ""
    return f"{', '.join(names[:_MAX_IDS])}{more}"
