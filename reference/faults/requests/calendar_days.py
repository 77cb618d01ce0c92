"""Faults in the conversion of dates without a time and of days that do not exist."""

import calendar
import datetime as dt
from dataclasses import replace

from reference.api.behavior import ServerBehavior
from reference.api.request_models import RequestMember
from reference.api.rfc3339 import TimestampParts
from reference.faults.fault import fault

_NEW_YORK = dt.timedelta(hours=5)


@fault("date-only-becomes-end-of-day", breaks="VC-CREATE-DATE-ONLY")
class EndOfDay(ServerBehavior):
    """Converts a date without a time to 23:59:59 UTC of that day."""

    def instant_of_date(self, member: RequestMember, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)


@fault("date-only-join-until-becomes-end-of-day", breaks="VC-CREATE-DATE-ONLY")
class JoinUntilEndOfDay(ServerBehavior):
    """Converts a date without a time in join_until to 23:59:59 UTC of that day."""

    def instant_of_date(self, member: RequestMember, day: dt.date) -> dt.datetime:
        if member.name != "join_until":
            return super().instant_of_date(member, day)
        return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)


@fault("date-only-in-local-time", breaks="VC-CREATE-DATE-ONLY")
class DateOnlyInLocalTime(ServerBehavior):
    """Converts a date without a time to midnight in New York."""

    def instant_of_date(self, member: RequestMember, day: dt.date) -> dt.datetime:
        return super().instant_of_date(member, day) + _NEW_YORK


@fault("date-only-becomes-day-before", breaks="VC-CREATE-DATE-ONLY")
class DayBefore(ServerBehavior):
    """Converts a date without a time to midnight UTC of the previous day."""

    def instant_of_date(self, member: RequestMember, day: dt.date) -> dt.datetime:
        return super().instant_of_date(member, day) - dt.timedelta(days=1)


@fault("date-only-rejected", breaks="VC-CREATE-DATE-ONLY")
class DateOnlyRejected(ServerBehavior):
    """Rejects a date without a time."""

    def accepts_date_only(self, member: RequestMember) -> bool:
        return False


@fault("date-only-join-until-rejected", breaks="VC-CREATE-DATE-ONLY")
class DateOnlyJoinUntilRejected(ServerBehavior):
    """Rejects a date without a time in join_until only."""

    def accepts_date_only(self, member: RequestMember) -> bool:
        return member.name != "join_until" and super().accepts_date_only(member)


@fault("date-only-leap-day-rejected", breaks=("VC-CREATE-DATE-ONLY", "VC-CREATE-JOIN-FROM-FORMAT-ACCEPT"))
class LeapDayRejected(ServerBehavior):
    """Rejects 29 February in every year."""

    def calendar_day(self, member: RequestMember, day: tuple[int, int, int]) -> dt.date:
        if day[1:] == (2, 29):
            raise ValueError("the day does not exist")
        return super().calendar_day(member, day)

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        if parts.day[1:] == (2, 29):
            raise ValueError("the day does not exist")
        return super().local_time(member, parts)


class _DayOverflow(ServerBehavior):
    """Base of faults that convert a day after the end of a month to a day of the next month."""

    overflow_path: str

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        year, month, day = parts.day
        if member.path != self.overflow_path or not (1 <= month <= 12 and 28 < day <= 31):
            return super().local_time(member, parts)
        first = super().local_time(member, replace(parts, day=(year, month, 1)))
        return first + dt.timedelta(days=day - 1)


@fault("impossible-day-rolled-over", breaks="VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class ImpossibleDayRolledOver(_DayOverflow):
    """Converts 30 February in join_from to a day in March."""

    overflow_path = "video.join_from"


@fault("impossible-day-clamped", breaks="VC-CREATE-JOIN-UNTIL-FORMAT-IMPOSSIBLE")
class ImpossibleDayClamped(ServerBehavior):
    """Converts 30 February in join_until to the last day of February."""

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        year, month, day = parts.day
        if member.path == "video.join_until" and 1 <= month <= 12 and 28 < day <= 31:
            parts = replace(parts, day=(year, month, min(day, calendar.monthrange(year, month)[1])))
        return super().local_time(member, parts)


@fault("impossible-bare-date-rolled-over", breaks="VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class ImpossibleBareDate(ServerBehavior):
    """Converts a day that does not exist to a day of the next month, with or without a time."""

    def calendar_day(self, member: RequestMember, day: tuple[int, int, int]) -> dt.date:
        if 28 < day[2] <= 31:
            return super().calendar_day(member, (day[0], day[1], 1)) + dt.timedelta(days=day[2] - 1)
        return super().calendar_day(member, day)

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        moved = self.calendar_day(member, parts.day)
        return super().local_time(member, replace(parts, day=(moved.year, moved.month, moved.day)))


@fault("room-impossible-day-rolled-over", breaks="FCR-CREATE-JOIN-UNTIL-FORMAT-IMPOSSIBLE")
class RoomImpossibleDay(_DayOverflow):
    """Converts 30 February in the join_until of a room to a day in March."""

    overflow_path = "fabric.join_until"
