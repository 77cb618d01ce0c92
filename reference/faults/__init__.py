"""Faults of the reference server, each with the requirements that it violates."""

from collections.abc import Iterator
from types import ModuleType

from reference.faults.access import authentication, credentials, unauthorized_responses
from reference.faults.fault import Fault
from reference.faults.requests import (
    calendar_days,
    colors,
    date_times,
    defaults,
    enums_and_ranges,
    join_order,
    lenient_bodies,
    max_lengths,
    member_interactions,
    name_patterns,
    request_bodies,
    types_and_presence,
    unusual_dates,
    value_combinations,
)
from reference.faults.requests.per_rule import derived_faults
from reference.faults.resources import (
    confused_members,
    converted_texts,
    cross_resource,
    get_and_delete,
    ids,
    intermittent,
    names,
    room_meta,
    rooms,
    stored_room_values,
    stored_strings,
    stored_values,
)
from reference.faults.responses import (
    active_sessions,
    error_responses,
    response_members,
    server_errors,
    success_responses,
)

_MODULES = (
    max_lengths,
    name_patterns,
    colors,
    types_and_presence,
    enums_and_ranges,
    defaults,
    stored_strings,
    stored_values,
    stored_room_values,
    calendar_days,
    date_times,
    join_order,
    names,
    ids,
    response_members,
    get_and_delete,
    active_sessions,
    rooms,
    authentication,
    credentials,
    unauthorized_responses,
    request_bodies,
    success_responses,
    error_responses,
    server_errors,
    intermittent,
    cross_resource,
    member_interactions,
)

# Faults of combinations and of rare values do not replace the derived fault of a requirement.
_RARE = (
    value_combinations,
    confused_members,
    converted_texts,
    room_meta,
    unusual_dates,
    lenient_bodies,
)


def _faults(module: ModuleType) -> Iterator[Fault]:
    return (value for value in vars(module).values() if isinstance(value, Fault))


_WRITTEN = [fault for module in _MODULES for fault in _faults(module)]
_VIOLATED = frozenset(id_ for fault in _WRITTEN for id_ in fault.breaks)
_RARE_FAULTS = [fault for module in _RARE for fault in _faults(module)]
_ALL = (*_WRITTEN, *derived_faults(_VIOLATED), *_RARE_FAULTS)

MUST_FAULTS: dict[str, Fault] = {fault.id: fault for fault in _ALL if not fault.should_level}
SHOULD_FAULTS: dict[str, Fault] = {fault.id: fault for fault in _ALL if fault.should_level}
FAULTS: dict[str, Fault] = {**MUST_FAULTS, **SHOULD_FAULTS}
