"""Faults in the validation of enumerations and integer ranges."""

from reference.api.behavior import ServerBehavior
from reference.api.request_models import EnumType, IntegerType, RequestMember
from reference.api.validation import invalid_value
from reference.faults.fault import fault


class _ConvertedEnum(ServerBehavior):
    """Base of faults that convert the value of one enumeration before it is validated."""

    path = ""

    def validate_enum(self, member: RequestMember, value_type: EnumType, value: object) -> str:
        converted = member.path == self.path and isinstance(value, str)
        if converted:
            value = self.convert(value_type, str(value))
        return super().validate_enum(member, value_type, value)

    def convert(self, value_type: EnumType, text: str) -> str:
        return text


@fault("room-layout-9x9-accepted", breaks="FCR-CREATE-LAYOUT-ENUM")
class RoomLayout9x9(ServerBehavior):
    """Accepts the layout 9x9 for a room."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        values = super().enum_values(member, value_type)
        return (*values, "9x9") if member.path == "fabric.layout" else values


@fault("size-xlarge-accepted", breaks="VC-CREATE-SIZE-ENUM")
class SizeXlarge(ServerBehavior):
    """Accepts the size xlarge."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        values = super().enum_values(member, value_type)
        return (*values, "xlarge") if member.path == "video.size" else values


@fault("quality-without-1080p", breaks="VC-CREATE-QUALITY-ENUM-ACCEPT")
class QualityWithout1080p(ServerBehavior):
    """Rejects the quality 1080p."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        return ("720p",) if member.path == "video.quality" else super().enum_values(member, value_type)


@fault("layout-without-mobile", breaks="VC-CREATE-LAYOUT-ENUM-ACCEPT")
class LayoutWithoutMobile(ServerBehavior):
    """Rejects the layout grid-responsive-mobile."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        values = super().enum_values(member, value_type)
        rejected = "grid-responsive-mobile" if member.path == "video.layout" else ""
        return tuple(text for text in values if text != rejected)


@fault("layout-without-5up", breaks="VC-CREATE-LAYOUT-ENUM-ACCEPT")
class LayoutWithout5up(ServerBehavior):
    """Rejects the layout 5up."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        values = super().enum_values(member, value_type)
        return tuple(text for text in values if text != "5up" or member.path != "video.layout")


@fault("layout-without-largest", breaks="VC-CREATE-LAYOUT-ENUM-ACCEPT")
class LayoutWithoutLargest(ServerBehavior):
    """Rejects the layout 10x10, the last one in the list."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        values = super().enum_values(member, value_type)
        return values[:-1] if member.path == "video.layout" else values


@fault("size-without-small", breaks="VC-CREATE-SIZE-ENUM-ACCEPT")
class SizeWithoutSmall(ServerBehavior):
    """Rejects the size small."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        return ("medium", "large") if member.path == "video.size" else super().enum_values(member, value_type)


@fault("layout-unchecked", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutUnchecked(ServerBehavior):
    """Accepts an unknown layout and stores the default."""

    def validate_enum(self, member: RequestMember, value_type: EnumType, value: object) -> str:
        unknown = member.path == "video.layout" and isinstance(value, str) and value not in value_type.values
        return member.default if unknown else super().validate_enum(member, value_type, value)


@fault("layout-without-letter-case", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutCase(_ConvertedEnum):
    """Accepts a layout in uppercase."""

    path = "video.layout"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text.lower()


@fault("quality-in-uppercase", breaks="VC-CREATE-QUALITY-ENUM")
class QualityCase(_ConvertedEnum):
    """Accepts the quality 720P."""

    path = "video.quality"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text.lower()


@fault("quality-by-beginning", breaks="VC-CREATE-QUALITY-ENUM")
class QualityByBeginning(_ConvertedEnum):
    """Accepts a prefix of a quality, such as 720."""

    path = "video.quality"

    def convert(self, value_type: EnumType, text: str) -> str:
        return next((valid for valid in value_type.values if text and valid.startswith(text)), text)


@fault("quality-before-a-line-break", breaks="VC-CREATE-QUALITY-ENUM")
class QualityBeforeALineBreak(_ConvertedEnum):
    """Accepts a quality that ends with a line feed."""

    path = "video.quality"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text.removesuffix("\n")


@fault("quality-interlaced", breaks="VC-CREATE-QUALITY-ENUM")
class QualityInterlaced(_ConvertedEnum):
    """Accepts the interlaced format 1080i as the quality 1080p."""

    path = "video.quality"

    def convert(self, value_type: EnumType, text: str) -> str:
        return f"{text[:-1]}p" if text.endswith("i") else text


@fault("layout-in-snake-case", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutInSnakeCase(_ConvertedEnum):
    """Accepts underscores instead of hyphens in a layout."""

    path = "video.layout"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text.replace("_", "-")


@fault("quality-longer-word", breaks="VC-CREATE-QUALITY-ENUM")
class QualityLongerWord(_ConvertedEnum):
    """Accepts any string that begins with a valid quality."""

    path = "video.quality"

    def convert(self, value_type: EnumType, text: str) -> str:
        return next((valid for valid in value_type.values if text.startswith(valid)), text)


@fault("size-trimmed", breaks="VC-CREATE-SIZE-ENUM")
class SizeTrimmed(_ConvertedEnum):
    """Accepts whitespace around a size."""

    path = "video.size"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text.strip()


@fault("size-empty-is-default", breaks="VC-CREATE-SIZE-ENUM")
class SizeEmpty(_ConvertedEnum):
    """Accepts an empty size and stores the default."""

    path = "video.size"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text or "medium"


@fault("size-unknown-is-default", breaks="VC-CREATE-SIZE-ENUM")
class SizeUnknown(_ConvertedEnum):
    """Accepts an unknown size and stores the default."""

    path = "video.size"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text if text in value_type.values else "medium"


@fault("room-quality-unchecked", breaks="FCR-CREATE-QUALITY-ENUM")
class RoomQualityUnchecked(_ConvertedEnum):
    """Accepts an unknown quality of a room and stores the default."""

    path = "fabric.quality"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text if text in value_type.values else "720p"


@fault("room-layout-without-letter-case", breaks="FCR-CREATE-LAYOUT-ENUM")
class RoomLayoutCase(_ConvertedEnum):
    """Accepts the layout of a room in uppercase."""

    path = "fabric.layout"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text.lower()


@fault("room-layout-empty-is-default", breaks="FCR-CREATE-LAYOUT-ENUM")
class RoomLayoutEmpty(_ConvertedEnum):
    """Accepts an empty layout of a room and stores the default."""

    path = "fabric.layout"

    def convert(self, value_type: EnumType, text: str) -> str:
        return text or "grid-responsive"


@fault("room-layout-without-highlight", breaks="FCR-CREATE-LAYOUT-ENUM-ACCEPT")
class RoomLayoutWithoutHighlight(ServerBehavior):
    """Rejects the layout highlight-1-responsive for a room."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        values = super().enum_values(member, value_type)
        rejected = "highlight-1-responsive" if member.path == "fabric.layout" else ""
        return tuple(text for text in values if text != rejected)


