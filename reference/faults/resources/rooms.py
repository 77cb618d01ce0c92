"""Rooms that are kept or shown wrong."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Operation, Request, Resource
from reference.api.request_models import Member
from reference.api.store import Record
from reference.faults.fault import fault, lapse


class _Rooms(Rules):
    """Rules that show rooms in their own way."""

    def room(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().room(request, record)
        if request.operation is Operation.GET_ROOM:
            shown = self.got(shown)
        return {**self.outer(shown), **self._inner(shown)}

    def _inner(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {"conference_room": self.inner(shown["conference_room"])}

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return shown

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return shown

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return room


@lapse("room-outer-display-name-is-name", breaks="FCR-RES-DISPLAY-NAMES-AGREE")
class OuterDisplayNameIsName(_Rooms):
    """The outer display_name of a room is its name."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "display_name": shown["conference_room"]["name"]}


@fault("room-inner-display-name-is-name", breaks="FCR-CREATE-DISPLAY-NAME-ECHO")
class InnerDisplayNameIsName(_Rooms):
    """The inner display_name of a room is its name."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "display_name": room["name"]}


@fault("room-of-another-project", breaks="FCR-RES-PROJECT-MATCH")
class OfAnotherProject(_Rooms):
    """The project_id of a room is that of somebody else."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "project_id": "00000000-0000-4000-8000-000000000000"}


@fault("room-project-id-a-name", breaks="FCR-RES-PROJECT-ID")
class ProjectIdAName(_Rooms):
    """The project_id of a room is the name of the project."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "project_id": "my-project"}


@fault("room-type-of-resource", breaks="FCR-RES-TYPE")
class TypeOfResource(_Rooms):
    """The type of a room is conference_room, as the path has it."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "type": "conference_room"}


@fault("room-without-display-name", breaks="FCR-RES-DISPLAY-NAME")
class WithoutDisplayName(_Rooms):
    """A room has no outer display_name."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in shown.items() if name != "display_name"}


@fault("room-created-at-a-number", breaks="FCR-RES-CREATED-AT")
class RoomCreatedAt(_Rooms):
    """The created_at of a room is a number."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "created_at": 1_900_000_000}


@fault("room-flat", breaks="FCR-RES-CONFERENCE-ROOM")
class RoomFlat(Rules):
    """The members of a room stand in its resource, with nothing around them."""

    def room(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().room(request, record)
        return {**shown.pop("conference_room"), **shown}


@fault("room-create-a-list", breaks="FCR-CREATE-RESPONSE-SCHEMA")
class RoomCreateAList(Rules):
    """The answer to a create of a room is a list of one."""

    def created(self, request: Request, record: Record) -> Answer:
        answer = super().created(request, record)
        room = request.operation is Operation.CREATE_ROOM
        return replace(answer, body=[answer.body]) if room else answer


@fault("room-fps-a-text", breaks="FCR-ROOM-FPS")
class RoomFps(_Rooms):
    """The fps of a room is a text with a unit."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "fps": "30 fps"}


@fault("room-lacks-prioritize-handraise", breaks="FCR-ROOM-PRIORITIZE-HANDRAISE")
class LacksPrioritizeHandraise(_Rooms):
    """prioritize_handraise, which no create can set, is missing from a room."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in room.items() if name != "prioritize_handraise"}


@fault("room-lacks-what-is-null", breaks=("FCR-ROOM-JOIN-FROM", "FCR-ROOM-REMOVE-AT"))
class LacksNulls(_Rooms):
    """Members that are null are left out of a room."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in room.items() if value is not None}


@fault("room-tone-null", breaks="FCR-ROOM-TONE-ON-ENTRY-AND-EXIT")
class ToneNull(_Rooms):
    """A tone_on_entry_and_exit that is off is null."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "tone_on_entry_and_exit": room["tone_on_entry_and_exit"] or None}


@fault("room-id-inside-missing", breaks="FCR-ROOM-ID")
class IdInsideMissing(_Rooms):
    """The room inside its resource has no id."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in room.items() if name != "id"}


@fault("meta-as-text", breaks=("FCR-ROOM-META", "FCR-CREATE-META-ECHO"))
class MetaAsText(_Rooms):
    """Meta is a text with JSON in it."""

    def inner(self, room: dict[str, Any]) -> dict[str, Any]:
        return {**room, "meta": json.dumps(room["meta"])}


class _Meta(Rules):
    """Rules that keep something else than the meta that was sent."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return self.meta(value)
        return super().kept(member, value)

    def meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return meta


@fault("meta-flattened", breaks="FCR-CREATE-META-ECHO")
class MetaFlattened(_Meta):
    """Objects inside meta are taken apart."""

    def meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for name, value in meta.items():
            inner = value if isinstance(value, dict) else {"": value}
            flat |= {f"{name}.{key}".strip("."): item for key, item in inner.items()}
        return flat


@fault("meta-of-texts", breaks="FCR-CREATE-META-ECHO")
class MetaOfTexts(_Meta):
    """Values inside meta become texts."""

    def meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in meta.items()}


@fault("meta-keys-lower-cased", breaks="FCR-CREATE-META-ECHO")
class MetaKeys(_Meta):
    """Names inside meta are kept in small letters."""

    def meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {name.lower(): value for name, value in meta.items()}


