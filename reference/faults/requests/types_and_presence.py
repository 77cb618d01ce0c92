"""Faults in the validation of types and of required members."""

import json
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import EnumType, IntegerType, RequestMember
from reference.api.validation import InvalidRequestError
from reference.faults.fault import fault


@fault("display-name-of-any-type", breaks="VC-CREATE-DISPLAY-NAME-TYPE")
class DisplayNameOfAnyType(ServerBehavior):
    """Accepts a display_name of any type and stores it as a string."""

    def require_string(self, member: RequestMember, value: object) -> str:
        other = member.path == "video.display_name" and not isinstance(value, str)
        return json.dumps(value) if other else super().require_string(member, value)


@fault("name-of-empty-list", breaks="VC-CREATE-NAME-TYPE")
class NameOfEmptyList(ServerBehavior):
    """Accepts an empty array or object for name and stores null."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        empty = member.path == "video.name" and value in ([], {})
        return None if empty else super().validate_value(member, value)


@fault("description-of-any-type", breaks="VC-CREATE-DESCRIPTION-TYPE")
class DescriptionOfAnyType(ServerBehavior):
    """Accepts a description of any type and stores it as a string."""

    def require_string(self, member: RequestMember, value: object) -> str:
        other = member.path == "video.description" and not isinstance(value, str)
        return json.dumps(value) if other else super().require_string(member, value)


@fault("join-from-wrong-type-ignored", breaks="VC-CREATE-JOIN-FROM-TYPE")
class JoinFromIgnored(ServerBehavior):
    """Accepts a join_from that is not a string and stores null."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        other = member.path == "video.join_from" and not isinstance(value, str)
        return None if other else super().validate_value(member, value)


@fault("join-until-true-is-now", breaks="VC-CREATE-JOIN-UNTIL-TYPE")
class JoinUntilTrue(ServerBehavior):
    """Accepts true for join_until and stores the current time."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        true = member.path == "video.join_until" and value is True
        return self.now() if true else super().validate_value(member, value)


@fault("quality-wrong-type-is-default", breaks="VC-CREATE-QUALITY-TYPE")
class QualityWrongType(ServerBehavior):
    """Accepts a quality that is not a string and stores the default."""

    def validate_enum(self, member: RequestMember, value_type: EnumType, value: object) -> str:
        other = member.path == "video.quality" and not isinstance(value, str)
        return member.default if other else super().validate_enum(member, value_type, value)


@fault("layout-empty-list-is-default", breaks="VC-CREATE-LAYOUT-TYPE")
class LayoutEmptyList(ServerBehavior):
    """Accepts an empty array or object for layout and stores the default."""

    def validate_enum(self, member: RequestMember, value_type: EnumType, value: object) -> str:
        empty = member.path == "video.layout" and value in ([], {})
        return member.default if empty else super().validate_enum(member, value_type, value)


@fault("size-wrong-type-is-default", breaks="VC-CREATE-SIZE-TYPE")
class SizeWrongType(ServerBehavior):
    """Accepts a size that is not a string and stores the default."""

    def validate_enum(self, member: RequestMember, value_type: EnumType, value: object) -> str:
        other = member.path == "video.size" and not isinstance(value, str)
        return member.default if other else super().validate_enum(member, value_type, value)


@fault("record-on-start-by-truth", breaks="VC-CREATE-RECORD-ON-START-TYPE")
class RecordOnStartByTruth(ServerBehavior):
    """Accepts a record_on_start of any type and converts it to a boolean."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        return (
            bool(value) if member.path == "video.record_on_start" else super().validate_boolean(member, value)
        )


@fault("enable-chat-takes-yes", breaks="VC-CREATE-ENABLE-CHAT-TYPE")
class EnableChatYes(ServerBehavior):
    """Accepts the strings yes, no, on and off for enable_chat."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        string = member.path == "video.enable_chat" and isinstance(value, str)
        return value in ("yes", "on") if string else super().validate_boolean(member, value)


@fault("enable-room-previews-takes-numbers", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-TYPE")
class EnableRoomPreviewsNumber(ServerBehavior):
    """Accepts any number for enable_room_previews."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        number = member.path == "video.enable_room_previews" and isinstance(value, int | float)
        return bool(value) if number else super().validate_boolean(member, value)


