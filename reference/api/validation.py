"""Validation of create requests and conversion of values for storage."""

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
    READ_ONLY_VALUES,
    BooleanType,
    EnumType,
    IntegerType,
    ObjectType,
    RequestMember,
    StringType,
    TimestampType,
)

_MAX_INTEGER_FROM_FLOAT = 2**31


class InvalidRequestError(Exception):
    """A request with invalid values."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = list(problems)


def invalid_value(code: str, message: str) -> PydanticCustomError:
    """Return the exception with which pydantic rejects a value."""
    return PydanticCustomError(code, message)


class Validation:
    """Validation rules for create requests."""

    def validate(self, resource: Resource, document: object) -> dict[str, Any]:
        """Validate a body and return the values to store of the members in the request."""
        if not isinstance(document, dict):
            raise InvalidRequestError(Problem("invalid_object", "The body must be an object"))
        request_members = self.received_members(resource, document)
        try:
            model = MODELS[resource].model_validate(
                request_members, context=partial(self.validate_member, resource)
            )
        except ValidationError as error:
            raise InvalidRequestError(
                *map(_problem, error.errors(include_url=False, include_input=False))
            ) from error
        values = {name: getattr(model, name) for name in model.model_fields_set}
        problems = self.cross_member_problems(resource, values)
        if problems:
            raise InvalidRequestError(*problems)
        return values

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        """Return the members to validate; those of the body by default."""
        return document

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        """Return the problems of combinations of valid members."""
        start, end = values.get("join_from"), values.get("join_until")
        if start is None or end is None or self.is_join_order_valid(start, end):
            return []
        return [Problem("invalid_join_until_date", "Must not be earlier than join_from", "join_until")]

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Return whether join_until is not earlier than join_from."""
        return start <= end

    def validate_member(self, resource: Resource, name: str, value: object) -> object:
        """Validate the value of a member and return the value to store."""
        member = MEMBERS[resource][name]
        return self.stored_value(member, self.validate_value(member, value))

    def validate_value(self, member: RequestMember, value: object) -> object:
        """Validate a value."""
        return self.validate_null(member) if value is None else self.validate_non_null(member, value)

    def validate_non_null(self, member: RequestMember, value: object) -> object:
        """Validate a value that is not null by the type of its member."""
        value_type = member.value_type
        if isinstance(value_type, StringType):
            return self.validate_string(member, value_type, value)
        if isinstance(value_type, BooleanType):
            return self.validate_boolean(member, value)
        if isinstance(value_type, EnumType):
            return self.validate_enum(member, value_type, value)
        if isinstance(value_type, TimestampType):
            return self.validate_timestamp(member, value)
        if isinstance(value_type, IntegerType):
            return self.validate_integer(member, value_type, value)
        return self.validate_object(member, value)

    def validate_null(self, member: RequestMember) -> object:
        """Reject null; no member accepts it."""
        code = "missing_required_parameter" if member.required else _TYPE_ERROR_CODES[type(member.value_type)]
        raise invalid_value(code, "Must not be null")

    def stored_value(self, member: RequestMember, value: object) -> object:
        """Return the value to store for a valid value; unchanged by default."""
        return value

    # Strings.

    def validate_string(self, member: RequestMember, value_type: StringType, value: object) -> str:
        """Validate a string."""
        text = self.require_string(member, value)
        limit = self.max_length(member, value_type)
        if limit is not None and self.string_length(member, text) > limit:
            raise invalid_value("invalid_parameter", f"Must have at most {limit} characters")
        if value_type.pattern is not None and not self.matches_pattern(member, value_type, text):
            raise invalid_value("invalid_parameter", "Contains characters that are not allowed")
        return text

    def require_string(self, member: RequestMember, value: object) -> str:
        """Reject a value that is not a string."""
        if not isinstance(value, str):
            raise invalid_value(_TYPE_ERROR_CODES[type(member.value_type)], "Must be a string")
        return value

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        """Return the maximum length in characters."""
        return value_type.max_length

    def string_length(self, member: RequestMember, text: str) -> int:
        """Return the length in characters (code points)."""
        return len(text)

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        """Return whether the entire string matches the pattern of the member."""
        return value_type.pattern is None or value_type.pattern.fullmatch(text) is not None

    # Enumerations, booleans, integers, objects.

    def validate_enum(self, member: RequestMember, value_type: EnumType, value: object) -> str:
        """Validate a string of an enumeration."""
        text = self.require_string(member, value)
        if text not in self.enum_values(member, value_type):
            raise invalid_value("invalid_parameter", "Must be one of: " + ", ".join(value_type.values))
        return text

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        """Return the strings that a member accepts."""
        return value_type.values

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        """Validate a boolean."""
        if not isinstance(value, bool):
            raise invalid_value("not_a_boolean", "Must be true or false")
        return value

    def validate_integer(self, member: RequestMember, value_type: IntegerType, value: object) -> int:
        """Validate an integer."""
        number = self.require_integer(member, value)
        minimum, maximum = self.integer_bounds(member, value_type)
        if not minimum <= number <= maximum:
            raise invalid_value("invalid_parameter", f"Must be from {minimum} to {maximum}")
        return number

    def require_integer(self, member: RequestMember, value: object) -> int:
        """Return the integer; a number without a fractional part, such as 12.0, is one in JSON."""
        if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_INTEGER_FROM_FLOAT:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid_value("invalid_parameter", "Must be an integer")
        return value

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        """Return the minimum and the maximum of a member."""
        return value_type.minimum, value_type.maximum

    def validate_object(self, member: RequestMember, value: object) -> dict[str, Any]:
        """Validate an object; reject numbers that cannot be serialized."""
        if not isinstance(value, dict):
            raise invalid_value("not_a_hash", "Must be an object")
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            raise invalid_value("not_a_hash", "Contains a number that is too large") from None
        return value

    # Timestamps.

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        """Validate a timestamp or date and return its instant."""
        text = self.require_string(member, value)
        try:
            day = rfc3339.parse_date(text)
            if day is None:
                return self.timestamp_instant(member, self.parse_timestamp(member, text))
            if not self.accepts_date_only(member):
                raise invalid_value("not_a_datetime", "Must be a date and time")
            return self.instant_of_date(member, self.calendar_day(member, day))
        except (ValueError, OverflowError):
            raise invalid_value("not_a_datetime", "Must be a date and time by RFC 3339") from None

    def accepts_date_only(self, member: RequestMember) -> bool:
        """Return whether a date without a time is valid."""
        return isinstance(member.value_type, TimestampType) and member.value_type.allows_date

    def calendar_day(self, member: RequestMember, day: tuple[int, int, int]) -> dt.date:
        """Return the day of a date without a time."""
        return dt.date(*day)

    def instant_of_date(self, member: RequestMember, day: dt.date) -> dt.datetime:
        """Return the instant that a date without a time denotes: midnight UTC."""
        return dt.datetime.combine(day, dt.time(), dt.UTC)

    def parse_timestamp(self, member: RequestMember, text: str) -> rfc3339.TimestampParts:
        """Parse a timestamp."""
        return rfc3339.parse_timestamp(text)

    def timestamp_instant(self, member: RequestMember, parts: rfc3339.TimestampParts) -> dt.datetime:
        """Return the instant of a timestamp."""
        return self.to_utc(member, self.local_time(member, parts), parts.offset)

    def local_time(self, member: RequestMember, parts: rfc3339.TimestampParts) -> dt.datetime:
        """Combine date and time without the offset."""
        return rfc3339.local_time(parts)

    def to_utc(self, member: RequestMember, local: dt.datetime, offset: int) -> dt.datetime:
        """Convert a local time to UTC."""
        return local - dt.timedelta(minutes=offset)

    # Omitted members.

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        """Add the defaults of omitted members."""
        values = {name: self.default_value(member) for name, member in MEMBERS[resource].items()}
        return {**READ_ONLY_VALUES[resource], **values, **request_members}

    def default_value(self, member: RequestMember) -> object:
        """Return the default of an omitted member."""
        return member.default


_TYPE_ERROR_CODES: dict[type, str] = {
    StringType: "not_a_string",
    EnumType: "not_a_string",
    TimestampType: "not_a_datetime",
    BooleanType: "not_a_boolean",
    IntegerType: "invalid_parameter",
    ObjectType: "not_a_hash",
}


def _problem(error: Any) -> Problem:
    attribute = str(error["loc"][0]) if error["loc"] else None
    if error["type"] == "missing":
        return Problem("missing_required_parameter", "Must be present", attribute)
    return Problem(error["type"], error["msg"], attribute)
