"""Supporting checks: active checks that run for their requests only, which selected passive checks evaluate.

If a selection leaves out the checks whose exchanges a selected passive check evaluates, they run without a
verdict, and the record lists them as unscored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from conformance.engine import ordering
from conformance.engine.attempts import Check, CheckKind

_RESOURCES: Final = {
    "VC-CREATE": "VC-CREATE",
    "VC-GET": "VC-CREATE",
    "VC-CONF": "VC-CREATE",
    "FCR-CREATE": "FCR-CREATE",
    "FCR-GET": "FCR-CREATE",
    "FCR-RES": "FCR-CREATE",
    "FCR-ROOM": "FCR-CREATE",
}  # operations whose requirements depend on the values in requests, with the create that sends them
_ANY_FAMILY: Final = "API"  # of requirements that apply to every operation


def supporting_checks(
    selected: Sequence[Check], available: Iterable[Check], required_ids: frozenset[str] = frozenset()
) -> list[Check]:
    """Return the available checks, without a verdict, that send what the selected passive checks need.

    Checks of the required ids are returned in any case.
    """
    names = {check.name for check in selected}
    operations = {check.requirement.operation for check in selected if check.kind is CheckKind.PASSIVE}
    return [
        replace(check, is_scored=False)
        for check in available
        if check.name not in names
        and check.kind.sends
        and (
            check.requirement.id in required_ids
            or any(_sends_for(check, operation) for operation in operations)
        )
    ]


def _sends_for(check: Check, operation: str) -> bool:
    """Return whether a check sends requests that passive checks of an operation or resource need."""
    requirement = check.requirement
    if requirement.id in ordering.BASELINE:
        families = {_family(operation), _family(requirement.operation)}
        return len(families) == 1 or _ANY_FAMILY in families
    varies_values = check.uses_packed_bodies or requirement.id in ordering.COMBINATORIAL
    return varies_values and requirement.operation == _RESOURCES.get(operation)


def _family(operation: str) -> str:
    return operation.partition("-")[0]
