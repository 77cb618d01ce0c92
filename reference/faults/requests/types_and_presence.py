"""Types that are converted or not looked at, and members that are needed or not against the documentation."""

import json
from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import Choice, Member, Whole
from reference.api.validation import Invalid
from reference.faults.fault import fault


@fault("display-name-of-any-type", breaks="VC-CREATE-DISPLAY-NAME-TYPE")
class DisplayNameOfAnyType(Rules):
    """A display_name of any type is accepted and kept as a text."""

    def string(self, member: Member, value: object) -> str:
        other = member.path == "video.display_name" and not isinstance(value, str)
        return json.dumps(value) if other else super().string(member, value)


@fault("name-of-empty-list", breaks="VC-CREATE-NAME-TYPE")
class NameOfEmptyList(Rules):
    """A name that is an empty list or object counts as none."""

    def value(self, member: Member, value: object) -> object:
        empty = member.path == "video.name" and value in ([], {})
        return None if empty else super().value(member, value)


@fault("description-of-any-type", breaks="VC-CREATE-DESCRIPTION-TYPE")
class DescriptionOfAnyType(Rules):
    """A description of any type is accepted and kept as a text."""

    def string(self, member: Member, value: object) -> str:
        other = member.path == "video.description" and not isinstance(value, str)
        return json.dumps(value) if other else super().string(member, value)


@fault("join-from-wrong-type-ignored", breaks="VC-CREATE-JOIN-FROM-TYPE")
class JoinFromIgnored(Rules):
    """A join_from that is no string counts as none."""

    def value(self, member: Member, value: object) -> object:
        other = member.path == "video.join_from" and not isinstance(value, str)
        return None if other else super().value(member, value)


@fault("join-until-true-is-now", breaks="VC-CREATE-JOIN-UNTIL-TYPE")
class JoinUntilTrue(Rules):
    """A join_until of true means now."""

    def value(self, member: Member, value: object) -> object:
        true = member.path == "video.join_until" and value is True
        return self.now() if true else super().value(member, value)


@fault("quality-wrong-type-is-default", breaks="VC-CREATE-QUALITY-TYPE")
class QualityWrongType(Rules):
    """A quality that is no string becomes the default."""

    def choice(self, member: Member, kind: Choice, value: object) -> str:
        other = member.path == "video.quality" and not isinstance(value, str)
        return member.default if other else super().choice(member, kind, value)


@fault("layout-empty-list-is-default", breaks="VC-CREATE-LAYOUT-TYPE")
class LayoutEmptyList(Rules):
    """A layout that is an empty list or object becomes the default."""

    def choice(self, member: Member, kind: Choice, value: object) -> str:
        empty = member.path == "video.layout" and value in ([], {})
        return member.default if empty else super().choice(member, kind, value)


@fault("size-wrong-type-is-default", breaks="VC-CREATE-SIZE-TYPE")
class SizeWrongType(Rules):
    """A size that is no string becomes the default."""

    def choice(self, member: Member, kind: Choice, value: object) -> str:
        other = member.path == "video.size" and not isinstance(value, str)
        return member.default if other else super().choice(member, kind, value)


@fault("record-on-start-by-truth", breaks="VC-CREATE-RECORD-ON-START-TYPE")
class RecordOnStartByTruth(Rules):
    """A record_on_start of any type is on unless it is empty or nought."""

    def switch(self, member: Member, value: object) -> bool:
        return bool(value) if member.path == "video.record_on_start" else super().switch(member, value)


@fault("enable-chat-takes-yes", breaks="VC-CREATE-ENABLE-CHAT-TYPE")
class EnableChatYes(Rules):
    """enable_chat takes yes and no, on and off."""

    def switch(self, member: Member, value: object) -> bool:
        word = member.path == "video.enable_chat" and isinstance(value, str)
        return value in ("yes", "on") if word else super().switch(member, value)


