"""Faults in the representation of rooms, and in gets of rooms."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
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
