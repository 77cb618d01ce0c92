"""Faults that accept bodies and values that resemble valid ones."""

import re
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember, StringType
from reference.faults.fault import fault
from reference.faults.responses.server_errors import CrashError


@fault("wrapped-body-unwrapped", breaks="VC-CREATE-DISPLAY-NAME-REQUIRED")
class WrappedBody(ServerBehavior):
    """Reads the members of a conference from the object `conference` too, if the body has one."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        wrapped = document.get("conference")
        return super().received_members(resource, wrapped if isinstance(wrapped, dict) else document)


@fault("member-names-without-quotes", breaks=("VC-CREATE-MALFORMED-JSON", "FCR-CREATE-MALFORMED-JSON"))
class MemberNamesWithoutQuotes(ServerBehavior):
    """Accepts a member name without quotes at the start of a body."""

    def parse_json(self, text: str) -> Any:
        return super().parse_json(re.sub(r"^\{(\w+):", r'{"\1":', text))


@fault("python-literals-read", breaks=("VC-CREATE-MALFORMED-JSON", "FCR-CREATE-MALFORMED-JSON"))
class PythonLiterals(ServerBehavior):
    """Accepts True and None, as Python writes them."""

    def parse_json(self, text: str) -> Any:
        return super().parse_json(re.sub(r"(: )True\b", r"\1true", re.sub(r"(: )None\b", r"\1null", text)))


class _DroppedValue(ServerBehavior):
    """Base of faults that treat an invalid value of one member as if it were omitted."""

    resource = Resource.CONFERENCE
    name = ""

    def is_dropped(self, value: object) -> bool:
        return False

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        members = super().received_members(resource, document)
        if resource is self.resource and self.is_dropped(members.get(self.name)):
            return {name: value for name, value in members.items() if name != self.name}
        return members


@fault("description-an-object", breaks="VC-CREATE-DESCRIPTION-TYPE")
class DescriptionAnObject(_DroppedValue):
    """Ignores a description that is an object with members."""

    name = "description"

    def is_dropped(self, value: object) -> bool:
        return isinstance(value, dict) and bool(value)


@fault("room-switch-a-list", breaks="FCR-CREATE-RECORD-ON-START-TYPE")
class RoomSwitchAList(_DroppedValue):
    """Ignores a record_on_start of a room that is a list of a boolean."""

    resource, name = Resource.ROOM, "record_on_start"

    def is_dropped(self, value: object) -> bool:
        return isinstance(value, list) and bool(value)


@fault("chat-a-fraction", breaks="VC-CREATE-ENABLE-CHAT-TYPE")
class ChatAFraction(_DroppedValue):
    """Ignores an enable_chat that is a fraction."""

    name = "enable_chat"

    def is_dropped(self, value: object) -> bool:
        return isinstance(value, float)


@fault("null-500", breaks=("API-ERR-ALL-MEMBERS", "API-ERR-NO-5XX"))
class Null500(ServerBehavior):
    """Returns 500 for null in join_until of a conference."""

    def validate_null(self, member: RequestMember) -> object:
        if member.path == "video.join_until":
            raise CrashError
        return super().validate_null(member)


@fault("room-number-for-text-500", breaks=("API-ERR-ALL-MEMBERS", "API-ERR-NO-5XX"))
class RoomNumberForText500(ServerBehavior):
    """Returns 500 for a number in description of a room."""

    def validate_string(self, member: RequestMember, value_type: StringType, value: object) -> str:
        if member.path == "fabric.description" and isinstance(value, int):
            raise CrashError
        return super().validate_string(member, value_type, value)


@fault("colors-in-hsl", breaks="VC-CREATE-LIGHT-SUCCESS-PATTERN")
class ColorsInHsl(ServerBehavior):
    """Accepts the notation hsl() in light_success."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        is_hsl = member.path == "video.light_success" and text.startswith("hsl(")
        return is_hsl or super().matches_pattern(member, value_type, text)


@fault("name-no-break-spaces", breaks="VC-CREATE-NAME-PATTERN")
class NameNoBreakSpaces(ServerBehavior):
    """Accepts no-break spaces in the name of a conference."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        if member.path == "video.name":
            text = text.replace("\u00a0", "-")
        return super().matches_pattern(member, value_type, text)