@fault("room-quality-without-1080p", breaks="FCR-CREATE-QUALITY-ENUM-ACCEPT")
class RoomQualityWithout1080p(ServerBehavior):
    """Rejects the quality 1080p for a room."""

    def enum_values(self, member: RequestMember, value_type: EnumType) -> tuple[str, ...]:
        return ("720p",) if member.path == "fabric.quality" else super().enum_values(member, value_type)


@fault("max-members-below-300", breaks="FCR-CREATE-MAX-MEMBERS-MAXIMUM-ACCEPT")
class MaxMembersBelow300(ServerBehavior):
    """Rejects a max_members of 300."""

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        return (0, 299) if member.path == "fabric.max_members" else super().integer_bounds(member, value_type)


@fault("max-members-301", breaks="FCR-CREATE-MAX-MEMBERS-MAXIMUM")
class MaxMembers301(ServerBehavior):
    """Accepts a max_members of 301."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        over = member.path == "fabric.max_members" and value == 301
        return 300 if over else super().validate_value(member, value)


@fault("max-members-negative", breaks="FCR-CREATE-MAX-MEMBERS-MINIMUM")
class MaxMembersNegative(ServerBehavior):
    """Accepts a max_members of -1 and stores 300."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        all_ = member.path == "fabric.max_members" and value == -1
        return 300 if all_ else super().validate_value(member, value)


@fault("max-members-clamped", breaks=("FCR-CREATE-MAX-MEMBERS-MAXIMUM", "FCR-CREATE-MAX-MEMBERS-MINIMUM"))
class MaxMembersClamped(ServerBehavior):
    """Accepts a max_members out of range and stores the nearest bound."""

    def require_integer(self, member: RequestMember, value: object) -> int:
        number = super().require_integer(member, value)
        return min(max(number, 0), 300) if member.path == "fabric.max_members" else number


@fault("remove-after-below-200000", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MAXIMUM-ACCEPT")
class RemoveAfterBelow(ServerBehavior):
    """Rejects a remove_after_seconds_elapsed of more than 86400."""

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        day = member.path == "fabric.remove_after_seconds_elapsed"
        return (0, 86_400) if day else super().integer_bounds(member, value_type)


@fault("remove-after-unlimited", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MAXIMUM")
class RemoveAfterUnlimited(ServerBehavior):
    """Accepts a remove_after_seconds_elapsed of more than 200000."""

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        endless = member.path == "fabric.remove_after_seconds_elapsed"
        return (0, 2**31 - 1) if endless else super().integer_bounds(member, value_type)


@fault("remove-after-zero-rejected", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MINIMUM-ACCEPT")
class RemoveAfterZero(ServerBehavior):
    """Rejects a remove_after_seconds_elapsed of 0."""

    def validate_integer(self, member: RequestMember, value_type: IntegerType, value: object) -> int:
        number = super().validate_integer(member, value_type, value)
        if member.path == "fabric.remove_after_seconds_elapsed" and not number:
            raise invalid_value("invalid_parameter", "Must be greater than 0")
        return number


@fault("remove-after-negative", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MINIMUM")
class RemoveAfterNegative(ServerBehavior):
    """Accepts a negative remove_after_seconds_elapsed."""

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        minimum, maximum = super().integer_bounds(member, value_type)
        negative = member.path == "fabric.remove_after_seconds_elapsed"
        return (-maximum if negative else minimum), maximum


@fault("max-members-from-two", breaks="FCR-CREATE-MAX-MEMBERS-ONE")
class MaxMembersFromTwo(ServerBehavior):
    """Rejects a max_members of less than 2."""

    def integer_bounds(self, member: RequestMember, value_type: IntegerType) -> tuple[int, int]:
        return (2, 300) if member.path == "fabric.max_members" else super().integer_bounds(member, value_type)
