"""Overall status of a record in words, the limitations of that status, and the counts behind it.

Every surface shows these words: the terminal, the reports, certificates, verifications and comparisons.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.records import baseline
from reports.records.exit_codes import NO_NEW_FAILURES as NO_NEW_FAILURES_VERDICT
from reports.records.exit_codes import is_decided
from reports.records.plain_run import capability_option, differences

CONFORMS: Final = "conforms"
CONFORMS_WITH_WAIVERS: Final = "conforms with waivers"
PARTIAL: Final = "partial"
NO_NEW_FAILURES: Final = NO_NEW_FAILURES_VERDICT.replace("-", " ")
INCONCLUSIVE: Final = "inconclusive"
DOES_NOT_CONFORM: Final = "does not conform"
INTERRUPTED: Final = "interrupted"
ERROR: Final = "error"
NOT_STARTED: Final = "not started"

_NOT_PRODUCED: Final = "not-produced: "  # reason of a requirement on a response that the target never sent
_MAX_IDS: Final = 3  # in a list of requirements
_LEVELS: Final = ("must", "should", "may")
_EXPLANATIONS: Final = {
    CONFORMS: "No must is violated",
    CONFORMS_WITH_WAIVERS: "No must is violated, except for those that are waived",
    NO_NEW_FAILURES: "Every failure is known from the baseline",
    PARTIAL: "No must is violated, but not everything was tested",
    DOES_NOT_CONFORM: "No must is violated, but the run did not pass",
    INCONCLUSIVE: "Not all requirements could be decided",
    INTERRUPTED: "The run was stopped before its end; results so far",
    ERROR: "Internal error of the suite (not a finding about the target)",
    NOT_STARTED: "The run did not start correctly",
}


def overall_status(record: Mapping[str, Any]) -> str:
    """Return the verdict of a run in words.

    A conforming run that is less than a default certification run, or left resources, is `partial`. Without a
    decided requirement it is `inconclusive`. A run whose failures are all known from its baseline has
    `no new failures`, whatever its extent.
    """
    status = str(record["verdict"]).replace("-", " ")
    if status != CONFORMS:
        return status
    if not has_decided_requirement(record):
        return INCONCLUSIVE
    if is_partial(record):
        return PARTIAL
    return CONFORMS_WITH_WAIVERS if waived_requirements(record) else CONFORMS


def qualified_status(record: Mapping[str, Any]) -> str:
    """Return the overall status; if it is partial, with the capabilities that the target lacks."""
    status, names = overall_status(record), record.get("without")
    if status != PARTIAL or not names:
        return status
    return f"{status} ({capability_option(names).removeprefix('--')})"


def with_overall_status(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the member overall_status next to its verdict."""
    members: dict[str, Any] = {}
    for name, value in record.items():
        if name != "overall_status":
            members[name] = value
        if name == "verdict":
            members["overall_status"] = overall_status(record)
    return members


def has_decided_requirement(record: Mapping[str, Any]) -> bool:
    """Return whether any requirement of the record was decided."""
    return any(is_decided(entry["verdict"], entry["reason"]) for entry in record["requirements"])


def is_partial(record: Mapping[str, Any]) -> bool:
    """Return whether the run was less than a default certification run, or left resources on the target."""
    return any(difference.is_limitation for difference in differences(record)) or bool(record["leftovers"])


def waived_requirements(record: Mapping[str, Any]) -> list[str]:
    """Return the ids of the violated requirements that are waived."""
    return [waiver["requirement"] for waiver in record["waivers"] if waiver["state"] == "applied"]


def limitations(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each option that limits the run, and for each response that never came."""
    for difference in differences(record):
        if difference.is_limitation:
            yield difference.sentence
    by_reason: dict[str, list[str]] = {}
    for entry in record["requirements"]:
        reason = str(entry["reason"] or "")
        if entry["verdict"] == "not-applicable" and reason.startswith(_NOT_PRODUCED):
            by_reason.setdefault(reason.removeprefix(_NOT_PRODUCED), []).append(entry["id"])
    for reason, ids in by_reason.items():
        more = f" and {len(ids) - _MAX_IDS} more" if len(ids) > _MAX_IDS else ""
        yield f"Not tested: {', '.join(ids[:_MAX_IDS])}{more}: {reason}."


def caveats(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for everything that limits the verdict."""
    if record["verdict"] != "interrupted" and not record["footer"]["complete"]:
        yield "Incomplete: the run did not complete."
    yield from (difference.sentence for difference in differences(record) if not difference.is_limitation)
    yield from limitations(record)
    if waived_requirements(record):
        yield f"Waivers: {', '.join(waived_requirements(record))} violated, but waived by the configuration."
    yield from baseline.sentences(record)
    if record["leftovers"]:
        allowed = " (allowed by --allow-leftovers)" if record.get("leftovers_allowed") else ""
        yield f"Leftover resources that could not be deleted: {len(record['leftovers'])}{allowed}."


def tally(record: Mapping[str, Any]) -> str:
    """Return the number of requirements, of the violated ones by level, and of those that are not decided."""
    entries = record["requirements"]
    violated = Counter(entry["level"] for entry in entries if _is_violated(entry))
    total = count_with_noun(len(entries), "requirement")
    if violated:
        must, should, may = (f"{violated[level]} {level}" for level in _LEVELS)
        causes = f" ({count_with_noun(len(record['causes']), 'root cause')})" if record["causes"] else ""
        total = f"{must}, {should} and {may} of {total} violated{causes}"
    counts = Counter(_undecided_kind(entry) for entry in entries)
    kinds = ("not reproduced", "inconclusive", "waived", "error")
    numbers = {**{kind: counts[kind] for kind in kinds}, "known": len(baseline.known_ids(entries))}
    return ", ".join((total, *(f"{number} {kind}" for kind, number in numbers.items() if number)))


def explanation(record: Mapping[str, Any]) -> str:
    """Return a sentence that explains the overall status of a run."""
    if not record["requirements"]:
        return next(iter(record["notes"]), "No requirement was decided.")
    status = overall_status(record)
    failed = any(entry["verdict"] == "failed" for entry in record["requirements"])
    if status == DOES_NOT_CONFORM and failed:
        return f"{tally(record)}."
    return f"{_EXPLANATIONS[status]}: {tally(record)}."


def count_with_noun(number: int, noun: str) -> str:
    """Return a number with a noun in the singular or plural."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is_violated(entry: Mapping[str, Any]) -> bool:
    """Return whether a requirement is violated: a finding that was not reproduced does not count."""
    return entry["verdict"] in {"failed", "warned"} and not _is_flaky(entry)


def _is_flaky(entry: Mapping[str, Any]) -> bool:
    return entry["verdict"] == "warned" and str(entry["reason"] or "").startswith("flaky: ")


def _undecided_kind(entry: Mapping[str, Any]) -> str:
    return "not reproduced" if _is_flaky(entry) else str(entry["verdict"])