@fault("dark-primary-wrong-type-ignored", breaks="VC-CREATE-DARK-PRIMARY-TYPE")
class DarkPrimaryIgnored(ServerBehavior):
    """Accepts a dark_primary that is not a string and stores the default."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        other = member.path == "video.dark_primary" and not isinstance(value, str)
        return member.default if other else super().validate_value(member, value)


@fault("light-negative-empty-list-ignored", breaks="VC-CREATE-LIGHT-NEGATIVE-TYPE")
class LightNegativeIgnored(ServerBehavior):
    """Accepts an empty array or object for light_negative and stores the default."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        empty = member.path == "video.light_negative" and value in ([], {})
        return member.default if empty else super().validate_value(member, value)


@fault("empty-counts-as-missing", breaks=("VC-CREATE-DESCRIPTION-TYPE", "VC-CREATE-NAME-PATTERN"))
class EmptyCountsAsMissing(ServerBehavior):
    """Treats empty strings, arrays and objects as omitted members."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        return {name: value for name, value in request_members.items() if value not in ("", [], {})}


@fault("display-name-null-accepted", breaks="VC-CREATE-DISPLAY-NAME-NULL")
class DisplayNameNull(ServerBehavior):
    """Accepts a display_name of null and stores null."""

    def validate_null(self, member: RequestMember) -> object:
        return None if member.path == "video.display_name" else super().validate_null(member)


@fault("display-name-null-is-text", breaks="VC-CREATE-DISPLAY-NAME-NULL")
class DisplayNameNullIsString(ServerBehavior):
    """Accepts a display_name of null and stores the string null."""

    def validate_null(self, member: RequestMember) -> object:
        return "null" if member.path == "video.display_name" else super().validate_null(member)


@fault("display-name-not-required", breaks="VC-CREATE-DISPLAY-NAME-REQUIRED")
class DisplayNameNotRequired(ServerBehavior):
    """Creates a conference without display_name and names it Untitled."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        return (
            {"display_name": "Untitled", **request_members}
            if resource is Resource.CONFERENCE
            else request_members
        )


@fault("display-name-falls-back-on-name", breaks="VC-CREATE-DISPLAY-NAME-REQUIRED")
class DisplayNameFallsBack(ServerBehavior):
    """Creates a conference without display_name when it has a name."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        named = resource is Resource.CONFERENCE and "name" in request_members
        return {"display_name": request_members["name"], **request_members} if named else request_members


class _RequiresMember(ServerBehavior):
    """Base of faults that require another member."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        missing = self.missing_member(values) if resource is Resource.CONFERENCE else None
        if missing:
            raise InvalidRequestError(Problem("missing_required_parameter", "Must be present", missing))
        return super().cross_member_problems(resource, values)

    def missing_member(self, values: dict[str, Any]) -> str | None:
        return None


@fault("name-required", breaks=("VC-CREATE-NAME-OPTIONAL", "VC-CREATE-MINIMAL"))
class NameRequired(_RequiresMember):
    """Rejects a create request without name."""

    def missing_member(self, values: dict[str, Any]) -> str | None:
        return None if "name" in values else "name"


@fault("description-required", breaks=("VC-CREATE-DESCRIPTION-OPTIONAL", "VC-CREATE-MINIMAL"))
class DescriptionRequired(_RequiresMember):
    """Rejects a create request without description."""

    def missing_member(self, values: dict[str, Any]) -> str | None:
        return None if "description" in values else "description"


@fault(
    "join-until-required-with-join-from", breaks=("VC-CREATE-JOIN-FROM-FORMAT-ACCEPT", "VC-CREATE-DATE-ONLY")
)
class JoinUntilRequired(_RequiresMember):
    """Rejects a create request with join_from and without join_until."""

    def missing_member(self, values: dict[str, Any]) -> str | None:
        return "join_until" if "join_from" in values and "join_until" not in values else None


@fault("colors-all-or-none", breaks="VC-CREATE-PAIRS")
class ColorsAllOrNone(_RequiresMember):
    """Rejects a create request with some, but not all, colors of the dark theme."""

    def missing_member(self, values: dict[str, Any]) -> str | None:
        parts = ("primary", "background", "foreground", "success", "negative")
        dark = [f"dark_{part}" for part in parts]
        absent = [name for name in dark if name not in values]
        return absent[0] if 0 < len(absent) < len(dark) else None


