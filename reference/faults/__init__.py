"""What can be wrong with a server: each fault breaks the requirements that it names."""

from collections.abc import Iterator
from types import ModuleType

from reference.faults import (
    answers,
    authentication,
    bodies,
    colours,
    company,
    credentials,
    days,
    defaults,
    errors,
    join_order,
    keeping,
    lengths,
    naming,
    now_and_then,
    patterns,
    reading,
    robustness,
    rooms,
    sequences,
    sessions,
    successes,
    times,
    types,
    unauthorized,
    words,
)
from reference.faults.fault import Fault
from reference.faults.systematic import systematic

_MODULES = (
    lengths,
    patterns,
    colours,
    types,
    words,
    defaults,
    keeping,
    days,
    times,
    join_order,
    naming,
    answers,
    reading,
    sessions,
    rooms,
    authentication,
    credentials,
    unauthorized,
    bodies,
    successes,
    errors,
    robustness,
    now_and_then,
    sequences,
    company,
)


def _of(module: ModuleType) -> Iterator[Fault]:
    return (value for value in vars(module).values() if isinstance(value, Fault))


_WRITTEN = [fault for module in _MODULES for fault in _of(module)]
_BROKEN = frozenset(id_ for fault in _WRITTEN for id_ in fault.breaks)

FAULTS: dict[str, Fault] = {fault.id: fault for fault in (*_WRITTEN, *systematic(_BROKEN)) if not fault.lapse}
LAPSES: dict[str, Fault] = {fault.id: fault for fault in _WRITTEN if fault.lapse}
