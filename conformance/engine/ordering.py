"""In which order checks begin: first what decides most for a request, last what can only be noted.

Values that are accepted travel together, so a few requests show whether every edge, echo and default is
right; each value that is to be refused costs a request of its own.
"""

from typing import Final

from conformance.engine.attempts import Check, Kind
from spec.catalogue import Level

_KINDS: Final = (Kind.DIRECTED, Kind.EXPLORING, Kind.OBSERVING)
FIRST: Final = frozenset(
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
)  # whose requests bring about every kind of answer
TOGETHER: Final = frozenset({"VC-CREATE-PAIRS", "FCR-CREATE-PAIRS"})  # many requests for a rare mistake
_BEYOND: Final = (
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
)  # a rule of one value before those of many


def place(check: Check) -> tuple[int, bool, bool, int, int]:
    """Return what checks are sorted by; those of one place stay in the order of the modules.

    Who lets time pass is told of after all that send, so that nobody waits for its sake.
    """
    of, kind = check.requirement, Kind.EXPLORING if check.lasting else check.kind
    rule = of.constraint.rule if of.constraint else ""
    beyond = _BEYOND.index(rule) if rule in _BEYOND else len(_BEYOND)
    return _KINDS.index(kind), check.lasting, of.level is Level.MAY, _stage(check, rule), beyond


def _stage(check: Check, rule: str) -> int:
    stages = (
        check.requirement.id in FIRST,
        check.packed,
        not (rule in _BEYOND or check.requirement.id in TOGETHER or _shared(check)),
        rule in _BEYOND,
        _shared(check),
    )
    return next((stage for stage, fits in enumerate(stages) if fits), len(stages))


def _shared(check: Check) -> bool:
    return check.requirement.operation.startswith("API")
