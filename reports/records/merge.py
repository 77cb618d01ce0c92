"""Merging of several records of one target: shards of a run, or runs with different selections.

The worst verdict on a requirement stands, with the findings of all records. A requirement that no record
decided is inconclusive, so a missing shard never results in conformance.
"""

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from reports.presentation import waiver_messages
from reports.presentation.known_failures import is_known
from reports.records import baseline, exit_codes
from reports.records.merged_measurements import latency, phases, timeline
from reports.records.overall_status import with_overall_status
from reports.records.plain_run import differences
from reports.records.record_compatibility import (
    COMMON_MEMBERS,
    Record,
    expect_compatible,
    missing_shards,
    record_name,
)
from spec.catalogue import Requirement

WORSENING: Final = ("passed", "not-applicable", "waived", "warned", "inconclusive", "failed", "error")
_VIOLATED: Final = frozenset({"failed", "warned"})
_UNDECIDED: Final = frozenset({"not-applicable", "inconclusive", "waived"})
_NOT_RUN: Final = "not-run: not decided by any shard"
_EXCLUSION: Final = "!"  # begins a term of a selection that excludes


def merge_records(records: Sequence[Record], requirements: Iterable[Requirement]) -> dict[str, Any]:
    """Return one record of several; `requirements` are those that they decide together."""
    expect_compatible(records)
    entries = list(_entries(records, requirements))
    verdicts = {record["id"]: record["verdict"] for record in entries}
    missing = missing_shards(records)
    whole = not missing and all(record["reason"] != _NOT_RUN for record in entries)
    waivers = merged_waivers(records, verdicts, whole=whole)
    lapsed = waiver_messages.failing_waiver_lines(waivers)
    leftovers = [record for record in records for record in record["leftovers"]]
    code = exit_code(records, entries, lapsed=lapsed, whole=whole)
    compared = baseline.merged_summary(records, entries)
    first = records[0]
    merged = {
        **{name: first[name] for name in ("schema_version", *COMMON_MEMBERS) if name in first},
        **({"baseline": compared} if compared else {}),
        **_options(records),
        "select": _select(records, entries),
        "shard": None,
        "prefix": ", ".join(dict.fromkeys(record["prefix"] for record in records)),
        "started": min(record["started"] for record in records),
        "verdict": exit_codes.verdict_of(code, has_known_failures=_has_known_failures(records, entries)),
        "exit_code": code,
        "requests": sum(record["requests"] for record in records),
        "seconds": round(sum(record["seconds"] for record in records), 3),
        "requirements": entries,
        **_unscored(records, verdicts),
        "causes": causes(records, verdicts),
        "waivers": waivers,
        "notes": [*lapsed, *missing, *_notes(records)],
        "leftovers": leftovers,
        "leftovers_allowed": all(
            record.get("leftovers_allowed") for record in records if record["leftovers"]
        ),
        "latency": latency(records),
        "timeline": timeline(records),
        "cpu_seconds": phases(records),
        "counts": verdict_counts(verdicts),
        "footer": {
            "complete": whole and all(record["footer"]["complete"] for record in records),
            "requirements": len(entries),
            "exchanges": sum(record["footer"]["exchanges"] for record in records),
            "evidence": None,
        },
    }
    return with_overall_status(merged)


def verdict_counts(verdicts: Mapping[str, str]) -> dict[str, int]:
    """Return the number of requirements by verdict."""
    counter = Counter(verdicts.values())
    return {verdict: counter[verdict] for verdict in WORSENING}


def _entries(records: Sequence[Record], requirements: Iterable[Requirement]) -> Iterator[dict[str, Any]]:
    """Yield the entries of the requirements in order, decided or not, and then all other decided ones."""
    decided: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        for entry in record["requirements"]:
            decided.setdefault(entry["id"], []).append(entry)
    for requirement in requirements:
        entries = decided.pop(requirement.id, None)
        yield _worst(entries) if entries else _not_run(requirement)
    yield from map(_worst, decided.values())


