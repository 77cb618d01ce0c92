"""Times that are read as another instant, refused although they are good, or accepted although bad."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Resource
from reference.api.request_models import Member
from reference.api.rfc3339 import Parts
from reference.faults.fault import fault


@fault("offset-dropped", breaks=("VC-CREATE-JOIN-FROM-OFFSET", "VC-CREATE-JOIN-FROM-ECHO"))
class OffsetDropped(Rules):
    """The offset of a join_from is read and forgotten."""

    def shifted(self, member: Member, local: dt.datetime, offset: int) -> dt.datetime:
        return super().shifted(member, local, 0 if member.path == "video.join_from" else offset)


@fault("offset-added", breaks=("VC-CREATE-JOIN-UNTIL-OFFSET", "VC-CREATE-JOIN-UNTIL-ECHO"))
class OffsetAdded(Rules):
    """The offset of a join_until is added where it should be taken away."""

    def shifted(self, member: Member, local: dt.datetime, offset: int) -> dt.datetime:
        return super().shifted(member, local, -offset if member.path == "video.join_until" else offset)


@fault(
    "offset-taken-twice",
    breaks=("VC-CREATE-JOIN-FROM-OFFSET", "VC-CREATE-JOIN-UNTIL-OFFSET", "VC-CREATE-JOIN-FROM-ECHO"),
)
class OffsetTwice(Rules):
    """An offset is taken away twice."""

    def shifted(self, member: Member, local: dt.datetime, offset: int) -> dt.datetime:
        return super().shifted(member, local, 2 * offset)


@fault(
    "offset-without-minutes",
    breaks=("VC-CREATE-JOIN-FROM-OFFSET", "VC-CREATE-JOIN-UNTIL-OFFSET", "VC-CREATE-JOIN-FROM-ECHO"),
)
class OffsetWithoutMinutes(Rules):
    """An offset counts in whole hours, which is an hour and a half wrong in some places."""

    def shifted(self, member: Member, local: dt.datetime, offset: int) -> dt.datetime:
        return super().shifted(member, local, offset // 60 * 60)


@fault("offset-refused", breaks="VC-CREATE-JOIN-UNTIL-OFFSET")
class OffsetRefused(Rules):
    """A join_until must be written with Z."""

    def parts(self, member: Member, text: str) -> Parts:
        if member.path == "video.join_until" and text[-1:] not in {"Z", "z"}:
            raise ValueError("not UTC")
        return super().parts(member, text)


@fault("fraction-refused", breaks="VC-CREATE-JOIN-FROM-FRACTION")
class FractionRefused(Rules):
    """A join_from must be written in whole seconds."""

    def parts(self, member: Member, text: str) -> Parts:
        if member.path == "video.join_from" and "." in text:
            raise ValueError("fraction of a second")
        return super().parts(member, text)


@fault("long-fraction-refused", breaks="VC-CREATE-JOIN-UNTIL-FRACTION")
class LongFractionRefused(Rules):
    """A join_until must not be written with more than three digits of a second."""

    def parts(self, member: Member, text: str) -> Parts:
        digits = text.partition(".")[2].rstrip("Zz")
        if member.path == "video.join_until" and sum(map(str.isdigit, digits[:9])) > 3:
            raise ValueError("too fine")
        return super().parts(member, text)


@fault("hour-rolled-over", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class HourRolledOver(Rules):
    """The 25th hour is the first of the next day."""

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        hour, minute, second = parts.time
        if member.path != "video.join_until" or hour < 24:
            return super().local(member, parts)
        return super().local(member, replace(parts, time=(0, minute, second))) + dt.timedelta(hours=hour)


@fault("join-from-nonsense-ignored", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class JoinFromNonsense(Rules):
    """A join_from that is no time counts as none."""

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        try:
            return super().moment(member, value)
        except ValueError:  # what pydantic is told with is one
            if member.path == "video.join_from" and isinstance(value, str):
                return None
            raise


@fault("join-until-empty-ignored", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class JoinUntilEmpty(Rules):
    """An empty join_until counts as none."""

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        empty = member.path == "video.join_until" and value == ""
        return None if empty else super().moment(member, value)


@fault("join-until-american-date", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class JoinUntilAmericanDate(Rules):
    """A join_until may be written with the month first and with slashes."""

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        if member.path == "video.join_until" and isinstance(value, str) and value.count("/") == 2:
            month, day, year = value.split("/")
            value = f"{year}-{month}-{day}"
        return super().moment(member, value)


@fault("seconds-dropped", breaks="VC-CREATE-JOIN-FROM-ECHO")
class SecondsDropped(Rules):
    """A join_from is kept to the minute."""

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        local = super().local(member, parts)
        return local.replace(second=0, microsecond=0) if member.path == "video.join_from" else local


@fault("instants-in-32-bits", breaks=("VC-CREATE-JOIN-UNTIL-ECHO", "VC-CREATE-JOIN-FROM-ECHO"))
class InstantsIn32Bits(Rules):
    """An instant after January 2038 is one of the twentieth century."""

    def kept(self, member: Member, value: object) -> object:
        kept = super().kept(member, value)
        if not isinstance(kept, dt.datetime):
            return kept
        seconds = (int(kept.timestamp()) + 2**31) % 2**32 - 2**31
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)


@fault("join-until-is-join-from", breaks="VC-CREATE-JOIN-UNTIL-ECHO")
class JoinUntilIsJoinFrom(Rules):
    """The join_until of a conference is its join_from, if it has one."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        if resource is Resource.CONFERENCE and values["join_until"] and values["join_from"]:
            values["join_until"] = values["join_from"]
        return values


