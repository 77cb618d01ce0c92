"""Mistakes of a whole server: each affects many members or all responses."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from pydantic_core import PydanticCustomError

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource, ServerRequest, ServerResponse
from reference.api.request_models import RequestMember, StringType
from reference.api.store import Record


class LaxBooleans(ServerBehavior):
    """Converts strings and numbers to booleans."""

    def validate_boolean(self, member: RequestMember, value: object) -> bool:
        if value in ("yes", "true", "on", "1", 1, True):
            return True
        if value in ("no", "false", "off", "0", 0, False):
            return False
        return super().validate_boolean(member, value)


class DollarPatterns(ServerBehavior):
    """Permits a line break after the match of a pattern."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        pattern = value_type.pattern
        return pattern is None or re.match(f"{pattern.pattern}$", text) is not None


class Trimming(ServerBehavior):
    """Removes whitespace around every string before it is validated."""

    def validate_non_null(self, member: RequestMember, value: object) -> object:
        return super().validate_non_null(member, value.strip() if isinstance(value, str) else value)


class LenientDates(ServerBehavior):
    """Parses any ISO 8601 date, without the offset."""

    def validate_timestamp(self, member: RequestMember, value: object) -> dt.datetime | None:
        text = self.require_string(member, value)
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        except ValueError:
            return super().validate_timestamp(member, value)


class NullIsAbsent(ServerBehavior):
    """Treats null as an omitted member."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        members = {name: value for name, value in document.items() if value is not None}
        return super().received_members(resource, members)


class OtherErrors(ServerBehavior):
    """Returns the problem details of RFC 9457 for every error."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        if response.status < 400:
            return super().finalize(request, response)
        return replace(response, body={"title": "Error", "status": response.status})


class TextResponses(ServerBehavior):
    """Returns every response as text/plain."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        return replace(super().finalize(request, response), media_type="text/plain")


class RenamedMember(ServerBehavior):
    """Returns createdAt in place of created_at, in every response."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        return replace(response, body=_renamed(response.body, {"created_at": "createdAt"}))


class NoAuthentication(ServerBehavior):
    """Accepts every request."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        return True


class NoValidation(ServerBehavior):
    """Accepts any value of any member."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        try:
            return super().validate_value(member, value)
        except PydanticCustomError:
            return member.default


class NoPatterns(ServerBehavior):
    """Does not validate patterns."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        return True


class WrongFabricPath(ServerBehavior):
    """Serves rooms under another path."""

    def handle(self, request: ServerRequest) -> ServerResponse:
        if request.operation.resource is Resource.ROOM:
            return self.not_found(request)
        return super().handle(request)


class StatusCreated(ServerBehavior):
    """Returns 201 for every create."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        return replace(super().created_response(request, record), status=201)


class DatesWithoutOffset(ServerBehavior):
    """Returns every date without an offset."""

    def format_timestamp(self, *arguments: Any) -> Any:
        text = super().format_timestamp(*arguments)
        return text.removesuffix("Z") if isinstance(text, str) else text


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(name, name): _renamed(member, names) for name, member in value.items()}
    return value
