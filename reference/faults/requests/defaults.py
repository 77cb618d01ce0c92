"""Faults in the defaults of omitted members."""

import datetime as dt
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.faults.fault import fault, should_fault


@fault("quality-default-1080p", breaks="VC-CREATE-QUALITY-DEFAULT")
class QualityDefault(ServerBehavior):
    """Uses 1080p as the default quality of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return "1080p" if member.path == "video.quality" else super().default_value(member)


@fault("layout-default-highlight", breaks="VC-CREATE-LAYOUT-DEFAULT")
class LayoutDefault(ServerBehavior):
    """Uses highlight-1-responsive as the default layout of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return "highlight-1-responsive" if member.path == "video.layout" else super().default_value(member)


@fault("size-default-large", breaks="VC-CREATE-SIZE-DEFAULT")
class SizeDefault(ServerBehavior):
    """Uses large as the default size of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return "large" if member.path == "video.size" else super().default_value(member)


@fault("size-default-null", breaks="VC-CREATE-SIZE-DEFAULT")
class SizeDefaultNull(ServerBehavior):
    """Uses null as the default size of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return None if member.path == "video.size" else super().default_value(member)


@fault("chat-off-by-default", breaks="VC-CREATE-ENABLE-CHAT-DEFAULT")
class ChatDefault(ServerBehavior):
    """Uses false as the default of enable_chat."""

    def default_value(self, member: RequestMember) -> object:
        return False if member.path == "video.enable_chat" else super().default_value(member)


@fault("dark-background-default-dark", breaks="VC-CREATE-DARK-BACKGROUND-DEFAULT")
class DarkBackgroundDefault(ServerBehavior):
    """Uses a dark color as the default of dark_background."""

    def default_value(self, member: RequestMember) -> object:
        return "#1D2127" if member.path == "video.dark_background" else super().default_value(member)


@fault("dark-foreground-default-light", breaks="VC-CREATE-DARK-FOREGROUND-DEFAULT")
class DarkForegroundDefault(ServerBehavior):
    """Uses a light color as the default of dark_foreground."""

    def default_value(self, member: RequestMember) -> object:
        return "#FFFFFF" if member.path == "video.dark_foreground" else super().default_value(member)


@fault("dark-primary-default-misspelt", breaks="VC-CREATE-DARK-PRIMARY-DEFAULT")
class DarkPrimaryDefault(ServerBehavior):
    """Uses a default of dark_primary in which one digit is wrong."""

    def default_value(self, member: RequestMember) -> object:
        return "#044EF5" if member.path == "video.dark_primary" else super().default_value(member)


@fault("light-success-default-misspelt", breaks="VC-CREATE-LIGHT-SUCCESS-DEFAULT")
class LightSuccessDefault(ServerBehavior):
    """Uses a default of light_success in which two digits are swapped."""

    def default_value(self, member: RequestMember) -> object:
        return "#17BB85" if member.path == "video.light_success" else super().default_value(member)


@fault("negative-defaults-exchanged-with-success", breaks="VC-CREATE-LIGHT-NEGATIVE-DEFAULT")
class LightNegativeDefault(ServerBehavior):
    """Uses the default of light_success for light_negative."""

    def default_value(self, member: RequestMember) -> object:
        return "#17BB58" if member.path == "video.light_negative" else super().default_value(member)


@fault("quality-default-remembers", breaks="VC-CREATE-QUALITY-DEFAULT")
class QualityDefaultRemembers(ServerBehavior):
    """Uses the quality of the previous conference as the default of the next one."""

    last = "720p"

    def default_value(self, member: RequestMember) -> object:
        return self.last if member.path == "video.quality" else super().default_value(member)

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE:
            self.last = request_members.get("quality", self.last)
        return super().with_defaults(resource, request_members)


