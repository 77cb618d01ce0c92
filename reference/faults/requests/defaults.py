"""Defaults that are others than documented, or that win over what was sent."""

import datetime as dt
from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Resource
from reference.api.request_models import Member
from reference.faults.fault import fault


@fault("quality-default-1080p", breaks="VC-CREATE-QUALITY-DEFAULT")
class QualityDefault(Rules):
    """The quality of a conference that was given none is 1080p."""

    def default(self, member: Member) -> object:
        return "1080p" if member.path == "video.quality" else super().default(member)


@fault("layout-default-highlight", breaks="VC-CREATE-LAYOUT-DEFAULT")
class LayoutDefault(Rules):
    """The layout of a conference that was given none is highlight-1-responsive."""

    def default(self, member: Member) -> object:
        return "highlight-1-responsive" if member.path == "video.layout" else super().default(member)


@fault("size-default-large", breaks="VC-CREATE-SIZE-DEFAULT")
class SizeDefault(Rules):
    """The size of a conference that was given none is large."""

    def default(self, member: Member) -> object:
        return "large" if member.path == "video.size" else super().default(member)


@fault("size-default-null", breaks="VC-CREATE-SIZE-DEFAULT")
class SizeDefaultNull(Rules):
    """The size of a conference that was given none is null."""

    def default(self, member: Member) -> object:
        return None if member.path == "video.size" else super().default(member)


@fault("chat-off-by-default", breaks="VC-CREATE-ENABLE-CHAT-DEFAULT")
class ChatDefault(Rules):
    """A conference that says nothing about chat has none."""

    def default(self, member: Member) -> object:
        return False if member.path == "video.enable_chat" else super().default(member)


@fault("dark-background-default-dark", breaks="VC-CREATE-DARK-BACKGROUND-DEFAULT")
class DarkBackgroundDefault(Rules):
    """The dark theme has a dark background by default, sensibly, but against the documentation."""

    def default(self, member: Member) -> object:
        return "#1D2127" if member.path == "video.dark_background" else super().default(member)


@fault("dark-foreground-default-light", breaks="VC-CREATE-DARK-FOREGROUND-DEFAULT")
class DarkForegroundDefault(Rules):
    """The dark theme has a light foreground by default."""

    def default(self, member: Member) -> object:
        return "#FFFFFF" if member.path == "video.dark_foreground" else super().default(member)


@fault("dark-primary-default-misspelt", breaks="VC-CREATE-DARK-PRIMARY-DEFAULT")
class DarkPrimaryDefault(Rules):
    """One digit of the default of dark_primary is wrong."""

    def default(self, member: Member) -> object:
        return "#044EF5" if member.path == "video.dark_primary" else super().default(member)


@fault("light-success-default-misspelt", breaks="VC-CREATE-LIGHT-SUCCESS-DEFAULT")
class LightSuccessDefault(Rules):
    """Two digits of the default of light_success are exchanged."""

    def default(self, member: Member) -> object:
        return "#17BB85" if member.path == "video.light_success" else super().default(member)


@fault("negative-defaults-exchanged-with-success", breaks="VC-CREATE-LIGHT-NEGATIVE-DEFAULT")
class LightNegativeDefault(Rules):
    """The default of light_negative is that of light_success."""

    def default(self, member: Member) -> object:
        return "#17BB58" if member.path == "video.light_negative" else super().default(member)


@fault("quality-default-remembers", breaks="VC-CREATE-QUALITY-DEFAULT")
class QualityDefaultRemembers(Rules):
    """The quality of one conference is the default of the next: they share a dictionary of defaults."""

    last = "720p"

    def default(self, member: Member) -> object:
        return self.last if member.path == "video.quality" else super().default(member)

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE:
            self.last = sent.get("quality", self.last)
        return super().filled(resource, sent)


