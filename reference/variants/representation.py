"""Variants in the representation and the defaults of conferences and rooms."""

import datetime as dt
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource, ServerOperation, ServerRequest
from reference.api.request_models import RequestMember
from reference.api.store import Record
from reference.variants.variant import variant

_DATES = "AMB-44: timestamps are compared as instants, not as strings."
_EXTRA = "AMB-06: undocumented members are only reported."
_INITIAL = "AMB-19: the documentation specifies no defaults."
_SESSION = "No member of a session is required."
_NO_SESSION = "AMB-21: null and an empty object are only reported when there is no session."
_TWO_HOURS = dt.timedelta(hours=2)


@variant("offset-for-z", permitted=_DATES)
class OffsetForZ(ServerBehavior):
    """Returns timestamps with the offset +00:00 instead of Z."""

    def format_timestamp(self, timestamp: dt.datetime) -> str:
        return super().format_timestamp(timestamp).replace("Z", "+00:00")


@variant("other-offset", permitted=_DATES)
class OtherOffset(ServerBehavior):
    """Returns timestamps with the offset +02:00."""

    def format_timestamp(self, timestamp: dt.datetime) -> str:
        if timestamp.year == dt.MAXYEAR:
            return super().format_timestamp(timestamp)
        return super().format_timestamp(timestamp + _TWO_HOURS).replace("Z", "+02:00")


@variant("milliseconds-always", permitted=_DATES)
class MillisecondsAlways(ServerBehavior):
    """Returns timestamps with three fractional digits."""

    def format_timestamp(self, timestamp: dt.datetime) -> str:
        return timestamp.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@variant("fractions-lost", permitted="AMB-44: lost fractional seconds are only reported.")
class FractionsLost(ServerBehavior):
    """Drops the fractional seconds of timestamps."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        value = super().stored_value(member, value)
        return value.replace(microsecond=0) if isinstance(value, dt.datetime) else value


@variant(
    "created-at-in-microseconds",
    permitted="AMB-44: timestamps with and without fractional seconds are accepted.",
)
class CreatedAtInMicroseconds(ServerBehavior):
    """Returns created_at and updated_at with microseconds."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


@variant(
    "updated-a-moment-later", permitted="The documentation does not require both timestamps to be equal."
)
class UpdatedOneSecondLater(ServerBehavior):
    """Sets updated_at of a new resource to one second after created_at."""

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        record.updated_at += dt.timedelta(seconds=1)
        return record


@variant("more-members", permitted=_EXTRA)
class MoreMembers(ServerBehavior):
    """Returns undocumented members in conferences, rooms and sessions."""

    def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        return {
            **super().represent_conference(request, record),
            "object": "conference",
            "tokens": [],
            "version": 2,
        }

    def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent_room(request, record)
        return {**body, "links": {}, "conference_room": {**body["conference_room"], "tags": ["new"]}}

    def represent_session(self, record: Record) -> dict[str, Any]:
        return {
            name: session and {**session, "region": None, "members": []}
            for name, session in super().represent_session(record).items()
        }


@variant("session-in-create", permitted="AMB-20: a session in a create response is only reported.")
class SessionInCreate(ServerBehavior):
    """Returns active_session in a create response, as the documented example does."""

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        if request.operation is ServerOperation.CREATE_CONFERENCE:
            return {**body, "active_session": {"id": record.id, "status": "completed"}}
        return body


@variant("session-none-null", permitted=_NO_SESSION)
class SessionNoneNull(ServerBehavior):
    """Returns null for active_session when there is no session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        return super().represent_session(record) or {"active_session": None}


@variant("session-none-empty", permitted=_NO_SESSION)
class SessionNoneEmpty(ServerBehavior):
    """Returns an empty object for active_session when there is no session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        return super().represent_session(record) or {"active_session": {}}


@variant("session-fps-a-text", permitted="AMB-01: one documented schema has 20 and 30 as strings.")
class SessionFpsString(ServerBehavior):
    """Returns a string for the fps of a session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        body = super().represent_session(record)
        return {name: {**session, "fps": str(session["fps"])} for name, session in body.items()}


@variant("session-short", permitted=_SESSION)
class SessionShort(ServerBehavior):
    """Returns only id, name and status of a session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        names = ("id", "name", "status")
        body = super().represent_session(record)
        return {name: {key: session[key] for key in names} for name, session in body.items()}


