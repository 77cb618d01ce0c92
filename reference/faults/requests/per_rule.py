"""Faults derived from the rules of each member.

Each derived requirement that no other fault violates gets a fault, so that every derived requirement has one.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from reference.api import live_session
from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource, ServerRequest
from reference.api.representation import CONFERENCE_MEMBERS, ROOM_MEMBERS
from reference.api.request_models import (
    MEMBERS,
    BooleanType,
    EnumType,
    IntegerType,
    ObjectType,
    RequestMember,
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
_DerivedFault = tuple[str, str, type[ServerBehavior]]  # requirement or its last part, summary, behavior


def derived_faults(violated: frozenset[str]) -> Iterator[Fault]:
    """Yield a fault for each derived requirement that is not in `violated`."""
    for requirement, summary, behavior in (*_request_faults(), *_response_faults()):
        if requirement not in violated:
            is_should = requirement.startswith("FCR-") and requirement.endswith("-FRACTION")
            yield Fault(requirement.lower(), (requirement,), summary, behavior, is_should)


def _request_faults() -> Iterator[_DerivedFault]:
    for resource, prefix, noun in (
        (Resource.CONFERENCE, "VC-CREATE", "conference"),
        (Resource.ROOM, "FCR-CREATE", "room"),
    ):
        for member in MEMBERS[resource].values():
            for rule, template, behavior in _member_faults(member):
                summary = template.format(noun=noun, name=member.name, member=f"{member.name} of a {noun}")
                yield f"{prefix}-{_in_id(member.name)}-{rule}", summary, behavior


def _response_faults() -> Iterator[_DerivedFault]:
    for name in ("id", *CONFERENCE_MEMBERS, "created_at", "updated_at"):
        yield f"VC-CONF-{_in_id(name)}", f"Omits {name} from a conference.", _omitted(name)
    for name in ("id", "project_id", "display_name", "type", "created_at", "updated_at", "conference_room"):
        yield f"FCR-RES-{_in_id(name)}", f"Omits {name} from a room resource.", _resource_omitted(name)
    for name in ("id", *ROOM_MEMBERS):
        yield (
            f"FCR-ROOM-{_in_id(name)}",
            f"Omits {name} from the conference_room object.",
            _room_omitted(name),
        )
    for name in live_session.session(dt.datetime.now(dt.UTC)):
        yield f"VC-SESSION-{_in_id(name)}", f"Returns null for {name} of a session.", _session_null(name)


def _in_id(name: str) -> str:
    return name.upper().replace("_", "-")


def _member_faults(member: RequestMember) -> Iterator[_DerivedFault]:
    if not member.required:
        yield "OPTIONAL", "Rejects a create request for a {noun} without {name}.", _required(member)
        yield "ECHO", "Stores the default instead of the received {member}.", _not_stored(member)
    yield "TYPE", "Accepts the wrong type for {member} and stores the default.", _wrong_type_accepted(member)
    for value_type, faults in _BY_TYPE.items():
        if isinstance(member.value_type, value_type):
            yield from ((rule, summary, behavior(member)) for rule, summary, behavior in faults)
    if isinstance(member.default, str) and member.default.startswith("#"):
        yield "PATTERN-ACCEPT", "Rejects a {member} that ends with a digit.", _digit_rejected(member)
        yield "DEFAULT", "Uses #000000 as the default {member}.", _black_by_default(member)
    if (
        isinstance(member.value_type, StringType)
        and member.value_type.max_length
        and not member.value_type.pattern
    ):
        yield "TEXT", "Rejects characters outside Latin-1 in {member}.", _latin_only(member)


# Members of requests.


def _required(target: RequestMember) -> type[ServerBehavior]:
    class Requires(ServerBehavior):
        def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
            if resource is target.resource and target.name not in document:
                raise InvalidRequestError(
                    Problem("missing_required_parameter", "Must be present", target.name)
                )
            return super().received_members(resource, document)

    return Requires


def _not_stored(target: RequestMember) -> type[ServerBehavior]:
    class NotStored(ServerBehavior):
        def stored_value(self, member: RequestMember, value: object) -> object:
            return target.default if member is target else super().stored_value(member, value)

    return NotStored


def _wrong_type_accepted(target: RequestMember) -> type[ServerBehavior]:
    class WrongTypeAccepted(ServerBehavior):
        def validate_value(self, member: RequestMember, value: object) -> object:
            wrong = value is not None and not isinstance(value, _TYPES[type(target.value_type)])
            return target.default if member is target and wrong else super().validate_value(member, value)

    return WrongTypeAccepted


def _digit_rejected(target: RequestMember) -> type[ServerBehavior]:
    class DigitRejected(ServerBehavior):
        def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
            digit = member is target and text[-1:].isdigit()
            return not digit and super().matches_pattern(member, value_type, text)

    return DigitRejected


def _black_by_default(target: RequestMember) -> type[ServerBehavior]:
    class Black(ServerBehavior):
        def default_value(self, member: RequestMember) -> object:
            return "#000000" if member is target else super().default_value(member)

    return Black


def _latin_only(target: RequestMember) -> type[ServerBehavior]:
    class LatinOnly(ServerBehavior):
        def require_string(self, member: RequestMember, value: object) -> str:
            text = super().require_string(member, value)
            if member is target and max(text, default="") > "\xff":
                raise invalid_value("invalid_parameter", "Must contain Latin-1 characters only")
            return text

    return LatinOnly


def _malformed_accepted(target: RequestMember) -> type[ServerBehavior]:
    class MalformedAccepted(ServerBehavior):
        def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
            try:
                return super().validate_timestamp(member, value)
            except ValueError:
                if member is target and isinstance(value, str):
                    return None
                raise

    return MalformedAccepted


def _after_2037_rejected(target: RequestMember) -> type[ServerBehavior]:
    class After2037Rejected(ServerBehavior):
        def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
            parts = super().parse_timestamp(member, text)
            if member is target and parts.day[0] > 2037:
                raise ValueError("after January 2038")
            return parts

    return After2037Rejected


def _rolled_over(target: RequestMember) -> type[ServerBehavior]:
    class RolledOver(ServerBehavior):
        def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
            year, month, day = parts.day
            if member is not target or not 28 < day <= 31:
                return super().local_time(member, parts)
            return super().local_time(member, replace(parts, day=(year, month, 1))) + dt.timedelta(
                days=day - 1
            )

    return RolledOver


def _offset_dropped(target: RequestMember) -> type[ServerBehavior]:
    class OffsetDropped(ServerBehavior):
        def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
            return super().to_utc(member, local, 0 if member is target else offset)

    return OffsetDropped


def _fraction_rejected(target: RequestMember) -> type[ServerBehavior]:
    class FractionRejected(ServerBehavior):
        def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
            if member is target and "." in text:
                raise ValueError("fractional seconds")
            return super().parse_timestamp(member, text)

    return FractionRejected


def _true_rejected(target: RequestMember) -> type[ServerBehavior]:
    class TrueRejected(ServerBehavior):
        def validate_boolean(self, member: RequestMember, value: object) -> bool:
            if member is target and value is True:
                raise invalid_value("feature_not_available", "Must be false")
            return super().validate_boolean(member, value)

    return TrueRejected


def _nested_rejected(target: RequestMember) -> type[ServerBehavior]:
    class NestedRejected(ServerBehavior):
        def validate_object(self, member: RequestMember, value: object) -> dict[str, Any]:
            members = super().validate_object(member, value)
            if member is target and any(isinstance(item, dict) for item in members.values()):
                raise invalid_value("invalid_object", "Must be flat")
            return members

    return NestedRejected


_BY_TYPE: dict[
    type[ValueType], tuple[tuple[str, str, Callable[[RequestMember], type[ServerBehavior]]], ...]
] = {
    BooleanType: (("TYPE-ACCEPT", "Rejects true for {member}.", _true_rejected),),
    ObjectType: (("TYPE-ACCEPT", "Rejects nested objects in {member}.", _nested_rejected),),
    TimestampType: (
        ("FORMAT", "Accepts a {member} that is not a timestamp and stores null.", _malformed_accepted),
        ("FORMAT-ACCEPT", "Rejects a {member} after the year 2037.", _after_2037_rejected),
        ("FORMAT-IMPOSSIBLE", "Converts a day that does not exist in {member} to a later day.", _rolled_over),
        ("OFFSET", "Ignores the UTC offset of {member}.", _offset_dropped),
        ("FRACTION", "Rejects fractional seconds in {member}.", _fraction_rejected),
    ),
}


# Members of responses.


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def _omitted(name: str) -> type[ServerBehavior]:
    class Omitted(ServerBehavior):
        def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
            return _without(super().represent_conference(request, record), name)

    return Omitted


def _resource_omitted(name: str) -> type[ServerBehavior]:
    class ResourceOmitted(ServerBehavior):
        def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
            return _without(super().represent_room(request, record), name)

    return ResourceOmitted


def _room_omitted(name: str) -> type[ServerBehavior]:
    class RoomOmitted(ServerBehavior):
        def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
            body = super().represent_room(request, record)
            return {**body, "conference_room": _without(body["conference_room"], name)}

    return RoomOmitted


def _session_null(name: str) -> type[ServerBehavior]:
    class SessionNull(ServerBehavior):
        def represent_session(self, record: Record) -> dict[str, Any]:
            members = super().represent_session(record)
            return {"active_session": {**members["active_session"], name: None}} if members else members

    return SessionNull
