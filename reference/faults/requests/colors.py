"""Faults in the validation of colors."""

import re

from reference.api.behavior import ServerBehavior
from reference.api.request_models import RequestMember, StringType
from reference.faults.fault import fault


@fault("dark-primary-short-form", breaks="VC-CREATE-DARK-PRIMARY-PATTERN")
class DarkPrimaryShort(ServerBehavior):
    """Accepts a dark_primary with three hexadecimal digits."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        short = member.path == "video.dark_primary" and re.fullmatch("#[0-9a-fA-F]{3}", text)
        return bool(short) or super().matches_pattern(member, value_type, text)


@fault("light-negative-with-alpha", breaks="VC-CREATE-LIGHT-NEGATIVE-PATTERN")
class LightNegativeAlpha(ServerBehavior):
    """Accepts a light_negative with two extra digits for the alpha channel."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        alpha = member.path == "video.light_negative" and re.fullmatch("#[0-9a-fA-F]{8}", text)
        return bool(alpha) or super().matches_pattern(member, value_type, text)


@fault("dark-success-without-hash", breaks="VC-CREATE-DARK-SUCCESS-PATTERN")
class DarkSuccessWithoutHash(ServerBehavior):
    """Accepts a dark_success without the number sign."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        bare = member.path == "video.dark_success" and re.fullmatch("[0-9a-fA-F]{6}", text)
        return bool(bare) or super().matches_pattern(member, value_type, text)


@fault("light-background-by-word", breaks="VC-CREATE-LIGHT-BACKGROUND-PATTERN")
class LightBackgroundByWord(ServerBehavior):
    """Accepts a color name such as red for light_background."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        name = member.path == "video.light_background" and re.fullmatch("[a-z]+", text)
        return bool(name) or super().matches_pattern(member, value_type, text)


@fault("light-primary-by-function", breaks="VC-CREATE-LIGHT-PRIMARY-PATTERN")
class LightPrimaryByFunction(ServerBehavior):
    """Accepts a light_primary in the form rgb(1,2,3)."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        function = member.path == "video.light_primary" and re.fullmatch(r"rgb\([0-9, ]+\)", text)
        return bool(function) or super().matches_pattern(member, value_type, text)


@fault("dark-background-any-letters", breaks="VC-CREATE-DARK-BACKGROUND-PATTERN")
class DarkBackgroundAnyLetters(ServerBehavior):
    """Accepts any six letters or digits after the number sign of dark_background."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        letters = member.path == "video.dark_background" and re.fullmatch("#[0-9a-zA-Z]{6}", text)
        return bool(letters) or super().matches_pattern(member, value_type, text)


@fault("light-background-with-four-digits", breaks="VC-CREATE-LIGHT-BACKGROUND-PATTERN")
class LightBackgroundWithFourDigits(ServerBehavior):
    """Accepts a light_background of four digits, the last one for the opacity."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        short = member.path == "video.light_background" and re.fullmatch("#[0-9a-fA-F]{4}", text)
        return bool(short) or super().matches_pattern(member, value_type, text)


@fault("light-success-dollar-before-newline", breaks="VC-CREATE-LIGHT-SUCCESS-PATTERN")
class LightSuccessDollar(ServerBehavior):
    """Accepts a light_success that ends with a line feed."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        newline = member.path == "video.light_success" and re.match("^#[0-9a-fA-F]{6}$", text)
        return bool(newline) or super().matches_pattern(member, value_type, text)


@fault("dark-negative-dollar-before-newline", breaks="VC-CREATE-DARK-NEGATIVE-PATTERN")
class DarkNegativeDollar(ServerBehavior):
    """Accepts a dark_negative that ends with a line feed."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        newline = member.path == "video.dark_negative" and re.match("^#[0-9a-fA-F]{6}$", text)
        return bool(newline) or super().matches_pattern(member, value_type, text)


@fault("light-foreground-trimmed", breaks="VC-CREATE-LIGHT-FOREGROUND-PATTERN")
class LightForegroundTrimmed(ServerBehavior):
    """Accepts and strips whitespace around light_foreground."""

    def require_string(self, member: RequestMember, value: object) -> str:
        text = super().require_string(member, value)
        return text.strip() if member.path == "video.light_foreground" else text


@fault("light-success-unchecked", breaks="VC-CREATE-LIGHT-SUCCESS-PATTERN")
class LightSuccessUnchecked(ServerBehavior):
    """Accepts any string for light_success."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        return member.path == "video.light_success" or super().matches_pattern(member, value_type, text)


@fault("dark-foreground-empty-clears", breaks="VC-CREATE-DARK-FOREGROUND-PATTERN")
class DarkForegroundEmpty(ServerBehavior):
    """Accepts an empty dark_foreground and stores null."""

    def validate_value(self, member: RequestMember, value: object) -> object:
        empty = member.path == "video.dark_foreground" and value == ""
        return None if empty else super().validate_value(member, value)


@fault("dark-foreground-lowercase-rejected", breaks="VC-CREATE-DARK-FOREGROUND-PATTERN-ACCEPT")
class DarkForegroundLowercase(ServerBehavior):
    """Rejects a dark_foreground with lowercase letters."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        small = member.path == "video.dark_foreground" and text != text.upper()
        return not small and super().matches_pattern(member, value_type, text)


@fault("light-background-uppercase-rejected", breaks="VC-CREATE-LIGHT-BACKGROUND-PATTERN-ACCEPT")
class LightBackgroundUppercase(ServerBehavior):
    """Rejects a light_background with uppercase letters."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        capital = member.path == "video.light_background" and text != text.lower()
        return not capital and super().matches_pattern(member, value_type, text)


@fault("light-primary-digits-alone-rejected", breaks="VC-CREATE-LIGHT-PRIMARY-PATTERN-ACCEPT")
class LightPrimaryDigits(ServerBehavior):
    """Rejects a light_primary without a letter."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        digits = member.path == "video.light_primary" and text[1:].isdigit()
        return not digits and super().matches_pattern(member, value_type, text)


@fault("dark-success-shifted", breaks="VC-CREATE-DARK-SUCCESS-ECHO")
class DarkSuccessShifted(ServerBehavior):
    """Swaps the red and blue components of dark_success."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path != "video.dark_success" or not isinstance(value, str):
            return super().stored_value(member, value)
        return "#" + value[5:7] + value[3:5] + value[1:3]
