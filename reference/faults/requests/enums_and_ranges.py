"""Words of an enumeration that are missing, and words that are no part of one; bounds of numbers."""

from reference.api.behavior import Rules
from reference.api.request_models import Choice, Member, Whole
from reference.api.validation import no
from reference.faults.fault import fault


class _Words(Rules):
    """Rules that read the words of one member in their own way."""

    path = ""

    def choice(self, member: Member, kind: Choice, value: object) -> str:
        own = member.path == self.path and isinstance(value, str)
        return super().choice(member, kind, self.word(kind, str(value)) if own else value)

    def word(self, kind: Choice, word: str) -> str:
        return word


@fault("quality-without-1080p", breaks="VC-CREATE-QUALITY-ENUM-ACCEPT")
class QualityWithout1080p(Rules):
    """Quality does not take 1080p."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        return ("720p",) if member.path == "video.quality" else super().options(member, kind)


@fault("layout-without-mobile", breaks="VC-CREATE-LAYOUT-ENUM-ACCEPT")
class LayoutWithoutMobile(Rules):
    """Layout does not take grid-responsive-mobile."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        options = super().options(member, kind)
        refused = "grid-responsive-mobile" if member.path == "video.layout" else ""
        return tuple(word for word in options if word != refused)


@fault("layout-without-5up", breaks="VC-CREATE-LAYOUT-ENUM-ACCEPT")
class LayoutWithout5up(Rules):
    """Layout does not take 5up."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        options = super().options(member, kind)
        return tuple(word for word in options if word != "5up" or member.path != "video.layout")


@fault("layout-without-largest", breaks="VC-CREATE-LAYOUT-ENUM-ACCEPT")
class LayoutWithoutLargest(Rules):
    """Layout does not take the last word of its list, 10x10."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        options = super().options(member, kind)
        return options[:-1] if member.path == "video.layout" else options


@fault("size-without-small", breaks="VC-CREATE-SIZE-ENUM-ACCEPT")
class SizeWithoutSmall(Rules):
    """Size does not take small."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        return ("medium", "large") if member.path == "video.size" else super().options(member, kind)


@fault("layout-unchecked", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutUnchecked(Rules):
    """Layout takes any word; one that is unknown becomes the default."""

    def choice(self, member: Member, kind: Choice, value: object) -> str:
        unknown = member.path == "video.layout" and isinstance(value, str) and value not in kind.options
        return member.default if unknown else super().choice(member, kind, value)


@fault("layout-without-letter-case", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutCase(_Words):
    """Layout takes its words in capitals too."""

    path = "video.layout"

    def word(self, kind: Choice, word: str) -> str:
        return word.lower()


@fault("quality-in-capitals", breaks="VC-CREATE-QUALITY-ENUM")
class QualityCase(_Words):
    """Quality takes 720P."""

    path = "video.quality"

    def word(self, kind: Choice, word: str) -> str:
        return word.lower()


@fault("quality-by-beginning", breaks="VC-CREATE-QUALITY-ENUM")
class QualityByBeginning(_Words):
    """Quality takes the beginning of a word, such as 720."""

    path = "video.quality"

    def word(self, kind: Choice, word: str) -> str:
        return next((option for option in kind.options if word and option.startswith(word)), word)


@fault("quality-before-a-line-break", breaks="VC-CREATE-QUALITY-ENUM")
class QualityBeforeALineBreak(_Words):
    """Quality may end in a line break."""

    path = "video.quality"

    def word(self, kind: Choice, word: str) -> str:
        return word.removesuffix("\n")


@fault("quality-interlaced", breaks="VC-CREATE-QUALITY-ENUM")
class QualityInterlaced(_Words):
    """Quality takes interlaced formats for progressive ones, 1080i for 1080p."""

    path = "video.quality"

    def word(self, kind: Choice, word: str) -> str:
        return f"{word[:-1]}p" if word.endswith("i") else word


@fault("layout-in-snake-case", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutInSnakeCase(_Words):
    """Layout takes underscores for hyphens."""

    path = "video.layout"

    def word(self, kind: Choice, word: str) -> str:
        return word.replace("_", "-")


@fault("quality-longer-word", breaks="VC-CREATE-QUALITY-ENUM")
class QualityLongerWord(_Words):
    """Quality takes anything that begins with one of its words."""

    path = "video.quality"

    def word(self, kind: Choice, word: str) -> str:
        return next((option for option in kind.options if word.startswith(option)), word)


@fault("size-trimmed", breaks="VC-CREATE-SIZE-ENUM")
class SizeTrimmed(_Words):
    """Size takes its words with blanks around them."""

    path = "video.size"

    def word(self, kind: Choice, word: str) -> str:
        return word.strip()


@fault("size-empty-is-default", breaks="VC-CREATE-SIZE-ENUM")
class SizeEmpty(_Words):
    """An empty size becomes the default."""

    path = "video.size"

    def word(self, kind: Choice, word: str) -> str:
        return word or "medium"


@fault("size-unknown-is-default", breaks="VC-CREATE-SIZE-ENUM")
class SizeUnknown(_Words):
    """An unknown size becomes the default."""

    path = "video.size"

    def word(self, kind: Choice, word: str) -> str:
        return word if word in kind.options else "medium"


@fault("room-quality-unchecked", breaks="FCR-CREATE-QUALITY-ENUM")
class RoomQualityUnchecked(_Words):
    """An unknown quality of a room becomes the default."""

    path = "fabric.quality"

    def word(self, kind: Choice, word: str) -> str:
        return word if word in kind.options else "720p"


@fault("room-layout-without-letter-case", breaks="FCR-CREATE-LAYOUT-ENUM")
class RoomLayoutCase(_Words):
    """Layout of a room takes its words in capitals too."""

    path = "fabric.layout"

    def word(self, kind: Choice, word: str) -> str:
        return word.lower()


@fault("room-layout-empty-is-default", breaks="FCR-CREATE-LAYOUT-ENUM")
class RoomLayoutEmpty(_Words):
    """An empty layout of a room becomes the default."""

    path = "fabric.layout"

    def word(self, kind: Choice, word: str) -> str:
        return word or "grid-responsive"


@fault("room-layout-without-highlight", breaks="FCR-CREATE-LAYOUT-ENUM-ACCEPT")
class RoomLayoutWithoutHighlight(Rules):
    """Layout of a room does not take highlight-1-responsive."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        options = super().options(member, kind)
        refused = "highlight-1-responsive" if member.path == "fabric.layout" else ""
        return tuple(word for word in options if word != refused)


