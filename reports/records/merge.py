"""Several records of one target put together: shards of a run, or runs of some requirements each.

Whatever any of them saw counts: the worst verdict on a requirement stands, with the findings of all. A
requirement that nothing decided is inconclusive, so a part that is missing never reads as conformance.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from reports.presentation import waiver_messages
from reports.records import exit_codes
from reports.records.plain_run import differences
from spec.catalogue import Level, Requirement
from spec.data_files import digest

Record = Mapping[str, Any]

BADNESS: Final = ("passed", "not-applicable", "waived", "warned", "inconclusive", "failed", "error")
_SAME: Final = ("suite", "target", "profiles", "effort", "seed", "strict", "read_only", "waivers")
_TOLD: Final = frozenset({"failed", "warned"})
_UNSEEN: Final = frozenset({"not-applicable", "inconclusive", "waived"})
_NOT_RUN: Final = "not-run: no shard decided it"
_FEW: Final = 5  # missing shards that are named
_SHORTEST: Final = 0.1  # seconds of a part of a timeline without requests


class UnlikeError(ValueError):
    """Records do not belong together: what differs."""


def merged(records: Sequence[Record], wanted: Iterable[Requirement]) -> dict[str, Any]:
    """Return one record of several; `wanted` are the requirements that they were to decide together."""
    _belong_together(records)
    entries = list(_entries(records, wanted))
    verdicts = {each["id"]: each["verdict"] for each in entries}
    missing = lost(records)
    whole = not missing and all(each["reason"] != _NOT_RUN for each in entries)
    excuses = excused(records, verdicts, whole=whole)
    lapsed = waiver_messages.failing(excuses)
    leftovers = [each for record in records for each in record["leftovers"]]
    code = exit_code(records, entries, lapsed=lapsed, whole=whole)
    first = records[0]
    return {
        **{name: first[name] for name in ("schema_version", *_SAME) if name in first},
        **_options(records),
        "select": _select(records),
        "shard": None,
        "prefix": ", ".join(dict.fromkeys(record["prefix"] for record in records)),
        "started": min(record["started"] for record in records),
        "verdict": exit_codes.VERDICTS[code],
        "exit_code": code,
        "requests": sum(record["requests"] for record in records),
        "seconds": round(sum(record["seconds"] for record in records), 3),
        "requirements": entries,
        "causes": causes(records, verdicts),
        "waivers": excuses,
        "notes": [*lapsed, *missing, *_notes(records)],
        "leftovers": leftovers,
        "leftovers_allowed": all(each.get("leftovers_allowed") for each in records if each["leftovers"]),
        "latency": latency(records),
        "timeline": timeline(records),
        "phases": phases(records),
        "counts": counts(verdicts),
        "footer": {
            "complete": whole and all(record["footer"]["complete"] for record in records),
            "requirements": len(entries),
            "exchanges": sum(record["footer"]["exchanges"] for record in records),
            "evidence": None,
        },
    }


def counts(verdicts: Mapping[str, str]) -> dict[str, int]:
    """Return how many requirements have each verdict."""
    counted = Counter(verdicts.values())
    return {verdict: counted[verdict] for verdict in BADNESS}


def lost(records: Sequence[Record]) -> list[str]:
    """Return a note of the shards that are not there, if there are such."""
    shards = [record["shard"] for record in records if record.get("shard")]
    of = shards[0]["of"] if shards else 0
    there = {shard["number"] for shard in shards if shard["number"] <= of}
    some = list(islice((number for number in range(1, of + 1) if number not in there), _FEW))
    more = of - len(there) - len(some)
    named = ", ".join(map(str, some)) + (f" and {more} more" if more else "")
    return [f"missing of {of} shards: {named}"] if some else []


def name(record: Record) -> str:
    """Return what a record is called among others: its shard and the names of its run."""
    shard = record.get("shard")
    part = f"shard {shard['number']} of {shard['of']}, " if shard else ""
    return f"{part}cc-{record['prefix']}"


def compared_by(record: Record, what: str) -> Any:
    """Return what two records are compared by; the built-in server has another port each time."""
    value = record.get(what)
    if what == "target" and record["target"]["reference"]:
        return "the built-in reference server"
    if what == "waivers":
        return [
            f"{each['requirement']} until {each['expires']}: {each['reason']}" for each in record["waivers"]
        ]
    return value or "" if what == "select" else value


def unlike(one: Any, another: Any) -> str:
    """Return two values that differ, of objects only the members that do."""
    if isinstance(one, dict) and isinstance(another, dict):
        names = [each for each in {**one, **another} if one.get(each) != another.get(each)]
        return ", ".join(f"{each} {unlike(one.get(each), another.get(each))}" for each in names)
    return " and ".join(each if isinstance(each, str) else json.dumps(each) for each in (one, another))


def _belong_together(records: Sequence[Record]) -> None:
    first = records[0]
    for other in records[1:]:
        for what in _SAME:
            one, another = compared_by(first, what), compared_by(other, what)
            if one != another:
                raise UnlikeError(f"{name(first)} and {name(other)} differ in {what}: {unlike(one, another)}")
    if first["suite"]["spec"] != digest():
        raise UnlikeError(
            f"{name(first)} was judged by the spec {first['suite']['spec'][:12]}, and this suite has "
            f"{digest()[:12]}; merge with the version that ran it"
        )
    runs = Counter((record["prefix"], record["started"]) for record in records)
    twice = next((name(each) for each in records if runs[each["prefix"], each["started"]] > 1), None)
    if twice:
        raise UnlikeError(f"{twice} was given twice")
    counts = {record["shard"]["of"] for record in records if record.get("shard")}
    if len(counts) > 1:
        raise UnlikeError(f"there are shards of {' and of '.join(map(str, sorted(counts)))} parts")


def _entries(records: Sequence[Record], wanted: Iterable[Requirement]) -> Iterator[dict[str, Any]]:
    """Yield what was wanted in its order, decided or not, and then whatever else was decided."""
    decided: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        for each in record["requirements"]:
            decided.setdefault(each["id"], []).append(each)
    for requirement in wanted:
        found = decided.pop(requirement.id, None)
        yield _worst(found) if found else _not_run(requirement)
    yield from map(_worst, decided.values())


def _worst(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the worst entry of a requirement with what all of them saw; who saw nothing has no say."""
    saw = [each for each in entries if not unseen(each)] or entries
    worst = max(saw, key=lambda each: BADNESS.index(each["verdict"]))
    findings = {
        json.dumps(finding, sort_keys=True): finding for each in entries for finding in each["findings"]
    }
    return {
        **worst,
        "observations": sum(each["observations"] for each in entries),
        "seconds": round(sum(each.get("seconds", 0.0) for each in entries), 3),
        "findings": list(findings.values()),
    }


