"""Input that brings the server down, and bodies that are read although they are none."""

import json
from typing import Any

from reference.api.behavior import Rules
from reference.api.body_parsing import Unreadable
from reference.api.messages import Answer, Request
from reference.api.request_models import Member
from reference.api.validation import no
from reference.faults.fault import fault, lapse


class Crash(RuntimeError):  # noqa: N818 - it is what happens
    """The server has failed."""


@fault("nul-500", breaks=("API-ERR-NUL", "API-ERR-NO-5XX"))
class Nul500(Rules):
    """A NUL in a text brings the server down."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if "\0" in text:
            raise Crash
        return text


@fault("emoji-500", breaks="VC-CREATE-DISPLAY-NAME-TEXT")
class Emoji500(Rules):
    """A character of four bytes in a display_name brings the server down."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "video.display_name" and any(letter > "\uffff" for letter in str(value)):
            raise Crash
        return super().kept(member, value)


@fault("quote-500", breaks="VC-CREATE-DISPLAY-NAME-TEXT")
class Quote500(Rules):
    """An apostrophe in a display_name ends a string of SQL."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "video.display_name" and "'" in str(value):
            raise Crash
        return super().kept(member, value)


@fault("markup-refused", breaks="VC-CREATE-DISPLAY-NAME-TEXT")
class MarkupRefused(Rules):
    """A display_name with an angle bracket in it is stopped by a firewall."""

    def answer(self, request: Request) -> Answer:
        return self.bad_request(request) if b"<" in (request.body or b"") else super().answer(request)


@fault("line-break-refused", breaks="VC-CREATE-DESCRIPTION-TEXT")
class LineBreakRefused(Rules):
    """A description must be one line."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if member.path == "video.description" and "\n" in text:
            raise no("invalid_parameter", "Must be one line")
        return text


@fault("deep-nesting-500", breaks=("API-ERR-DEEP-NESTING", "API-ERR-NO-5XX"))
class DeepNesting500(Rules):
    """A body that is nested deeply brings the server down."""

    def too_deep(self, text: str, document: object) -> bool:
        if text.count("[") + text.count("{") > 90 or super().too_deep(text, document):
            raise Crash
        return False

    def parsed(self, text: str) -> Any:
        try:
            return super().parsed(text)
        except RecursionError as error:
            raise Crash from error


@fault("huge-number-500", breaks=("API-ERR-HUGE-NUMBER", "API-ERR-NO-5XX"))
class HugeNumber500(Rules):
    """A number of more than 64 bits brings the server down."""

    def parsed(self, text: str) -> Any:
        return json.loads(text, parse_int=_of_64_bits, parse_float=_finite)


def _of_64_bits(digits: str) -> int:
    if len(digits) > 19:
        raise Crash
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Crash
    return number


