"""Which values the members of a create may have, and what is kept of them."""

import datetime as dt
import json
from functools import partial
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from reference.api import rfc3339
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.api.request_models import (
    MEMBERS,
    MODELS,
    UNSETTABLE,
    Choice,
    Mapping,
    Member,
    Moment,
    Switch,
    Text,
    Whole,
)

_INTEGERS = 2**31


class Invalid(Exception):  # noqa: N818 - it is an outcome, no error of the server
    """A body that breaks rules."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = list(problems)


def no(code: str, message: str) -> PydanticCustomError:
    """Build the exception that makes pydantic refuse a value."""
    return PydanticCustomError(code, message)


class Judging:
    """The rules of values: each method decides one thing about one value."""

    def judged(self, resource: Resource, document: object) -> dict[str, Any]:
        """Judge a whole body; give the members that were sent, as they are kept."""
        if not isinstance(document, dict):
            raise Invalid(Problem("invalid_object", "The body must be an object"))
        sent = self.received(resource, document)
        try:
            model = MODELS[resource].model_validate(sent, context=partial(self.member_value, resource))
        except ValidationError as error:
            raise Invalid(*map(_problem, error.errors(include_url=False, include_input=False))) from error
        values = {name: getattr(model, name) for name in model.model_fields_set}
        problems = self.contradictions(resource, values)
        if problems:
            raise Invalid(*problems)
        return values

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        """Prepare the members for judgement: they are taken as they were sent."""
        return document

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        """Find what is wrong between members that are right each on its own."""
        start, end = values.get("join_from"), values.get("join_until")
        if start is None or end is None or self.in_order(start, end):
            return []
        return [Problem("invalid_join_until_date", "Must not be earlier than join_from", "join_until")]

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Compare the two ends of the time to join, which may be equal."""
        return start <= end

    def member_value(self, resource: Resource, name: str, value: object) -> object:
        """Judge the value of one member and prepare it for keeping."""
        member = MEMBERS[resource][name]
        return self.kept(member, self.value(member, value))

    def value(self, member: Member, value: object) -> object:
        """Judge a value."""
        return self.null(member) if value is None else self.value_of_kind(member, value)

    def value_of_kind(self, member: Member, value: object) -> object:
        """Judge a value by the kind of its member."""
        kind = member.kind
        if isinstance(kind, Text):
            return self.text(member, kind, value)
        if isinstance(kind, Switch):
            return self.switch(member, value)
        if isinstance(kind, Choice):
            return self.choice(member, kind, value)
        if isinstance(kind, Moment):
            return self.moment(member, value)
        if isinstance(kind, Whole):
            return self.whole(member, kind, value)
        return self.mapping(member, value)

    def null(self, member: Member) -> object:
        """Judge a null: no member takes one."""
        code = "missing_required_parameter" if member.required else _NOT_A[type(member.kind)]
        raise no(code, "Must not be null")

    def kept(self, member: Member, value: object) -> object:
        """Decide what is kept of a good value: all of it."""
        return value

    # Text.

    def text(self, member: Member, kind: Text, value: object) -> str:
        """Judge a text."""
        text = self.string(member, value)
        limit = self.limit(member, kind)
        if limit is not None and self.length(member, text) > limit:
            raise no("invalid_parameter", f"Must have at most {limit} characters")
        if kind.pattern is not None and not self.matches(member, kind, text):
            raise no("invalid_parameter", "Contains something that is not allowed")
        return text

    def string(self, member: Member, value: object) -> str:
        """Judge the type of a text."""
        if not isinstance(value, str):
            raise no(_NOT_A[type(member.kind)], "Must be a string")
        return value

    def limit(self, member: Member, kind: Text) -> int | None:
        """Give the number of characters that a text may have."""
        return kind.limit

    def length(self, member: Member, text: str) -> int:
        """Count the characters of a text: its code points."""
        return len(text)

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        """Compare a text with the pattern of its member, from end to end."""
        return kind.pattern is None or kind.pattern.fullmatch(text) is not None

    # Words, switches, numbers, objects.

    def choice(self, member: Member, kind: Choice, value: object) -> str:
        """Judge a word."""
        word = self.string(member, value)
        if word not in self.options(member, kind):
            raise no("invalid_parameter", "Must be one of: " + ", ".join(kind.options))
        return word

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        """List the words that a member takes."""
        return kind.options

    def switch(self, member: Member, value: object) -> bool:
        """Judge a boolean."""
        if not isinstance(value, bool):
            raise no("not_a_boolean", "Must be true or false")
        return value

    def whole(self, member: Member, kind: Whole, value: object) -> int:
        """Judge a whole number."""
        number = self.integer(member, value)
        minimum, maximum = self.bounds(member, kind)
        if not minimum <= number <= maximum:
            raise no("invalid_parameter", f"Must be from {minimum} to {maximum}")
        return number

    def integer(self, member: Member, value: object) -> int:
        """Judge the type of a whole number; in JSON, 12.0 is one."""
        if isinstance(value, float) and value.is_integer() and abs(value) < _INTEGERS:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise no("invalid_parameter", "Must be a whole number")
        return value

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        """Give the smallest and the largest number that a member takes."""
        return kind.minimum, kind.maximum

    def mapping(self, member: Member, value: object) -> dict[str, Any]:
        """Judge an object; a number that cannot be written again is no part of one."""
        if not isinstance(value, dict):
            raise no("not_a_hash", "Must be an object")
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            raise no("not_a_hash", "Holds a number that is too large") from None
        return value

    # Times.

    def moment(self, member: Member, value: object) -> dt.datetime | None:
        """Judge a time and find the instant that it denotes."""
        text = self.string(member, value)
        try:
            day = rfc3339.day(text)
            if day is None:
                return self.instant(member, self.parts(member, text))
            if not self.takes_bare_date(member):
                raise no("not_a_datetime", "Must be a date and time")
            return self.whole_day(member, self.calendar_day(member, day))
        except (ValueError, OverflowError):
            raise no("not_a_datetime", "Must be a date and time by RFC 3339") from None

    def takes_bare_date(self, member: Member) -> bool:
        """Decide whether a date without a time will do."""
        return isinstance(member.kind, Moment) and member.kind.bare_date

    def calendar_day(self, member: Member, day: tuple[int, int, int]) -> dt.date:
        """Find the day that a bare date names."""
        return dt.date(*day)

    def whole_day(self, member: Member, day: dt.date) -> dt.datetime:
        """Find the instant that a bare date stands for: midnight UTC."""
        return dt.datetime.combine(day, dt.time(), dt.UTC)

    def parts(self, member: Member, text: str) -> rfc3339.Parts:
        """Read a date-time."""
        return rfc3339.parts(text)

    def instant(self, member: Member, parts: rfc3339.Parts) -> dt.datetime:
        """Find the instant of a date-time."""
        return self.shifted(member, self.local(member, parts), parts.offset)

    def local(self, member: Member, parts: rfc3339.Parts) -> dt.datetime:
        """Combine date and time, offset aside."""
        return rfc3339.local(parts)

    def shifted(self, member: Member, local: dt.datetime, offset: int) -> dt.datetime:
        """Go from the clock of the text to that of UTC."""
        return local - dt.timedelta(minutes=offset)

    # Members that were left out.

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        """Complete what was sent with defaults."""
        values = {name: self.default(member) for name, member in MEMBERS[resource].items()}
        return {**UNSETTABLE[resource], **values, **sent}

    def default(self, member: Member) -> object:
        """Give the value of a member that was left out."""
        return member.default


_NOT_A: dict[type, str] = {
    Text: "not_a_string",
    Choice: "not_a_string",
    Moment: "not_a_datetime",
    Switch: "not_a_boolean",
    Whole: "invalid_parameter",
    Mapping: "not_a_hash",
}


def _problem(error: Any) -> Problem:
    attribute = str(error["loc"][0]) if error["loc"] else None
    if error["type"] == "missing":
        return Problem("missing_required_parameter", "Must be present", attribute)
    return Problem(error["type"], error["msg"], attribute)
