"""Order of checks: first those that decide most per request, last those of optional behavior.

Valid values are combined, so a few requests test all boundary values, stored values and defaults. Each
invalid value needs a request of its own.
"""

from typing import Final

from conformance.engine.attempts import Check, CheckKind
from spec.catalogue import Level

_KINDS: Final = (CheckKind.ACTIVE, CheckKind.PROPERTY_BASED, CheckKind.PASSIVE)
BASELINE: Final = frozenset(
    {
        "API-AUTH-HEADER-REQUIRED",
        "FCR-CREATE-FULL",
        "FCR-CREATE-NAME-REQUIRED",
        "VC-CREATE-DISPLAY-NAME-REQUIRED",
        "VC-CREATE-FULL",
        "VC-CREATE-MALFORMED-JSON",
        "VC-CREATE-MINIMAL",
        "VC-CREATE-QUALITY-ENUM",
        "VC-GET-ID-MATCH",
        "VC-GET-SESSION-PRESENT",
        "VC-GET-UNKNOWN-ID",
    }
)  # their requests cause every kind of response
COMBINATORIAL: Final = frozenset({"VC-CREATE-PAIRS", "FCR-CREATE-PAIRS"})  # many requests, rare findings
_INVALID_VALUE_RULES: Final = (
    "MAXLENGTH",
    "MINIMUM",
    "MAXIMUM",
    "REQUIRED",
    "FORMAT",
    "FORMAT-IMPOSSIBLE",
    "ENUM",
    "PATTERN",
    "TYPE",
    "NULL",
)  # rules with few invalid values before those with many


def sort_key(check: Check) -> tuple[int, bool, bool, int, int]:
    """Return the sort key of a check; checks with equal keys stay in the order of the modules.

    Checks that wait for concurrent ones come after all others that send requests.
    """
    requirement = check.requirement
    kind = CheckKind.PROPERTY_BASED if check.waits_for_others else check.kind
    rule = requirement.constraint.rule if requirement.constraint else ""
    rules = _INVALID_VALUE_RULES
    return (
        _KINDS.index(kind),
        check.waits_for_others,
        requirement.level is Level.MAY,
        _stage(check, rule),
        rules.index(rule) if rule in rules else len(rules),
    )


def _stage(check: Check, rule: str) -> int:
    is_invalid_value, is_shared = rule in _INVALID_VALUE_RULES, _is_shared(check)
    stages = (
        check.requirement.id in BASELINE,
        check.uses_packed_bodies,
        not (is_invalid_value or check.requirement.id in COMBINATORIAL or is_shared),
        is_invalid_value,
        is_shared,
    )
    return next((stage for stage, applies in enumerate(stages) if applies), len(stages))


def _is_shared(check: Check) -> bool:
    return check.requirement.operation.startswith("API")
