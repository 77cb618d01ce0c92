"""Faults in the validation and conversion of timestamps."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.api.rfc3339 import TimestampParts
from reference.faults.fault import fault, should_fault

_LOCAL_TIME = re.compile(r"[0-9-]+T[0-9:]+")


@fault("offset-dropped", breaks=("VC-CREATE-JOIN-FROM-OFFSET", "VC-CREATE-JOIN-FROM-ECHO"))
class OffsetDropped(ServerBehavior):
    """Ignores the UTC offset of join_from."""

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        return super().to_utc(member, local, 0 if member.path == "video.join_from" else offset)


@fault("offset-added", breaks=("VC-CREATE-JOIN-UNTIL-OFFSET", "VC-CREATE-JOIN-UNTIL-ECHO"))
class OffsetAdded(ServerBehavior):
    """Adds the UTC offset of join_until instead of subtracting it."""

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        return super().to_utc(member, local, -offset if member.path == "video.join_until" else offset)


@fault(
    "offset-applied-twice",
    breaks=("VC-CREATE-JOIN-FROM-OFFSET", "VC-CREATE-JOIN-UNTIL-OFFSET", "VC-CREATE-JOIN-FROM-ECHO"),
)
class OffsetTwice(ServerBehavior):
    """Subtracts the UTC offset of a timestamp twice."""

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        return super().to_utc(member, local, 2 * offset)


@fault(
    "offset-without-minutes",
    breaks=("VC-CREATE-JOIN-FROM-OFFSET", "VC-CREATE-JOIN-UNTIL-OFFSET", "VC-CREATE-JOIN-FROM-ECHO"),
)
class OffsetWithoutMinutes(ServerBehavior):
    """Ignores the minutes of a UTC offset."""

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        return super().to_utc(member, local, offset // 60 * 60)


@fault("offset-rejected", breaks="VC-CREATE-JOIN-UNTIL-OFFSET")
class OffsetRejected(ServerBehavior):
    """Rejects a join_until with a UTC offset other than Z."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if member.path == "video.join_until" and text[-1:] not in {"Z", "z"}:
            raise ValueError("not UTC")
        return super().parse_timestamp(member, text)


@fault("fraction-rejected", breaks="VC-CREATE-JOIN-FROM-FRACTION")
class FractionRejected(ServerBehavior):
    """Rejects a join_from with fractional seconds."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if member.path == "video.join_from" and "." in text:
            raise ValueError("fractional seconds")
        return super().parse_timestamp(member, text)


@fault("long-fraction-rejected", breaks="VC-CREATE-JOIN-UNTIL-FRACTION")
class LongFractionRejected(ServerBehavior):
    """Rejects a join_until with more than three fractional digits."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        digits = text.partition(".")[2].rstrip("Zz")
        if member.path == "video.join_until" and sum(map(str.isdigit, digits[:9])) > 3:
            raise ValueError("too many fractional digits")
        return super().parse_timestamp(member, text)