@fault("room-name-not-required", breaks="FCR-CREATE-NAME-REQUIRED")
class RoomNameNotRequired(ServerBehavior):
    """Creates a room without name and names it untitled."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        return {"name": "untitled", **request_members} if resource is Resource.ROOM else request_members


@fault("room-name-null-accepted", breaks="FCR-CREATE-NAME-NULL")
class RoomNameNull(ServerBehavior):
    """Accepts a room name of null and stores an empty string."""

    def validate_null(self, member: RequestMember) -> object:
        return "" if member.path == "fabric.name" else super().validate_null(member)


@fault("room-name-of-any-type", breaks="FCR-CREATE-NAME-TYPE")
class RoomNameOfAnyType(ServerBehavior):
    """Accepts a room name of any type and stores it as a string."""

    def require_string(self, member: RequestMember, value: object) -> str:
        other = member.path == "fabric.name" and not isinstance(value, str)
        return json.dumps(value) if other else super().require_string(member, value)


@fault("room-previews-by-truth", breaks="FCR-CREATE-ENABLE-ROOM-PREVIEWS-TYPE")
class RoomPreviewsByTruth(ServerBehavior):
    """Accepts an enable_room_previews of any type for a room and converts it to a boolean."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        truth = member.path == "fabric.enable_room_previews"
        return bool(value) if truth else super().validate_boolean(member, value)


@fault("room-sync-audio-video-by-truth", breaks="FCR-CREATE-SYNC-AUDIO-VIDEO-TYPE")
class RoomSyncByTruth(ServerBehavior):
    """Accepts a sync_audio_video of any type and converts it to a boolean."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        truth = member.path == "fabric.sync_audio_video"
        return bool(value) if truth else super().validate_boolean(member, value)


@fault(
    "max-members-rounded-down",
    breaks="FCR-CREATE-MAX-MEMBERS-TYPE",
    also_violates=("API-ERR-HUGE-NUMBER", "API-ERR-NO-5XX"),
)
class MaxMembersRounded(ServerBehavior):
    """Accepts a fractional max_members and rounds it down."""

    def require_integer(self, member: RequestMember, value: object) -> int:
        fraction = member.path == "fabric.max_members" and isinstance(value, float)
        return int(value) if fraction and isinstance(value, float) else super().require_integer(member, value)


@fault("max-members-text-is-zero", breaks="FCR-CREATE-MAX-MEMBERS-TYPE")
class MaxMembersString(ServerBehavior):
    """Accepts a string for max_members and stores 0."""

    def require_integer(self, member: RequestMember, value: object) -> int:
        text = member.path == "fabric.max_members" and isinstance(value, str)
        return 0 if text else super().require_integer(member, value)


@fault("remove-after-true-is-one", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-TYPE")
class RemoveAfterTrue(ServerBehavior):
    """Accepts true for remove_after_seconds_elapsed and stores 1."""

    def validate_integer(self, member: RequestMember, value_type: IntegerType, value: object) -> int:
        true = member.path == "fabric.remove_after_seconds_elapsed" and value is True
        return 1 if true else super().validate_integer(member, value_type, value)


@fault("meta-takes-lists", breaks="FCR-CREATE-META-TYPE")
class MetaTakesLists(ServerBehavior):
    """Accepts an array for the meta of a room and stores it as an object."""

    def validate_object(self, member: RequestMember, value: object) -> dict[str, Any]:
        if isinstance(value, list):
            value = {str(number): item for number, item in enumerate(value)}
        return super().validate_object(member, value)


@fault("meta-takes-anything", breaks="FCR-CREATE-META-TYPE")
class MetaTakesAnything(ServerBehavior):
    """Accepts a meta of any type for a room and stores an empty object if it is not one."""

    def validate_object(self, member: RequestMember, value: object) -> dict[str, Any]:
        return super().validate_object(member, value if isinstance(value, dict) else {})


@fault("almost-whole-is-whole", breaks="FCR-CREATE-MAX-MEMBERS-TYPE")
class AlmostWhole(ServerBehavior):
    """Accepts a number that differs from an integer by less than 0.01 and rounds it."""

    def require_integer(self, member: RequestMember, value: object) -> int:
        near = isinstance(value, float) and abs(value) < 1000 and abs(value - round(value)) < 0.01
        return super().require_integer(member, round(value) if near and isinstance(value, float) else value)
