"""Faults that convert texts and member names that have a meaning elsewhere."""

import json
import re
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.faults.fault import fault


class _Converted(ServerBehavior):
    """Base of faults that convert the stored string of one member."""

    path = ""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == self.path and isinstance(value, str):
            return self.convert(value)
        return super().stored_value(member, value)

    def convert(self, text: str) -> object:
        return text


@fault("display-name-line-breaks-unified", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameLineBreaks(_Converted):
    r"""Replaces \r\n in display_name with \n."""

    path = "video.display_name"

    def convert(self, text: str) -> object:
        return text.replace("\r\n", "\n")


@fault("room-description-carriage-returns-lost", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionCarriageReturns(_Converted):
    """Replaces carriage returns without a line feed in the description of a room with line feeds."""

    path = "fabric.description"

    def convert(self, text: str) -> object:
        return re.sub("\r(?!\n)", "\n", text)


@fault("room-display-name-null-is-null", breaks="FCR-CREATE-DISPLAY-NAME-ECHO")
class RoomDisplayNameNull(_Converted):
    """Stores None for the display_name "null" of a room."""

    path = "fabric.display_name"

    def convert(self, text: str) -> object:
        return "None" if text == "null" else text


@fault("room-description-ends-trimmed", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionEnds(_Converted):
    """Strips whitespace around the description of a room."""

    path = "fabric.description"

    def convert(self, text: str) -> object:
        return text.strip() or text


@fault("description-separators-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionSeparators(_Converted):
    """Replaces paragraph separators in a description with line feeds."""

    path = "video.description"

    def convert(self, text: str) -> object:
        return text.replace("\u2029", "\n")


@fault("description-null-is-null", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionNull(_Converted):
    """Stores null for the description "null"."""

    path = "video.description"

    def convert(self, text: str) -> object:
        return None if text == "null" else text


@fault("room-description-undefined-is-empty", breaks="FCR-CREATE-DESCRIPTION-ECHO")
class RoomDescriptionUndefined(_Converted):
    """Stores an empty string for the description "undefined" or "None" of a room."""

    path = "fabric.description"

    def convert(self, text: str) -> object:
        return "" if text in {"undefined", "None"} else text


@fault("display-name-numbers-rounded", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameNumbers(_Converted):
    """Stores a display_name that is a decimal number in its shortest form."""

    path = "video.display_name"

    def convert(self, text: str) -> object:
        return f"{float(text):g}" if re.fullmatch(r"[0-9]+(\.[0-9]+|e[0-9]+)", text) else text


@fault("room-display-name-read-as-json", breaks="FCR-CREATE-DISPLAY-NAME-ECHO")
class RoomDisplayNameJson(_Converted):
    """Parses a display_name of a room that is an empty JSON array or object, and stores its items as text."""

    path = "fabric.display_name"

    def convert(self, text: str) -> object:
        return "".join(json.loads(text)) if text in {"[]", "{}"} else text


class _MetaWithout(ServerBehavior):
    """Base of faults that remove members from meta, at any depth."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta":
            return self.reduce(value)
        return super().stored_value(member, value)

    def reduce(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.reduce(item) for item in value]
        if isinstance(value, dict):
            return {name: self.reduce(item) for name, item in value.items() if not self.removes(name)}
        return value

    def removes(self, name: str) -> bool:
        return False


@fault("meta-proto-lost", breaks="FCR-CREATE-META-ECHO")
class MetaProtoLost(_MetaWithout):
    """Removes members named __proto__ from the meta of a room."""

    def removes(self, name: str) -> bool:
        return name == "__proto__"


@fault("meta-constructor-lost", breaks="FCR-CREATE-META-ECHO")
class MetaConstructorLost(_MetaWithout):
    """Removes members named constructor or class from the meta of a room."""

    def removes(self, name: str) -> bool:
        return name in {"constructor", "class"}


@fault("meta-underscore-id-lost", breaks="FCR-CREATE-META-ECHO")
class MetaUnderscoreIdLost(_MetaWithout):
    """Removes members named _id from the meta of a room."""

    def removes(self, name: str) -> bool:
        return name == "_id"


@fault("meta-names-in-lowercase", breaks="FCR-CREATE-META-ECHO")
class MetaNamesLowercase(ServerBehavior):
    """Loses a member in the meta of a room whose name differs from another one in letter case only."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            last = {name.lower(): name for name in value}
            return {name: value[name] for name in value if last[name.lower()] == name}
        return super().stored_value(member, value)


@fault("name-null-is-left-out", breaks="VC-CREATE-NAME-ECHO")
class NameNullIsLeftOut(ServerBehavior):
    """Generates a name for a conference whose name is "null" or "undefined"."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        members = super().received_members(resource, document)
        is_lost = resource is Resource.CONFERENCE and members.get("name") in ("null", "undefined")
        return {name: value for name, value in members.items() if not is_lost or name != "name"}


@fault("name-exponents-expanded", breaks="VC-CREATE-NAME-ECHO")
class NameExponents(_Converted):
    """Stores a name that is a decimal number with an exponent as an integer."""

    path = "video.name"

    def convert(self, text: str) -> object:
        return str(int(float(text))) if re.fullmatch("[0-9]+e[0-9]+", text) else text


@fault("room-name-trimmed", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameTrimmed(_Converted):
    """Strips whitespace around the name of a room."""

    path = "fabric.name"

    def convert(self, text: str) -> object:
        return text.strip()


@fault("room-name-cut-at-255", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameCut(_Converted):
    """Stores only the first 255 characters of the name of a room."""

    path = "fabric.name"

    def convert(self, text: str) -> object:
        return text[:255]


@fault("empty-description-is-the-title", breaks="VC-CREATE-DESCRIPTION-ECHO")
class EmptyDescription(_Converted):
    """Stores another text for an empty description."""

    path = "video.description"

    def convert(self, text: str) -> object:
        return text or "A conference"
