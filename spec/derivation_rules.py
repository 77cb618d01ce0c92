"""Rules that derive requirements from the schema keywords of request members."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spec.capabilities import Capability
from spec.models import Level
from spec.validation import validation_errors

# Strings that a server gets if it converts a number or a boolean.
_CONVERTED = ("1", "true")


@dataclass(frozen=True)
class SchemaMember:
    """A member of a request."""

    name: str
    schema: Mapping[str, Any] = field(hash=False)
    required: bool
    is_echoed: bool
    """Whether the response has a member of that name."""

    def has(self, keyword: str) -> bool:
        """Return whether the schema has the keyword."""
        return keyword in self.schema

    @property
    def is_date_time(self) -> bool:
        """Whether the member is a date-time."""
        return bool(self.schema.get("format") == "date-time")

    @property
    def is_free_text(self) -> bool:
        """Whether any string is valid, apart from its length."""
        return bool(self.schema["type"] == "string") and not any(map(self.has, ("pattern", "format", "enum")))

    @property
    def is_plain(self) -> bool:
        """Whether every value of the type is valid."""
        return self.schema["type"] in ("boolean", "object")

    @property
    def counts_characters(self) -> bool:
        """Whether the length is limited and every character is allowed."""
        return self.has("maxLength") and not self.has("pattern")

    @property
    def is_convertible(self) -> bool:
        """Whether a value of another type becomes valid by a plain conversion."""
        if self.schema["type"] == "string" and not self.is_date_time:
            return any(not validation_errors(self.schema, text) for text in _CONVERTED)
        return bool(self.schema["type"] != "object")

    @property
    def ignores_case(self) -> bool:
        """Whether the sent and the returned value are compared case-insensitively."""
        return bool(self.schema.get("x-compare") == "case-insensitive")


@dataclass(frozen=True)
class Rule:
    """A kind of requirement, the members it applies to, and its sentence."""

    name: str
    sentence: str
    """With placeholders: {member}, {kind}, {any} or {all} of the enumeration, and the schema keywords."""
    applies: Callable[[SchemaMember], bool]
    level: Level = Level.MUST
    interpretation: str | None = None
    more_sources: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    """Sources in addition to the source of the member."""
    needs: tuple[Capability, ...] = ()
    """Capabilities of the target that the requirement needs."""


def _keyword(keyword: str) -> Callable[[SchemaMember], bool]:
    return lambda member: member.has(keyword)


_DATE_TIMES: Mapping[str, str | None] = {"rfc3339": "section 5.6"}
_VALID_DATES: Mapping[str, str | None] = {"rfc3339": "section 5.7"}
_LENGTHS: Mapping[str, str | None] = {"json-schema": "section 6.3.1"}
_PURPOSE: Mapping[str, str | None] = {"purpose": None}
_STORED = (Capability.STATE,)  # of rules on the value in the response, which is not that of an example

INVALID_VALUE_RULES = (
    "TYPE",
    "TYPE-CONVERTIBLE",
    "NULL",
    "MAXLENGTH",
    "PATTERN",
    "ENUM",
    "FORMAT",
    "FORMAT-IMPOSSIBLE",
    "MINIMUM",
    "MAXIMUM",
)
"""Names of the rules that a request violates by an invalid value of a member."""

RULES = (
    Rule("REQUIRED", "{member} is required: a request without it is rejected.", lambda it: it.required),
    Rule("OPTIONAL", "{member} is optional: a request without it is accepted.", lambda it: not it.required),
    Rule("TYPE", "{member} is {kind}: a value of any other type is rejected.", lambda _: True),
    Rule("TYPE-ACCEPT", "{member} accepts any value that is {kind}.", lambda it: it.is_plain),
    Rule(
        "TYPE-CONVERTIBLE",
        "{member} is {kind}: a value of another type is rejected even if it could be converted.",
        lambda it: it.is_convertible,
        level=Level.MAY,
        interpretation="Types are documented as strict, but plain conversions are common; only reported.",
    ),
    Rule("NULL", "{member} is required and not nullable: null is rejected.", lambda it: it.required),
    Rule(
        "NULL",
        "{member} is not nullable: null is rejected.",
        lambda it: not it.required,
        level=Level.MAY,
        interpretation="The effect of null is undocumented; a server may treat it as omission.",
    ),
    Rule(
        "MAXLENGTH",
        "{member} is limited to {maxLength} characters: a longer string is rejected.",
        _keyword("maxLength"),
    ),
    Rule(
        "MAXLENGTH-ACCEPT",
        "{member} accepts a string of exactly {maxLength} characters.",
        _keyword("maxLength"),
    ),
    Rule(
        "MAXLENGTH-CHARACTERS",
        "{member} accepts {maxLength} non-ASCII letters: its limit counts characters, not bytes.",
        lambda it: it.counts_characters,
        interpretation="A precomposed letter is one character unless bytes are counted.",
        more_sources=_LENGTHS,
    ),
    Rule(
        "MAXLENGTH-ASTRAL",
        "{member} accepts {maxLength} characters outside the Basic Multilingual Plane, and no more.",
        lambda it: it.counts_characters,
        level=Level.MAY,
        interpretation="JSON Schema counts code points; counting UTF-16 code units is only reported.",
        more_sources=_LENGTHS,
    ),
    Rule(
        "TEXT",
        "{member} accepts any Unicode text, including punctuation, markup and line breaks.",
        lambda it: it.is_free_text,
        more_sources=_PURPOSE,
    ),
    Rule("PATTERN", "{member} matches {pattern}: any other string is rejected.", _keyword("pattern")),
    Rule("PATTERN-ACCEPT", "{member} accepts any string that matches {pattern}.", _keyword("pattern")),
    Rule(
        "ENUM",
        "{member} is {any}: any other value is rejected.",
        _keyword("enum"),
        interpretation="Values are compared case-sensitively.",
    ),
    Rule("ENUM-ACCEPT", "{member} accepts each of {all}.", _keyword("enum")),
    Rule(
        "FORMAT",
        "{member} denotes a point in time: a string that does not is rejected.",
        lambda it: it.is_date_time,
        more_sources=_DATE_TIMES,
    ),
    Rule(
        "FORMAT-ACCEPT",
        "{member} accepts an RFC 3339 date-time in UTC.",
        lambda it: it.is_date_time,
        interpretation="Applies to future instants; the handling of past ones is undocumented.",
        more_sources=_DATE_TIMES,
    ),
    Rule(
        "FORMAT-IMPOSSIBLE",
        "{member} is a valid date and time: an impossible day or time of day is rejected.",
        lambda it: it.is_date_time,
        more_sources=_VALID_DATES,
    ),
    Rule(
        "OFFSET",
        "{member} accepts a date-time with a numeric offset and applies the offset.",
        lambda it: it.is_date_time,
        interpretation="Compared as instants, to the second.",
        more_sources=_DATE_TIMES,
    ),
    Rule(
        "FRACTION",
        "{member} accepts a date-time with fractional seconds.",
        lambda it: it.is_date_time,
        interpretation="Whether the fraction is preserved is undocumented.",
        more_sources=_DATE_TIMES,
    ),
    Rule("MINIMUM", "{member} is at least {minimum}: a smaller value is rejected.", _keyword("minimum")),
    Rule("MINIMUM-ACCEPT", "{member} accepts its minimum, {minimum}.", _keyword("minimum")),
    Rule("MAXIMUM", "{member} is at most {maximum}: a larger value is rejected.", _keyword("maximum")),
    Rule("MAXIMUM-ACCEPT", "{member} accepts its maximum, {maximum}.", _keyword("maximum")),
    Rule(
        "DEFAULT",
        "{member} defaults to {default}.",
        lambda it: it.has("default") and not it.ignores_case,
        needs=_STORED,
    ),
    Rule(
        "DEFAULT",
        "{member} defaults to {default}.",
        lambda it: it.has("default") and it.ignores_case,
        interpretation="Compared case-insensitively.",
        needs=_STORED,
    ),
    Rule(
        "ECHO",
        "{member} is returned as it was sent.",
        lambda it: it.is_echoed and not it.is_date_time and not it.ignores_case,
        more_sources=_PURPOSE,
        needs=_STORED,
    ),
    Rule(
        "ECHO",
        "{member} is returned as the instant that was sent.",
        lambda it: it.is_echoed and it.is_date_time,
        interpretation="Compared as instants, to the second.",
        more_sources=_PURPOSE,
        needs=_STORED,
    ),
    Rule(
        "ECHO",
        "{member} is returned as it was sent.",
        lambda it: it.is_echoed and it.ignores_case,
        interpretation="Compared case-insensitively.",
        more_sources=_PURPOSE,
        needs=_STORED,
    ),
)
