"""Faults in times of day that do not exist and in date-times that libraries cannot represent."""

import datetime as dt
import re
from dataclasses import replace

from reference.api.behavior import ServerBehavior
from reference.api.request_models import RequestMember
from reference.api.rfc3339 import TimestampParts
from reference.faults.fault import fault
from reference.faults.responses.server_errors import CrashError


class _RolledOver(ServerBehavior):
    """Base of faults that convert some times of day that do not exist to later ones."""

    path = ""

    def is_rolled_over(self, hour: int, minute: int, second: int) -> bool:
        return False

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        hour, minute, second = parts.time
        if member.path != self.path or not self.is_rolled_over(hour, minute, second):
            return super().local_time(member, parts)
        midnight = super().local_time(member, replace(parts, time=(0, 0, 0)))
        return midnight + dt.timedelta(hours=hour, minutes=minute, seconds=second)


@fault("minute-60-rolled-over", breaks="VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class Minute60(_RolledOver):
    """Converts the minute 60 at the end of a day in join_from to the next hour."""

    path = "video.join_from"

    def is_rolled_over(self, hour: int, minute: int, second: int) -> bool:
        return (hour, minute) == (23, 60)


@fault("second-61-rolled-over", breaks="VC-CREATE-JOIN-UNTIL-FORMAT-IMPOSSIBLE")
class Second61(_RolledOver):
    """Converts the second 61 in join_until to the next minute."""

    path = "video.join_until"

    def is_rolled_over(self, hour: int, minute: int, second: int) -> bool:
        return second == 61


@fault("room-hour-24-rolled-over", breaks="FCR-CREATE-REMOVE-AT-FORMAT-IMPOSSIBLE")
class RoomHour24(_RolledOver):
    """Converts the times after 24:00:00 in remove_at of a room to the next day."""

    path = "fabric.remove_at"

    def is_rolled_over(self, hour: int, minute: int, second: int) -> bool:
        return hour == 24


@fault("room-minutes-and-seconds-unchecked", breaks="FCR-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE")
class RoomMinutesAndSeconds(_RolledOver):
    """Accepts the minute and the second 99 in join_from of a room."""

    path = "fabric.join_from"

    def is_rolled_over(self, hour: int, minute: int, second: int) -> bool:
        return 99 in (minute, second)


@fault("room-leap-second-500", breaks=("FCR-CREATE-LEAP-SECOND", "API-ERR-NO-5XX"))
class RoomLeapSecond500(ServerBehavior):
    """Returns 500 for a leap second in remove_at of a room."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        parts = super().parse_timestamp(member, text)
        if member.path == "fabric.remove_at" and parts.time[2] == 60:
            raise CrashError
        return parts


@fault("room-remove-at-before-1900-500", breaks=("API-ERR-ANCIENT-DATE", "API-ERR-NO-5XX"))
class RoomRemoveAtBefore1900(ServerBehavior):
    """Returns 500 for a remove_at of a room before the year 1900."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        parts = super().parse_timestamp(member, text)
        if member.path == "fabric.remove_at" and parts.day[0] < 1900:
            raise CrashError
        return parts


@fault("offset-beyond-the-calendar-500", breaks="API-ERR-CALENDAR-END")
class OffsetBeyondTheCalendar(ServerBehavior):
    """Returns 500 for a date-time whose offset leads beyond the years 1 to 9999."""

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        try:
            return super().to_utc(member, local, offset)
        except OverflowError as error:
            raise CrashError from error


@fault("years-of-two-digits", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class TwoDigitYears(ServerBehavior):
    """Reads a year of two digits in join_from as one of this century."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        is_short = member.path == "video.join_from" and re.match("[0-9]{2}-", text)
        return super().parse_timestamp(member, f"20{text}" if is_short else text)


@fault("last-year-rejected", breaks="VC-CREATE-JOIN-UNTIL-FORMAT-ACCEPT")
class LastYearRejected(ServerBehavior):
    """Rejects a join_until in the year 9999, which stands for no end in the database."""

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        if member.path == "video.join_until" and parts.day[0] == dt.MAXYEAR:
            raise ValueError("no end")
        return super().local_time(member, parts)


@fault("year-zero-500", breaks="API-ERR-CALENDAR-END")
class YearZero500(ServerBehavior):
    """Returns 500 for the year 0 in join_from of a conference."""

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        if member.path == "video.join_from" and parts.day[0] == 0:
            raise CrashError
        return super().local_time(member, parts)


@fault("six-digits-of-a-second-rejected", breaks="VC-CREATE-JOIN-FROM-FRACTION")
class SixDigitsRejected(ServerBehavior):
    """Rejects a join_from with more than three digits after the decimal point."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if member.path == "video.join_from" and re.search(r"\.[0-9]{4}", text):
            raise ValueError("too precise")
        return super().parse_timestamp(member, text)


@fault("fractions-rounded-up", breaks="VC-CREATE-JOIN-UNTIL-ECHO")
class FractionsRoundedUp(ServerBehavior):
    """Rounds a join_until with a fraction up to the next second."""

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        local = super().local_time(member, replace(parts, microsecond=0))
        if member.path == "video.join_until":
            return local + dt.timedelta(seconds=bool(parts.microsecond))
        return local.replace(microsecond=parts.microsecond)
