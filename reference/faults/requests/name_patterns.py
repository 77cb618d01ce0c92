"""Patterns of names and colours, matched in part, in another dialect, or not at all."""

import re
import unicodedata

from reference.api.behavior import Rules
from reference.api.request_models import Member, Text
from reference.faults.fault import fault


class _Names(Rules):
    """Rules that match the names of conferences apart from everything else."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        if member.path == "video.name":
            return self.name_matches(text)
        return super().matches(member, kind, text)

    def name_matches(self, text: str) -> bool:
        return re.fullmatch("[A-Za-z0-9_-]+", text) is not None


@fault("name-pattern-unchecked", breaks="VC-CREATE-NAME-PATTERN")
class NameUnchecked(_Names):
    """A name may hold any characters."""

    def name_matches(self, text: str) -> bool:
        return True


@fault("name-pattern-searched", breaks="VC-CREATE-NAME-PATTERN")
class NameSearched(_Names):
    """A name will do if any part of it matches."""

    def name_matches(self, text: str) -> bool:
        return re.search("[A-Za-z0-9_-]+", text) is not None


@fault("name-pattern-matched-at-start", breaks="VC-CREATE-NAME-PATTERN")
class NameMatchedAtStart(_Names):
    """A name will do if it begins well."""

    def name_matches(self, text: str) -> bool:
        return re.match("[A-Za-z0-9_-]+", text) is not None


@fault("name-pattern-dollar-before-newline", breaks="VC-CREATE-NAME-PATTERN")
class NameDollar(_Names):
    """A name may end in a line break, because the dollar sign of Python stands before one."""

    def name_matches(self, text: str) -> bool:
        return re.match("^[A-Za-z0-9_-]+$", text) is not None


@fault("name-pattern-any-line", breaks="VC-CREATE-NAME-PATTERN")
class NameAnyLine(_Names):
    """A name will do if one of its lines matches, because the anchors of Ruby stand at each line."""

    def name_matches(self, text: str) -> bool:
        return re.search("^[A-Za-z0-9_-]+$", text, re.MULTILINE) is not None


@fault("name-pattern-unicode-letters", breaks="VC-CREATE-NAME-PATTERN")
class NameUnicodeLetters(_Names):
    r"""A name may hold letters of any script, because \w does."""

    def name_matches(self, text: str) -> bool:
        return re.fullmatch(r"[\w-]+", text) is not None


@fault("name-pattern-unicode-digits", breaks="VC-CREATE-NAME-PATTERN")
class NameUnicodeDigits(_Names):
    r"""A name may hold digits of any script, because \d does."""

    def name_matches(self, text: str) -> bool:
        return re.fullmatch(r"[A-Za-z\d_-]+", text) is not None


@fault("name-pattern-capital-a-to-small-z", breaks="VC-CREATE-NAME-PATTERN")
class NameCapitalAToSmallZ(_Names):
    """A name may hold brackets, carets and grave accents, because A-z does."""

    def name_matches(self, text: str) -> bool:
        return re.fullmatch(r"[A-z0-9_-]+", text) is not None


@fault("name-pattern-underscore-to-dot", breaks="VC-CREATE-NAME-PATTERN")
class NameUnquotedHyphen(_Names):
    """A name may hold dots and slashes, because a hyphen in the class makes a range."""

    def name_matches(self, text: str) -> bool:
        return re.fullmatch("[A-Za-z0-9+-_]+", text) is not None


@fault("name-may-hold-spaces", breaks="VC-CREATE-NAME-PATTERN")
class NameMayHoldSpaces(_Names):
    """A name may hold spaces."""

    def name_matches(self, text: str) -> bool:
        return re.fullmatch("[A-Za-z0-9_ -]+", text) is not None


@fault("name-trimmed-before-matched", breaks="VC-CREATE-NAME-PATTERN")
class NameTrimmed(Rules):
    """A name is accepted with blanks around it, which are taken away."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        return text.strip() if member.path == "video.name" else text


@fault("name-made-to-fit", breaks="VC-CREATE-NAME-PATTERN")
class NameMadeToFit(Rules):
    """A name has its forbidden characters replaced in place of being refused."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        return re.sub("[^A-Za-z0-9_-]", "-", text) if member.path == "video.name" else text


@fault("name-empty-taken-as-missing", breaks="VC-CREATE-NAME-PATTERN")
class NameEmpty(Rules):
    """An empty name is accepted, and one is made in its place."""

    def value(self, member: Member, value: object) -> object:
        return None if member.path == "video.name" and value == "" else super().value(member, value)


@fault("name-must-begin-with-letter", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameBeginsWithLetter(_Names):
    """A name must begin with a letter, like an identifier."""

    def name_matches(self, text: str) -> bool:
        return text[:1].isalpha() and super().name_matches(text)


@fault("name-must-not-end-with-hyphen", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameEndsWithHyphen(_Names):
    """A name must not begin or end with a hyphen, like a label of a host name."""

    def name_matches(self, text: str) -> bool:
        hyphen = text != text.strip("-")
        return not hyphen and super().name_matches(text)


@fault("name-capitals-refused", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameCapitals(_Names):
    """A name must not hold capital letters."""

    def name_matches(self, text: str) -> bool:
        capital = text != text.lower()
        return not capital and super().name_matches(text)


@fault("name-underscore-refused", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameUnderscore(_Names):
    """A name must not hold underscores."""

    def name_matches(self, text: str) -> bool:
        underscore = "_" in text
        return not underscore and super().name_matches(text)


@fault("name-digits-alone-refused", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameDigitsAlone(_Names):
    """A name of digits alone is refused, lest it be taken for an id."""

    def name_matches(self, text: str) -> bool:
        digits = text.isdigit()
        return not digits and super().name_matches(text)


@fault("name-one-character-refused", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NameOneCharacter(_Names):
    """A name must have at least two characters."""

    def name_matches(self, text: str) -> bool:
        short = len(text) == 1
        return not short and super().name_matches(text)


@fault("name-ends-in-a-carriage-return", breaks="VC-CREATE-NAME-PATTERN")
class NameEndsInCarriageReturn(Rules):
    """A name may end in a carriage return or a line separator."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        return super().matches(member, kind, text.rstrip("\r\u2028") if member.path == "video.name" else text)


@fault("name-kelvin", breaks="VC-CREATE-NAME-PATTERN")
class NameKelvin(Rules):
    """Letters whose other case is an ASCII letter are let through in a name."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        plain = text.replace("\u212a", "k").replace("\u017f", "s")
        return super().matches(member, kind, plain if member.path == "video.name" else text)


@fault("name-combining-marks", breaks="VC-CREATE-NAME-PATTERN")
class NameCombiningMarks(Rules):
    """A name may have marks that combine with its letters."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        plain = "".join(each for each in text if not unicodedata.combining(each))
        return super().matches(member, kind, plain if member.path == "video.name" else text)


@fault("name-zero-width", breaks="VC-CREATE-NAME-PATTERN")
class NameZeroWidth(Rules):
    """Zero-width spaces in a name are not seen."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        seen = text.replace("\u200b", "")
        return super().matches(member, kind, seen if member.path == "video.name" else text)


@fault("name-percent-encoded", breaks="VC-CREATE-NAME-PATTERN")
class NamePercentEncoded(Rules):
    """A name may hold percent-encoded characters."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        seen = re.sub("%[0-9A-Fa-f]{2}", "-", text)
        return super().matches(member, kind, seen if member.path == "video.name" else text)
