"""Days: bare dates read as another instant or refused, and days that are not as the calendar has them."""

import calendar
import datetime as dt
from dataclasses import replace

from reference.api.behavior import Rules
from reference.api.request_models import Member
from reference.api.rfc3339 import Parts
from reference.faults.fault import fault

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


class _RolledOver(Rules):
    """Rules that count days beyond the end of a month on into the next, in one member."""

    whose: str

    def local(self, member: Member, parts: Parts) -> dt.datetime:
        year, month, day = parts.day
        if member.path != self.whose or not (1 <= month <= 12 and 28 < day <= 31):
            return super().local(member, parts)
        first = super().local(member, replace(parts, day=(year, month, 1)))
        return first + dt.timedelta(days=day - 1)


@fault("impossible-day-rolled-over", breaks="VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class ImpossibleDayRolledOver(_RolledOver):
    """The 30th of February is the 2nd of March."""

    whose = "video.join_from"


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


@fault("room-impossible-day-rolled-over", breaks="FCR-CREATE-JOIN-UNTIL-FORMAT-IMPOSSIBLE")
class RoomImpossibleDay(_RolledOver):
    """The 30th of February is the 2nd of March in a room's join_until."""

    whose = "fabric.join_until"