@fault("room-quality-without-1080p", breaks="FCR-CREATE-QUALITY-ENUM-ACCEPT")
class RoomQualityWithout1080p(Rules):
    """Quality of a room does not take 1080p."""

    def options(self, member: Member, kind: Choice) -> tuple[str, ...]:
        return ("720p",) if member.path == "fabric.quality" else super().options(member, kind)


@fault("max-members-below-300", breaks="FCR-CREATE-MAX-MEMBERS-MAXIMUM-ACCEPT")
class MaxMembersBelow300(Rules):
    """max_members must be below 300, where it may be 300."""

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        return (0, 299) if member.path == "fabric.max_members" else super().bounds(member, kind)


@fault("max-members-301", breaks="FCR-CREATE-MAX-MEMBERS-MAXIMUM")
class MaxMembers301(Rules):
    """max_members may be 301."""

    def value(self, member: Member, value: object) -> object:
        over = member.path == "fabric.max_members" and value == 301
        return 300 if over else super().value(member, value)


@fault("max-members-negative", breaks="FCR-CREATE-MAX-MEMBERS-MINIMUM")
class MaxMembersNegative(Rules):
    """max_members may be -1, for as many as like."""

    def value(self, member: Member, value: object) -> object:
        all_ = member.path == "fabric.max_members" and value == -1
        return 300 if all_ else super().value(member, value)


@fault("max-members-clamped", breaks=("FCR-CREATE-MAX-MEMBERS-MAXIMUM", "FCR-CREATE-MAX-MEMBERS-MINIMUM"))
class MaxMembersClamped(Rules):
    """max_members is moved to the nearest bound in place of being refused."""

    def integer(self, member: Member, value: object) -> int:
        number = super().integer(member, value)
        return min(max(number, 0), 300) if member.path == "fabric.max_members" else number


@fault("remove-after-below-200000", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MAXIMUM-ACCEPT")
class RemoveAfterBelow(Rules):
    """remove_after_seconds_elapsed may be a day at most."""

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        day = member.path == "fabric.remove_after_seconds_elapsed"
        return (0, 86_400) if day else super().bounds(member, kind)


@fault("remove-after-unlimited", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MAXIMUM")
class RemoveAfterUnlimited(Rules):
    """remove_after_seconds_elapsed may be as large as it likes."""

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        endless = member.path == "fabric.remove_after_seconds_elapsed"
        return (0, 2**31 - 1) if endless else super().bounds(member, kind)


@fault("remove-after-nought-refused", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MINIMUM-ACCEPT")
class RemoveAfterNought(Rules):
    """remove_after_seconds_elapsed must not be 0."""

    def whole(self, member: Member, kind: Whole, value: object) -> int:
        number = super().whole(member, kind, value)
        if member.path == "fabric.remove_after_seconds_elapsed" and not number:
            raise no("invalid_parameter", "Must be greater than 0")
        return number


@fault("remove-after-negative", breaks="FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MINIMUM")
class RemoveAfterNegative(Rules):
    """remove_after_seconds_elapsed may be below 0."""

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        minimum, maximum = super().bounds(member, kind)
        negative = member.path == "fabric.remove_after_seconds_elapsed"
        return (-maximum if negative else minimum), maximum


@fault("max-members-from-two", breaks="FCR-CREATE-MAX-MEMBERS-ONE")
class MaxMembersFromTwo(Rules):
    """max_members must be at least 2."""

    def bounds(self, member: Member, kind: Whole) -> tuple[int, int]:
        return (2, 300) if member.path == "fabric.max_members" else super().bounds(member, kind)
