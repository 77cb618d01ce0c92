"""Variants in the validation of requests and in the supported operations."""

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.body_parsing import UnreadableBodyError
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import MEMBERS, IntegerType, RequestMember, StringType
from reference.api.rfc3339 import TimestampParts
from reference.api.store import Record
from reference.api.validation import InvalidRequestError, invalid_value
from reference.variants.variant import variant

_LENIENT = "AMB-52: the conversion of values of another type is only reported."
_BLANK = "AMB-10: the schema and the list of errors contradict each other."
_NULL = "AMB-25: null may be rejected or treated as an omitted member."
_TIMES = "AMB-43: equal and past timestamps are not specified."
_BOOLEANS = {"true": True, "false": False, 1: True, 0: False}


@variant("lengths-in-utf-16", permitted="AMB-45: characters may be counted in any unit other than bytes.")
class LengthsInUtf16(ServerBehavior):
    """Counts UTF-16 code units as characters."""

    def string_length(self, member: RequestMember, text: str) -> int:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2


@variant("display-name-not-blank", permitted=_BLANK)
class DisplayNameNotBlank(ServerBehavior):
    """Rejects a display_name that consists of whitespace only."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if member.name == "display_name" and not text.strip():
            raise invalid_value("missing_required_parameter", "Must not be blank")
        return text


@variant("room-name-not-blank", permitted=_BLANK)
class RoomNameNotBlank(ServerBehavior):
    """Rejects a room name that consists of whitespace only."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if member.path == "fabric.name" and not text.strip():
            raise invalid_value("missing_required_parameter", "Must not be blank")
        return text


@variant("room-name-as-conference-name", permitted="A guide advises against some characters in room names.")
class RoomNameAsConferenceName(ServerBehavior):
    """Rejects a room name that is not valid as the name of a conference."""

    def validate_string(self, member: RequestMember, value_type: StringType, value: object) -> str:
        if member.path == "fabric.name":
            value_type = StringType(max_length=100, pattern=re.compile(r"[A-Za-z0-9_-]+"))
        return super().validate_string(member, value_type, value)


@variant("max-members-from-one", permitted="AMB-35: a documented example suggests that 0 is rejected.")
class MaxMembersFromOne(ServerBehavior):
    """Rejects a max_members of 0."""

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        return (
            (1, value_type.maximum)
            if member.name == "max_members"
            else super().integer_bounds(member, value_type)
        )


@variant("null-is-left-out", permitted=_NULL)
class NullIsLeftOut(ServerBehavior):
    """Treats null in an optional member as an omitted member."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        members = MEMBERS[resource]
        return {
            name: value
            for name, value in super().received_members(resource, document).items()
            if value is not None or name not in members or members[name].required
        }


@variant("switches-converted", permitted=_LENIENT)
class BooleansConverted(ServerBehavior):
    """Converts the strings true and false and the numbers 1 and 0 to booleans."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        convertible = isinstance(value, str | int) and value in _BOOLEANS
        return super().validate_boolean(
            member, _BOOLEANS[value] if convertible and isinstance(value, str | int) else value
        )


@variant("numbers-converted", permitted=_LENIENT)
class NumbersConverted(ServerBehavior):
    """Converts strings of digits to integers."""

    def require_integer(self, member: RequestMember, value: object) -> int:
        digits = isinstance(value, str) and value.isascii() and value.isdigit()
        return super().require_integer(member, int(str(value)) if digits else value)


@variant("texts-converted", permitted=_LENIENT)
class StringsConverted(ServerBehavior):
    """Converts numbers and booleans to strings."""

    def require_string(self, member: RequestMember, value: object) -> str:
        plain = isinstance(member.value_type, StringType) and isinstance(value, bool | int | float)
        return super().require_string(member, str(value).lower() if plain else value)