@fault("enable-room-previews-takes-numbers", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-TYPE")
class EnableRoomPreviewsNumber(Rules):
    """enable_room_previews takes any number."""

    def switch(self, member: Member, value: object) -> bool:
        number = member.path == "video.enable_room_previews" and isinstance(value, int | float)
        return bool(value) if number else super().switch(member, value)


@fault("dark-primary-wrong-type-ignored", breaks="VC-CREATE-DARK-PRIMARY-TYPE")
class DarkPrimaryIgnored(Rules):
    """A dark_primary that is no string becomes the default."""

    def value(self, member: Member, value: object) -> object:
        other = member.path == "video.dark_primary" and not isinstance(value, str)
        return member.default if other else super().value(member, value)


@fault("light-negative-empty-list-ignored", breaks="VC-CREATE-LIGHT-NEGATIVE-TYPE")
class LightNegativeIgnored(Rules):
    """A light_negative that is an empty list or object becomes the default."""

    def value(self, member: Member, value: object) -> object:
        empty = member.path == "video.light_negative" and value in ([], {})
        return member.default if empty else super().value(member, value)


@fault("empty-counts-as-missing", breaks=("VC-CREATE-DESCRIPTION-TYPE", "VC-CREATE-NAME-PATTERN"))
class EmptyCountsAsMissing(Rules):
    """Optional members that are empty, whatever their type, count as left out."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        return {name: value for name, value in sent.items() if value not in ("", [], {})}


@fault("display-name-null-accepted", breaks="VC-CREATE-DISPLAY-NAME-NULL")
class DisplayNameNull(Rules):
    """A null display_name is accepted and stays null."""

    def null(self, member: Member) -> object:
        return None if member.path == "video.display_name" else super().null(member)


@fault("display-name-null-is-text", breaks="VC-CREATE-DISPLAY-NAME-NULL")
class DisplayNameNullIsText(Rules):
    """A null display_name becomes the text null."""

    def null(self, member: Member) -> object:
        return "null" if member.path == "video.display_name" else super().null(member)


@fault("display-name-not-required", breaks="VC-CREATE-DISPLAY-NAME-REQUIRED")
class DisplayNameNotRequired(Rules):
    """A conference without display_name is created and called untitled."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        return {"display_name": "Untitled", **sent} if resource is Resource.CONFERENCE else sent


@fault("display-name-falls-back-on-name", breaks="VC-CREATE-DISPLAY-NAME-REQUIRED")
class DisplayNameFallsBack(Rules):
    """A conference without display_name is created if it has a name."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        named = resource is Resource.CONFERENCE and "name" in sent
        return {"display_name": sent["name"], **sent} if named else sent


class _Needing(Rules):
    """Rules that ask for one more member."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        missing = self.missing(values) if resource is Resource.CONFERENCE else None
        if missing:
            raise Invalid(Problem("missing_required_parameter", "Must be present", missing))
        return super().contradictions(resource, values)

    def missing(self, values: dict[str, Any]) -> str | None:
        return None


@fault("name-required", breaks=("VC-CREATE-NAME-OPTIONAL", "VC-CREATE-MINIMAL"))
class NameRequired(_Needing):
    """A create without name is refused."""

    def missing(self, values: dict[str, Any]) -> str | None:
        return None if "name" in values else "name"


@fault("description-required", breaks=("VC-CREATE-DESCRIPTION-OPTIONAL", "VC-CREATE-MINIMAL"))
class DescriptionRequired(_Needing):
    """A create without description is refused."""

    def missing(self, values: dict[str, Any]) -> str | None:
        return None if "description" in values else "description"


@fault(
    "join-until-required-with-join-from", breaks=("VC-CREATE-JOIN-FROM-FORMAT-ACCEPT", "VC-CREATE-DATE-ONLY")
)
class JoinUntilRequired(_Needing):
    """A create with join_from and without join_until is refused."""

    def missing(self, values: dict[str, Any]) -> str | None:
        return "join_until" if "join_from" in values and "join_until" not in values else None


@fault("colours-all-or-none", breaks="VC-CREATE-PAIRS")
class ColoursAllOrNone(_Needing):
    """A create with some colours of a theme and not all is refused."""

    def missing(self, values: dict[str, Any]) -> str | None:
        parts = ("primary", "background", "foreground", "success", "negative")
        dark = [f"dark_{part}" for part in parts]
        absent = [name for name in dark if name not in values]
        return absent[0] if 0 < len(absent) < len(dark) else None


@fault("room-name-not-required", breaks="FCR-CREATE-NAME-REQUIRED")
class RoomNameNotRequired(Rules):
    """A room without name is created and called untitled."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        return {"name": "untitled", **sent} if resource is Resource.ROOM else sent


@fault("room-name-null-accepted", breaks="FCR-CREATE-NAME-NULL")
class RoomNameNull(Rules):
    """A null name of a room becomes an empty text."""

    def null(self, member: Member) -> object:
        return "" if member.path == "fabric.name" else super().null(member)


@fault("room-name-of-any-type", breaks="FCR-CREATE-NAME-TYPE")
class RoomNameOfAnyType(Rules):
    """A name of a room of any type is accepted and kept as a text."""

    def string(self, member: Member, value: object) -> str:
        other = member.path == "fabric.name" and not isinstance(value, str)
        return json.dumps(value) if other else super().string(member, value)


@fault("room-previews-by-truth", breaks="FCR-CREATE-ENABLE-ROOM-PREVIEWS-TYPE")
class RoomPreviewsByTruth(Rules):
    """enable_room_previews of a room takes any type and is on unless it is empty or nought."""

    def switch(self, member: Member, value: object) -> bool:
        truth = member.path == "fabric.enable_room_previews"
        return bool(value) if truth else super().switch(member, value)


@fault("room-sync-audio-video-by-truth", breaks="FCR-CREATE-SYNC-AUDIO-VIDEO-TYPE")
class RoomSyncByTruth(Rules):
    """sync_audio_video takes any type and is on unless it is empty or nought."""

    def switch(self, member: Member, value: object) -> bool:
        truth = member.path == "fabric.sync_audio_video"
        return bool(value) if truth else super().switch(member, value)


@fault("max-members-rounded-down", breaks="FCR-CREATE-MAX-MEMBERS-TYPE")
class MaxMembersRounded(Rules):
    """max_members takes a fraction and cuts it off."""

    def integer(self, member: Member, value: object) -> int:
        fraction = member.path == "fabric.max_members" and isinstance(value, float)
        return int(value) if fraction and isinstance(value, float) else super().integer(member, value)


@fault("max-members-text-is-nought", breaks="FCR-CREATE-MAX-MEMBERS-TYPE")
class MaxMembersText(Rules):
    """max_members takes a text that is no number, and reads it as 0."""

    def integer(self, member: Member, value: object) -> int:
        text = member.path == "fabric.max_members" and isinstance(value, str)
        return 0 if text else super().integer(member, value)


@fault("remove-after-true-is-one", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-TYPE")
class RemoveAfterTrue(Rules):
    """remove_after_seconds_elapsed takes true for 1, because Python does."""

    def whole(self, member: Member, kind: Whole, value: object) -> int:
        true = member.path == "fabric.remove_after_seconds_elapsed" and value is True
        return 1 if true else super().whole(member, kind, value)


@fault("meta-takes-lists", breaks="FCR-CREATE-META-TYPE")
class MetaTakesLists(Rules):
    """Meta of a room may be a list, which is kept under the number of each item."""

    def mapping(self, member: Member, value: object) -> dict[str, Any]:
        if isinstance(value, list):
            value = {str(number): item for number, item in enumerate(value)}
        return super().mapping(member, value)


@fault("meta-takes-anything", breaks="FCR-CREATE-META-TYPE")
class MetaTakesAnything(Rules):
    """Meta of a room may be of any type; what is no object becomes an empty one."""

    def mapping(self, member: Member, value: object) -> dict[str, Any]:
        return super().mapping(member, value if isinstance(value, dict) else {})


@fault("almost-whole-is-whole", breaks="FCR-CREATE-MAX-MEMBERS-TYPE")
class AlmostWhole(Rules):
    """A number within a hundredth of a whole one is taken for it."""

    def integer(self, member: Member, value: object) -> int:
        near = isinstance(value, float) and abs(value) < 1000 and abs(value - round(value)) < 0.01
        return super().integer(member, round(value) if near and isinstance(value, float) else value)
