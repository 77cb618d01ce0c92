"""Requests that are judged in another way, where the documentation leaves one."""

import datetime as dt
import re
from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Operation, Request, Resource
from reference.api.request_models import MEMBERS, Member, Text, Whole
from reference.api.rfc3339 import Parts
from reference.api.store import Record
from reference.api.validation import Invalid, no
from reference.variants.variant import variant

_LENIENT = "AMB-52: what a plain conversion makes conform is only reported."
_BLANK = "AMB-10: schema and error list point in different directions."
_NULL = "AMB-25: refusing a null and treating it as left out are both accepted."
_TIMES = "AMB-43: equality and the past are not mentioned."
_SWITCH = {"true": True, "false": False, 1: True, 0: False}


@variant("lengths-in-utf-16", permitted="AMB-45: any sense of the word character is accepted but bytes.")
class LengthsInUtf16(Rules):
    """A character outside the basic plane counts as two."""

    def length(self, member: Member, text: str) -> int:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2


@variant("display-name-not-blank", permitted=_BLANK)
class DisplayNameNotBlank(Rules):
    """A display_name with nothing to see in it is refused."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if member.name == "display_name" and not text.strip():
            raise no("missing_required_parameter", "Must not be blank")
        return text


@variant("room-name-not-blank", permitted=_BLANK)
class RoomNameNotBlank(Rules):
    """A name of a room with nothing to see in it is refused."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if member.path == "fabric.name" and not text.strip():
            raise no("missing_required_parameter", "Must not be blank")
        return text


@variant("room-name-as-conference-name", permitted="A guide advises against some characters in room names.")
class RoomNameAsConferenceName(Rules):
    """A name of a room must be one that a conference could have."""

    def text(self, member: Member, kind: Text, value: object) -> str:
        if member.path == "fabric.name":
            kind = Text(limit=100, pattern=re.compile(r"[A-Za-z0-9_-]+"))
        return super().text(member, kind, value)


@variant("max-members-from-one", permitted="AMB-35: an example makes the refusal of 0 understandable.")
class MaxMembersFromOne(Rules):
    """max_members must be greater than 0."""

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        return (1, kind.maximum) if member.name == "max_members" else super().bounds(member, kind)


@variant("null-is-left-out", permitted=_NULL)
class NullIsLeftOut(Rules):
    """A null optional member counts as left out."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        members = MEMBERS[resource]
        return {
            name: value
            for name, value in super().received(resource, document).items()
            if value is not None or name not in members or members[name].required
        }


@variant("switches-converted", permitted=_LENIENT)
class SwitchesConverted(Rules):
    """A switch may be written true and false in quotes, or 1 and 0."""

    def switch(self, member: Member, value: object) -> bool:
        known = isinstance(value, str | int) and value in _SWITCH
        return super().switch(member, _SWITCH[value] if known and isinstance(value, str | int) else value)


@variant("numbers-converted", permitted=_LENIENT)
class NumbersConverted(Rules):
    """A number may be written in quotes."""

    def integer(self, member: Member, value: object) -> int:
        digits = isinstance(value, str) and value.isascii() and value.isdigit()
        return super().integer(member, int(str(value)) if digits else value)


@variant("texts-converted", permitted=_LENIENT)
class TextsConverted(Rules):
    """A text may be a number or a boolean, and is what one would write for it."""

    def string(self, member: Member, value: object) -> str:
        plain = isinstance(member.kind, Text) and isinstance(value, bool | int | float)
        return super().string(member, str(value).lower() if plain else value)


@variant("timestamps-taken", permitted=_LENIENT)
class TimestampsTaken(Rules):
    """A time may be a number of seconds."""

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**35:
            return dt.datetime.fromtimestamp(value, dt.UTC)
        return super().moment(member, value)


@variant("unknown-members-refused", permitted="AMB-06: refusing and ignoring them are both accepted.")
class UnknownMembersRefused(Rules):
    """A member that no page mentions is refused."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        unknown = [name for name in sent if name not in MEMBERS[resource]]
        if unknown:
            raise Invalid(*(Problem("invalid_parameter", "Is not known", name) for name in unknown))
        return sent


@variant("past-refused", permitted=_TIMES)
class PastRefused(Rules):
    """A time in the past is refused."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        past = [
            name for name, value in values.items() if isinstance(value, dt.datetime) and value < self.now()
        ]
        own = [Problem("invalid_parameter", "Must not lie in the past", name) for name in past]
        return own + super().contradictions(resource, values)


@variant("empty-times-refused", permitted=_TIMES)
class EmptyTimesRefused(Rules):
    """A join_until must be later than join_from."""

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return start < end


@variant("room-bare-dates", permitted="AMB-03: what becomes of bare dates in rooms is only reported.")
class RoomBareDates(Rules):
    """Rooms take bare dates too."""

    def takes_bare_date(self, member: Member) -> bool:
        return True


@variant(
    "room-previews-optional", permitted="AMB-15: a room made without enable_room_previews is only reported."
)
class RoomPreviewsOptional(Rules):
    """A room without enable_room_previews has none."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        return {"enable_room_previews": False, **sent} if resource is Resource.ROOM else sent