@fault("leap-second-500", breaks=("VC-CREATE-LEAP-SECOND", "API-ERR-NO-5XX"))
class LeapSecond500(Rules):
    """The leap second of the documentation's own sample brings the server down."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if ":60" in text and member.name.startswith("join_"):
            raise Crash
        return text


@fault("malformed-json-500", breaks=("VC-CREATE-MALFORMED-JSON", "API-ERR-NO-5XX"))
class MalformedJson500(Rules):
    """A body that is no JSON brings the server down."""

    def parsed(self, text: str) -> Any:
        try:
            return super().parsed(text)
        except ValueError as error:
            raise Crash from error


@fault("malformed-utf-8-500", breaks="API-ERR-NO-5XX")
class MalformedUtf8(Rules):
    """A body that is no UTF-8 brings the server down."""

    def text_of(self, body: bytes) -> str:
        try:
            return super().text_of(body)
        except UnicodeDecodeError as error:
            raise Crash from error


@fault("missing-body-500", breaks=("VC-CREATE-BODY-REQUIRED", "API-ERR-NO-5XX"))
class MissingBody500(Rules):
    """A create without a body brings the server down."""

    def text_of(self, body: bytes) -> str:
        if not body:
            raise Crash
        return super().text_of(body)


@fault("body-no-object-500", breaks=("VC-CREATE-BODY-OBJECT", "API-ERR-NO-5XX"))
class BodyNoObject500(Rules):
    """A body that is JSON and no object brings the server down."""

    def parsed(self, text: str) -> Any:
        document = super().parsed(text)
        return {**document}


@fault("body-no-object-accepted", breaks="VC-CREATE-BODY-OBJECT")
class BodyNoObjectAccepted(Rules):
    """A body that is JSON and no object counts as a display_name."""

    def parsed(self, text: str) -> Any:
        document = super().parsed(text)
        if isinstance(document, dict):
            return document
        return {"display_name": text[:200], "name": None, "enable_room_previews": False, **_first(document)}

    def null(self, member: Member) -> object:
        return None if member.name == "name" else super().null(member)


def _first(document: object) -> dict[str, Any]:
    found = document[0] if isinstance(document, list) and document else {}
    return found if isinstance(found, dict) else {}


@fault("missing-body-accepted", breaks="VC-CREATE-BODY-REQUIRED")
class MissingBodyAccepted(Rules):
    """A create without a body makes a conference called untitled."""

    def document(self, content_type: str, body: bytes | None) -> Any:
        if not body:
            return {"display_name": "Untitled"}
        return super().document(content_type, body)


@fault("empty-object-accepted", breaks="VC-CREATE-EMPTY-OBJECT")
class EmptyObjectAccepted(Rules):
    """A create with an empty object makes a conference called untitled."""

    def document(self, content_type: str, body: bytes | None) -> Any:
        return super().document(content_type, body) or {"display_name": "Untitled"}


@fault("malformed-json-mended", breaks="VC-CREATE-MALFORMED-JSON")
class MalformedJsonMended(Rules):
    """A body that is nearly JSON is read as far as it goes."""

    def parsed(self, text: str) -> Any:
        for end in ("", "}", '"}'):
            try:
                return json.JSONDecoder().raw_decode(text.replace(",}", "}").strip() + end)[0]
            except ValueError:
                continue
        raise Unreadable


@fault("malformed-json-422-with-error", breaks="API-ERR-422-ENVELOPE")
class MalformedJson422(Rules):
    """A body that is no JSON is answered with 422 and the envelope of a 400."""

    def bad_request(self, request: Request) -> Answer:
        return Answer(422, self.error("Bad Request"))


@lapse("charset-refused", breaks="VC-CREATE-CHARSET")
class CharsetRefused(Rules):
    """A media type with a charset is another media type."""

    def readable(self, content_type: str) -> bool:
        return content_type == "application/json"


@fault("latin-1-answers", breaks=("VC-CREATE-DISPLAY-NAME-ECHO", "VC-CONF-UTF8"))
class Latin1Answers(Rules):
    """Answers are written in Latin-1."""

    def serialised(self, body: object) -> bytes:
        return super().serialised(body).decode().encode("latin-1", "replace")


@fault("mojibake", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class Mojibake(Rules):
    """Bodies are read as Latin-1, of which each byte is a letter."""

    def text_of(self, body: bytes) -> str:
        return body.decode("latin-1")

    def length(self, member: Member, text: str) -> int:
        return len(text.encode("latin-1", "replace").decode("utf-8", "replace"))


@fault("long-text-500", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class LongText500(Rules):
    """A text of more than 2048 characters brings the server down."""

    def kept(self, member: Member, value: object) -> object:
        if isinstance(value, str) and len(value) > 2048:
            raise Crash
        return super().kept(member, value)


@fault("too-long-500", breaks=("API-ERR-NO-5XX", "VC-CREATE-DISPLAY-NAME-MAXLENGTH"))
class TooLong500(Rules):
    """A display_name that is too long for its column brings the server down."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        if member.path == "video.display_name" and len(text) > 200:
            raise Crash
        return text


@fault("impossible-day-500", breaks=("VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE", "API-ERR-NO-5XX"))
class ImpossibleDay500(Rules):
    """A day that does not exist brings the server down."""

    def moment(self, member: Member, value: object) -> Any:
        try:
            return super().moment(member, value)
        except ValueError as error:
            if isinstance(value, str) and value[:4].isdigit() and member.path == "video.join_from":
                raise Crash from error
            raise


@fault("duplicate-members-500", breaks=("API-ERR-DUPLICATE-MEMBERS", "API-ERR-NO-5XX"))
class DuplicateMembers500(Rules):
    """A body with one member twice brings the server down."""

    def parsed(self, text: str) -> Any:
        json.loads(text, object_pairs_hook=_unique)
        return super().parsed(text)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Crash