def _worst(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the worst entry of a requirement with the findings of all; unobserved entries do not count."""
    observed = [entry for entry in entries if not is_unobserved(entry)] or entries
    worst = max(observed, key=lambda entry: (WORSENING.index(entry["verdict"]), not is_known(entry)))
    findings = {
        json.dumps(finding, sort_keys=True): finding for entry in entries for finding in entry["findings"]
    }
    return {
        **worst,
        "observations": sum(entry["observations"] for entry in entries),
        "seconds": round(sum(entry.get("seconds", 0.0) for entry in entries), 3),
        "findings": list(findings.values()),
    }


def is_unobserved(entry: Mapping[str, Any]) -> bool:
    """Return whether a record did not exercise the requirement; another record may."""
    empty = entry["verdict"] in _UNDECIDED and not entry["findings"] and entry["observations"] == 0
    return empty and "not-observed: " in (entry["reason"] or "")


def _not_run(requirement: Requirement) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "level": str(requirement.level),
        "verdict": "inconclusive",
        "reason": _NOT_RUN,
        "sentence": requirement.sentence,
        "source": requirement.source,
        "operation": requirement.operation,
        "observations": 0,
        "seconds": 0.0,
        "findings": [],
    }


def exit_code(
    records: Sequence[Record],
    entries: Sequence[Mapping[str, Any]],
    *,
    lapsed: Sequence[str],
    whole: bool,
) -> int:
    """Return the exit code of several records together."""
    codes = {record["exit_code"] for record in records}
    applies = exit_codes.of_decisions(_decisions(entries), **_rules(records))
    return exit_codes.most_severe(
        {
            exit_codes.INTERRUPTED: exit_codes.INTERRUPTED in codes,
            exit_codes.INTERNAL_ERROR: exit_codes.INTERNAL_ERROR in codes
            or applies[exit_codes.INTERNAL_ERROR],
            exit_codes.USAGE_ERROR: exit_codes.USAGE_ERROR in codes,
            exit_codes.NONCONFORMANT: bool(lapsed) or applies[exit_codes.NONCONFORMANT],
            exit_codes.INCONCLUSIVE: not whole or applies[exit_codes.INCONCLUSIVE],
            exit_codes.CLEANUP_INCOMPLETE: any(
                entry["leftovers"] and not entry.get("leftovers_allowed") for entry in records
            ),
        }
    )


def _has_known_failures(records: Sequence[Record], entries: Sequence[Mapping[str, Any]]) -> bool:
    return exit_codes.has_known_failures(_decisions(entries), **_rules(records))


def _decisions(entries: Sequence[Mapping[str, Any]]) -> list[exit_codes.Decision]:
    known = baseline.known_ids(entries)
    return [
        exit_codes.Decision(entry["verdict"], entry["level"], entry["reason"], known=entry["id"] in known)
        for entry in entries
    ]


def _rules(records: Sequence[Record]) -> dict[str, bool]:
    """Return the options that decide which verdicts fail a run."""
    return {"strict": records[0]["strict"], "read_only": bool(records[0].get("read_only"))}


def merged_waivers(
    records: Sequence[Record], verdicts: Mapping[str, str], *, whole: bool
) -> list[dict[str, Any]]:
    """Return the waivers with their state in all records together."""
    waivers = [waiver for record in records for waiver in record["waivers"]]
    expired = {waiver["requirement"] for waiver in waivers if waiver["state"] == waiver_messages.EXPIRED}
    states = {"waived": waiver_messages.APPLIED, **({"passed": waiver_messages.PASSES} if whole else {})}
    entries = []
    for waiver in records[0]["waivers"]:
        requirement = waiver["requirement"]
        state = (
            waiver_messages.EXPIRED
            if requirement in expired
            else states.get(verdicts.get(requirement, ""), waiver_messages.UNUSED)
        )
        entries.append(waiver_messages.entry(waiver, state))
    return waiver_messages.with_states_of_patterns(entries)


def causes(records: Sequence[Record], verdicts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return each root cause once; a requirement stays with the root cause of its first record."""
    groups: dict[str, list[str]] = {}
    members: dict[str, set[str]] = {}
    assigned: set[str] = set()
    for record in records:
        for cause in record["causes"]:
            ids = [name for name in (cause["primary"], *cause["related"]) if verdicts[name] in _VIOLATED]
            groups.setdefault(cause["cause"], []).extend(name for name in ids if name not in assigned)
            assigned.update(ids)
            members.setdefault(cause["cause"], set()).update(cause.get("members", ()))
    primaries = {text: _primary(ids, verdicts) for text, ids in groups.items() if ids}
    causes = [
        {
            "cause": text,
            "primary": primary,
            "related": [name for name in groups[text] if name != primary],
            **({"members": sorted(members[text])} if members[text] else {}),
        }
        for text, primary in primaries.items()
    ]
    return sorted(causes, key=lambda cause: verdicts[str(cause["primary"])] != "failed")


def _primary(ids: Sequence[str], verdicts: Mapping[str, str]) -> str:
    """Return the first failed requirement, or the first of all if none failed."""
    return next((name for name in ids if verdicts[name] == "failed"), ids[0])


def _options(records: Sequence[Record]) -> dict[str, Any]:
    """Return the options of the record that differs most from a default certification run."""
    candidates = [record for record in records if "options" in record]
    if not candidates:
        return {}
    weakest = max(candidates, key=lambda record: len(differences(record)))
    return {"options": weakest["options"]}


def _select(records: Sequence[Record], entries: Sequence[Record]) -> str:
    """Return the selections of all records combined; empty if any record selected all requirements.

    Different selections with exclusions cannot be combined as expressions: the ids are listed instead.
    """
    selects = list(dict.fromkeys(record.get("select") or "" for record in records))
    if not all(selects):
        return ""
    if len(selects) > 1 and any(_EXCLUSION in select for select in selects):
        return ",".join(entry["id"] for entry in entries)
    return ",".join(selects)


def _unscored(records: Sequence[Record], verdicts: Container[str]) -> dict[str, list[str]]:
    """Return the requirements whose checks ran for their requests only in every record."""
    ids = dict.fromkeys(
        id_ for record in records for id_ in record.get("unscored", ()) if id_ not in verdicts
    )
    return {"unscored": list(ids)} if ids else {}


def _notes(records: Sequence[Record]) -> Iterator[str]:
    """Yield the notes of each record, and which evidence its exchange numbers refer to."""
    for record in records:
        violated = [entry["id"] for entry in record["requirements"] if entry["findings"]]
        if violated:
            yield f"{record_name(record)}: exchange numbers of {', '.join(violated)} refer to its evidence"
        yield from (f"{record_name(record)}: {note}" for note in record["notes"])
