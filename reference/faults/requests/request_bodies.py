"""Faults in the validation of entire request bodies."""

import datetime as dt
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.body_parsing import UnreadableBodyError
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import EnumType, IntegerType, RequestMember
from reference.api.validation import invalid_value
from reference.faults.fault import fault, should_fault


@fault("member-names-without-letter-case", breaks="API-PARAM-CASE")
class MemberNamesCase(ServerBehavior):
    """Reads member names without regard to case, such as Display_Name for display_name."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        return super().received_members(resource, {name.lower(): value for name, value in document.items()})


@fault("room-member-names-without-letter-case", breaks="API-PARAM-CASE")
class RoomMemberNamesCase(ServerBehavior):
    """Reads member names of rooms without regard to case, such as Name for name."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.ROOM:
            document = {name.lower(): value for name, value in document.items()}
        return super().received_members(resource, document)


@fault("twenty-members-at-most", breaks="VC-CREATE-FULL")
class TwentyMembers(ServerBehavior):
    """Rejects a body with more than 20 members, although 21 are documented."""

    def parse_json(self, text: str) -> Any:
        document = super().parse_json(text)
        if isinstance(document, dict) and len(document) > 20:
            raise UnreadableBodyError
        return document


class _RejectsPair(ServerBehavior):
    """Base of faults that reject two members in combination."""

    pair: frozenset[str] = frozenset()

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().cross_member_problems(resource, values)
        if self.pair <= values.keys():
            problems.append(Problem("invalid_parameter", "Cannot be combined", max(self.pair)))
        return problems


@fault("previews-not-with-large", breaks="VC-CREATE-PAIRS")
class PreviewsAndSize(_RejectsPair):
    """Rejects size together with enable_room_previews."""

    pair = frozenset({"size", "enable_room_previews"})


@fault("colors-not-with-quality", breaks="VC-CREATE-PAIRS")
class ColorAndQuality(_RejectsPair):
    """Rejects light_primary together with quality."""

    pair = frozenset({"light_primary", "quality"})


@fault("room-removal-one-way-only", breaks="FCR-CREATE-PAIRS")
class RoomRemoval(_RejectsPair):
    """Rejects a room with both remove_at and remove_after_seconds_elapsed."""

    pair = frozenset({"remove_at", "remove_after_seconds_elapsed"})


@fault("room-fifteen-members-at-most", breaks="FCR-CREATE-FULL")
class RoomFifteenMembers(ServerBehavior):
    """Rejects a room body with more than 15 members, although 17 are documented."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.ROOM and len(document) > 15:
            raise UnreadableBodyError
        return super().received_members(resource, document)


@fault("instants-after-2106-rejected", breaks=("VC-CREATE-CONFORMING", "VC-CREATE-JOIN-FROM-FORMAT-ACCEPT"))
class TimestampsAfter2105(ServerBehavior):
    """Rejects timestamps of a conference after the year 2105."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.resource is Resource.CONFERENCE and isinstance(value, dt.datetime) and value.year > 2105:
            raise invalid_value("not_a_datetime", "Is too late")
        return super().stored_value(member, value)


@fault(
    "room-instants-after-2106-rejected",
    breaks=("FCR-CREATE-CONFORMING", "FCR-CREATE-JOIN-FROM-FORMAT-ACCEPT"),
)
class RoomTimestampsAfter2105(ServerBehavior):
    """Rejects timestamps of a room after the year 2105."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.resource is Resource.ROOM and isinstance(value, dt.datetime) and value.year > 2105:
            raise invalid_value("not_a_datetime", "Is too late")
        return super().stored_value(member, value)


@fault("light-theme-unjudged", breaks=("VC-CREATE-NONCONFORMING", "VC-CREATE-LIGHT-PRIMARY-PATTERN"))
class LightThemeUnchecked(ServerBehavior):
    """Does not validate the colors of the light theme."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        if not member.name.startswith("light_"):
            return super().validate_value(member, value)
        return value if isinstance(value, str) else member.default


@fault(
    "room-numbers-unjudged",
    breaks=("FCR-CREATE-NONCONFORMING", "FCR-CREATE-MAX-MEMBERS-MAXIMUM"),
    also_violates=("FCR-CREATE-LAYOUT-ENUM",),
)
class RoomNumbersUnchecked(ServerBehavior):
    """Replaces invalid integers and enumeration values of a room with the defaults."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        try:
            return super().validate_value(member, value)
        except ValueError:  # includes the exception of invalid_value
            if member.resource is Resource.ROOM and isinstance(member.value_type, IntegerType | EnumType):
                return member.default
            raise


@fault("room-missing-body-accepted", breaks="FCR-CREATE-BODY-REQUIRED")
class RoomMissingBody(ServerBehavior):
    """Creates a room for a request without a body."""

    def parse_body(self, content_type: str, body: bytes | None) -> Any:
        if not body:
            return {"name": "untitled", "enable_room_previews": False}
        return super().parse_body(content_type, body)


@fault("room-body-no-object-accepted", breaks="FCR-CREATE-BODY-OBJECT")
class RoomBodyNotObject(ServerBehavior):
    """Creates a room for a JSON body that is not an object."""

    def parse_body(self, content_type: str, body: bytes | None) -> Any:
        document = super().parse_body(content_type, body)
        if isinstance(document, dict):
            return document
        return {"name": "untitled", "enable_room_previews": False}


@fault("room-empty-object-accepted", breaks="FCR-CREATE-EMPTY-OBJECT")
class RoomEmptyObject(ServerBehavior):
    """Creates a room for an empty object."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        request_members = super().received_members(resource, document)
        untitled = {"name": "untitled", "enable_room_previews": False}
        return request_members or (untitled if resource is Resource.ROOM else request_members)


@fault("room-malformed-json-accepted", breaks="FCR-CREATE-MALFORMED-JSON")
class RoomMalformedJson(ServerBehavior):
    """Creates a room for a body that is not valid JSON."""

    def parse_json(self, text: str) -> Any:
        try:
            return super().parse_json(text)
        except ValueError:
            if not text:
                raise
            return {"name": "untitled", "enable_room_previews": False}


@fault("room-name-alone-rejected", breaks="FCR-CREATE-MINIMAL")
class RoomNameAlone(ServerBehavior):
    """Rejects a room with only the two required members."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().cross_member_problems(resource, values)
        if resource is Resource.ROOM and len(values) <= 2:
            problems.append(Problem("missing_required_parameter", "Must be present", "display_name"))
        return problems


@should_fault("room-charset-rejected", breaks="FCR-CREATE-CHARSET")
class RoomCharsetRejected(ServerBehavior):
    """Rejects a create request for a room whose media type has a charset."""

    def create(self, request: ServerRequest) -> ServerResponse:
        charset = "charset" in request.headers.get("content-type", "")
        if charset and request.operation is ServerOperation.CREATE_ROOM:
            raise UnreadableBodyError
        return super().create(request)


@should_fault("empty-description-rejected", breaks="VC-CREATE-DESCRIPTION-EMPTY")
class EmptyDescription(ServerBehavior):
    """Rejects an empty description."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if member.path == "video.description" and not text:
            raise invalid_value("missing_required_parameter", "Must not be empty")
        return text
