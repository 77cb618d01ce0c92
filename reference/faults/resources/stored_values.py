"""Faults in the stored values of the members of conferences other than strings."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.faults.fault import fault


@fault("record-on-start-never-kept", breaks="VC-CREATE-RECORD-ON-START-ECHO")
class RecordOnStartLost(ServerBehavior):
    """Stores false for record_on_start of a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return False if member.path == "video.record_on_start" else super().stored_value(member, value)


@fault("quality-never-kept", breaks="VC-CREATE-QUALITY-ECHO")
class QualityLost(ServerBehavior):
    """Stores the default quality for a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return "720p" if member.path == "video.quality" else super().stored_value(member, value)


@fault("size-never-kept", breaks="VC-CREATE-SIZE-ECHO")
class SizeLost(ServerBehavior):
    """Stores the default size for a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return "medium" if member.path == "video.size" else super().stored_value(member, value)


@fault("light-foreground-never-kept", breaks="VC-CREATE-LIGHT-FOREGROUND-ECHO")
class LightForegroundLost(ServerBehavior):
    """Stores the default light_foreground for a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        lost = member.path == "video.light_foreground"
        return member.default if lost else super().stored_value(member, value)


class _DropsMember(ServerBehavior):
    """Base of faults that lose a member of a conference in combination with another member."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        lost = self.dropped_member(request_members) if resource is Resource.CONFERENCE else ""
        return super().with_defaults(
            resource, {name: value for name, value in request_members.items() if name != lost}
        )

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return ""


@fault("description-lost-with-join-from", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionLost(_DropsMember):
    """Loses description when join_from is sent."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "description" if "join_from" in request_members else ""


@fault("size-lost-with-quality", breaks="VC-CREATE-SIZE-ECHO")
class SizeLostWithQuality(_DropsMember):
    """Loses size when quality is 1080p."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "size" if request_members.get("quality") == "1080p" else ""


@fault("light-negative-lost-with-dark", breaks="VC-CREATE-LIGHT-NEGATIVE-ECHO")
class LightNegativeLost(_DropsMember):
    """Loses light_negative when dark_negative is sent."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "light_negative" if "dark_negative" in request_members else ""


@fault("previews-lost-with-recording", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsLost(_DropsMember):
    """Loses enable_room_previews when record_on_start is true."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "enable_room_previews" if request_members.get("record_on_start") else ""


@fault("join-until-lost-with-size", breaks="VC-CREATE-JOIN-UNTIL-ECHO")
class JoinUntilLost(_DropsMember):
    """Loses join_until when size is sent."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "join_until" if "size" in request_members else ""


@fault("black-replaced", breaks="VC-CREATE-DARK-PRIMARY-ECHO")
class BlackReplaced(ServerBehavior):
    """Stores the default for a dark_primary of #000000."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        black = member.path == "video.dark_primary" and value == "#000000"
        return member.default if black else super().stored_value(member, value)
