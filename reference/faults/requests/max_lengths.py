"""Faults in the validation of maximum lengths."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource
from reference.api.request_models import RequestMember, StringType
from reference.faults.fault import fault


@fault("display-name-limit-199", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT")
class DisplayNameLimit199(ServerBehavior):
    """Rejects a display_name of 200 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 199 if member.path == "video.display_name" else super().max_length(member, value_type)


@fault("display-name-limit-201", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameLimit201(ServerBehavior):
    """Accepts a display_name of 201 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 201 if member.path == "video.display_name" else super().max_length(member, value_type)


@fault("display-name-limit-of-column", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameLimitOfColumn(ServerBehavior):
    """Accepts a display_name of up to 255 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 255 if member.path == "video.display_name" else super().max_length(member, value_type)


@fault("display-name-counted-in-bytes", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH-CHARACTERS")
class DisplayNameCountedInBytes(ServerBehavior):
    """Counts UTF-8 bytes instead of characters in display_name."""

    def string_length(self, member: RequestMember, text: str) -> int:
        bytes_ = member.path == "video.display_name"
        return len(text.encode()) if bytes_ else super().string_length(member, text)


@fault("description-breaks-uncounted", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH")
class DescriptionBreaksUncounted(ServerBehavior):
    """Does not count line feeds in the length of a description."""

    def string_length(self, member: RequestMember, text: str) -> int:
        counted = text.replace("\n", "") if member.path == "video.description" else text
        return super().string_length(member, counted)


@fault("display-name-cut-in-place-of-rejected", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameCut(ServerBehavior):
    """Truncates a display_name that is too long to 200 characters."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        return text[:200] if member.path == "video.display_name" else text


@fault("name-limit-99", breaks="VC-CREATE-NAME-MAXLENGTH-ACCEPT")
class NameLimit99(ServerBehavior):
    """Rejects a name of exactly 100 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 99 if member.path == "video.name" else super().max_length(member, value_type)


@fault("name-limit-of-host-names", breaks="VC-CREATE-NAME-MAXLENGTH-ACCEPT")
class NameLimitOfHostNames(ServerBehavior):
    """Rejects a name of more than 63 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 63 if member.path == "video.name" else super().max_length(member, value_type)


@fault("name-limit-101", breaks="VC-CREATE-NAME-MAXLENGTH")
class NameLimit101(ServerBehavior):
    """Accepts names of up to 101 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 101 if member.path == "video.name" else super().max_length(member, value_type)


@fault("name-limit-unchecked", breaks="VC-CREATE-NAME-MAXLENGTH")
class NameLimitUnchecked(ServerBehavior):
    """Accepts names of any length."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return None if member.path == "video.name" else super().max_length(member, value_type)


@fault("description-limit-2999", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class DescriptionLimit2999(ServerBehavior):
    """Rejects a description of exactly 3000 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 2999 if member.path == "video.description" else super().max_length(member, value_type)


@fault("description-limit-1000", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class DescriptionLimit1000(ServerBehavior):
    """Rejects a description of more than 1000 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 1000 if member.path == "video.description" else super().max_length(member, value_type)


@fault("description-limit-unchecked", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH")
class DescriptionLimitUnchecked(ServerBehavior):
    """Accepts descriptions of any length."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return None if member.path == "video.description" else super().max_length(member, value_type)


@fault("description-limit-3001", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH")
class DescriptionLimit3001(ServerBehavior):
    """Accepts descriptions of up to 3001 characters."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 3001 if member.path == "video.description" else super().max_length(member, value_type)


@fault("description-counted-in-bytes", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-CHARACTERS")
class DescriptionCountedInBytes(ServerBehavior):
    """Counts UTF-8 bytes instead of characters in description."""

    def string_length(self, member: RequestMember, text: str) -> int:
        bytes_ = member.path == "video.description"
        return len(text.encode()) if bytes_ else super().string_length(member, text)


@fault("description-counted-in-escapes", breaks="VC-CREATE-DESCRIPTION-MAXLENGTH-CHARACTERS")
class DescriptionCountedInEscapes(ServerBehavior):
    """Counts the backslash escapes of non-ASCII characters in description."""

    def string_length(self, member: RequestMember, text: str) -> int:
        escaped = member.path == "video.description"
        return (
            len(text.encode("ascii", "backslashreplace")) if escaped else super().string_length(member, text)
        )


@fault("room-display-name-limit-199", breaks="FCR-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT")
class RoomDisplayNameLimit199(ServerBehavior):
    """Rejects a display_name of 200 characters for a room."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 199 if member.path == "fabric.display_name" else super().max_length(member, value_type)


@fault("room-display-name-limit-unchecked", breaks="FCR-CREATE-DISPLAY-NAME-MAXLENGTH")
class RoomDisplayNameLimitUnchecked(ServerBehavior):
    """Accepts a display_name of any length for a room."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return None if member.path == "fabric.display_name" else super().max_length(member, value_type)


@fault("room-display-name-counted-in-bytes", breaks="FCR-CREATE-DISPLAY-NAME-MAXLENGTH-CHARACTERS")
class RoomDisplayNameCountedInBytes(ServerBehavior):
    """Counts UTF-8 bytes instead of characters in the display_name of a room."""

    def string_length(self, member: RequestMember, text: str) -> int:
        bytes_ = member.path == "fabric.display_name"
        return len(text.encode()) if bytes_ else super().string_length(member, text)


@fault("room-description-limit-255", breaks="FCR-CREATE-DESCRIPTION-MAXLENGTH-ACCEPT")
class RoomDescriptionLimit255(ServerBehavior):
    """Rejects a description of more than 255 characters for a room."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return 255 if member.path == "fabric.description" else super().max_length(member, value_type)


@fault("room-description-limit-unchecked", breaks="FCR-CREATE-DESCRIPTION-MAXLENGTH")
class RoomDescriptionLimitUnchecked(ServerBehavior):
    """Accepts a description of any length for a room."""

    def max_length(self, member: RequestMember, value_type: StringType) -> int | None:
        return None if member.path == "fabric.description" else super().max_length(member, value_type)


@fault("room-description-counted-in-bytes", breaks="FCR-CREATE-DESCRIPTION-MAXLENGTH-CHARACTERS")
class RoomDescriptionCountedInBytes(ServerBehavior):
    """Counts UTF-8 bytes instead of characters in the description of a room."""

    def string_length(self, member: RequestMember, text: str) -> int:
        bytes_ = member.path == "fabric.description"
        return len(text.encode()) if bytes_ else super().string_length(member, text)


@fault("names-of-255-at-most-in-the-store", breaks="API-ERR-NO-5XX")
class NamesOf255(ServerBehavior):
    """Returns 500 for a name of more than 255 characters."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE and len(str(document.get("name"))) > 255:
            raise RuntimeError("value too long for type character varying(255)")
        return super().received_members(resource, document)