@variant("timestamps-taken", permitted=_LENIENT)
class TimestampsAsNumbers(ServerBehavior):
    """Accepts a number of seconds as a timestamp."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**35:
            return dt.datetime.fromtimestamp(value, dt.UTC)
        return super().validate_timestamp(member, value)


@variant("unknown-members-refused", permitted="AMB-06: unknown members may be rejected or ignored.")
class UnknownMembersRejected(ServerBehavior):
    """Rejects unknown members."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        unknown = [name for name in request_members if name not in MEMBERS[resource]]
        if unknown:
            raise InvalidRequestError(*(Problem("invalid_parameter", "Is unknown", name) for name in unknown))
        return request_members


@variant("past-refused", permitted=_TIMES)
class PastRejected(ServerBehavior):
    """Rejects timestamps in the past."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        past = [
            name for name, value in values.items() if isinstance(value, dt.datetime) and value < self.now()
        ]
        problems = [Problem("invalid_parameter", "Must not be in the past", name) for name in past]
        return problems + super().cross_member_problems(resource, values)


@variant("empty-times-refused", permitted=_TIMES)
class EqualTimesRejected(ServerBehavior):
    """Rejects a join_until that is equal to join_from."""

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        return start < end


@variant("room-bare-dates", permitted="AMB-03: dates without a time in rooms are only reported.")
class RoomDatesWithoutTime(ServerBehavior):
    """Accepts dates without a time in rooms."""

    def accepts_date_only(self, member: RequestMember) -> bool:
        return True


@variant(
    "room-previews-optional",
    permitted="AMB-15: a room created without enable_room_previews is only reported.",
)
class RoomPreviewsOptional(ServerBehavior):
    """Accepts a room without enable_room_previews."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        return (
            {"enable_room_previews": False, **request_members}
            if resource is Resource.ROOM
            else request_members
        )


@variant("leap-seconds-refused", permitted="AMB-02: a leap second may be accepted, rejected or converted.")
class LeapSecondsRejected(ServerBehavior):
    """Rejects leap seconds."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        parts = super().parse_timestamp(member, text)
        if parts.time[2] == 60:
            raise ValueError("leap second")
        return parts


@variant(
    "time-without-offset-taken", permitted="The documentation does not specify timestamps without an offset."
)
class TimeWithoutOffset(ServerBehavior):
    """Accepts a timestamp without a UTC offset as UTC."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        bare = re.fullmatch(r"[^Tt]+[Tt][0-9:.]+", text) is not None
        return super().parse_timestamp(member, f"{text}Z" if bare else text)


@variant(
    "offset-of-a-day-accepted",
    permitted="Parsers of several languages add an offset of a day or more; it denotes a point in time.",
)
class OffsetOfADayAccepted(ServerBehavior):
    """Accepts the hours from 24 to 99 in the offset of a timestamp."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        match = re.fullmatch(r"(.*)([+-])([2-9][0-9]):([0-5][0-9])", text)
        if match is None or int(match[3]) < 24:
            return super().parse_timestamp(member, text)
        minutes = int(match[3]) * 60 + int(match[4])
        parts = super().parse_timestamp(member, f"{match[1]}Z")
        return replace(parts, offset=-minutes if match[2] == "-" else minutes)


@variant("small-t-and-z-refused", permitted="The documentation shows uppercase letters only.")
class LowercaseTAndZRejected(ServerBehavior):
    """Rejects a lowercase t or z in a timestamp."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if text != text.upper():
            raise ValueError("lowercase letter")
        return super().parse_timestamp(member, text)


@variant("nul-refused", permitted="The documentation does not specify NUL characters.")
class NulRejected(ServerBehavior):
    """Rejects a string with a NUL character."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if "\0" in text:
            raise invalid_value("invalid_parameter", "Must not contain a NUL character")
        return text


@variant(
    "control-breaks-rejected",
    permitted="Line breaks that are control characters may be rejected; only reported.",
)
class ControlBreaksRejected(ServerBehavior):
    """Rejects a string with a control character other than tab, line feed and carriage return."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text):
            raise invalid_value("invalid_parameter", "Must not contain control characters")
        return text


