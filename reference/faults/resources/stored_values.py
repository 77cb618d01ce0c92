"""Faults in the stored values of members."""

import html
import json
import re
import unicodedata
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember
from reference.faults.fault import fault


class _ModifiedString(ServerBehavior):
    """Base of faults that change the stored string of one member."""

    path = ""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == self.path and isinstance(value, str):
            return self.modify_string(value)
        return super().stored_value(member, value)

    def modify_string(self, text: str) -> str:
        return text


@fault("display-name-trimmed", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameTrimmed(_ModifiedString):
    """Strips whitespace around display_name."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return text.strip()


@fault("description-last-break-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionLastBreakLost(_ModifiedString):
    """Strips line feeds at the end of a description."""

    path = "video.description"

    def modify_string(self, text: str) -> str:
        return text.rstrip("\n")


@fault("display-name-escaped", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameEscaped(_ModifiedString):
    """Stores display_name with HTML escapes."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return html.escape(text)


@fault("display-name-without-tags", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameWithoutTags(_ModifiedString):
    """Removes HTML tags from display_name."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return re.sub("<[^>]*>", "", text)


@fault("display-name-without-scripts", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameWithoutScripts(_ModifiedString):
    """Removes script elements from display_name."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return re.sub("<script>.*?</script>", "", text)


@fault("display-name-without-emoji", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameWithoutEmoji(_ModifiedString):
    """Removes characters outside the Basic Multilingual Plane from display_name."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return "".join(character for character in text if character <= "\uffff")


@fault("display-name-decomposed", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameDecomposed(_ModifiedString):
    """Normalizes display_name to decomposed form (NFD)."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return unicodedata.normalize("NFD", text)


@fault("display-name-composed", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameComposed(_ModifiedString):
    """Normalizes display_name to composed form (NFC)."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


@fault("display-name-in-latin-1", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameInLatin1(_ModifiedString):
    """Replaces characters outside Latin-1 in display_name with question marks."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return text.encode("latin-1", "replace").decode("latin-1")


@fault("display-name-cut-at-64", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameCutAt64(_ModifiedString):
    """Truncates display_name to 64 characters."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return text[:64]


@fault("display-name-quotes-doubled", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameQuotes(_ModifiedString):
    """Doubles apostrophes in display_name."""

    path = "video.display_name"

    def modify_string(self, text: str) -> str:
        return text.replace("'", "''")


@fault("description-on-one-line", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionOnOneLine(_ModifiedString):
    """Replaces line feeds in a description with spaces."""

    path = "video.description"

    def modify_string(self, text: str) -> str:
        return text.replace("\n", " ")


@fault("description-with-crlf", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionWithCrLf(_ModifiedString):
    """Converts line feeds in a description to CRLF."""

    path = "video.description"

    def modify_string(self, text: str) -> str:
        return text.replace("\n", "\r\n")


@fault("description-cut-at-255", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionCutAt255(_ModifiedString):
    """Truncates a description to 255 characters."""

    path = "video.description"

    def modify_string(self, text: str) -> str:
        return text[:255]


@fault("description-blanks-collapsed", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionBlanks(_ModifiedString):
    """Collapses whitespace in a description."""

    path = "video.description"

    def modify_string(self, text: str) -> str:
        return " ".join(text.split())


@fault("name-lower-cased", breaks="VC-CREATE-NAME-ECHO")
class NameLowerCased(_ModifiedString):
    """Converts a name to lowercase."""

    path = "video.name"

    def modify_string(self, text: str) -> str:
        return text.lower()


@fault(
    "name-hyphens-replaced",
    breaks="VC-CREATE-NAME-ECHO",
    also_violates=(
        "VC-CREATE-NAME-DISTINCT",
        "VC-CREATE-NAME-GENERATED-TAKEN",
    ),
)
class NameHyphens(_ModifiedString):
    """Replaces hyphens in a name with underscores."""

    path = "video.name"

    def modify_string(self, text: str) -> str:
        return text.replace("-", "_")


@fault("layout-names-merged", breaks="VC-CREATE-LAYOUT-ECHO")
class LayoutMerged(_ModifiedString):
    """Stores the layout grid-responsive-mobile as grid-responsive."""

    path = "video.layout"

    def modify_string(self, text: str) -> str:
        return text.removesuffix("-mobile")


@fault("record-on-start-never-kept", breaks="VC-CREATE-RECORD-ON-START-ECHO")
class RecordOnStartLost(ServerBehavior):
    """Stores false for record_on_start of a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return False if member.path == "video.record_on_start" else super().stored_value(member, value)


@fault("quality-never-kept", breaks="VC-CREATE-QUALITY-ECHO")
class QualityLost(ServerBehavior):
    """Stores the default quality for a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return "720p" if member.path == "video.quality" else super().stored_value(member, value)


@fault("size-never-kept", breaks="VC-CREATE-SIZE-ECHO")
class SizeLost(ServerBehavior):
    """Stores the default size for a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return "medium" if member.path == "video.size" else super().stored_value(member, value)


@fault("light-foreground-never-kept", breaks="VC-CREATE-LIGHT-FOREGROUND-ECHO")
class LightForegroundLost(ServerBehavior):
    """Stores the default light_foreground for a conference."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        lost = member.path == "video.light_foreground"
        return member.default if lost else super().stored_value(member, value)


class _DropsMember(ServerBehavior):
    """Base of faults that lose a member of a conference in combination with another member."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        lost = self.dropped_member(request_members) if resource is Resource.CONFERENCE else ""
        return super().with_defaults(
            resource, {name: value for name, value in request_members.items() if name != lost}
        )

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return ""


@fault("description-lost-with-join-from", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionLost(_DropsMember):
    """Loses description when join_from is sent."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "description" if "join_from" in request_members else ""


@fault("size-lost-with-quality", breaks="VC-CREATE-SIZE-ECHO")
class SizeLostWithQuality(_DropsMember):
    """Loses size when quality is 1080p."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "size" if request_members.get("quality") == "1080p" else ""


@fault("light-negative-lost-with-dark", breaks="VC-CREATE-LIGHT-NEGATIVE-ECHO")
class LightNegativeLost(_DropsMember):
    """Loses light_negative when dark_negative is sent."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "light_negative" if "dark_negative" in request_members else ""


@fault("previews-lost-with-recording", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsLost(_DropsMember):
    """Loses enable_room_previews when record_on_start is true."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "enable_room_previews" if request_members.get("record_on_start") else ""


@fault("join-until-lost-with-size", breaks="VC-CREATE-JOIN-UNTIL-ECHO")
class JoinUntilLost(_DropsMember):
    """Loses join_until when size is sent."""

    def dropped_member(self, request_members: dict[str, Any]) -> str:
        return "join_until" if "size" in request_members else ""


@fault("meta-zero-is-null", breaks="FCR-CREATE-META-ECHO")
class MetaZeroIsNull(ServerBehavior):
    """Replaces zero, false and empty values in the meta of a room with null."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: item or None for key, item in value.items()}
        return super().stored_value(member, value)


@fault("meta-lists-are-sets", breaks="FCR-CREATE-META-ECHO")
class MetaListsAreSets(ServerBehavior):
    """Removes duplicate values from arrays in the meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {
                key: _without_duplicates(item) if isinstance(item, list) else item
                for key, item in value.items()
            }
        return super().stored_value(member, value)


@fault("meta-of-a-thousand", breaks="FCR-CREATE-META-ECHO")
class MetaOfAThousand(ServerBehavior):
    """Stores an empty object for a meta of more than 1000 characters."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and len(json.dumps(value)) > 1000:
            return {}
        return super().stored_value(member, value)


@fault("meta-in-ascii", breaks="FCR-CREATE-META-ECHO")
class MetaInAscii(ServerBehavior):
    """Loses members with non-ASCII names in the meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: item for key, item in value.items() if key.isascii()}
        return super().stored_value(member, value)


@fault("meta-of-twenty", breaks="FCR-CREATE-META-ECHO")
class MetaOfTwenty(ServerBehavior):
    """Stores only the first 20 members of the meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return dict(list(value.items())[:20])
        return super().stored_value(member, value)


@fault("black-is-no-colour", breaks="VC-CREATE-DARK-PRIMARY-ECHO")
class BlackReplaced(ServerBehavior):
    """Stores the default for a dark_primary of #000000."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        black = member.path == "video.dark_primary" and value == "#000000"
        return member.default if black else super().stored_value(member, value)


@fault("selectors-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class SelectorsLost(ServerBehavior):
    """Removes variation selectors from a description."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "video.description" and isinstance(value, str):
            return value.replace("\ufe0f", "")
        return super().stored_value(member, value)


@fault("room-name-of-63", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameOf63(ServerBehavior):
    """Truncates the name of a room to 63 characters."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        return value[:63] if member.path == "fabric.name" and isinstance(value, str) else value


def _without_duplicates(values: list[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]
