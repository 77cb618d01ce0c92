"""Conferences and rooms that are shown in another way, where the documentation leaves one."""

import datetime as dt
from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Operation, Request, Resource
from reference.api.request_models import Member
from reference.api.store import Record
from reference.variants.variant import variant

_DATES = "AMB-44: instants are compared, never texts."
_EXTRA = "AMB-06: members that no page mentions are only reported."
_INITIAL = "AMB-19: no source gives defaults."
_SESSION = "None of the members of a session is required."
_NO_SESSION = "AMB-21: null and an empty object are only reported where there is no session."
_TWO_HOURS = dt.timedelta(hours=2)


@variant("offset-for-z", permitted=_DATES)
class OffsetForZ(Rules):
    """Dates are written with +00:00."""

    def moment_shown(self, moment: dt.datetime) -> str:
        return super().moment_shown(moment).replace("Z", "+00:00")


@variant("other-offset", permitted=_DATES)
class OtherOffset(Rules):
    """Dates are written with the offset of a place."""

    def moment_shown(self, moment: dt.datetime) -> str:
        if moment.year == dt.MAXYEAR:
            return super().moment_shown(moment)
        return super().moment_shown(moment + _TWO_HOURS).replace("Z", "+02:00")


@variant("milliseconds-always", permitted=_DATES)
class MillisecondsAlways(Rules):
    """Dates are written with three digits of a second."""

    def moment_shown(self, moment: dt.datetime) -> str:
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@variant("fractions-lost", permitted="AMB-44: lost fractions are only reported.")
class FractionsLost(Rules):
    """Times are kept in whole seconds."""

    def kept(self, member: Member, value: object) -> object:
        value = super().kept(member, value)
        return value.replace(microsecond=0) if isinstance(value, dt.datetime) else value


@variant("created-at-in-microseconds", permitted="AMB-44: fractions or none are both accepted.")
class CreatedAtInMicroseconds(Rules):
    """created_at and updated_at are exact."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


@variant("updated-a-moment-later", permitted="Nothing says that both times of a creation are one.")
class UpdatedAMomentLater(Rules):
    """updated_at of something new is a second after created_at."""

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        record.updated_at += dt.timedelta(seconds=1)
        return record


@variant("more-members", permitted=_EXTRA)
class MoreMembers(Rules):
    """Conferences, rooms and sessions have members that no page mentions."""

    def conference(self, request: Request, record: Record) -> dict[str, Any]:
        return {**super().conference(request, record), "object": "conference", "tokens": [], "version": 2}

    def room(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().room(request, record)
        return {**shown, "links": {}, "conference_room": {**shown["conference_room"], "tags": ["new"]}}

    def session(self, record: Record) -> dict[str, Any]:
        return {
            name: session and {**session, "region": None, "members": []}
            for name, session in super().session(record).items()
        }


@variant("session-in-create", permitted="AMB-20: a session in the answer to a create is only reported.")
class SessionInCreate(Rules):
    """The answer to a create has a session, as the example of the documentation has."""

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        if request.operation is Operation.CREATE_CONFERENCE:
            return {**shown, "active_session": {"id": record.id, "status": "completed"}}
        return shown


@variant("session-none-null", permitted=_NO_SESSION)
class SessionNoneNull(Rules):
    """Where there is no session, the one that was asked for is null."""

    def session(self, record: Record) -> dict[str, Any]:
        return super().session(record) or {"active_session": None}


@variant("session-none-empty", permitted=_NO_SESSION)
class SessionNoneEmpty(Rules):
    """Where there is no session, the one that was asked for is an empty object."""

    def session(self, record: Record) -> dict[str, Any]:
        return super().session(record) or {"active_session": {}}


@variant("session-fps-a-text", permitted="AMB-01: one seed has 20 and 30 as texts.")
class SessionFpsAText(Rules):
    """The fps of a session is a number in quotes."""

    def session(self, record: Record) -> dict[str, Any]:
        shown = super().session(record)
        return {name: {**session, "fps": str(session["fps"])} for name, session in shown.items()}


@variant("session-short", permitted=_SESSION)
class SessionShort(Rules):
    """A session has an id, a name and a status."""

    def session(self, record: Record) -> dict[str, Any]:
        names = ("id", "name", "status")
        shown = super().session(record)
        return {name: {key: session[key] for key in names} for name, session in shown.items()}


@variant("session-completed", permitted="AMB-22: only the types of a session can fail.")
class SessionCompleted(Rules):
    """A session is over, with a layout of its own and a duration that does not fit."""

    def session(self, record: Record) -> dict[str, Any]:
        own = {"status": "completed", "layout": "full-screen", "duration": 120}
        return {name: {**session, **own} for name, session in super().session(record).items()}


@variant(
    "generated-name-in-words", permitted="AMB-07: the form of a name that the server makes is not described."
)
class GeneratedNameInWords(Rules):
    """A name that the server makes has blanks and dots in it."""

    def generated_name(self, id_: str) -> str:
        return f"Meeting no. {int(id_[:8], 16)}/{int(id_[-8:], 16)}, new"


@variant(
    "generated-name-is-id", permitted="AMB-07: the form of a name that the server makes is not described."
)
class GeneratedNameIsId(Rules):
    """A name that the server makes is the id."""

    def generated_name(self, id_: str) -> str:
        return id_


@variant("previews-null-by-default", permitted="AMB-05: false and null are both accepted.")
class PreviewsNull(Rules):
    """enable_room_previews of a conference that says nothing about it is null."""

    def default(self, member: Member) -> object:
        return None if member.path == "video.enable_room_previews" else super().default(member)


@variant("recorded-by-default", permitted="AMB-05: record_on_start has no default; true is only reported.")
class RecordedByDefault(Rules):
    """A conference that says nothing about it is recorded."""

    def default(self, member: Member) -> object:
        return True if member.name == "record_on_start" else super().default(member)


@variant(
    "description-empty-by-default", permitted="A description that was left out is null or an empty text."
)
class DescriptionEmpty(Rules):
    """The description of a conference that has none is an empty text."""

    def default(self, member: Member) -> object:
        return "" if member.path == "video.description" else super().default(member)


@variant("meta-empty-by-default", permitted="AMB-18: an empty object and null are both accepted.")
class MetaEmpty(Rules):
    """The meta of a conference is an empty object."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        return {**values, "meta": values["meta"] or {}}