@variant(
    "control-characters-removed",
    permitted="What becomes of control characters in a text is only reported.",
)
class ControlCharactersRemoved(ServerBehavior):
    """Removes control characters other than tab, line feed and carriage return from strings."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if not isinstance(member.value_type, StringType) or member.value_type.pattern is not None:
            return text
        return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text)


@variant("proto-rejected", permitted="A member named __proto__ may be rejected as an attack; only reported.")
class ProtoRejected(ServerBehavior):
    """Rejects a body with a member named __proto__, at any depth."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if '"__proto__":' in json.dumps(document):
            raise UnreadableBodyError
        return super().received_members(resource, document)


@variant("names-without-letter-case", permitted="AMB-08: the case of names is not specified.")
class NamesCaseInsensitive(ServerBehavior):
    """Compares names without regard to case."""

    def name_key(self, name: str) -> str:
        return name.lower()


@variant("names-never-free-again", permitted="AMB-08: the reuse of a name is not specified.")
class NamesNeverFree(ServerBehavior):
    """Keeps the name of a deleted conference in use."""

    def delete_record(self, request: ServerRequest, record: Record) -> None:
        super().delete_record(request, record)
        if record.name_key:
            self.store.names[record.name_key] = record.id


@variant(
    "members-of-update-kept",
    permitted="AMB-18, AMB-19: the effect of these members on create is only reported.",
)
class MembersOfUpdateKept(ServerBehavior):
    """Accepts meta and the booleans of an update request when it creates a conference."""

    received: dict[str, Any]

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.received = document if resource is Resource.CONFERENCE else {}
        return super().received_members(resource, document)

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        if resource is Resource.ROOM or not hasattr(self, "received"):
            return values
        boolean_names = ("tone_on_entry_and_exit", "room_join_video_off", "user_join_video_off")
        booleans = {
            name: self.received[name] for name in boolean_names if isinstance(self.received.get(name), bool)
        }
        meta = {"meta": self.received["meta"]} if isinstance(self.received.get("meta"), dict) else {}
        return {**values, **booleans, **meta}


@variant("session-word-ignored", permitted="AMB-31: another value may be rejected or ignored.")
class SessionValueIgnored(ServerBehavior):
    """Ignores an include_active_session other than true and false."""

    def check_query(self, request: ServerRequest) -> None:
        pass


@variant("session-word-a-number", permitted="AMB-31: the values 1 and 0 are not specified.")
class SessionValueNumber(ServerBehavior):
    """Accepts 1 and 0 for include_active_session."""

    def check_query(self, request: ServerRequest) -> None:
        if request.query.get("include_active_session") not in {"1", "0"}:
            super().check_query(request)

    def session_requested(self, request: ServerRequest) -> bool:
        return request.query.get("include_active_session") == "1" or super().session_requested(request)


@variant("ids-with-letter-case", permitted="AMB-14: access by an uppercase UUID is only reported.")
class IdsCaseSensitive(ServerBehavior):
    """Returns 404 for an id in uppercase."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        return self.store.find(resource, id_)


@variant("found-by-name", permitted="AMB-14: access by name is only reported.")
class FoundByName(ServerBehavior):
    """Finds a conference by its name as well."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        found_id = self.store.names.get(id_, id_) if resource is Resource.CONFERENCE else id_
        return super().lookup(resource, found_id)


@variant("project-in-either-case", permitted="UUIDs are case-insensitive.")
class ProjectInEitherCase(ServerBehavior):
    """Accepts the project id in uppercase."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return super().accepts_credentials(username.lower(), password)


@variant("no-delete", permitted="The profiles require create and get only.")
class NoDelete(ServerBehavior):
    """Returns 405 for every delete."""

    def delete(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "GET"})


@variant("no-list", permitted="The profiles require create and get only.")
class NoList(ServerBehavior):
    """Returns 405 for every list."""

    def list_page(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "POST"})


@variant("no-get-of-rooms", permitted="The fabric profile requires the creation of rooms only.")
class NoGetOfRooms(ServerBehavior):
    """Returns 405 for every get of a room."""

    def get(self, request: ServerRequest) -> ServerResponse:
        if request.operation is ServerOperation.GET_ROOM:
            return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "POST"})
        return super().get(request)
