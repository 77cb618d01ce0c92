"""Faults in stored rooms and in the representation of rooms."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import RequestMember
from reference.api.store import Record
from reference.faults.fault import fault, should_fault


class _ModifiedRoom(ServerBehavior):
    """Base of faults that change the representation of a room."""

    def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent_room(request, record)
        if request.operation is ServerOperation.GET_ROOM:
            body = self.modify_room_get(body)
        return {**self.modify_outer(body), **self._modified_inner(body)}

    def _modified_inner(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"conference_room": self.modify_inner(body["conference_room"])}

    def modify_room_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return room


@should_fault("room-outer-display-name-is-name", breaks="FCR-RES-DISPLAY-NAMES-AGREE")
class OuterDisplayNameIsName(_ModifiedRoom):
    """Returns the name of a room as the outer display_name."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "display_name": body["conference_room"]["name"]}


@fault("room-inner-display-name-is-name", breaks="FCR-CREATE-DISPLAY-NAME-ECHO")
class InnerDisplayNameIsName(_ModifiedRoom):
    """Returns the name of a room as the inner display_name."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "display_name": room["name"]}


@fault("room-of-another-project", breaks="FCR-RES-PROJECT-MATCH")
class OfAnotherProject(_ModifiedRoom):
    """Returns the id of another project as the project_id of a room."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "project_id": "00000000-0000-4000-8000-000000000000"}


@fault("room-project-id-a-name", breaks="FCR-RES-PROJECT-ID")
class ProjectIdAName(_ModifiedRoom):
    """Returns the name of the project as the project_id of a room."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "project_id": "my-project"}


@fault("room-type-of-resource", breaks="FCR-RES-TYPE")
class TypeOfResource(_ModifiedRoom):
    """Returns conference_room instead of video_room as the type of a room."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "type": "conference_room"}


@fault("room-without-display-name", breaks="FCR-RES-DISPLAY-NAME")
class WithoutDisplayName(_ModifiedRoom):
    """Omits the outer display_name from a room."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "display_name"}


@fault("room-created-at-a-number", breaks="FCR-RES-CREATED-AT")
class RoomCreatedAt(_ModifiedRoom):
    """Returns a number for the created_at of a room."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "created_at": 1_900_000_000}


@fault("room-flat", breaks="FCR-RES-CONFERENCE-ROOM")
class RoomFlat(ServerBehavior):
    """Returns the members of a room without the enclosing conference_room object."""

    def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent_room(request, record)
        return {**body.pop("conference_room"), **body}


@fault("room-create-a-list", breaks="FCR-CREATE-RESPONSE-SCHEMA")
class RoomCreateAList(ServerBehavior):
    """Returns an array with one room in a create response."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        room = request.operation is ServerOperation.CREATE_ROOM
        return replace(response, body=[response.body]) if room else response


@fault("room-fps-a-text", breaks="FCR-ROOM-FPS")
class RoomFps(_ModifiedRoom):
    """Returns a string with a unit for the fps of a room."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "fps": "30 fps"}


@fault("room-lacks-prioritize-handraise", breaks="FCR-ROOM-PRIORITIZE-HANDRAISE")
class LacksPrioritizeHandraise(_ModifiedRoom):
    """Omits prioritize_handraise from a room."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in room.items() if name != "prioritize_handraise"}


@fault("room-lacks-what-is-null", breaks=("FCR-ROOM-JOIN-FROM", "FCR-ROOM-REMOVE-AT"))
class RoomLacksNulls(_ModifiedRoom):
    """Omits null members from a room."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in room.items() if value is not None}


@fault("room-tone-null", breaks="FCR-ROOM-TONE-ON-ENTRY-AND-EXIT")
class RoomToneNull(_ModifiedRoom):
    """Returns null instead of false for tone_on_entry_and_exit of a room."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "tone_on_entry_and_exit": room["tone_on_entry_and_exit"] or None}


@fault("room-id-inside-missing", breaks="FCR-ROOM-ID")
class IdInsideMissing(_ModifiedRoom):
    """Omits the inner id from a room."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in room.items() if name != "id"}


@fault("meta-as-text", breaks=("FCR-ROOM-META", "FCR-CREATE-META-ECHO"))
class MetaAsString(_ModifiedRoom):
    """Returns the meta of a room as a JSON string."""

    def modify_inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "meta": json.dumps(room["meta"])}


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


@fault("meta-of-texts", breaks="FCR-CREATE-META-ECHO")
class MetaOfStrings(_ModifiedMeta):
    """Converts the values in the meta of a room to strings."""

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in meta.items()}


@fault("meta-keys-lower-cased", breaks="FCR-CREATE-META-ECHO")
class MetaKeys(_ModifiedMeta):
    """Converts the member names in the meta of a room to lowercase."""

    def modify_meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {name.lower(): value for name, value in meta.items()}


@fault("meta-forgotten", breaks="FCR-CREATE-META-ECHO")
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


