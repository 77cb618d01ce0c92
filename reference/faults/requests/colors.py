"""Colours that are refused although they are some, and accepted although they are none."""

import re

from reference.api.behavior import Rules
from reference.api.request_models import Member, Text
from reference.faults.fault import fault


@fault("dark-primary-short-form", breaks="VC-CREATE-DARK-PRIMARY-PATTERN")
class DarkPrimaryShort(Rules):
    """dark_primary may be three digits long."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        short = member.path == "video.dark_primary" and re.fullmatch("#[0-9a-fA-F]{3}", text)
        return bool(short) or super().matches(member, kind, text)


@fault("light-negative-with-alpha", breaks="VC-CREATE-LIGHT-NEGATIVE-PATTERN")
class LightNegativeAlpha(Rules):
    """light_negative may have two digits more, for how much shines through."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        alpha = member.path == "video.light_negative" and re.fullmatch("#[0-9a-fA-F]{8}", text)
        return bool(alpha) or super().matches(member, kind, text)


@fault("dark-success-without-hash", breaks="VC-CREATE-DARK-SUCCESS-PATTERN")
class DarkSuccessWithoutHash(Rules):
    """dark_success may lack its hash sign."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        bare = member.path == "video.dark_success" and re.fullmatch("[0-9a-fA-F]{6}", text)
        return bool(bare) or super().matches(member, kind, text)


@fault("light-background-by-word", breaks="VC-CREATE-LIGHT-BACKGROUND-PATTERN")
class LightBackgroundByWord(Rules):
    """light_background may be a word, such as red."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        word = member.path == "video.light_background" and re.fullmatch("[a-z]+", text)
        return bool(word) or super().matches(member, kind, text)


@fault("light-primary-by-function", breaks="VC-CREATE-LIGHT-PRIMARY-PATTERN")
class LightPrimaryByFunction(Rules):
    """light_primary may be written as rgb(1,2,3)."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        function = member.path == "video.light_primary" and re.fullmatch(r"rgb\([0-9, ]+\)", text)
        return bool(function) or super().matches(member, kind, text)


@fault("dark-background-any-letters", breaks="VC-CREATE-DARK-BACKGROUND-PATTERN")
class DarkBackgroundAnyLetters(Rules):
    """dark_background may be a hash sign and any six letters or digits."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        letters = member.path == "video.dark_background" and re.fullmatch("#[0-9a-zA-Z]{6}", text)
        return bool(letters) or super().matches(member, kind, text)


@fault("dark-negative-dollar-before-newline", breaks="VC-CREATE-DARK-NEGATIVE-PATTERN")
class DarkNegativeDollar(Rules):
    """dark_negative may end in a line break."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        newline = member.path == "video.dark_negative" and re.match("^#[0-9a-fA-F]{6}$", text)
        return bool(newline) or super().matches(member, kind, text)


@fault("light-foreground-trimmed", breaks="VC-CREATE-LIGHT-FOREGROUND-PATTERN")
class LightForegroundTrimmed(Rules):
    """light_foreground may have blanks around it, which are taken away."""

    def string(self, member: Member, value: object) -> str:
        text = super().string(member, value)
        return text.strip() if member.path == "video.light_foreground" else text


@fault("light-success-unchecked", breaks="VC-CREATE-LIGHT-SUCCESS-PATTERN")
class LightSuccessUnchecked(Rules):
    """light_success may be any text."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        return member.path == "video.light_success" or super().matches(member, kind, text)


@fault("dark-foreground-empty-clears", breaks="VC-CREATE-DARK-FOREGROUND-PATTERN")
class DarkForegroundEmpty(Rules):
    """dark_foreground may be empty, which clears it."""

    def value(self, member: Member, value: object) -> object:
        empty = member.path == "video.dark_foreground" and value == ""
        return None if empty else super().value(member, value)


@fault("dark-foreground-small-letters-refused", breaks="VC-CREATE-DARK-FOREGROUND-PATTERN-ACCEPT")
class DarkForegroundSmall(Rules):
    """dark_foreground must not have small letters."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        small = member.path == "video.dark_foreground" and text != text.upper()
        return not small and super().matches(member, kind, text)


@fault("light-background-capitals-refused", breaks="VC-CREATE-LIGHT-BACKGROUND-PATTERN-ACCEPT")
class LightBackgroundCapitals(Rules):
    """light_background must not have capital letters."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        capital = member.path == "video.light_background" and text != text.lower()
        return not capital and super().matches(member, kind, text)


@fault("light-primary-digits-alone-refused", breaks="VC-CREATE-LIGHT-PRIMARY-PATTERN-ACCEPT")
class LightPrimaryDigits(Rules):
    """light_primary must have a letter in it."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        digits = member.path == "video.light_primary" and text[1:].isdigit()
        return not digits and super().matches(member, kind, text)


@fault("dark-success-shifted", breaks="VC-CREATE-DARK-SUCCESS-ECHO")
class DarkSuccessShifted(Rules):
    """dark_success is kept with its red and blue exchanged."""

    def kept(self, member: Member, value: object) -> object:
        if member.path != "video.dark_success" or not isinstance(value, str):
            return super().kept(member, value)
        return "#" + value[5:7] + value[3:5] + value[1:3]
