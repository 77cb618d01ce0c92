"""Faults in the validation of the characters of names."""

import re
import unicodedata

from reference.api.behavior import ServerBehavior
from reference.api.request_models import RequestMember, StringType
from reference.faults.fault import fault


class _NamePattern(ServerBehavior):
    """Base of faults in the pattern of conference names."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        if member.path == "video.name":
            return self.matches_name(text)
        return super().matches_pattern(member, value_type, text)

    def matches_name(self, text: str) -> bool:
        return re.fullmatch("[A-Za-z0-9_-]+", text) is not None


@fault("name-pattern-unchecked", breaks="VC-CREATE-NAME-PATTERN")
class NameUnchecked(_NamePattern):
    """Accepts any characters in a name."""

    def matches_name(self, text: str) -> bool:
        return True


@fault("name-pattern-searched", breaks="VC-CREATE-NAME-PATTERN")
class NameSearched(_NamePattern):
    """Accepts a name in which any part matches the pattern."""

    def matches_name(self, text: str) -> bool:
        return re.search("[A-Za-z0-9_-]+", text) is not None


@fault("name-pattern-matched-at-start", breaks="VC-CREATE-NAME-PATTERN")
class NameMatchedAtStart(_NamePattern):
    """Accepts a name in which only the beginning matches the pattern."""

    def matches_name(self, text: str) -> bool:
        return re.match("[A-Za-z0-9_-]+", text) is not None


@fault("name-pattern-dollar-before-newline", breaks="VC-CREATE-NAME-PATTERN")
class NameDollar(_NamePattern):
    """Accepts a name that ends with a line feed."""

    def matches_name(self, text: str) -> bool:
        return re.match("^[A-Za-z0-9_-]+$", text) is not None


@fault("name-pattern-any-line", breaks="VC-CREATE-NAME-PATTERN")
class NameAnyLine(_NamePattern):
    """Accepts a name with several lines when one of them matches the pattern."""

    def matches_name(self, text: str) -> bool:
        return re.search("^[A-Za-z0-9_-]+$", text, re.MULTILINE) is not None


@fault("name-pattern-unicode-letters", breaks="VC-CREATE-NAME-PATTERN")
class NameUnicodeLetters(_NamePattern):
    """Accepts letters of any script in a name."""

    def matches_name(self, text: str) -> bool:
        return re.fullmatch(r"[\w-]+", text) is not None


@fault("name-pattern-unicode-digits", breaks="VC-CREATE-NAME-PATTERN")
class NameUnicodeDigits(_NamePattern):
    """Accepts digits of any script in a name."""

    def matches_name(self, text: str) -> bool:
        return re.fullmatch(r"[A-Za-z\d_-]+", text) is not None


@fault("name-pattern-capital-a-to-small-z", breaks="VC-CREATE-NAME-PATTERN")
class NameUppercaseAToLowercaseZ(_NamePattern):
    """Accepts brackets, carets and grave accents in a name, because the pattern uses A-z."""

    def matches_name(self, text: str) -> bool:
        return re.fullmatch(r"[A-z0-9_-]+", text) is not None


@fault("name-pattern-underscore-to-dot", breaks="VC-CREATE-NAME-PATTERN")
class NameUnquotedHyphen(_NamePattern):
    """Accepts dots and slashes in a name, because an unescaped hyphen forms a range."""

    def matches_name(self, text: str) -> bool:
        return re.fullmatch("[A-Za-z0-9+-_]+", text) is not None


@fault("name-may-hold-spaces", breaks="VC-CREATE-NAME-PATTERN")
class NameMayHoldSpaces(_NamePattern):
    """Accepts spaces in a name."""

    def matches_name(self, text: str) -> bool:
        return re.fullmatch("[A-Za-z0-9_ -]+", text) is not None


@fault("name-trimmed-before-matched", breaks="VC-CREATE-NAME-PATTERN")
class NameTrimmed(ServerBehavior):
    """Accepts and strips whitespace around a name."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        return text.strip() if member.path == "video.name" else text