@variant("switches-the-other-way", permitted=_INITIAL)
class SwitchesTheOtherWay(Rules):
    """The switches that a create cannot set begin the other way round."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        if resource is Resource.ROOM:
            return {**values, "fps": 20, "prioritize_handraise": True}
        own = {"tone_on_entry_and_exit": False, "room_join_video_off": True, "user_join_video_off": True}
        return {**values, **own}


@variant("colours-in-small-letters", permitted="AMB-51: a change of letter case is only reported.")
class ColoursInSmallLetters(Rules):
    """Colours are shown in small letters, the defaults included."""

    def value_shown(self, name: str, value: object) -> object:
        colour = name.startswith(("dark_", "light_")) and isinstance(value, str)
        return str(value).lower() if colour else super().value_shown(name, value)


@variant("room-nulls", permitted="AMB-37: null for a member that the caller may leave out is only reported.")
class RoomNulls(Rules):
    """What was left out of a room is null."""

    def default(self, member: Member) -> object:
        null = {"fabric.description", "fabric.max_members", "fabric.layout", "fabric.meta"}
        return None if member.path in null else super().default(member)


@variant("room-other-defaults", permitted="AMB-37: any value of the right type is accepted.")
class RoomOtherDefaults(Rules):
    """What was left out of a room has other values than ours."""

    def default(self, member: Member) -> object:
        own = {
            "fabric.description": "-",
            "fabric.max_members": 20,
            "fabric.layout": "5up",
            "fabric.meta": {"new": True},
            "fabric.sync_audio_video": False,
            "fabric.tone_on_entry_and_exit": True,
        }
        return own.get(member.path, super().default(member))


@variant("room-ids-equal", permitted="AMB-36: both ids are described as the unique id of the room.")
class RoomIdsEqual(Rules):
    """The two ids of a room are the same."""

    def new_inner_id(self, id_: str) -> str:
        return id_


@variant("room-found-by-either-id", permitted="AMB-36: whether the inner id works is only reported.")
class RoomFoundByEitherId(Rules):
    """A room is found by the id inside too."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        rooms = self.store.all(resource) if resource is Resource.ROOM else []
        inner = next((room for room in rooms if room.inner_id == id_), None)
        return inner or super().lookup(resource, id_)
