"""Faults that accept strings that are almost date-times, and faults that reject unusual ones."""

import datetime as dt
import re
import unicodedata
from dataclasses import replace

from reference.api.behavior import ServerBehavior
from reference.api.request_models import RequestMember
from reference.api.rfc3339 import TimestampParts
from reference.faults.fault import fault
from reference.faults.responses.server_errors import CrashError


class _Repaired(ServerBehavior):
    """Base of faults that repair the text of one member before they parse it."""

    path = ""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        return super().parse_timestamp(member, self.repair(text) if member.path == self.path else text)

    def repair(self, text: str) -> str:
        return text


@fault("years-of-two-digits", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class TwoDigitYears(_Repaired):
    """Reads a year of two digits in join_from as one of this century."""

    path = "video.join_from"

    def repair(self, text: str) -> str:
        return f"20{text}" if re.match("[0-9]{2}-", text) else text


@fault("join-until-trimmed", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class JoinUntilTrimmed(_Repaired):
    """Strips whitespace around join_until."""

    path = "video.join_until"

    def repair(self, text: str) -> str:
        return text.strip()


@fault("room-months-of-one-digit", breaks="FCR-CREATE-JOIN-FROM-FORMAT")
class RoomMonthsOfOneDigit(_Repaired):
    """Accepts a month and a day of one digit in join_from of a room."""

    path = "fabric.join_from"

    def repair(self, text: str) -> str:
        return re.sub("^([0-9]{4})-([0-9])-([0-9])T", r"\1-0\2-0\3T", text)


@fault("room-dates-in-any-digits", breaks="FCR-CREATE-REMOVE-AT-FORMAT")
class RoomDatesInAnyDigits(_Repaired):
    """Accepts the digits of every script in remove_at of a room."""

    path = "fabric.remove_at"

    def repair(self, text: str) -> str:
        return "".join(str(unicodedata.digit(one, one)) for one in text)


@fault("room-date-before-a-line-break", breaks="FCR-CREATE-JOIN-UNTIL-FORMAT")
class RoomDateBeforeLineBreak(_Repaired):
    """Accepts a line break after join_until of a room."""

    path = "fabric.join_until"

    def repair(self, text: str) -> str:
        return text.removesuffix("\n")


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