@fault("defaults-win", breaks=("VC-CREATE-LAYOUT-ECHO", "VC-CREATE-ENABLE-CHAT-ECHO"))
class DefaultsWin(Rules):
    """Defaults are applied over what was sent."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        defaults = super().filled(resource, {})
        return {**super().filled(resource, sent), **{k: v for k, v in defaults.items() if v is not None}}


@fault("false-counts-as-missing", breaks="VC-CREATE-ENABLE-CHAT-ECHO")
class FalseCountsAsMissing(Rules):
    """A member that is false counts as left out, and gets its default."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        if resource is Resource.ROOM:
            return sent
        return {name: value for name, value in sent.items() if value is not False}


@fault(
    "light-primary-follows-dark", breaks=("VC-CREATE-COLOR-INDEPENDENT", "VC-CREATE-LIGHT-PRIMARY-DEFAULT")
)
class LightPrimaryFollows(Rules):
    """A conference with dark_primary alone has it for light_primary too."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        if "dark_primary" in sent and "light_primary" not in sent:
            sent = {**sent, "light_primary": sent["dark_primary"]}
        return super().filled(resource, sent)


@fault(
    "one-colour-clears-the-others", breaks=("VC-CREATE-COLOR-INDEPENDENT", "VC-CREATE-DARK-NEGATIVE-DEFAULT")
)
class OneColourClears(Rules):
    """Setting a colour of the dark theme turns the others, if left out, to black."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        dark = [name for name in values if name.startswith("dark_")]
        if any(name in sent for name in dark):
            values |= {name: "#000000" for name in dark if name not in sent}
        return values


@fault("room-quality-default-1080p", breaks="FCR-CREATE-QUALITY-DEFAULT")
class RoomQualityDefault(Rules):
    """The quality of a room that was given none is 1080p."""

    def default(self, member: Member) -> object:
        return "1080p" if member.path == "fabric.quality" else super().default(member)


@fault("join-from-default-now", breaks="VC-CREATE-JOIN-FROM-OMITTED-NULL")
class JoinFromDefault(Rules):
    """The join_from of a conference that was given none is the time of its creation."""

    def default(self, member: Member) -> object:
        return self.now() if member.path == "video.join_from" else super().default(member)


@fault("join-until-default-a-year", breaks="VC-CREATE-JOIN-UNTIL-OMITTED-NULL")
class JoinUntilDefault(Rules):
    """A conference that was given no join_until closes in a year."""

    def default(self, member: Member) -> object:
        year = member.path == "video.join_until"
        return self.now() + dt.timedelta(days=365) if year else super().default(member)


@fault("room-join-from-default-now", breaks="FCR-CREATE-JOIN-FROM-OMITTED-NULL")
class RoomJoinFromDefault(Rules):
    """The join_from of a room that was given none is the time of its creation."""

    def default(self, member: Member) -> object:
        return self.now() if member.path == "fabric.join_from" else super().default(member)


@fault("room-join-until-default-a-year", breaks="FCR-CREATE-JOIN-UNTIL-OMITTED-NULL")
class RoomJoinUntilDefault(Rules):
    """A room that was given no join_until closes in a year."""

    def default(self, member: Member) -> object:
        year = member.path == "fabric.join_until"
        return self.now() + dt.timedelta(days=365) if year else super().default(member)


@fault("room-remove-at-default-a-year", breaks="FCR-CREATE-REMOVE-AT-OMITTED-NULL")
class RoomRemoveAtDefault(Rules):
    """A room that was given no remove_at empties in a year."""

    def default(self, member: Member) -> object:
        year = member.path == "fabric.remove_at"
        return self.now() + dt.timedelta(days=365) if year else super().default(member)


@fault("room-remove-after-default-a-day", breaks="FCR-CREATE-REMOVE-AFTER-OMITTED-NULL")
class RoomRemoveAfterDefault(Rules):
    """A room that was given no remove_after_seconds_elapsed empties after a day."""

    def default(self, member: Member) -> object:
        day = member.path == "fabric.remove_after_seconds_elapsed"
        return 86_400 if day else super().default(member)
