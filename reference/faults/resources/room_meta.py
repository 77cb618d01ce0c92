"""Faults that change texts and levels in the meta of a room."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.request_models import RequestMember
from reference.faults.fault import fault

_MAX_LEVELS = 4
_MAX_LENGTH = 255
_BOOLEANS = {"true": True, "false": False}


class _ModifiedMetaValues(ServerBehavior):
    """Base of faults that change the values in the stored meta of a room."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        if member.path == "fabric.meta" and isinstance(value, dict):
            return self.modify(value, 1)
        return super().stored_value(member, value)

    def modify(self, value: Any, level: int) -> Any:
        if isinstance(value, dict):
            return {name: self.modify(item, level + 1) for name, item in value.items()}
        if isinstance(value, list):
            return [self.modify(item, level) for item in value]
        return self.modify_scalar(value)

    def modify_scalar(self, value: Any) -> Any:
        return value


@fault("room-meta-deep-levels-lost", breaks="FCR-CREATE-META-ECHO")
class DeepLevelsLost(_ModifiedMetaValues):
    """Stores null for objects below the fourth level of the meta of a room."""

    def modify(self, value: Any, level: int) -> Any:
        return None if level > _MAX_LEVELS and isinstance(value, dict) else super().modify(value, level)


@fault("room-meta-word-true-is-boolean", breaks="FCR-CREATE-META-ECHO")
class WordTrueIsBoolean(_ModifiedMetaValues):
    """Stores a boolean for the texts true and false in the meta of a room."""

    def modify_scalar(self, value: Any) -> Any:
        return _BOOLEANS.get(value, value) if isinstance(value, str) else value


@fault("room-meta-texts-cut-at-255", breaks="FCR-CREATE-META-ECHO")
class LongTextsTruncated(_ModifiedMetaValues):
    """Truncates texts in the meta of a room to 255 characters."""

    def modify_scalar(self, value: Any) -> Any:
        return value[:_MAX_LENGTH] if isinstance(value, str) else value


@fault("room-meta-texts-trimmed", breaks="FCR-CREATE-META-ECHO")
class TextsTrimmed(_ModifiedMetaValues):
    """Strips whitespace around texts in the meta of a room."""

    def modify_scalar(self, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value


@fault("room-meta-fractions-rounded", breaks="FCR-CREATE-META-ECHO")
class FractionsRounded(_ModifiedMetaValues):
    """Rounds fractions in the meta of a room to two digits."""

    def modify_scalar(self, value: Any) -> Any:
        return round(value, 2) if isinstance(value, float) else value