@fault("defaults-win", breaks=("VC-CREATE-LAYOUT-ECHO", "VC-CREATE-ENABLE-CHAT-ECHO"))
class DefaultsWin(ServerBehavior):
    """Overwrites the values that were sent with the defaults."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        defaults = super().with_defaults(resource, {})
        return {
            **super().with_defaults(resource, request_members),
            **{name: value for name, value in defaults.items() if value is not None},
        }


@fault(
    "false-counts-as-missing",
    breaks="VC-CREATE-ENABLE-CHAT-ECHO",
    also_violates=(
        "VC-CREATE-DARK-SUCCESS-TYPE",
        "VC-CREATE-JOIN-UNTIL-TYPE",
    ),
)
class FalseCountsAsMissing(ServerBehavior):
    """Replaces false in a member of a conference with the default."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        if resource is Resource.ROOM:
            return request_members
        return {name: value for name, value in request_members.items() if value is not False}


@fault(
    "light-primary-follows-dark", breaks=("VC-CREATE-COLOR-INDEPENDENT", "VC-CREATE-LIGHT-PRIMARY-DEFAULT")
)
class LightPrimaryFollows(ServerBehavior):
    """Uses dark_primary as the default of light_primary."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        if "dark_primary" in request_members and "light_primary" not in request_members:
            request_members = {**request_members, "light_primary": request_members["dark_primary"]}
        return super().with_defaults(resource, request_members)


@fault(
    "one-color-clears-the-others", breaks=("VC-CREATE-COLOR-INDEPENDENT", "VC-CREATE-DARK-NEGATIVE-DEFAULT")
)
class OneColorClears(ServerBehavior):
    """Sets omitted colors of the dark theme to black when another color of it is sent."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        dark = [name for name in values if name.startswith("dark_")]
        if any(name in request_members for name in dark):
            values |= {name: "#000000" for name in dark if name not in request_members}
        return values


@fault("room-quality-default-1080p", breaks="FCR-CREATE-QUALITY-DEFAULT")
class RoomQualityDefault(ServerBehavior):
    """Uses 1080p as the default quality of a room."""

    def default_value(self, member: RequestMember) -> object:
        return "1080p" if member.path == "fabric.quality" else super().default_value(member)


@should_fault("join-from-default-now", breaks="VC-CREATE-JOIN-FROM-OMITTED-NULL")
class JoinFromDefault(ServerBehavior):
    """Uses the current time as the default join_from of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return self.now() if member.path == "video.join_from" else super().default_value(member)


@should_fault("join-until-default-a-year", breaks="VC-CREATE-JOIN-UNTIL-OMITTED-NULL")
class JoinUntilDefault(ServerBehavior):
    """Uses a time one year ahead as the default join_until of a conference."""

    def default_value(self, member: RequestMember) -> object:
        year = member.path == "video.join_until"
        return self.now() + dt.timedelta(days=365) if year else super().default_value(member)


@should_fault("room-join-from-default-now", breaks="FCR-CREATE-JOIN-FROM-OMITTED-NULL")
class RoomJoinFromDefault(ServerBehavior):
    """Uses the current time as the default join_from of a room."""

    def default_value(self, member: RequestMember) -> object:
        return self.now() if member.path == "fabric.join_from" else super().default_value(member)


@should_fault("room-join-until-default-a-year", breaks="FCR-CREATE-JOIN-UNTIL-OMITTED-NULL")
class RoomJoinUntilDefault(ServerBehavior):
    """Uses a time one year ahead as the default join_until of a room."""

    def default_value(self, member: RequestMember) -> object:
        year = member.path == "fabric.join_until"
        return self.now() + dt.timedelta(days=365) if year else super().default_value(member)


@should_fault("room-remove-at-default-a-year", breaks="FCR-CREATE-REMOVE-AT-OMITTED-NULL")
class RoomRemoveAtDefault(ServerBehavior):
    """Uses a time one year ahead as the default remove_at of a room."""

    def default_value(self, member: RequestMember) -> object:
        year = member.path == "fabric.remove_at"
        return self.now() + dt.timedelta(days=365) if year else super().default_value(member)


@should_fault("room-remove-after-default-a-day", breaks="FCR-CREATE-REMOVE-AFTER-OMITTED-NULL")
class RoomRemoveAfterDefault(ServerBehavior):
    """Uses 86400 as the default remove_after_seconds_elapsed of a room."""

    def default_value(self, member: RequestMember) -> object:
        day = member.path == "fabric.remove_after_seconds_elapsed"
        return 86_400 if day else super().default_value(member)
