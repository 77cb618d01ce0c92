"""Limits on the number of characters, missed by one or counted in something else."""

from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Resource
from reference.api.request_models import Member, Text
from reference.faults.fault import fault


@fault("display-name-limit-199", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT")
class DisplayNameLimit199(Rules):
    """A display_name must be shorter than 200, where it may be 200 long."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 199 if member.path == "video.display_name" else super().limit(member, kind)


@fault("display-name-limit-201", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameLimit201(Rules):
    """A display_name may have one character more than 200."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 201 if member.path == "video.display_name" else super().limit(member, kind)


@fault("display-name-limit-of-column", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameLimitOfColumn(Rules):
    """A display_name is limited by the 255 characters of its column alone."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 255 if member.path == "video.display_name" else super().limit(member, kind)


@fault("display-name-counted-in-bytes", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH-CHARACTERS")
class DisplayNameCountedInBytes(Rules):
    """The limit of display_name counts bytes of UTF-8."""

    def length(self, member: Member, text: str) -> int:
        bytes_ = member.path == "video.display_name"
        return len(text.encode()) if bytes_ else super().length(member, text)


@fault("description-breaks-uncounted", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH")
class DescriptionBreaksUncounted(Rules):
    """Line breaks do not count towards the limit of a description."""

    def length(self, member: Member, text: str) -> int:
        counted = text.replace("\n", "") if member.path == "video.description" else text
        return super().length(member, counted)


@fault("display-name-cut-in-place-of-refused", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameCut(Rules):
    """A display_name that is too long is cut to 200 characters and accepted."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        return text[:200] if member.path == "video.display_name" else text


@fault("name-limit-99", breaks="VC-CREATE-NAME-MAXLENGTH-ACCEPT")
class NameLimit99(Rules):
    """A name of exactly 100 characters is refused."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 99 if member.path == "video.name" else super().limit(member, kind)


@fault("name-limit-of-host-names", breaks="VC-CREATE-NAME-MAXLENGTH-ACCEPT")
class NameLimitOfHostNames(Rules):
    """A name may have 63 characters only, like a label of a host name."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 63 if member.path == "video.name" else super().limit(member, kind)


@fault("name-limit-101", breaks="VC-CREATE-NAME-MAXLENGTH")
class NameLimit101(Rules):
    """A name may have one character more than 100."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 101 if member.path == "video.name" else super().limit(member, kind)


@fault("name-limit-unchecked", breaks="VC-CREATE-NAME-MAXLENGTH")
class NameLimitUnchecked(Rules):
    """A name may be as long as it likes."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return None if member.path == "video.name" else super().limit(member, kind)


@fault("description-limit-2999", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class DescriptionLimit2999(Rules):
    """A description of exactly 3000 characters is refused."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 2999 if member.path == "video.description" else super().limit(member, kind)


@fault("description-limit-1000", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class DescriptionLimit1000(Rules):
    """A description may have 1000 characters only."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 1000 if member.path == "video.description" else super().limit(member, kind)


@fault("description-limit-unchecked", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH")
class DescriptionLimitUnchecked(Rules):
    """A description may be as long as it likes."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return None if member.path == "video.description" else super().limit(member, kind)


@fault("description-limit-3001", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH")
class DescriptionLimit3001(Rules):
    """A description may have one character more than 3000."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 3001 if member.path == "video.description" else super().limit(member, kind)


@fault("description-counted-in-bytes", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-CHARACTERS")
class DescriptionCountedInBytes(Rules):
    """The limit of description counts bytes of UTF-8."""

    def length(self, member: Member, text: str) -> int:
        bytes_ = member.path == "video.description"
        return len(text.encode()) if bytes_ else super().length(member, text)


@fault("description-counted-in-escapes", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-CHARACTERS")
class DescriptionCountedInEscapes(Rules):
    r"""The limit of description counts the text as it is stored, with letters outside ASCII as \u0000."""

    def length(self, member: Member, text: str) -> int:
        escaped = member.path == "video.description"
        return len(text.encode("ascii", "backslashreplace")) if escaped else super().length(member, text)


@fault("room-display-name-limit-199", breaks="FCR-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT")
class RoomDisplayNameLimit199(Rules):
    """A display_name of a room must be shorter than 200."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 199 if member.path == "fabric.display_name" else super().limit(member, kind)


@fault("room-display-name-limit-unchecked", breaks="FCR-CREATE-DISPLAY-NAME-MAXLENGTH")
class RoomDisplayNameLimitUnchecked(Rules):
    """A display_name of a room may be as long as it likes."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return None if member.path == "fabric.display_name" else super().limit(member, kind)


@fault("room-display-name-counted-in-bytes", breaks="FCR-CREATE-DISPLAY-NAME-MAXLENGTH-CHARACTERS")
class RoomDisplayNameCountedInBytes(Rules):
    """The limit of a room's display_name counts bytes of UTF-8."""

    def length(self, member: Member, text: str) -> int:
        bytes_ = member.path == "fabric.display_name"
        return len(text.encode()) if bytes_ else super().length(member, text)


@fault("room-description-limit-255", breaks="FCR-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class RoomDescriptionLimit255(Rules):
    """A description of a room may have 255 characters only."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return 255 if member.path == "fabric.description" else super().limit(member, kind)


@fault("room-description-limit-unchecked", breaks="FCR-CREATE-DESCRIPTION-MAXLENGTH")
class RoomDescriptionLimitUnchecked(Rules):
    """A description of a room may be as long as it likes."""

    def limit(self, member: Member, kind: Text) -> int | None:
        return None if member.path == "fabric.description" else super().limit(member, kind)


@fault("room-description-counted-in-bytes", breaks="FCR-CREATE-DESCRIPTION-MAXLENGTH-CHARACTERS")
class RoomDescriptionCountedInBytes(Rules):
    """The limit of a room's description counts bytes of UTF-8."""

    def length(self, member: Member, text: str) -> int:
        bytes_ = member.path == "fabric.description"
        return len(text.encode()) if bytes_ else super().length(member, text)


@fault("names-of-255-at-most-in-the-store", breaks="API-ERR-NO-5XX")
class NamesOf255(Rules):
    """A name of more than 255 characters brings the server down, as it is stored before it is looked at."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE and len(str(document.get("name"))) > 255:
            raise RuntimeError("value too long for type character varying(255)")
        return super().received(resource, document)
