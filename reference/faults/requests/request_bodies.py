"""Bodies that are refused in spite of the documentation, and read in spite of it."""

import datetime as dt
from typing import Any

from reference.api.behavior import Rules
from reference.api.body_parsing import Unreadable
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Operation, Request, Resource
from reference.api.request_models import Choice, Member, Whole
from reference.api.validation import no
from reference.faults.fault import fault, lapse


@fault("member-names-without-letter-case", breaks="API-PARAM-CASE")
class MemberNamesCase(Rules):
    """Display_Name is taken for display_name."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        return super().received(resource, {name.lower(): value for name, value in document.items()})


@fault("twenty-members-at-most", breaks="VC-CREATE-FULL")
class TwentyMembers(Rules):
    """A body may have 20 members, one fewer than there are."""

    def parsed(self, text: str) -> Any:
        document = super().parsed(text)
        if isinstance(document, dict) and len(document) > 20:
            raise Unreadable
        return document


class _NoCompany(Rules):
    """Rules that refuse two members together."""

    pair: frozenset[str] = frozenset()

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().contradictions(resource, values)
        if self.pair <= values.keys():
            problems.append(Problem("invalid_parameter", "Cannot be combined", max(self.pair)))
        return problems


@fault("previews-not-with-large", breaks="VC-CREATE-PAIRS")
class PreviewsAndSize(_NoCompany):
    """A size cannot be sent together with enable_room_previews."""

    pair = frozenset({"size", "enable_room_previews"})


@fault("colours-not-with-quality", breaks="VC-CREATE-PAIRS")
class ColourAndQuality(_NoCompany):
    """A light_primary cannot be sent together with a quality."""

    pair = frozenset({"light_primary", "quality"})


@fault("room-removal-one-way-only", breaks="FCR-CREATE-PAIRS")
class RoomRemoval(_NoCompany):
    """A room cannot have both a remove_at and a number of seconds after which it is removed."""

    pair = frozenset({"remove_at", "remove_after_seconds_elapsed"})


@fault("room-fifteen-members-at-most", breaks="FCR-CREATE-FULL")
class RoomFifteenMembers(Rules):
    """A body for a room may have 15 members, two fewer than there are."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.ROOM and len(document) > 15:
            raise Unreadable
        return super().received(resource, document)


@fault("instants-after-2106-refused", breaks=("VC-CREATE-CONFORMING", "VC-CREATE-JOIN-FROM-FORMAT-ACCEPT"))
class InstantsAfter2106(Rules):
    """An instant of a conference must fit into 32 bits, the sign included."""

    def kept(self, member: Member, value: object) -> object:
        if member.resource is Resource.CONFERENCE and isinstance(value, dt.datetime) and value.year > 2105:
            raise no("not_a_datetime", "Is too late")
        return super().kept(member, value)


@fault(
    "room-instants-after-2106-refused", breaks=("FCR-CREATE-CONFORMING", "FCR-CREATE-JOIN-FROM-FORMAT-ACCEPT")
)
class RoomInstantsAfter2106(Rules):
    """An instant of a room must fit into 32 bits, the sign included."""

    def kept(self, member: Member, value: object) -> object:
        if member.resource is Resource.ROOM and isinstance(value, dt.datetime) and value.year > 2105:
            raise no("not_a_datetime", "Is too late")
        return super().kept(member, value)


@fault("light-theme-unjudged", breaks=("VC-CREATE-NONCONFORMING", "VC-CREATE-LIGHT-PRIMARY-PATTERN"))
class LightThemeUnjudged(Rules):
    """The colours of the light theme are not judged; what is no text becomes the default."""

    def value(self, member: Member, value: object) -> object:
        if not member.name.startswith("light_"):
            return super().value(member, value)
        return value if isinstance(value, str) else member.default


@fault("room-numbers-unjudged", breaks=("FCR-CREATE-NONCONFORMING", "FCR-CREATE-MAX-MEMBERS-MAXIMUM"))
class RoomNumbersUnjudged(Rules):
    """Numbers and words of a room that break a rule become the default."""

    def value(self, member: Member, value: object) -> object:
        try:
            return super().value(member, value)
        except ValueError:  # what pydantic is told with is one
            if member.resource is Resource.ROOM and isinstance(member.kind, Whole | Choice):
                return member.default
            raise


@fault("room-missing-body-accepted", breaks="FCR-CREATE-BODY-REQUIRED")
class RoomMissingBody(Rules):
    """A create of a room without a body makes one called untitled."""

    def document(self, content_type: str, body: bytes | None) -> Any:
        if not body:
            return {"name": "untitled", "enable_room_previews": False}
        return super().document(content_type, body)


@fault("room-body-no-object-accepted", breaks="FCR-CREATE-BODY-OBJECT")
class RoomBodyNoObject(Rules):
    """A body for a room that is JSON and no object makes a room called untitled."""

    def document(self, content_type: str, body: bytes | None) -> Any:
        document = super().document(content_type, body)
        if isinstance(document, dict):
            return document
        return {"name": "untitled", "enable_room_previews": False}


@fault("room-empty-object-accepted", breaks="FCR-CREATE-EMPTY-OBJECT")
class RoomEmptyObject(Rules):
    """An empty object makes a room called untitled."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        sent = super().received(resource, document)
        untitled = {"name": "untitled", "enable_room_previews": False}
        return sent or (untitled if resource is Resource.ROOM else sent)


@fault("room-malformed-json-accepted", breaks="FCR-CREATE-MALFORMED-JSON")
class RoomMalformedJson(Rules):
    """A body for a room that is no JSON makes a room called untitled."""

    def parsed(self, text: str) -> Any:
        try:
            return super().parsed(text)
        except ValueError:
            if not text:
                raise
            return {"name": "untitled", "enable_room_previews": False}


@fault("room-name-alone-refused", breaks="FCR-CREATE-MINIMAL")
class RoomNameAlone(Rules):
    """A room must be sent with more than the two members that are required."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().contradictions(resource, values)
        if resource is Resource.ROOM and len(values) <= 2:
            problems.append(Problem("missing_required_parameter", "Must be present", "display_name"))
        return problems


@lapse("room-charset-refused", breaks="FCR-CREATE-CHARSET")
class RoomCharsetRefused(Rules):
    """A create of a room with a charset in its media type is refused."""

    def create(self, request: Request) -> Answer:
        charset = "charset" in request.headers.get("content-type", "")
        if charset and request.operation is Operation.CREATE_ROOM:
            raise Unreadable
        return super().create(request)


@lapse("empty-description-refused", breaks="VC-CREATE-DESCRIPTION-EMPTY")
class EmptyDescription(Rules):
    """A description must not be empty."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if member.path == "video.description" and not text:
            raise no("missing_required_parameter", "Must not be empty")
        return text
