"""Values that are not kept as they were sent."""

import html
import json
import re
import unicodedata
from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Resource
from reference.api.request_models import Member
from reference.faults.fault import fault


class _Changing(Rules):
    """Rules that keep something else than the text of one member."""

    path = ""

    def kept(self, member: Member, value: object) -> object:
        if member.path == self.path and isinstance(value, str):
            return self.changed(value)
        return super().kept(member, value)

    def changed(self, text: str) -> str:
        return text


@fault("display-name-trimmed", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameTrimmed(_Changing):
    """Blanks around a display_name are lost."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return text.strip()


@fault("description-last-break-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionLastBreakLost(_Changing):
    """Line breaks at the end of a description are lost."""

    path = "video.description"

    def changed(self, text: str) -> str:
        return text.rstrip("\n")


@fault("display-name-escaped", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameEscaped(_Changing):
    """Markup in a display_name is escaped on the way in."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return html.escape(text)


@fault("display-name-without-tags", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameWithoutTags(_Changing):
    """Tags in a display_name are taken away."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return re.sub("<[^>]*>", "", text)


@fault("display-name-without-scripts", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameWithoutScripts(_Changing):
    """Scripts in a display_name are taken away, other markup is kept."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return re.sub("<script>.*?</script>", "", text)


@fault("display-name-without-emoji", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameWithoutEmoji(_Changing):
    """Characters of four bytes in a display_name are lost, for lack of utf8mb4."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return "".join(character for character in text if character <= "\uffff")


@fault("display-name-decomposed", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameDecomposed(_Changing):
    """Letters with accents in a display_name are taken apart."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return unicodedata.normalize("NFD", text)


@fault("display-name-composed", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameComposed(_Changing):
    """Letters and the accents after them are put together in a display_name."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


@fault("display-name-in-latin-1", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameInLatin1(_Changing):
    """Letters of a display_name that Latin-1 lacks become question marks."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return text.encode("latin-1", "replace").decode("latin-1")


@fault("display-name-cut-at-64", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameCutAt64(_Changing):
    """A display_name is kept up to its 64th character."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return text[:64]


@fault("display-name-quotes-doubled", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameQuotes(_Changing):
    """Apostrophes in a display_name are doubled, as for SQL."""

    path = "video.display_name"

    def changed(self, text: str) -> str:
        return text.replace("'", "''")


@fault("description-on-one-line", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionOnOneLine(_Changing):
    """Line breaks in a description become blanks."""

    path = "video.description"

    def changed(self, text: str) -> str:
        return text.replace("\n", " ")


@fault("description-with-crlf", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionWithCrLf(_Changing):
    """Line breaks in a description get a carriage return."""

    path = "video.description"

    def changed(self, text: str) -> str:
        return text.replace("\n", "\r\n")


@fault("description-cut-at-255", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionCutAt255(_Changing):
    """A description is kept up to its 255th character."""

    path = "video.description"

    def changed(self, text: str) -> str:
        return text[:255]


@fault("description-blanks-collapsed", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionBlanks(_Changing):
    """Blanks in a description become one, and those around it none."""

    path = "video.description"

    def changed(self, text: str) -> str:
        return " ".join(text.split())


@fault("name-lower-cased", breaks="VC-CREATE-NAME-ECHO")
class NameLowerCased(_Changing):
    """A name is kept in small letters."""

    path = "video.name"

    def changed(self, text: str) -> str:
        return text.lower()


@fault("name-hyphens-replaced", breaks="VC-CREATE-NAME-ECHO")
class NameHyphens(_Changing):
    """Hyphens in a name become underscores."""

    path = "video.name"

    def changed(self, text: str) -> str:
        return text.replace("-", "_")


@fault("layout-names-merged", breaks="VC-CREATE-LAYOUT-ECHO")
class LayoutMerged(_Changing):
    """The layout grid-responsive-mobile is kept as grid-responsive."""

    path = "video.layout"

    def changed(self, text: str) -> str:
        return text.removesuffix("-mobile")


@fault("record-on-start-never-kept", breaks="VC-CREATE-RECORD-ON-START-ECHO")
class RecordOnStartLost(Rules):
    """record_on_start is read and forgotten."""

    def kept(self, member: Member, value: object) -> object:
        return False if member.path == "video.record_on_start" else super().kept(member, value)


@fault("quality-never-kept", breaks="VC-CREATE-QUALITY-ECHO")
class QualityLost(Rules):
    """Quality is read and forgotten."""

    def kept(self, member: Member, value: object) -> object:
        return "720p" if member.path == "video.quality" else super().kept(member, value)


@fault("size-never-kept", breaks="VC-CREATE-SIZE-ECHO")
class SizeLost(Rules):
    """Size is read and forgotten."""

    def kept(self, member: Member, value: object) -> object:
        return "medium" if member.path == "video.size" else super().kept(member, value)


@fault("light-foreground-never-kept", breaks="VC-CREATE-LIGHT-FOREGROUND-ECHO")
class LightForegroundLost(Rules):
    """light_foreground is read and forgotten."""

    def kept(self, member: Member, value: object) -> object:
        lost = member.path == "video.light_foreground"
        return member.default if lost else super().kept(member, value)


class _Losing(Rules):
    """Rules that lose a member when another is there."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        lost = self.lost(sent) if resource is Resource.CONFERENCE else ""
        return super().filled(resource, {name: value for name, value in sent.items() if name != lost})

    def lost(self, sent: dict[str, Any]) -> str:
        return ""


@fault("description-lost-with-join-from", breaks="VC-CREATE-DESCRIPTION-ECHO")
class DescriptionLost(_Losing):
    """A description is lost if there is a join_from."""

    def lost(self, sent: dict[str, Any]) -> str:
        return "description" if "join_from" in sent else ""


@fault("size-lost-with-quality", breaks="VC-CREATE-SIZE-ECHO")
class SizeLostWithQuality(_Losing):
    """A size is lost if the quality is 1080p."""

    def lost(self, sent: dict[str, Any]) -> str:
        return "size" if sent.get("quality") == "1080p" else ""


@fault("light-negative-lost-with-dark", breaks="VC-CREATE-LIGHT-NEGATIVE-ECHO")
class LightNegativeLost(_Losing):
    """A light_negative is lost if there is a dark_negative."""

    def lost(self, sent: dict[str, Any]) -> str:
        return "light_negative" if "dark_negative" in sent else ""


@fault("previews-lost-with-recording", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsLost(_Losing):
    """enable_room_previews is lost if the conference is recorded."""

    def lost(self, sent: dict[str, Any]) -> str:
        return "enable_room_previews" if sent.get("record_on_start") else ""


@fault("join-until-lost-with-size", breaks="VC-CREATE-JOIN-UNTIL-ECHO")
class JoinUntilLost(_Losing):
    """A join_until is lost if there is a size."""

    def lost(self, sent: dict[str, Any]) -> str:
        return "join_until" if "size" in sent else ""


@fault("meta-zero-is-null", breaks="FCR-CREATE-META-ECHO")
class MetaZeroIsNull(Rules):
    """What is nothing in a meta comes back null."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: each or None for key, each in value.items()}
        return super().kept(member, value)


@fault("meta-lists-are-sets", breaks="FCR-CREATE-META-ECHO")
class MetaListsAreSets(Rules):
    """A list in a meta keeps each of its values once."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: _once(each) if isinstance(each, list) else each for key, each in value.items()}
        return super().kept(member, value)


@fault("meta-of-a-thousand", breaks="FCR-CREATE-META-ECHO")
class MetaOfAThousand(Rules):
    """A meta of more than a thousand characters is kept as an empty one."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "fabric.meta" and len(json.dumps(value)) > 1000:
            return {}
        return super().kept(member, value)


@fault("meta-in-ascii", breaks="FCR-CREATE-META-ECHO")
class MetaInAscii(Rules):
    """A member of a meta whose name is not ASCII is lost."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return {key: each for key, each in value.items() if key.isascii()}
        return super().kept(member, value)


@fault("meta-of-twenty", breaks="FCR-CREATE-META-ECHO")
class MetaOfTwenty(Rules):
    """A meta keeps its first twenty members."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return dict(list(value.items())[:20])
        return super().kept(member, value)


@fault("black-is-no-colour", breaks="VC-CREATE-DARK-PRIMARY-ECHO")
class BlackIsNoColour(Rules):
    """#000000 for dark_primary counts as left out."""

    def kept(self, member: Member, value: object) -> object:
        black = member.path == "video.dark_primary" and value == "#000000"
        return member.default if black else super().kept(member, value)


@fault("selectors-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class SelectorsLost(Rules):
    """Variation selectors in a description are lost."""

    def kept(self, member: Member, value: object) -> object:
        if member.path == "video.description" and isinstance(value, str):
            return value.replace("\ufe0f", "")
        return super().kept(member, value)


@fault("room-name-of-63", breaks="FCR-CREATE-NAME-ECHO")
class RoomNameOf63(Rules):
    """The name of a room is cut after 63 characters."""

    def kept(self, member: Member, value: object) -> object:
        return value[:63] if member.path == "fabric.name" and isinstance(value, str) else value


def _once(values: list[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]
