"""Scope of a run: what it tested, and which requirements it left out and why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.records.plain_run import differences
from spec.catalogue import Requirement, catalogue

_SHARED: Final = "shared"  # profile of the requirements that apply to every target
_MAX_SELECT: Final = 100  # characters of a selection


def scope_text(record: Mapping[str, Any]) -> str:
    """Return the profiles, the effort and the selection of a run on one line."""
    return "; ".join(_scope_parts(record))


def _scope_parts(record: Mapping[str, Any]) -> Iterator[str]:
    profiles = record["profiles"]
    yield f"{'profile' if len(profiles) == 1 else 'profiles'} {' and '.join(profiles)}"
    yield f"effort {record['effort']}{', strict' if record['strict'] else ''}"
    if record["seed"] is not None:
        yield f"seed {record['seed']}"
    select = record.get("select") or ""
    if select:
        yield f"selection {select if len(select) <= _MAX_SELECT else f'{select[:_MAX_SELECT]}…'}"
    if record.get("shard"):
        yield f"shard {record['shard']['number']} of {record['shard']['of']}"
    if record.get("read_only"):
        yield "read-only"
    if record.get("property_based_only"):
        yield "property-based checks only"
    tested = len(record["requirements"])
    yield f"{tested:,} of {len(catalogue()):,} requirements"


def absent_requirements(record: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the numbers of requirements of the catalogue that the record does not contain.

    They are grouped by the reason and by the operation or resource.
    """
    present = {entry["id"] for entry in record["requirements"]}
    reasons: dict[str, Counter[str]] = {}
    for requirement in catalogue().values():
        if requirement.id not in present:
            reason = _reason(record, requirement)
            reasons.setdefault(reason, Counter())[requirement.operation] += 1
    return {reason: dict(operations) for reason, operations in reasons.items()}


def _reason(record: Mapping[str, Any], requirement: Requirement) -> str:
    if requirement.profile not in {*record["profiles"], _SHARED}:
        return f"profile {requirement.profile} is not claimed"
    if not record["requirements"]:
        return "the run decided nothing"
    options = [difference.option for difference in differences(record) if difference.is_limitation]
    return f"left out by {', '.join(options)}" if options else "not part of this run"
