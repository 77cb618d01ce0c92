"""Variants in the validation of timestamps."""

import datetime as dt
import re
import unicodedata
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.api.rfc3339 import TimestampParts
from reference.variants.variant import variant

_TIMES = "AMB-43: equal and past timestamps are not specified."


@variant("past-rejected", permitted=_TIMES)
class PastRejected(ServerBehavior):
    """Rejects timestamps in the past."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        past = [
            name for name, value in values.items() if isinstance(value, dt.datetime) and value < self.now()
        ]
        problems = [Problem("invalid_parameter", "Must not be in the past", name) for name in past]
        return problems + super().cross_member_problems(resource, values)


@variant("empty-times-rejected", permitted=_TIMES)
class EqualTimesRejected(ServerBehavior):
    """Rejects a join_until that is equal to join_from."""

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        return start < end


@variant("room-bare-dates", permitted="AMB-03: dates without a time in rooms are only reported.")
class RoomDatesWithoutTime(ServerBehavior):
    """Accepts dates without a time in rooms."""

    def accepts_date_only(self, member: RequestMember) -> bool:
        return True


@variant("leap-seconds-rejected", permitted="AMB-02: a leap second may be accepted, rejected or converted.")
class LeapSecondsRejected(ServerBehavior):
    """Rejects leap seconds."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        parts = super().parse_timestamp(member, text)
        if parts.time[2] == 60:
            raise ValueError("leap second")
        return parts


@variant(
    "time-without-offset-accepted",
    permitted="The documentation does not specify timestamps without an offset.",
)
class TimeWithoutOffset(ServerBehavior):
    """Accepts a timestamp without a UTC offset as UTC."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        bare = re.fullmatch(r"[^Tt]+[Tt][0-9:.]+", text) is not None
        return super().parse_timestamp(member, f"{text}Z" if bare else text)


@variant(
    "offset-of-a-day-accepted",
    permitted="Parsers of several languages add an offset of a day or more; it denotes a point in time.",
)
class OffsetOfADayAccepted(ServerBehavior):
    """Accepts the hours from 24 to 99 in the offset of a timestamp."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        match = re.fullmatch(r"(.*)([+-])([2-9][0-9]):([0-5][0-9])", text)
        if match is None or int(match[3]) < 24:
            return super().parse_timestamp(member, text)
        minutes = int(match[3]) * 60 + int(match[4])
        parts = super().parse_timestamp(member, f"{match[1]}Z")
        return replace(parts, offset=-minutes if match[2] == "-" else minutes)


@variant("small-t-and-z-rejected", permitted="The documentation shows uppercase letters only.")
class LowercaseTAndZRejected(ServerBehavior):
    """Rejects a lowercase t or z in a timestamp."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        if text != text.upper():
            raise ValueError("lowercase letter")
        return super().parse_timestamp(member, text)


@variant(
    "dates-read-leniently",
    permitted="The documentation does not require the rejection of other forms that denote the same instant.",
)
class DatesReadLeniently(ServerBehavior):
    """Accepts whitespace around a timestamp, months and days of one digit, and digits of any script."""

    def parse_timestamp(self, member: RequestMember, text: str) -> TimestampParts:
        digits = "".join(str(unicodedata.digit(character, character)) for character in text.strip())
        return super().parse_timestamp(member, re.sub("-([0-9])(?=[-T])", r"-0\1", digits))