@fault("name-invalid-characters-replaced", breaks="VC-CREATE-NAME-PATTERN")
class NameSanitized(ServerBehavior):
    """Accepts a name with invalid characters and replaces them with hyphens."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        return re.sub("[^A-Za-z0-9_-]", "-", text) if member.path == "video.name" else text


@fault("name-empty-as-missing", breaks="VC-CREATE-NAME-PATTERN")
class NameEmpty(ServerBehavior):
    """Accepts an empty name and generates one."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        return None if member.path == "video.name" and value == "" else super().validate_value(member, value)


@fault("name-must-begin-with-letter", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameBeginsWithLetter(_NamePattern):
    """Rejects a name that does not begin with a letter."""

    def matches_name(self, text: str) -> bool:
        return text[:1].isalpha() and super().matches_name(text)


@fault("name-must-not-end-with-hyphen", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameEndsWithHyphen(_NamePattern):
    """Rejects a name that begins or ends with a hyphen."""

    def matches_name(self, text: str) -> bool:
        hyphen = text != text.strip("-")
        return not hyphen and super().matches_name(text)


@fault("name-uppercase-rejected", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameUppercase(_NamePattern):
    """Rejects uppercase letters in a name."""

    def matches_name(self, text: str) -> bool:
        capital = text != text.lower()
        return not capital and super().matches_name(text)


@fault("name-underscore-rejected", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameUnderscore(_NamePattern):
    """Rejects underscores in a name."""

    def matches_name(self, text: str) -> bool:
        underscore = "_" in text
        return not underscore and super().matches_name(text)


@fault("name-digits-alone-rejected", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameDigitsAlone(_NamePattern):
    """Rejects a name that consists of digits only."""

    def matches_name(self, text: str) -> bool:
        digits = text.isdigit()
        return not digits and super().matches_name(text)


@fault("name-one-character-rejected", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameOneCharacter(_NamePattern):
    """Rejects a name of one character."""

    def matches_name(self, text: str) -> bool:
        short = len(text) == 1
        return not short and super().matches_name(text)


@fault("name-ends-in-a-carriage-return", breaks="VC-CREATE-NAME-PATTERN")
class NameEndsInCarriageReturn(ServerBehavior):
    """Accepts a name that ends with a carriage return or a line separator."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        return super().matches_pattern(
            member, value_type, text.rstrip("\r\u2028") if member.path == "video.name" else text
        )


@fault("name-kelvin", breaks="VC-CREATE-NAME-PATTERN")
class NameKelvin(ServerBehavior):
    """Accepts the Kelvin sign and the long s in a name, because they fold to ASCII letters."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        plain = text.replace("\u212a", "k").replace("\u017f", "s")
        return super().matches_pattern(member, value_type, plain if member.path == "video.name" else text)


@fault("name-combining-marks", breaks="VC-CREATE-NAME-PATTERN")
class NameCombiningMarks(ServerBehavior):
    """Accepts combining marks in a name."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        plain = "".join(character for character in text if not unicodedata.combining(character))
        return super().matches_pattern(member, value_type, plain if member.path == "video.name" else text)


@fault("name-zero-width", breaks="VC-CREATE-NAME-PATTERN")
class NameZeroWidth(ServerBehavior):
    """Accepts zero-width spaces in a name."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        visible = text.replace("\u200b", "")
        return super().matches_pattern(member, value_type, visible if member.path == "video.name" else text)


@fault("name-percent-encoded", breaks="VC-CREATE-NAME-PATTERN")
class NamePercentEncoded(ServerBehavior):
    """Accepts percent-encoded characters in a name."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        visible = re.sub("%[0-9A-Fa-f]{2}", "-", text)
        return super().matches_pattern(member, value_type, visible if member.path == "video.name" else text)
