"""Faults that only occur with certain values of two or three members."""

from collections.abc import Mapping
from typing import Any, ClassVar

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.faults.fault import fault
from reference.faults.requests.member_interactions import MemberContext


class _LostInCombination(MemberContext):
    """Base of faults that store the default of a member in a combination of values of other members."""

    path = ""
    combination: ClassVar[Mapping[str, Any]] = {}

    def stored_value(self, member: RequestMember, value: object) -> object:
        lost = member.path == self.path and self.has_members(**self.combination)
        return member.default if lost else super().stored_value(member, value)


@fault("large-lost-in-5up-and-1080p", breaks="VC-CREATE-SIZE-ECHO")
class LargeIn5UpAnd1080p(_LostInCombination):
    """Stores the default size when size is large, layout is 5up and quality is 1080p."""

    path = "video.size"
    combination: ClassVar = {"size": "large", "layout": "5up", "quality": "1080p"}


@fault("recording-lost-in-3x3-with-chat", breaks="VC-CREATE-RECORD-ON-START-ECHO")
class RecordingIn3x3(_LostInCombination):
    """Stores false for record_on_start when layout is 3x3 and enable_chat is true."""

    path = "video.record_on_start"
    combination: ClassVar = {"layout": "3x3", "enable_chat": True}


@fault("room-tone-lost-in-10x10-with-sync", breaks="FCR-CREATE-TONE-ON-ENTRY-AND-EXIT-ECHO")
class RoomToneIn10x10(_LostInCombination):
    """Stores false for tone_on_entry_and_exit of a room when layout is 10x10 and sync_audio_video is true."""

    path = "fabric.tone_on_entry_and_exit"
    combination: ClassVar = {"layout": "10x10", "sync_audio_video": True}


@fault("light-primary-lost-in-small-2x2", breaks="VC-CREATE-LIGHT-PRIMARY-ECHO")
class LightPrimaryInSmall2x2(_LostInCombination):
    """Stores the default light_primary when layout is 2x2 and size is small."""

    path = "video.light_primary"
    combination: ClassVar = {"layout": "2x2", "size": "small"}


@fault("room-8x8-in-720p-for-300", breaks="FCR-CREATE-PAIRS")
class Room8x8For300(ServerBehavior):
    """Rejects a room with layout 8x8, quality 720p and max_members 300."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().cross_member_problems(resource, values)
        if [values.get(name) for name in ("layout", "quality", "max_members")] == ["8x8", "720p", 300]:
            problems = [Problem("invalid_parameter", "Is too large for this layout", "max_members")]
        return problems