@fault("room-video-switches-exchanged", breaks="FCR-CREATE-ROOM-JOIN-VIDEO-OFF-ECHO")
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


@fault("room-record-on-start-forgotten", breaks="FCR-CREATE-RECORD-ON-START-ECHO")
class RoomRecordOnStartLost(_ModifiedRoomValues):
    """Stores false for record_on_start of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "record_on_start": False}


@fault("room-remove-at-forgotten-with-seconds", breaks="FCR-CREATE-REMOVE-AT-ECHO")
class RemoveAtLost(_ModifiedRoomValues):
    """Loses remove_at of a room when remove_after_seconds_elapsed is sent."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        both = "remove_after_seconds_elapsed" in request_members and "remove_at" in request_members
        return {**values, "remove_at": None} if both else values


@fault("room-nought-counts-as-missing", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-ECHO")
class ZeroCountsAsMissing(_ModifiedRoomValues):
    """Stores null for a remove_after_seconds_elapsed of 0."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        seconds = values["remove_after_seconds_elapsed"] or None
        return {**values, "remove_after_seconds_elapsed": seconds}


@fault("max-members-kept-in-a-byte", breaks="FCR-CREATE-MAX-MEMBERS-ECHO")
class MaxMembersInAByte(_ModifiedRoomValues):
    """Stores max_members in 8 bits."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "max_members": values["max_members"] % 256}


@fault("room-name-made-to-fit", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameSanitized(_ModifiedRoomValues):
    """Replaces hyphens in the name of a room with underscores."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "name": values["name"].replace("-", "_")}


@fault("room-description-trimmed", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionTrimmed(_ModifiedRoomValues):
    """Collapses whitespace in the description of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "description": " ".join(values["description"].split())}


@fault("room-layout-forgotten", breaks="FCR-CREATE-LAYOUT-ECHO")
class RoomLayoutLost(_ModifiedRoomValues):
    """Stores the default layout for a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "layout": "grid-responsive"}


@fault("room-join-until-forgotten", breaks="FCR-CREATE-JOIN-UNTIL-ECHO")
class RoomJoinUntilLost(_ModifiedRoomValues):
    """Stores join_from as join_until of a room."""

    def modify_values(self, values: dict[str, Any], request_members: dict[str, Any]) -> dict[str, Any]:
        return {**values, "join_until": values["join_from"]}


@fault("room-join-order-unchecked", breaks="FCR-CREATE-JOIN-ORDER")
class RoomJoinOrder(ServerBehavior):
    """Accepts a join_until of a room that is earlier than join_from."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        return [] if resource is Resource.ROOM else super().cross_member_problems(resource, values)


@fault("room-create-returns-another-id", breaks="FCR-CREATE-PERSISTED")
class RoomCreateReturnsAnotherId(ServerBehavior):
    """Returns an id of no room in the response to a create of a room."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        if request.operation is ServerOperation.CREATE_ROOM:
            return replace(response, body={**response.body, "id": self.new_id()})
        return response


@fault("room-found-by-inner-id-only", breaks="FCR-CREATE-PERSISTED")
class FoundByInnerId(ServerBehavior):
    """Finds a room by its inner id, but not by its outer id."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        if resource is not Resource.ROOM:
            return super().lookup(resource, id_)
        return next((room for room in self.store.all(resource) if room.inner_id == id_), None)


@fault("room-get-shows-the-latest", breaks="FCR-GET-SAME-AS-CREATE")
class RoomGetShowsTheLatest(ServerBehavior):
    """Returns the latest room for a get of any room."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        record = super().lookup(resource, id_)
        return self.store.all(resource)[-1] if record and resource is Resource.ROOM else record


@fault("room-get-without-meta", breaks="FCR-GET-SAME-AS-CREATE")
class RoomGetWithoutMeta(_ModifiedRoom):
    """Returns an empty meta in a get of a room."""

    def modify_room_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "conference_room": {**body["conference_room"], "meta": {}}}


@fault("room-get-other-ids", breaks="FCR-GET-SAME-AS-CREATE")
class RoomGetOtherIds(_ModifiedRoom):
    """Returns a new inner id in each get of a room."""

    def modify_room_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "conference_room": {**body["conference_room"], "id": self.new_id()}}


@fault("room-created-in-local-time", breaks="FCR-RES-CREATED-NOW")
class RoomCreatedInLocalTime(_ModifiedRoom):
    """Returns a created_at of a room that is one hour ahead."""

    def modify_outer(self, body: dict[str, Any]) -> dict[str, Any]:
        ahead = dt.datetime.fromisoformat(body["created_at"]) + dt.timedelta(hours=1)
        updated = dt.datetime.fromisoformat(body["updated_at"]) + dt.timedelta(hours=1)
        return {**body, "created_at": f"{ahead:%FT%TZ}", "updated_at": f"{updated:%FT%TZ}"}
