"""Internal errors of the server, and faults in the parsing of request bodies."""

import json
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.body_parsing import UnreadableBodyError
from reference.api.messages import Resource, ServerRequest, ServerResponse
from reference.api.request_models import RequestMember
from reference.api.validation import invalid_value
from reference.faults.fault import fault, should_fault


class CrashError(RuntimeError):
    """An internal error of the server."""


@fault("nul-500", breaks=("API-ERR-NUL", "API-ERR-NO-5XX"))
class Nul500(ServerBehavior):
    """Returns 500 for a string with a NUL character."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if "\0" in text:
            raise CrashError
        return text


@fault("emoji-500", breaks="VC-CREATE-DISPLAY-NAME-TEXT")
class Emoji500(ServerBehavior):
    """Returns 500 for a display_name with a character outside the Basic Multilingual Plane."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "video.display_name" and any(letter > "\uffff" for letter in str(value)):
            raise CrashError
        return super().stored_value(member, value)


@fault("quote-500", breaks="VC-CREATE-DISPLAY-NAME-TEXT")
class Quote500(ServerBehavior):
    """Returns 500 for a display_name with an apostrophe."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "video.display_name" and "'" in str(value):
            raise CrashError
        return super().stored_value(member, value)


@fault(
    "markup-rejected",
    breaks="VC-CREATE-DISPLAY-NAME-TEXT",
    also_violates=(
        "VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT",
        "FCR-CREATE-META-TYPE-ACCEPT",
    ),
)
class MarkupRejected(ServerBehavior):
    """Rejects a body with an angle bracket."""

    def handle(self, request: ServerRequest) -> ServerResponse:
        return self.bad_request(request) if b"<" in (request.body or b"") else super().handle(request)


@fault("line-break-rejected", breaks="VC-CREATE-DESCRIPTION-TEXT")
class LineBreakRejected(ServerBehavior):
    """Rejects a description with a line feed."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if member.path == "video.description" and "\n" in text:
            raise invalid_value("invalid_parameter", "Must be one line")
        return text


@fault("deep-nesting-500", breaks=("API-ERR-DEEP-NESTING", "API-ERR-NO-5XX"))
class DeepNesting500(ServerBehavior):
    """Returns 500 for a deeply nested body."""

    def exceeds_max_depth(self, text: str, document: object) -> bool:
        if text.count("[") + text.count("{") > 90 or super().exceeds_max_depth(text, document):
            raise CrashError
        return False

    def parse_json(self, text: str) -> Any:
        try:
            return super().parse_json(text)
        except RecursionError as error:
            raise CrashError from error


@fault("huge-number-500", breaks=("API-ERR-HUGE-NUMBER", "API-ERR-NO-5XX"))
class HugeNumber500(ServerBehavior):
    """Returns 500 for a number that does not fit into 64 bits."""

    def parse_json(self, text: str) -> Any:
        return json.loads(text, parse_int=_of_64_bits, parse_float=_finite)


def _of_64_bits(digits: str) -> int:
    if len(digits) > 19:
        raise CrashError
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise CrashError
    return number


@fault("leap-second-500", breaks=("VC-CREATE-LEAP-SECOND", "API-ERR-NO-5XX"))
class LeapSecond500(ServerBehavior):
    """Returns 500 for a leap second in join_from or join_until."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if ":60" in text and member.name.startswith("join_"):
            raise CrashError
        return text


@fault("malformed-json-500", breaks=("VC-CREATE-MALFORMED-JSON", "API-ERR-NO-5XX"))
class MalformedJson500(ServerBehavior):
    """Returns 500 for a body that is not valid JSON."""

    def parse_json(self, text: str) -> Any:
        try:
            return super().parse_json(text)
        except ValueError as error:
            raise CrashError from error


@fault("malformed-utf-8-500", breaks="API-ERR-NO-5XX")
class MalformedUtf8(ServerBehavior):
    """Returns 500 for a body that is not valid UTF-8."""

    def decode_body(self, body: bytes) -> str:
        try:
            return super().decode_body(body)
        except UnicodeDecodeError as error:
            raise CrashError from error


@fault("missing-body-500", breaks=("VC-CREATE-BODY-REQUIRED", "API-ERR-NO-5XX"))
class MissingBody500(ServerBehavior):
    """Returns 500 for a create request without a body."""

    def decode_body(self, body: bytes) -> str:
        if not body:
            raise CrashError
        return super().decode_body(body)


@fault("body-no-object-500", breaks=("VC-CREATE-BODY-OBJECT", "API-ERR-NO-5XX"))
class BodyNotObject500(ServerBehavior):
    """Returns 500 for a JSON body that is not an object."""

    def parse_json(self, text: str) -> Any:
        document = super().parse_json(text)
        return {**document}


@fault(
    "body-no-object-accepted",
    breaks="VC-CREATE-BODY-OBJECT",
    also_violates=(
        "FCR-CREATE-NAME-NULL",
        "FCR-ROOM-NAME",
    ),
)
class BodyNotObjectAccepted(ServerBehavior):
    """Creates a conference for a JSON body that is not an object."""

    def parse_json(self, text: str) -> Any:
        document = super().parse_json(text)
        if isinstance(document, dict):
            return document
        return {"display_name": text[:200], "name": None, "enable_room_previews": False, **_first(document)}

    def validate_null(self, member: RequestMember) -> object:
        return None if member.name == "name" else super().validate_null(member)


def _first(document: object) -> dict[str, Any]:
    item = document[0] if isinstance(document, list) and document else {}
    return item if isinstance(item, dict) else {}


@fault("missing-body-accepted", breaks="VC-CREATE-BODY-REQUIRED")
class MissingBodyAccepted(ServerBehavior):
    """Creates a conference for a create request without a body."""

    def parse_body(self, content_type: str, body: bytes | None) -> Any:
        if not body:
            return {"display_name": "Untitled"}
        return super().parse_body(content_type, body)


@fault("empty-object-accepted", breaks="VC-CREATE-EMPTY-OBJECT", also_violates=("VC-CREATE-BODY-OBJECT",))
class EmptyObjectAccepted(ServerBehavior):
    """Creates a conference for an empty object."""

    def parse_body(self, content_type: str, body: bytes | None) -> Any:
        return super().parse_body(content_type, body) or {"display_name": "Untitled"}


@fault("malformed-json-repaired", breaks="VC-CREATE-MALFORMED-JSON")
class MalformedJsonRepaired(ServerBehavior):
    """Repairs a body that is almost valid JSON instead of rejecting it."""

    def parse_json(self, text: str) -> Any:
        for end in ("", "}", '"}'):
            try:
                return json.JSONDecoder().raw_decode(text.replace(",}", "}").strip() + end)[0]
            except ValueError:
                continue
        raise UnreadableBodyError


@fault("malformed-json-422-with-error", breaks="API-ERR-422-ENVELOPE")
class MalformedJson422(ServerBehavior):
    """Returns 422 with the body of a 400 response for a body that is not valid JSON."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(422, self.error_body("Bad Request"))


