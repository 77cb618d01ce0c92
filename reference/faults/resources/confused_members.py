"""Faults that confuse the values of members of one type."""

from collections.abc import Mapping
from typing import Any, ClassVar

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.faults.fault import fault


class _Confused(ServerBehavior):
    """Base of faults that take the value of a received member from another one."""

    resource = Resource.CONFERENCE
    sources: ClassVar[Mapping[str, str]] = {}

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        sources = self.sources if resource is self.resource else {}
        confused = {
            name: request_members[source]
            for name, source in sources.items()
            if name in request_members and source in request_members
        }
        return super().with_defaults(resource, {**request_members, **confused})


@fault("colors-swapped", breaks=("VC-CREATE-DARK-SUCCESS-ECHO", "VC-CREATE-DARK-NEGATIVE-ECHO"))
class ColorsSwapped(_Confused):
    """Swaps dark_success and dark_negative."""

    sources: ClassVar = {"dark_success": "dark_negative", "dark_negative": "dark_success"}


@fault("light-background-copied-from-dark", breaks="VC-CREATE-LIGHT-BACKGROUND-ECHO")
class LightBackgroundCopied(_Confused):
    """Stores dark_background as light_background."""

    sources: ClassVar = {"light_background": "dark_background"}


@fault("chat-copied-from-previews", breaks="VC-CREATE-ENABLE-CHAT-ECHO")
class ChatCopied(_Confused):
    """Stores enable_room_previews as enable_chat."""

    sources: ClassVar = {"enable_chat": "enable_room_previews"}


@fault(
    "room-video-switches-swapped",
    breaks=("FCR-CREATE-ROOM-JOIN-VIDEO-OFF-ECHO", "FCR-CREATE-USER-JOIN-VIDEO-OFF-ECHO"),
)
class RoomVideoSwitchesSwapped(_Confused):
    """Swaps room_join_video_off and user_join_video_off of a room."""

    resource = Resource.ROOM
    sources: ClassVar = {
        "room_join_video_off": "user_join_video_off",
        "user_join_video_off": "room_join_video_off",
    }


@fault("room-previews-copied-from-recording", breaks="FCR-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class RoomPreviewsCopied(_Confused):
    """Stores record_on_start as enable_room_previews of a room."""

    resource = Resource.ROOM
    sources: ClassVar = {"enable_room_previews": "record_on_start"}


@fault("room-description-copied-from-display-name", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionCopied(_Confused):
    """Stores display_name as the description of a room."""

    resource = Resource.ROOM
    sources: ClassVar = {"description": "display_name"}


@fault("room-numbers-confused", breaks="FCR-CREATE-MAX-MEMBERS-ECHO")
class RoomNumbersConfused(_Confused):
    """Stores remove_after_seconds_elapsed as max_members of a room."""

    resource = Resource.ROOM
    sources: ClassVar = {"max_members": "remove_after_seconds_elapsed"}


@fault("room-removed-at-the-end", breaks="FCR-CREATE-REMOVE-AT-ECHO")
class RoomRemovedAtTheEnd(_Confused):
    """Stores join_until as remove_at of a room."""

    resource = Resource.ROOM
    sources: ClassVar = {"remove_at": "join_until"}