@variant("leap-seconds-refused", permitted="AMB-02: accepting, refusing and moving it are all accepted.")
class LeapSecondsRefused(Rules):
    """A minute has 60 seconds."""

    def parts(self, member: Member, text: str) -> Parts:
        parts = super().parts(member, text)
        if parts.time[2] == 60:
            raise ValueError("no such second")
        return parts


@variant("time-without-offset-taken", permitted="Whether a time without offset is refused is not stated.")
class TimeWithoutOffset(Rules):
    """A time without an offset is one of UTC."""

    def parts(self, member: Member, text: str) -> Parts:
        bare = re.fullmatch(r"[^Tt]+[Tt][0-9:.]+", text) is not None
        return super().parts(member, f"{text}Z" if bare else text)


@variant("small-t-and-z-refused", permitted="The documentation shows capital letters only.")
class SmallLettersRefused(Rules):
    """The T and the Z of a time must be capital letters."""

    def parts(self, member: Member, text: str) -> Parts:
        if text != text.upper():
            raise ValueError("small letters")
        return super().parts(member, text)


@variant("nul-refused", permitted="Whether a NUL is taken is left to the server.")
class NulRefused(Rules):
    """A text must not hold a NUL."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if "\0" in text:
            raise no("invalid_parameter", "Must not hold a NUL")
        return text


@variant("names-without-letter-case", permitted="AMB-08: whether letter case matters in names is not stated.")
class NamesWithoutLetterCase(Rules):
    """Names that differ in letter case only are the same."""

    def name_key(self, name: str) -> str:
        return name.lower()


@variant("names-never-free-again", permitted="AMB-08: whether a name can be used again is not stated.")
class NamesNeverFree(Rules):
    """The name of a deleted conference stays in use."""

    def forget(self, request: Request, record: Record) -> None:
        super().forget(request, record)
        if record.name_key:
            self.store.names[record.name_key] = record.id


@variant("members-of-update-kept", permitted="AMB-18, AMB-19: what create does with them is only reported.")
class MembersOfUpdateKept(Rules):
    """A create of a conference takes meta and the switches that update takes."""

    sent: dict[str, Any]

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.sent = document if resource is Resource.CONFERENCE else {}
        return super().received(resource, document)

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        if resource is Resource.ROOM or not hasattr(self, "sent"):
            return values
        switches = ("tone_on_entry_and_exit", "room_join_video_off", "user_join_video_off")
        own = {name: self.sent[name] for name in switches if isinstance(self.sent.get(name), bool)}
        meta = {"meta": self.sent["meta"]} if isinstance(self.sent.get("meta"), dict) else {}
        return {**values, **own, **meta}


@variant("session-word-ignored", permitted="AMB-31: refusing another word and ignoring it are both accepted.")
class SessionWordIgnored(Rules):
    """An include_active_session that is neither true nor false counts as left out."""

    def check_query(self, request: Request) -> None:
        pass


@variant("session-word-a-number", permitted="AMB-31: what 1 and 0 do is not stated.")
class SessionWordANumber(Rules):
    """include_active_session may be 1 or 0."""

    def check_query(self, request: Request) -> None:
        if request.query.get("include_active_session") not in {"1", "0"}:
            super().check_query(request)

    def session_wanted(self, request: Request) -> bool:
        return request.query.get("include_active_session") == "1" or super().session_wanted(request)


@variant("ids-with-letter-case", permitted="AMB-14: whether an upper-case uuid works is only reported.")
class IdsWithLetterCase(Rules):
    """An id in capitals finds nothing."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        return self.store.find(resource, id_)


@variant("found-by-name", permitted="AMB-14: whether a name works is only reported.")
class FoundByName(Rules):
    """A conference is found by its name too."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        named = self.store.names.get(id_, id_) if resource is Resource.CONFERENCE else id_
        return super().lookup(resource, named)


@variant("project-in-either-case", permitted="UUIDs are read without regard to letter case.")
class ProjectInEitherCase(Rules):
    """The project id may be written in capitals."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return super().admits(user.lower(), password)


@variant("no-delete", permitted="The profiles ask for create and get; a target need not delete.")
class NoDelete(Rules):
    """Nothing can be deleted."""

    def delete(self, request: Request) -> Answer:
        return Answer(405, self.error("Method Not Allowed"), {"allow": "GET"})


@variant("no-list", permitted="The profiles ask for create and get; a target need not list.")
class NoList(Rules):
    """Nothing can be listed."""

    def page(self, request: Request) -> Answer:
        return Answer(405, self.error("Method Not Allowed"), {"allow": "POST"})


@variant("no-get-of-rooms", permitted="The profile fabric asks for the create of rooms alone.")
class NoGetOfRooms(Rules):
    """Rooms cannot be read."""

    def get(self, request: Request) -> Answer:
        if request.operation is Operation.GET_ROOM:
            return Answer(405, self.error("Method Not Allowed"), {"allow": "POST"})
        return super().get(request)