def unseen(entry: Mapping[str, Any]) -> bool:
    """Tell whether a part never showed what the requirement is about; another may."""
    nothing = entry["verdict"] in _UNSEEN and not entry["findings"] and entry["observations"] == 0
    return nothing and "never-seen: " in (entry["reason"] or "")


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
    verdicts = {each["verdict"] for each in entries}
    if records[0].get("read_only"):
        entries = [each for each in entries if not exit_codes.out_of_reach(each["verdict"], each["reason"])]
        verdicts = {each["verdict"] for each in entries}
    undecided = any(each["verdict"] == "inconclusive" and each["level"] == Level.MUST for each in entries)
    return exit_codes.gravest(
        {
            exit_codes.INTERRUPTED: exit_codes.INTERRUPTED in codes,
            exit_codes.BROKEN: exit_codes.BROKEN in codes or "error" in verdicts,
            exit_codes.UNUSABLE: exit_codes.UNUSABLE in codes,
            exit_codes.FAILS: bool(lapsed)
            or "failed" in verdicts
            or (records[0]["strict"] and "warned" in verdicts),
            exit_codes.INCONCLUSIVE: undecided or not whole or verdicts <= {"not-applicable"},
            exit_codes.LEFT: any(each["leftovers"] and not each.get("leftovers_allowed") for each in records),
        }
    )


