"""One fault for each rule of each member that no other fault is named for.

The same few mistakes, made with one member after the other: so each derived requirement has a fault.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from reference.api import live_session
from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Request, Resource
from reference.api.representation import CONFERENCE_MEMBERS, ROOM_MEMBERS
from reference.api.request_models import (
    MEMBERS,
    BooleanType,
    EnumType,
    IntegerType,
    Member,
    ObjectType,
    StringType,
    TimestampType,
    ValueType,
)
from reference.api.rfc3339 import TimestampParts
from reference.api.store import Record
from reference.api.validation import InvalidRequestError, invalid_value
from reference.faults.fault import Fault

_TYPES: dict[type[ValueType], type | tuple[type, ...]] = {
    StringType: str,
    EnumType: str,
    TimestampType: str,
    BooleanType: bool,
    IntegerType: (int, float),
    ObjectType: dict,
}
_Made = tuple[str, str, type[ServerBehavior]]  # the rule that is broken, how, and the rules that do


def derived_faults(named: frozenset[str]) -> Iterator[Fault]:
    """Make the faults for which nothing in `named` stands yet."""
    for requirement, summary, rules in (*_of_requests(), *_of_answers()):
        if requirement not in named:
            yield Fault(requirement.lower(), (requirement,), summary, rules)


def _of_requests() -> Iterator[_Made]:
    for resource, prefix in ((Resource.CONFERENCE, "VC-CREATE"), (Resource.ROOM, "FCR-CREATE")):
        for member in MEMBERS[resource].values():
            for rule, summary, rules in _of_member(member):
                yield f"{prefix}-{_spelled(member.name)}-{rule}", f"{member.name} {summary}", rules


def _of_answers() -> Iterator[_Made]:
    for name in ("id", *CONFERENCE_MEMBERS, "created_at", "updated_at"):
        yield f"VC-CONF-{_spelled(name)}", f"{name} is missing from conferences.", _lacking(name)
    for name in ("id", "project_id", "display_name", "type", "created_at", "updated_at", "conference_room"):
        yield f"FCR-RES-{_spelled(name)}", f"{name} is missing from room resources.", _room_lacking(name)
    for name in ("id", *ROOM_MEMBERS):
        yield f"FCR-ROOM-{_spelled(name)}", f"{name} is missing from rooms.", _inner_lacking(name)
    for name in live_session.session(dt.datetime.now(dt.UTC)):
        yield f"VC-SESSION-{_spelled(name)}", f"{name} is null in sessions.", _session_null(name)


def _spelled(name: str) -> str:
    return name.upper().replace("_", "-")


def _of_member(member: Member) -> Iterator[_Made]:
    if not member.required:
        yield "OPTIONAL", "is required.", _required(member)
        yield "ECHO", "is read and forgotten.", _forgotten(member)
    yield "TYPE", "is ignored when it has the wrong type.", _ignored(member)
    for value_type, rules in _BY_KIND.items():
        if isinstance(member.value_type, value_type):
            yield from ((rule, summary, make(member)) for rule, summary, make in rules)
    if isinstance(member.default, str) and member.default.startswith("#"):
        yield "PATTERN-ACCEPT", "is refused when it ends in a digit.", _digit_refused(member)
        yield "DEFAULT", "is black by default.", _black(member)
    if (
        isinstance(member.value_type, StringType)
        and member.value_type.max_length
        and not member.value_type.pattern
    ):
        yield "TEXT", "must be of Latin letters.", _latin_only(member)


# Members of requests.


def _required(member: Member) -> type[ServerBehavior]:
    class Required(ServerBehavior):
        def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
            if resource is member.resource and member.name not in document:
                raise InvalidRequestError(
                    Problem("missing_required_parameter", "Must be present", member.name)
                )
            return super().received_members(resource, document)

    return Required


def _forgotten(member: Member) -> type[ServerBehavior]:
    class Forgotten(ServerBehavior):
        def stored_value(self, asked: Member, value: object) -> object:
            return member.default if asked is member else super().stored_value(asked, value)

    return Forgotten


def _ignored(member: Member) -> type[ServerBehavior]:
    class Ignored(ServerBehavior):
        def validate_value(self, asked: Member, value: object) -> object:
            wrong = value is not None and not isinstance(value, _TYPES[type(member.value_type)])
            return member.default if asked is member and wrong else super().validate_value(asked, value)

    return Ignored


def _digit_refused(member: Member) -> type[ServerBehavior]:
    class DigitRefused(ServerBehavior):
        def matches_pattern(self, asked: Member, value_type: StringType, text: str) -> bool:
            digit = asked is member and text[-1:].isdigit()
            return not digit and super().matches_pattern(asked, value_type, text)

    return DigitRefused


def _black(member: Member) -> type[ServerBehavior]:
    class Black(ServerBehavior):
        def default_value(self, asked: Member) -> object:
            return "#000000" if asked is member else super().default_value(asked)

    return Black


def _latin_only(member: Member) -> type[ServerBehavior]:
    class LatinOnly(ServerBehavior):
        def require_string(self, asked: Member, value: object) -> str:
            text = super().require_string(asked, value)
            if asked is member and max(text, default="") > "\xff":
                raise invalid_value("invalid_parameter", "Must be of Latin letters")
            return text

    return LatinOnly


def _nonsense_ignored(member: Member) -> type[ServerBehavior]:
    class NonsenseIgnored(ServerBehavior):
        def validate_timestamp(self, asked: Member, value: object) -> dt.datetime | None:
            try:
                return super().validate_timestamp(asked, value)
            except ValueError:
                if asked is member and isinstance(value, str):
                    return None
                raise

    return NonsenseIgnored


def _late_refused(member: Member) -> type[ServerBehavior]:
    class LateRefused(ServerBehavior):
        def parse_timestamp(self, asked: Member, text: str) -> TimestampParts:
            parts = super().parse_timestamp(asked, text)
            if asked is member and parts.day[0] > 2037:
                raise ValueError("after January 2038")
            return parts

    return LateRefused


def _rolled_over(member: Member) -> type[ServerBehavior]:
    class RolledOver(ServerBehavior):
        def local_time(self, asked: Member, parts: TimestampParts) -> dt.datetime:
            year, month, day = parts.day
            if asked is not member or not 28 < day <= 31:
                return super().local_time(asked, parts)
            return super().local_time(asked, replace(parts, day=(year, month, 1))) + dt.timedelta(
                days=day - 1
            )

    return RolledOver


def _offset_dropped(member: Member) -> type[ServerBehavior]:
    class OffsetDropped(ServerBehavior):
        def to_utc(self, asked: Member, local: dt.datetime, offset: int) -> dt.datetime:
            return super().to_utc(asked, local, 0 if asked is member else offset)

    return OffsetDropped


def _fraction_refused(member: Member) -> type[ServerBehavior]:
    class FractionRefused(ServerBehavior):
        def parse_timestamp(self, asked: Member, text: str) -> TimestampParts:
            if asked is member and "." in text:
                raise ValueError("fraction of a second")
            return super().parse_timestamp(asked, text)

    return FractionRefused


def _true_refused(member: Member) -> type[ServerBehavior]:
    class TrueRefused(ServerBehavior):
        def validate_boolean(self, asked: Member, value: object) -> bool:
            if asked is member and value is True:
                raise invalid_value("feature_not_available", "Must be false")
            return super().validate_boolean(asked, value)

    return TrueRefused


def _nested_refused(member: Member) -> type[ServerBehavior]:
    class NestedRefused(ServerBehavior):
        def validate_object(self, asked: Member, value: object) -> dict[str, Any]:
            mapping = super().validate_object(asked, value)
            if asked is member and any(isinstance(item, dict) for item in mapping.values()):
                raise invalid_value("invalid_object", "Must be flat")
            return mapping

    return NestedRefused


_BY_KIND: dict[type[ValueType], tuple[tuple[str, str, Callable[[Member], type[ServerBehavior]]], ...]] = {
    BooleanType: (("TYPE-ACCEPT", "must not be true.", _true_refused),),
    ObjectType: (("TYPE-ACCEPT", "must not hold objects.", _nested_refused),),
    TimestampType: (
        ("FORMAT", "is ignored when it is no time.", _nonsense_ignored),
        ("FORMAT-ACCEPT", "must lie before 2038.", _late_refused),
        ("FORMAT-IMPOSSIBLE", "is rolled over when its day does not exist.", _rolled_over),
        ("OFFSET", "is read without its offset.", _offset_dropped),
        ("FRACTION", "must be in whole seconds.", _fraction_refused),
    ),
}


# Members of answers.


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in body.items() if other != name}


def _lacking(name: str) -> type[ServerBehavior]:
    class Lacking(ServerBehavior):
        def represent_conference(self, request: Request, record: Record) -> dict[str, Any]:
            return _without(super().represent_conference(request, record), name)

    return Lacking


def _room_lacking(name: str) -> type[ServerBehavior]:
    class RoomLacking(ServerBehavior):
        def represent_room(self, request: Request, record: Record) -> dict[str, Any]:
            return _without(super().represent_room(request, record), name)

    return RoomLacking


def _inner_lacking(name: str) -> type[ServerBehavior]:
    class InnerLacking(ServerBehavior):
        def represent_room(self, request: Request, record: Record) -> dict[str, Any]:
            body = super().represent_room(request, record)
            return {**body, "conference_room": _without(body["conference_room"], name)}

    return InnerLacking


def _session_null(name: str) -> type[ServerBehavior]:
    class SessionNull(ServerBehavior):
        def represent_session(self, record: Record) -> dict[str, Any]:
            body = super().represent_session(record)
            return {"active_session": {**body["active_session"], name: None}} if body else body

    return SessionNull