@should_fault("charset-rejected", breaks="VC-CREATE-CHARSET")
class CharsetRejected(ServerBehavior):
    """Rejects a media type with a charset."""

    def accepts_media_type(self, content_type: str) -> bool:
        return content_type == "application/json"


@fault("latin-1-responses", breaks=("VC-CREATE-DISPLAY-NAME-ECHO", "VC-CONF-UTF8"))
class Latin1Responses(ServerBehavior):
    """Encodes response bodies in Latin-1."""

    def serialize(self, body: object) -> bytes:
        return super().serialize(body).decode().encode("latin-1", "replace")


@fault("mojibake", breaks="VC-CREATE-DISPLAY-NAME-ECHO", also_violates=("FCR-CREATE-META-ECHO",))
class Mojibake(ServerBehavior):
    """Decodes request bodies as Latin-1."""

    def decode_body(self, body: bytes) -> str:
        return body.decode("latin-1")

    def string_length(self, member: RequestMember, text: str) -> int:
        return len(text.encode("latin-1", "replace").decode("utf-8", "replace"))


@fault("long-text-500", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class LongText500(ServerBehavior):
    """Returns 500 for a string of more than 2048 characters."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if isinstance(value, str) and len(value) > 2048:
            raise CrashError
        return super().stored_value(member, value)


@fault("too-long-500", breaks=("API-ERR-NO-5XX", "VC-CREATE-DISPLAY-NAME-MAXLENGTH"))
class TooLong500(ServerBehavior):
    """Returns 500 for a display_name that is too long."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        if member.path == "video.display_name" and len(text) > 200:
            raise CrashError
        return text


@fault("impossible-day-500", breaks=("VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE", "API-ERR-NO-5XX"))
class ImpossibleDay500(ServerBehavior):
    """Returns 500 for a join_from with a day that does not exist."""

    def validate_timestamp(self, member: RequestMember, value: object) -> Any:
        try:
            return super().validate_timestamp(member, value)
        except ValueError as error:
            if isinstance(value, str) and value[:4].isdigit() and member.path == "video.join_from":
                raise CrashError from error
            raise


@fault("duplicate-members-500", breaks=("API-ERR-DUPLICATE-MEMBERS", "API-ERR-NO-5XX"))
class DuplicateMembers500(ServerBehavior):
    """Returns 500 for a body with a duplicate member."""

    def parse_json(self, text: str) -> Any:
        json.loads(text, object_pairs_hook=_unique)
        return super().parse_json(text)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise CrashError


@fault("keyword-arguments-500", breaks=("API-ERR-MEMBER-NAMES", "API-ERR-NO-5XX"))
class KeywordArguments500(ServerBehavior):
    """Returns 500 for a conference with a member named self or class."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE and not document.keys().isdisjoint({"self", "class"}):
            raise CrashError
        return super().received_members(resource, document)


@fault("room-proto-500", breaks=("API-ERR-MEMBER-NAMES", "API-ERR-NO-5XX"))
class RoomProto500(ServerBehavior):
    """Returns 500 for a room with a member named __proto__."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.ROOM and "__proto__" in document:
            raise CrashError
        return super().received_members(resource, document)
