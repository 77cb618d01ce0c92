"""Times that are read as another instant, refused although they are good, or accepted although bad."""

import calendar
import datetime as dt
import re
from dataclasses import replace
from typing import Any

from reference.envelopes import Problem
from reference.faults.fault import fault
from reference.instants import Parts
from reference.messages import Resource
from reference.models import Member
from reference.rules import Rules

_NEW_YORK = dt.timedelta(hours=5)


@fault("date-only-becomes-end-of-day", breaks="VC-CREATE-DATE-ONLY")
class EndOfDay(Rules):
    """A bare date stands for the last second of its day."""

    def whole_day(self, member: Member, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)


@fault("date-only-join-until-becomes-end-of-day", breaks="VC-CREATE-DATE-ONLY")
class JoinUntilEndOfDay(Rules):
    """A bare date stands for the last second of its day in join_until, well meant."""

    def whole_day(self, member: Member, day: dt.date) -> dt.datetime:
        if member.name != "join_until":
            return super().whole_day(member, day)
        return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)


@fault("date-only-in-local-time", breaks="VC-CREATE-DATE-ONLY")
class DateOnlyInLocalTime(Rules):
    """A bare date stands for midnight in New York."""

    def whole_day(self, member: Member, day: dt.date) -> dt.datetime:
        return super().whole_day(member, day) + _NEW_YORK


@fault("date-only-becomes-day-before", breaks="VC-CREATE-DATE-ONLY")
class DayBefore(Rules):
    """A bare date stands for midnight of the day before."""

    def whole_day(self, member: Member, day: dt.date) -> dt.datetime:
        return super().whole_day(member, day) - dt.timedelta(days=1)


@fault("date-only-refused", breaks="VC-CREATE-DATE-ONLY")
class DateOnlyRefused(Rules):
    """A bare date is refused, because it is no date-time."""

    def takes_bare_date(self, member: Member) -> bool:
        return False


@fault("date-only-join-until-refused", breaks="VC-CREATE-DATE-ONLY")
class DateOnlyJoinUntilRefused(Rules):
    """A bare date is refused in join_until alone."""

    def takes_bare_date(self, member: Member) -> bool:
        return member.name != "join_until" and super().takes_bare_date(member)


@fault("date-only-leap-day-refused", breaks=("VC-CREATE-DATE-ONLY", "VC-CREATE-JOIN-FROM-FORMAT-ACCEPT"))
class LeapDayRefused(Rules):
    """The 29th of February is refused in every year."""

    def calendar_day(self, member: Member, day: tuple[int, int, int]) -> dt.date:
        if day[1:] == (2, 29):
            raise ValueError("no such day")
        return super().calendar_day(member, day)

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        if parts.day[1:] == (2, 29):
            raise ValueError("no such day")
        return super().local(member, parts)


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


@fault("impossible-day-rolled-over", breaks="VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class ImpossibleDayRolledOver(Rules):
    """The 30th of February is the 2nd of March."""

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        year, month, day = parts.day
        if member.path != "video.join_from" or not (1 <= month <= 12 and 28 < day <= 31):
            return super().local(member, parts)
        first = super().local(member, replace(parts, day=(year, month, 1)))
        return first + dt.timedelta(days=day - 1)


@fault("impossible-day-clamped", breaks="VC-CREATE-JOIN-UNTIL-FORMAT-IMPOSSIBLE")
class ImpossibleDayClamped(Rules):
    """The 30th of February is the last of February."""

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        year, month, day = parts.day
        if member.path == "video.join_until" and 1 <= month <= 12 and 28 < day <= 31:
            parts = replace(parts, day=(year, month, min(day, calendar.monthrange(year, month)[1])))
        return super().local(member, parts)


@fault("impossible-bare-date-rolled-over", breaks="VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class ImpossibleBareDate(Rules):
    """A day that does not exist is the first of the next month, bare or with a time."""

    def calendar_day(self, member: Member, day: tuple[int, int, int]) -> dt.date:
        if 28 < day[2] <= 31:
            return super().calendar_day(member, (day[0], day[1], 1)) + dt.timedelta(days=day[2] - 1)
        return super().calendar_day(member, day)

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        moved = self.calendar_day(member, parts.day)
        return super().local(member, replace(parts, day=(moved.year, moved.month, moved.day)))


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


@fault("join-order-unchecked", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderUnchecked(Rules):
    """A join_until may be earlier than join_from."""

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return True


@fault("join-order-by-day", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderByDay(Rules):
    """A join_until may be earlier than join_from on the same day."""

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return start.date() <= end.date()


@fault("join-order-righted", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderRighted(Rules):
    """A join_until earlier than join_from is exchanged with it in place of being refused."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        start, end = values.get("join_from"), values.get("join_until")
        if resource is Resource.CONFERENCE and start and end and end < start:
            values |= {"join_from": end, "join_until": start}
        return super().contradictions(resource, values)


@fault("join-order-by-text", breaks="VC-CREATE-JOIN-ORDER-OFFSET")
class JoinOrderByText(Rules):
    """The texts of join_from and join_until are put in order, offsets aside."""

    texts: tuple[str, str] | None = None

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        texts = (str(document.get("join_from", "")), str(document.get("join_until", "")))
        self.texts = texts if resource is Resource.CONFERENCE else None
        return super().received(resource, document)

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return self.texts[0] <= self.texts[1] if self.texts else super().in_order(start, end)


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


@fault("room-impossible-day-rolled-over", breaks="FCR-CREATE-JOIN-UNTIL-FORMAT-IMPOSSIBLE")
class RoomImpossibleDay(Rules):
    """The 30th of February is the 2nd of March in a room's join_until."""

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        year, month, day = parts.day
        if member.path != "fabric.join_until" or not (1 <= month <= 12 and 28 < day <= 31):
            return super().local(member, parts)
        first = super().local(member, replace(parts, day=(year, month, 1)))
        return first + dt.timedelta(days=day - 1)


@fault("room-join-order-by-text", breaks="FCR-CREATE-JOIN-ORDER-OFFSET")
class RoomJoinOrderByText(Rules):
    """The texts of a room's join_from and join_until are put in order, offsets aside."""

    texts: tuple[str, str] | None = None

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        texts = (str(document.get("join_from", "")), str(document.get("join_until", "")))
        self.texts = texts if resource is Resource.ROOM else None
        return super().received(resource, document)

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return self.texts[0] <= self.texts[1] if self.texts else super().in_order(start, end)


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