@fault("meta-forgotten", breaks="FCR-CREATE-META-ECHO")
class MetaForgotten(_Meta):
    """Meta is read and forgotten."""

    def meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {}


class _Keeping(Rules):
    """Rules that keep something else than what was sent for a room."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        return self.room_values(values, sent) if resource is Resource.ROOM else values

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return values


@fault("room-video-switches-exchanged", breaks="FCR-CREATE-ROOM-JOIN-VIDEO-OFF-ECHO")
class SwitchesExchanged(_Keeping):
    """room_join_video_off and user_join_video_off are exchanged."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        user, room = values["user_join_video_off"], values["room_join_video_off"]
        return {**values, "room_join_video_off": user, "user_join_video_off": room}


@fault("room-sync-false-is-null", breaks="FCR-CREATE-SYNC-AUDIO-VIDEO-ECHO")
class SyncFalseIsNull(_Keeping):
    """A sync_audio_video of false is kept as null."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "sync_audio_video": values["sync_audio_video"] or None}


@fault("room-previews-inverted", breaks="FCR-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsInverted(_Keeping):
    """enable_room_previews is kept as its opposite."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "enable_room_previews": not values["enable_room_previews"]}


@fault("room-record-on-start-forgotten", breaks="FCR-CREATE-RECORD-ON-START-ECHO")
class RecordOnStartForgotten(_Keeping):
    """record_on_start is read and forgotten."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "record_on_start": False}


@fault("room-remove-at-forgotten-with-seconds", breaks="FCR-CREATE-REMOVE-AT-ECHO")
class RemoveAtForgotten(_Keeping):
    """A remove_at is lost if there is remove_after_seconds_elapsed."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        both = "remove_after_seconds_elapsed" in sent and "remove_at" in sent
        return {**values, "remove_at": None} if both else values


@fault("room-nought-counts-as-missing", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-ECHO")
class NoughtCountsAsMissing(_Keeping):
    """A remove_after_seconds_elapsed of 0 is kept as null."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        seconds = values["remove_after_seconds_elapsed"] or None
        return {**values, "remove_after_seconds_elapsed": seconds}


@fault("max-members-kept-in-a-byte", breaks="FCR-CREATE-MAX-MEMBERS-ECHO")
class MaxMembersInAByte(_Keeping):
    """max_members is kept in a byte."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "max_members": values["max_members"] % 256}


@fault("room-name-made-to-fit", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameMadeToFit(_Keeping):
    """Hyphens in the name of a room become underscores."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "name": values["name"].replace("-", "_")}


@fault("room-description-trimmed", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionTrimmed(_Keeping):
    """Blanks around the description of a room, and its line breaks, are lost."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "description": " ".join(values["description"].split())}


@fault("room-layout-forgotten", breaks="FCR-CREATE-LAYOUT-ECHO")
class RoomLayoutForgotten(_Keeping):
    """The layout of a room is read and forgotten."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "layout": "grid-responsive"}


@fault("room-join-until-forgotten", breaks="FCR-CREATE-JOIN-UNTIL-ECHO")
class RoomJoinUntilForgotten(_Keeping):
    """The join_until of a room is its join_from."""

    def room_values(self, values: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        return {**values, "join_until": values["join_from"]}


@fault("room-join-order-unchecked", breaks="FCR-CREATE-JOIN-ORDER")
class RoomJoinOrder(Rules):
    """The join_until of a room may be earlier than its join_from."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        return [] if resource is Resource.ROOM else super().contradictions(resource, values)


@lapse("room-found-by-inner-id-only", breaks="FCR-CREATE-PERSISTED")
class FoundByInnerId(Rules):
    """A room is found by the id inside, and not by that of its resource."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        if resource is not Resource.ROOM:
            return super().lookup(resource, id_)
        return next((room for room in self.store.all(resource) if room.inner_id == id_), None)


@fault("room-get-shows-the-latest", breaks="FCR-GET-SAME-AS-CREATE")
class RoomGetShowsTheLatest(Rules):
    """A get shows the room that was created last."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        found = super().lookup(resource, id_)
        return self.store.all(resource)[-1] if found and resource is Resource.ROOM else found


@fault("room-get-without-meta", breaks="FCR-GET-SAME-AS-CREATE")
class RoomGetWithoutMeta(_Rooms):
    """Meta is empty in a get of a room."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "conference_room": {**shown["conference_room"], "meta": {}}}


@fault("room-get-other-ids", breaks="FCR-GET-SAME-AS-CREATE")
class RoomGetOtherIds(_Rooms):
    """The id inside a room is another one in each get."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "conference_room": {**shown["conference_room"], "id": self.new_id()}}


@fault("room-created-in-local-time", breaks="FCR-RES-CREATED-NOW")
class RoomCreatedInLocalTime(_Rooms):
    """created_at of a room is an hour ahead."""

    def outer(self, shown: dict[str, Any]) -> dict[str, Any]:
        ahead = dt.datetime.fromisoformat(shown["created_at"]) + dt.timedelta(hours=1)
        updated = dt.datetime.fromisoformat(shown["updated_at"]) + dt.timedelta(hours=1)
        return {**shown, "created_at": f"{ahead:%FT%TZ}", "updated_at": f"{updated:%FT%TZ}"}