@fault("room-offset-dropped", breaks=("FCR-CREATE-JOIN-FROM-OFFSET", "FCR-CREATE-JOIN-FROM-ECHO"))
class RoomOffsetDropped(Rules):
    """The offset of a room's join_from is read and forgotten."""

    def shifted(self, member: Member, local: dt.datetime, offset: int) -> dt.datetime:
        return super().shifted(member, local, 0 if member.path == "fabric.join_from" else offset)


@fault("room-fraction-refused", breaks="FCR-CREATE-REMOVE-AT-FRACTION")
class RoomFractionRefused(Rules):
    """A remove_at must be written in whole seconds."""

    def parts(self, member: Member, text: str) -> Parts:
        if member.path == "fabric.remove_at" and "." in text:
            raise ValueError("fraction of a second")
        return super().parts(member, text)


@fault("room-remove-at-nonsense-ignored", breaks="FCR-CREATE-REMOVE-AT-FORMAT")
class RoomRemoveAtNonsense(Rules):
    """A remove_at that is no time counts as none."""

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        try:
            return super().moment(member, value)
        except ValueError:  # what pydantic is told with is one
            if member.path == "fabric.remove_at" and isinstance(value, str):
                return None
            raise


class _Misread(Rules):
    """Rules that read a text of one form as another text."""

    pattern, instead = "", ""

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        if member.path == "video.join_from" and isinstance(value, str):
            value = re.sub(self.pattern, self.instead, value)
        return super().moment(member, value)


@fault("day-0-is-the-first", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class Day0(_Misread):
    """Day 0 of a month is taken for the first."""

    pattern, instead = r"-00(?=T|$)", "-01"


@fault("slashes-for-hyphens", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class SlashesForHyphens(_Misread):
    """A date may have slashes."""

    pattern, instead = "/", "-"


@fault("anything-after-a-date", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class AnythingAfterADate(_Misread):
    """What follows a bare date is not looked at."""

    pattern, instead = r"^(\d{4}-\d\d-\d\d)[a-z]+$", r"\1"


@fault("dates-of-http-read", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class DatesOfHttp(_Misread):
    """A date may be written as in a header of HTTP."""

    pattern, instead = r"^\w{3}, (\d\d) May (\d{4}) (\d\d:\d\d:\d\d) GMT$", r"\2-05-\1T\3Z"


@fault("bare-days-roll-over", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class BareDaysRollOver(_Misread):
    """The 32nd of a month, alone, is the first of the next."""

    pattern, instead = r"^2041-05-32$", "2041-06-01"


@fault("before-1900-500", breaks="API-ERR-ANCIENT-DATE")
class Before1900(Rules):
    """A year before 1900 brings the server down."""

    def parts(self, member: Member, text: str) -> Parts:
        parts = super().parts(member, text)
        if text < "1900":
            raise RuntimeError(text)
        return parts
