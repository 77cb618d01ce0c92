"""Comparison of two live targets: a run against each, and the differences between them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.engine.runner import run
from conformance.evidence.evidence_reader import read_exchanges
from conformance.live_comparison.observations import observations
from conformance.live_comparison.requirement_differences import (
    RequirementDifference,
    requirement_differences,
    undecided,
    unspecified_differences,
)
from conformance.live_comparison.response_differences import (
    MEDIA_TYPE,
    STATUS,
    ResponseDifference,
    compare_responses,
)
from reports.records import exit_codes

NAMES: Final = ("A", "B")
_ENDED: Final = (exit_codes.INTERRUPTED, exit_codes.INTERNAL_ERROR, exit_codes.USAGE_ERROR)
Runner = Callable[[str, Settings], dict[str, Any]]


def compare_targets(
    first: Settings, second: Settings, folder: Path, runner: Runner = lambda _name, settings: run(settings)
) -> dict[str, Any]:
    """Send the same requests to two targets and return the differences.

    Each run writes its reports to a folder of its own. The second target is not tested if the run against the
    first one did not complete.
    """
    records = []
    for name, settings in zip(NAMES, (first, second), strict=True):
        complete = replace(settings, output=folder / name.lower(), waivers=(), baseline=None, strict=False)
        records.append(runner(name, replace(complete, fail_fast=False, max_failures=None)))
        if records[-1]["exit_code"] in _ENDED:
            return _incomplete(records)
    a, b = (
        observations(read_exchanges(folder / name.lower()), settings.prefix, settings.target.active_session)
        for name, settings in zip(NAMES, (first, second), strict=True)
    )
    responses = compare_responses(a, b)
    requirements = requirement_differences(records[0], records[1])
    left = undecided(records[0], records[1]) + undecided(records[1], records[0])
    explained = {id(one): _cause(one, requirements) for one in responses.differences}
    unexplained = [one for one in responses.differences if explained[id(one)] is None]
    members = [
        [one.subject for one in responses.differences if explained[id(one)] is cause]
        for cause in requirements
    ]
    return {
        "runs": [_run(record) for record in records],
        "requirements": [_requirement(*pair) for pair in zip(requirements, members, strict=True)],
        "responses": [_response(one) for one in unexplained],
        "undecided": list(dict.fromkeys(left)),
        "compared": responses.compared,
        "unpaired": responses.unpaired,
        "undocumented": responses.undocumented + unspecified_differences(records[0], records[1]),
        "notes": list(_notes(records)),
        "exit_code": _exit_code(records, has_differences=bool(requirements or unexplained), undecided=left),
    }


def _incomplete(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the result if a run did not complete."""
    return {
        "runs": [_run(record) for record in records],
        **{name: [] for name in ("requirements", "responses", "undecided")},
        **dict.fromkeys(("compared", "unpaired", "undocumented"), 0),
        "notes": list(_notes(records)),
        "exit_code": records[-1]["exit_code"],
    }


def _notes(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield why a run did not complete, and what it left behind."""
    for name, record in zip(NAMES, records, strict=False):
        if record["exit_code"] in _ENDED:
            yield from (f"{name}: {note}" for note in record["notes"][:1])
        for leftover in record["leftovers"]:
            place = f"{leftover['collection']}/{leftover['id'] or '(unknown id)'} {leftover['name']}"
            yield f"{name}: left behind: {place}"


def _cause(
    difference: ResponseDifference, requirements: Sequence[RequirementDifference]
) -> RequirementDifference | None:
    """Return the violated requirement that a difference between responses follows from, if there is one."""
    [*_, name] = re.findall(r"\w+", difference.subject)
    member = re.compile(rf"\b{name}\b")
    is_about_a_member = difference.subject not in {STATUS, MEDIA_TYPE}
    for cause in requirements:
        numbers = difference.numbers[NAMES.index(cause.target)]
        if not cause.numbers.isdisjoint(numbers) or (is_about_a_member and member.search(cause.text)):
            return cause
    if difference.subject == STATUS:  # a status follows from a rule, which may be that of any member
        return next((cause for cause in requirements if _is_about(cause, difference)), None)
    return None


def _is_about(cause: RequirementDifference, difference: ResponseDifference) -> bool:
    """Return whether a requirement is about an operation of the responses, or about all operations."""
    operations = {identifier.split("-")[0] for identifier in cause.requirements}
    return "API" in operations or not operations.isdisjoint(
        name.split("-")[0] for name in difference.operations
    )


def _run(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "target": record["target"]["origin"],
        "requests": record["requests"],
        "seconds": record["seconds"],
        "exit_code": record["exit_code"],
        "overall_status": record["overall_status"],
    }


def _requirement(difference: RequirementDifference, members: Sequence[str]) -> dict[str, Any]:
    entry, finding = difference.entry, difference.finding
    return {
        "violated_by": difference.target,
        "requirement": entry["id"],
        "level": entry["level"],
        "sentence": entry["sentence"],
        "other_verdict": difference.other_verdict,
        "related": list(difference.related),
        **{name: finding.get(name, "") for name in ("problem", "sent", "expected", "received", "curl")},
        "source": entry["source"],
        "members": sorted(set(members)),
    }


def _response(difference: ResponseDifference) -> dict[str, Any]:
    return {
        "subject": difference.subject,
        "operations": sorted(difference.operations),
        "a": difference.a,
        "b": difference.b,
        "sent": difference.sent,
        "responses": difference.responses,
    }


def _exit_code(
    records: Sequence[Mapping[str, Any]], *, has_differences: bool, undecided: Sequence[str]
) -> int:
    leaves = any(record["leftovers"] and not record["leftovers_allowed"] for record in records)
    return exit_codes.most_severe(
        {
            exit_codes.NONCONFORMANT: has_differences,
            exit_codes.INCONCLUSIVE: bool(undecided),
            exit_codes.CLEANUP_INCOMPLETE: leaves,
        }
    )
