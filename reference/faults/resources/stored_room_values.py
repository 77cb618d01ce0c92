"""Faults in the stored values of the members of rooms."""

import json
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.faults.fault import fault


class _ModifiedMeta(ServerBehavior):
    """Base of faults that change the stored meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return self.modify_meta(value)
        return super().stored_value(member, value)

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return meta


@fault("meta-flattened", breaks="FCR-CREATE-META-ECHO")
class MetaFlattened(_ModifiedMeta):
    """Flattens nested objects in the meta of a room."""

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for name, value in meta.items():
            modify_inner = value if isinstance(value, dict) else {"": value}
            flat |= {f"{name}.{key}".strip("."): item for key, item in modify_inner.items()}
        return flat


@fault("meta-values-as-strings", breaks="FCR-CREATE-META-ECHO")
class MetaOfStrings(_ModifiedMeta):
    """Converts the values in the meta of a room to strings."""

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in meta.items()}


@fault("meta-keys-lower-cased", breaks="FCR-CREATE-META-ECHO")
class MetaKeys(_ModifiedMeta):
    """Converts the member names in the meta of a room to lowercase."""

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {name.lower(): value for name, value in meta.items()}


@fault("meta-lost", breaks="FCR-CREATE-META-ECHO")
class MetaLost(_ModifiedMeta):
    """Stores an empty object for the meta of a room."""

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {}


class _ModifiedRoomValues(ServerBehavior):
    """Base of faults that change the stored values of a room."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        return self.modify_values(values, request_members) if resource is Resource.ROOM else values

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return values


@fault("room-video-booleans-swapped", breaks="FCR-CREATE-ROOM-JOIN-VIDEO-OFF-ECHO")
class BooleansExchanged(_ModifiedRoomValues):
    """Swaps room_join_video_off and user_join_video_off of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        username, room = values["user_join_video_off"], values["room_join_video_off"]
        return {**values, "room_join_video_off": username, "user_join_video_off": room}


@fault("room-sync-false-is-null", breaks="FCR-CREATE-SYNC-AUDIO-VIDEO-ECHO")
class SyncFalseIsNull(_ModifiedRoomValues):
    """Stores null for a sync_audio_video of false."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "sync_audio_video": values["sync_audio_video"] or None}


@fault("room-previews-inverted", breaks="FCR-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsInverted(_ModifiedRoomValues):
    """Inverts enable_room_previews of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "enable_room_previews": not values["enable_room_previews"]}


@fault("room-record-on-start-lost", breaks="FCR-CREATE-RECORD-ON-START-ECHO")
class RoomRecordOnStartLost(_ModifiedRoomValues):
    """Stores false for record_on_start of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "record_on_start": False}


@fault("room-remove-at-lost-with-seconds", breaks="FCR-CREATE-REMOVE-AT-ECHO")
class RemoveAtLost(_ModifiedRoomValues):
    """Loses remove_at of a room when remove_after_seconds_elapsed is sent."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        both = "remove_after_seconds_elapsed" in request_members and "remove_at" in request_members
        return {**values, "remove_at": None} if both else values


@fault("room-zero-counts-as-missing", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-ECHO")
class ZeroCountsAsMissing(_ModifiedRoomValues):
    """Stores null for a remove_after_seconds_elapsed of 0."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        seconds = values["remove_after_seconds_elapsed"] or None
        return {**values, "remove_after_seconds_elapsed": seconds}


@fault("max-members-stored-in-a-byte", breaks="FCR-CREATE-MAX-MEMBERS-ECHO")
class MaxMembersInAByte(_ModifiedRoomValues):
    """Stores max_members in 8 bits."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "max_members": values["max_members"] % 256}


@fault("room-name-hyphens-replaced", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameSanitized(_ModifiedRoomValues):
    """Replaces hyphens in the name of a room with underscores."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "name": values["name"].replace("-", "_")}


@fault("room-description-trimmed", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionTrimmed(_ModifiedRoomValues):
    """Collapses whitespace in the description of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "description": " ".join(values["description"].split())}


@fault("room-layout-lost", breaks="FCR-CREATE-LAYOUT-ECHO")
class RoomLayoutLost(_ModifiedRoomValues):
    """Stores the default layout for a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "layout": "grid-responsive"}


@fault("room-join-until-lost", breaks="FCR-CREATE-JOIN-UNTIL-ECHO")
class RoomJoinUntilLost(_ModifiedRoomValues):
    """Stores join_from as join_until of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "join_until": values["join_from"]}


@fault("room-join-order-unchecked", breaks="FCR-CREATE-JOIN-ORDER")
class RoomJoinOrder(ServerBehavior):
    """Accepts a join_until of a room that is earlier than join_from."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        return [] if resource is Resource.ROOM else super().cross_member_problems(resource, values)


@fault("meta-zero-is-null", breaks="FCR-CREATE-META-ECHO")
class MetaZeroIsNull(ServerBehavior):
    """Replaces zero, false and empty values in the meta of a room with null."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: item or None for key, item in value.items()}
        return super().stored_value(member, value)


@fault("meta-lists-are-sets", breaks="FCR-CREATE-META-ECHO")
class MetaListsAreSets(ServerBehavior):
    """Removes duplicate values from arrays in the meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {
                key: _without_duplicates(item) if isinstance(item, list) else item
                for key, item in value.items()
            }
        return super().stored_value(member, value)


@fault("meta-of-a-thousand", breaks="FCR-CREATE-META-ECHO")
class MetaOfAThousand(ServerBehavior):
    """Stores an empty object for a meta of more than 1000 characters."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and len(json.dumps(value)) > 1000:
            return {}
        return super().stored_value(member, value)


@fault("meta-in-ascii", breaks="FCR-CREATE-META-ECHO")
class MetaInAscii(ServerBehavior):
    """Loses members with non-ASCII names in the meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: item for key, item in value.items() if key.isascii()}
        return super().stored_value(member, value)


@fault("meta-of-twenty", breaks="FCR-CREATE-META-ECHO")
class MetaOfTwenty(ServerBehavior):
    """Stores only the first 20 members of the meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return dict(list(value.items())[:20])
        return super().stored_value(member, value)


@fault("room-name-of-63", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameOf63(ServerBehavior):
    """Truncates the name of a room to 63 characters."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return value[:63] if member.path == "fabric.name" and isinstance(value, str) else value


def _without_duplicates(values: list[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]
