"""Variants in the validation of request bodies."""

import datetime as dt
import json
import re
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.body_parsing import UnreadableBodyError
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import MEMBERS, IntegerType, RequestMember, StringType
from reference.api.validation import InvalidRequestError, invalid_value
from reference.variants.variant import variant

_LENIENT = "AMB-52: the conversion of values of another type is only reported."
_BLANK = "AMB-10: the schema and the list of errors contradict each other."
_NULL = "AMB-25: null may be rejected or treated as an omitted member."
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


@variant("null-is-omitted", permitted=_NULL)
class NullIsLeftOut(ServerBehavior):
    """Treats null in an optional member as an omitted member."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        members = MEMBERS[resource]
        return {
            name: value
            for name, value in super().received_members(resource, document).items()
            if value is not None or name not in members or members[name].required
        }


@variant("booleans-converted", permitted=_LENIENT)
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


@variant("strings-converted", permitted=_LENIENT)
class StringsConverted(ServerBehavior):
    """Converts numbers and booleans to strings."""

    def require_string(self, member: RequestMember, value: object) -> str:
        plain = isinstance(member.value_type, StringType) and isinstance(value, bool | int | float)
        return super().require_string(member, str(value).lower() if plain else value)


@variant("timestamps-as-numbers", permitted=_LENIENT)
class TimestampsAsNumbers(ServerBehavior):
    """Accepts a number of seconds as a timestamp."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**35:
            return dt.datetime.fromtimestamp(value, dt.UTC)
        return super().validate_timestamp(member, value)


@variant("unknown-members-rejected", permitted="AMB-06: unknown members may be rejected or ignored.")
class UnknownMembersRejected(ServerBehavior):
    """Rejects unknown members."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        unknown = [name for name in request_members if name not in MEMBERS[resource]]
        if unknown:
            raise InvalidRequestError(*(Problem("invalid_parameter", "Is unknown", name) for name in unknown))
        return request_members


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


@variant("nul-rejected", permitted="The documentation does not specify NUL characters.")
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
