"""Faults in the stored strings of conferences."""

import html
import re
import unicodedata

from reference.api.behavior import ServerBehavior
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


@fault("selectors-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class SelectorsLost(ServerBehavior):
    """Removes variation selectors from a description."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "video.description" and isinstance(value, str):
            return value.replace("\ufe0f", "")
        return super().stored_value(member, value)