@variant("session-completed", permitted="AMB-22: only the types of the members of a session are checked.")
class SessionCompleted(ServerBehavior):
    """Returns a completed session with another layout and duration."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        changes = {"status": "completed", "layout": "full-screen", "duration": 120}
        return {name: {**session, **changes} for name, session in super().represent_session(record).items()}


@variant("generated-name-in-words", permitted="AMB-07: the form of generated names is not specified.")
class GeneratedNameInWords(ServerBehavior):
    """Generates names with spaces and punctuation."""

    def generated_name(self, id_: str) -> str:
        return f"Meeting no. {int(id_[:8], 16)}/{int(id_[-8:], 16)}, new"


@variant("generated-name-is-id", permitted="AMB-07: the form of generated names is not specified.")
class GeneratedNameIsId(ServerBehavior):
    """Uses the id of a conference as its generated name."""

    def generated_name(self, id_: str) -> str:
        return id_


@variant("previews-null-by-default", permitted="AMB-05: false and null are both accepted.")
class PreviewsNull(ServerBehavior):
    """Uses null as the default of enable_room_previews of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return None if member.path == "video.enable_room_previews" else super().default_value(member)


@variant("recorded-by-default", permitted="AMB-05: record_on_start has no default; true is only reported.")
class RecordedByDefault(ServerBehavior):
    """Uses true as the default of record_on_start."""

    def default_value(self, member: RequestMember) -> object:
        return True if member.name == "record_on_start" else super().default_value(member)


@variant("description-empty-by-default", permitted="An omitted description is null or an empty string.")
class DescriptionEmpty(ServerBehavior):
    """Uses an empty string as the default description of a conference."""

    def default_value(self, member: RequestMember) -> object:
        return "" if member.path == "video.description" else super().default_value(member)


@variant("meta-empty-by-default", permitted="AMB-18: an empty object and null are both accepted.")
class MetaEmpty(ServerBehavior):
    """Uses an empty object as the default meta of a conference."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        return {**values, "meta": values["meta"] or {}}


@variant("switches-the-other-way", permitted=_INITIAL)
class OtherReadOnlyValues(ServerBehavior):
    """Uses other initial values for members that a create request cannot set."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        if resource is Resource.ROOM:
            return {**values, "fps": 20, "prioritize_handraise": True}
        changes = {"tone_on_entry_and_exit": False, "room_join_video_off": True, "user_join_video_off": True}
        return {**values, **changes}


@variant("colors-in-lowercase", permitted="AMB-51: a change of case is only reported.")
class ColorsInLowercase(ServerBehavior):
    """Returns colors in lowercase."""

    def represent_value(self, name: str, value: object) -> object:
        color = name.startswith(("dark_", "light_")) and isinstance(value, str)
        return str(value).lower() if color else super().represent_value(name, value)


@variant("room-nulls", permitted="AMB-37: null for an omitted optional member is only reported.")
class RoomNulls(ServerBehavior):
    """Returns null for omitted members of a room."""

    def default_value(self, member: RequestMember) -> object:
        null = {"fabric.description", "fabric.max_members", "fabric.layout", "fabric.meta"}
        return None if member.path in null else super().default_value(member)


@variant("room-other-defaults", permitted="AMB-37: any value of the right type is accepted.")
class RoomOtherDefaults(ServerBehavior):
    """Uses other defaults for omitted members of a room."""

    def default_value(self, member: RequestMember) -> object:
        changes = {
            "fabric.description": "-",
            "fabric.max_members": 20,
            "fabric.layout": "5up",
            "fabric.meta": {"new": True},
            "fabric.sync_audio_video": False,
            "fabric.tone_on_entry_and_exit": True,
        }
        return changes.get(member.path, super().default_value(member))


@variant("room-ids-equal", permitted="AMB-36: both ids are documented as the unique id of the room.")
class RoomIdsEqual(ServerBehavior):
    """Uses the same value for both ids of a room."""

    def new_inner_id(self, id_: str) -> str:
        return id_


@variant("room-found-by-either-id", permitted="AMB-36: access by the inner id is only reported.")
class RoomFoundByEitherId(ServerBehavior):
    """Finds a room by its inner id as well."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        rooms = self.store.all(resource) if resource is Resource.ROOM else []
        inner = next((room for room in rooms if room.inner_id == id_), None)
        return inner or super().lookup(resource, id_)