def excused(records: Sequence[Record], verdicts: Mapping[str, str], *, whole: bool) -> list[dict[str, Any]]:
    """Return the waivers with what became of them in all parts together."""
    given = [each for record in records for each in record["waivers"]]
    expired = {each["requirement"] for each in given if each["state"] == waiver_messages.EXPIRED}
    states = {"waived": waiver_messages.APPLIED, **({"passed": waiver_messages.PASSES} if whole else {})}
    entries = []
    for each in records[0]["waivers"]:
        named = each["requirement"]
        state = (
            waiver_messages.EXPIRED
            if named in expired
            else states.get(verdicts.get(named, ""), waiver_messages.UNUSED)
        )
        entries.append(waiver_messages.entry(named, each["reason"], each["expires"], state))
    return entries


def causes(records: Sequence[Record], verdicts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return each cause once; a requirement stays with the cause that it was first told with."""
    groups: dict[str, list[str]] = {}
    placed: set[str] = set()
    for record in records:
        for cause in record["causes"]:
            told = [each for each in (cause["lead"], *cause["others"]) if verdicts[each] in _TOLD]
            groups.setdefault(cause["cause"], []).extend(each for each in told if each not in placed)
            placed.update(told)
    leads = {what: _lead(ids, verdicts) for what, ids in groups.items() if ids}
    causes = [
        {"cause": what, "lead": lead, "others": [each for each in groups[what] if each != lead]}
        for what, lead in leads.items()
    ]
    return sorted(causes, key=lambda each: verdicts[str(each["lead"])] != "failed")


def _lead(ids: Sequence[str], verdicts: Mapping[str, str]) -> str:
    """Return the first that fails, the first of all where none does."""
    return next((each for each in ids if verdicts[each] == "failed"), ids[0])


def _options(records: Sequence[Record]) -> dict[str, Any]:
    """Return the options of the record that differs most from the plain certifying run."""
    known = [record for record in records if "options" in record]
    if not known:
        return {}
    weakest = max(known, key=lambda record: len(differences(record)))
    return {"options": weakest["options"]}


def _select(records: Sequence[Record]) -> str:
    """Return the selection that names what any of the records was to decide; empty for everything."""
    selects = [record.get("select") or "" for record in records]
    return ",".join(dict.fromkeys(selects)) if all(selects) else ""


def _notes(records: Sequence[Record]) -> Iterator[str]:
    """Yield the notes of each record behind its name, and whose evidence its findings are numbered by."""
    for record in records:
        found = [each["id"] for each in record["requirements"] if each["findings"]]
        if found:
            yield f"{name(record)}: its evidence numbers the exchanges of its findings: {', '.join(found)}"
        yield from (f"{name(record)}: {note}" for note in record["notes"])


def latency(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the latency by operation: means of the medians by answers, and the longest of the others."""
    operations: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        for each in record["latency"]:
            operations.setdefault(each["operation"], []).append(each)
    return [_latency_of(operation, parts) for operation, parts in sorted(operations.items())]


def _latency_of(operation: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    answers = sum(each["answers"] for each in parts)
    return {
        "operation": operation,
        "answers": answers,
        "median": round(sum(each["median"] * each["answers"] for each in parts) / answers, 6),
        "p95": max(each["p95"] for each in parts),
        "longest": max(each["longest"] for each in parts),
    }


def phases(records: Sequence[Record]) -> dict[str, float]:
    """Return what all of them together had the processor for."""
    told = [record.get("phases", {}) for record in records]
    names = dict.fromkeys(name for each in told for name in each)
    return {name: round(sum(each.get(name, 0.0) for each in told), 3) for name in names}


def timeline(records: Sequence[Record]) -> dict[str, Any]:
    """Return the timelines laid over each other, each from its own beginning."""
    lines = [record["timeline"] for record in records]
    width = max([_SHORTEST, *(line["seconds"] for line in lines)])
    return {
        "seconds": width,
        "requests": _laid_over([(line["requests"], line["seconds"]) for line in lines], width),
        "wrong": _laid_over([(line["wrong"], line["seconds"]) for line in lines], width),
    }


def _laid_over(lines: Iterable[tuple[Sequence[int], float]], width: float) -> list[int]:
    sums: Counter[int] = Counter()
    for counts, seconds in lines:
        for place, count in enumerate(counts):
            sums[int(place * seconds / width)] += count
    return [sums[place] for place in range(max(sums, default=-1) + 1)]