@fault("hour-rolled-over", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class HourRolledOver(ServerBehavior):
    """Accepts hour 24 or later in join_until and converts it to the next day."""

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        hour, minute, second = parts.time
        if member.path != "video.join_until" or hour < 24:
            return super().local_time(member, parts)
        return super().local_time(member, replace(parts, time=(0, minute, second))) + dt.timedelta(hours=hour)


@fault("join-from-nonsense-ignored", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class JoinFromMalformed(ServerBehavior):
    """Accepts a join_from that is not a timestamp and stores null."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        try:
            return super().validate_timestamp(member, value)
        except ValueError:  # includes the exception of invalid_value
            if member.path == "video.join_from" and isinstance(value, str):
                return None
            raise


@fault("join-until-empty-ignored", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class JoinUntilEmpty(ServerBehavior):
    """Accepts an empty join_until and stores null."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        empty = member.path == "video.join_until" and value == ""
        return None if empty else super().validate_timestamp(member, value)


@fault("join-until-american-date", breaks="VC-CREATE-JOIN-UNTIL-FORMAT")
class JoinUntilAmericanDate(ServerBehavior):
    """Accepts a join_until in the form MM/DD/YYYY."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        if member.path == "video.join_until" and isinstance(value, str) and value.count("/") == 2:
            month, day, year = value.split("/")
            value = f"{year}-{month}-{day}"
        return super().validate_timestamp(member, value)


@fault("seconds-dropped", breaks="VC-CREATE-JOIN-FROM-ECHO")
class SecondsDropped(ServerBehavior):
    """Drops the seconds of join_from."""

    def local_time(self, member: RequestMember, parts: TimestampParts) -> dt.datetime:
        local = super().local_time(member, parts)
        return local.replace(second=0, microsecond=0) if member.path == "video.join_from" else local


@fault("instants-in-32-bits", breaks=("VC-CREATE-JOIN-UNTIL-ECHO", "VC-CREATE-JOIN-FROM-ECHO"))
class TimestampsIn32Bits(ServerBehavior):
    """Stores timestamps in 32 bits, so that those after January 2038 wrap around."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        stored = super().stored_value(member, value)
        if not isinstance(stored, dt.datetime):
            return stored
        seconds = (int(stored.timestamp()) + 2**31) % 2**32 - 2**31
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)


@fault("join-until-is-join-from", breaks="VC-CREATE-JOIN-UNTIL-ECHO")
class JoinUntilIsJoinFrom(ServerBehavior):
    """Stores join_from as join_until when both are sent."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        if resource is Resource.CONFERENCE and values["join_until"] and values["join_from"]:
            values["join_until"] = values["join_from"]
        return values


@fault(
    "room-offset-dropped",
    breaks=(
        "FCR-CREATE-JOIN-FROM-ECHO",
        "FCR-CREATE-JOIN-FROM-OFFSET",
        "FCR-CREATE-JOIN-UNTIL-OFFSET",
        "FCR-CREATE-REMOVE-AT-OFFSET",
    ),
)
class RoomOffsetDropped(ServerBehavior):
    """Ignores the UTC offsets of the times of a room."""

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        return super().to_utc(member, local, 0 if member.path.startswith("fabric.") else offset)


@should_fault("room-fraction-rejected", breaks="FCR-CREATE-REMOVE-AT-FRACTION")
class RoomFractionRejected(ServerBehavior):
    """Rejects a remove_at with fractional seconds."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if member.path == "fabric.remove_at" and "." in text:
            raise ValueError("fractional seconds")
        return super().parse_timestamp(member, text)


@fault("room-remove-at-nonsense-ignored", breaks="FCR-CREATE-REMOVE-AT-FORMAT")
class RoomRemoveAtMalformed(ServerBehavior):
    """Accepts a remove_at that is not a timestamp and stores null."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        try:
            return super().validate_timestamp(member, value)
        except ValueError:  # includes the exception of invalid_value
            if member.path == "fabric.remove_at" and isinstance(value, str):
                return None
            raise


class _Substitution(ServerBehavior):
    """Base of faults that replace a pattern in join_from before it is validated."""

    pattern, replacement = "", ""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        if member.path == "video.join_from" and isinstance(value, str):
            value = re.sub(self.pattern, self.replacement, value)
        return super().validate_timestamp(member, value)


@fault("day-0-is-the-first", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class Day0(_Substitution):
    """Accepts day 0 of a month in join_from and converts it to day 1."""

    pattern, replacement = r"-00(?=T|$)", "-01"


@fault("slashes-for-hyphens", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class SlashesForHyphens(_Substitution):
    """Accepts slashes instead of hyphens in the date of join_from."""

    pattern, replacement = "/", "-"


@fault("anything-after-a-date", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class AnythingAfterADate(_Substitution):
    """Ignores letters after a date without a time in join_from."""

    pattern, replacement = r"^(\d{4}-\d\d-\d\d)[a-z]+$", r"\1"


@fault("dates-of-http-read", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class DatesOfHttp(_Substitution):
    """Accepts a join_from in the format of an HTTP date."""

    pattern, replacement = r"^\w{3}, (\d\d) May (\d{4}) (\d\d:\d\d:\d\d) GMT$", r"\2-05-\1T\3Z"


@fault("bare-days-roll-over", breaks="VC-CREATE-JOIN-FROM-FORMAT")
class BareDaysRollOver(_Substitution):
    """Converts the date 2041-05-32 in join_from to 2041-06-01."""

    pattern, replacement = r"^2041-05-32$", "2041-06-01"


@fault("before-1900-500", breaks="API-ERR-ANCIENT-DATE")
class Before1900(ServerBehavior):
    """Returns 500 for a timestamp before the year 1900."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        parts = super().parse_timestamp(member, text)
        if text < "1900":
            raise RuntimeError(text)
        return parts


@fault("local-time-compared-500", breaks="API-ERR-NO-OFFSET")
class LocalTimeCompared(ServerBehavior):
    """Returns 500 if one of join_from and join_until has an offset and the other has none."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        times = [document.get(name) for name in ("join_from", "join_until")]
        if len({_LOCAL_TIME.fullmatch(time) is None for time in times if isinstance(time, str)}) > 1:
            raise TypeError(times)
        return super().received_members(resource, document)


@should_fault(
    "room-offset-rejected",
    breaks=(
        "FCR-CREATE-JOIN-FROM-OFFSET",
        "FCR-CREATE-JOIN-UNTIL-OFFSET",
        "FCR-CREATE-REMOVE-AT-OFFSET",
        "FCR-CREATE-JOIN-ORDER-OFFSET",
    ),
)
class RoomOffsetRejected(ServerBehavior):
    """Rejects the times of a room that are not in UTC."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if member.path.startswith("fabric.") and not text.upper().endswith("Z"):
            raise ValueError("not in UTC")
        return super().parse_timestamp(member, text)
