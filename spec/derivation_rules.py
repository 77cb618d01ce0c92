"""The kinds of requirements that members of requests give rise to, keyword by keyword."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spec.models import Level
from spec.validation import errors

# What a server that converts types by plain means makes of other JSON.
_CONVERTED = ("1", "true")


@dataclass(frozen=True)
class Member:
    """A member of a request, and what the rules ask about it."""

    name: str
    schema: Mapping[str, Any] = field(hash=False)
    required: bool
    echoed: bool
    """Whether the answer has a member of that name."""

    def has(self, keyword: str) -> bool:
        """Tell whether the schema has the keyword."""
        return keyword in self.schema

    @property
    def is_date_time(self) -> bool:
        """Whether it is a date-time."""
        return bool(self.schema.get("format") == "date-time")

    @property
    def is_free_text(self) -> bool:
        """Whether any text fits, length aside."""
        return bool(self.schema["type"] == "string") and not any(map(self.has, ("pattern", "format", "enum")))

    @property
    def is_plain(self) -> bool:
        """Whether its type alone says what fits."""
        return self.schema["type"] in ("boolean", "object")

    @property
    def counts_characters(self) -> bool:
        """Whether the length is limited and any character may stand in it."""
        return self.has("maxLength") and not self.has("pattern")

    @property
    def is_convertible(self) -> bool:
        """Whether there is JSON of another type that a plain conversion makes fit."""
        if self.schema["type"] == "string" and not self.is_date_time:
            return any(not errors(self.schema, text) for text in _CONVERTED)
        return bool(self.schema["type"] != "object")

    @property
    def ignores_case(self) -> bool:
        """Whether letter case makes no difference between what is sent and what comes back."""
        return bool(self.schema.get("x-compare") == "case-insensitive")


@dataclass(frozen=True)
class Rule:
    """A kind of requirement: which members it is for, and what it says of them."""

    name: str
    sentence: str
    """With placeholders: {member}, {kind}, {any} or {all} of the enumeration, and the schema's keywords."""
    applies: Callable[[Member], bool]
    level: Level = Level.MUST
    reading: str | None = None
    also: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    """What else says so, beside the source of the member."""


def _keyword(keyword: str) -> Callable[[Member], bool]:
    return lambda member: member.has(keyword)


_DATE_TIMES: Mapping[str, str | None] = {"rfc3339": "section 5.6"}
_EXISTING: Mapping[str, str | None] = {"rfc3339": "section 5.7"}
_LENGTHS: Mapping[str, str | None] = {"json-schema": "section 6.3.1"}
_PURPOSE: Mapping[str, str | None] = {"purpose": None}

RULES = (
    Rule("REQUIRED", "{member} is required: a body that lacks it is refused.", lambda it: it.required),
    Rule("OPTIONAL", "{member} is optional: a body that lacks it is accepted.", lambda it: not it.required),
    Rule("TYPE", "{member} is {kind}: JSON of another type is refused.", lambda _: True),
    Rule("TYPE-ACCEPT", "{member} may be any value that {kind} can be.", lambda it: it.is_plain),
    Rule(
        "TYPE-CONVERTIBLE",
        "{member} is {kind}: JSON that merely converts to one is refused, too.",
        lambda it: it.is_convertible,
        level=Level.MAY,
        reading="Types are documented without exception, but plain conversions do little harm; only noted.",
    ),
    Rule("NULL", "{member} cannot be null: it is required, and null is refused.", lambda it: it.required),
    Rule(
        "NULL",
        "{member} cannot be null: null is refused.",
        lambda it: not it.required,
        level=Level.MAY,
        reading="No page says what a null does here; a server may take it for leaving the member out.",
    ),
    Rule(
        "MAXLENGTH",
        "{member} has at most {maxLength} characters: one more is refused.",
        _keyword("maxLength"),
    ),
    Rule(
        "MAXLENGTH-ACCEPT",
        "{member} may fill its {maxLength} characters to the last one.",
        _keyword("maxLength"),
    ),
    Rule(
        "MAXLENGTH-CHARACTERS",
        "{member} may have {maxLength} letters of any alphabet: its limit is not one of bytes.",
        lambda it: it.counts_characters,
        reading="Whatever else a character may be, one precomposed letter is one of them.",
        also=_LENGTHS,
    ),
    Rule(
        "MAXLENGTH-ASTRAL",
        "{member} may have {maxLength} characters beyond the basic plane, and no more: each counts once.",
        lambda it: it.counts_characters,
        level=Level.MAY,
        reading="JSON Schema counts code points; a server that counts UTF-16 units is only noted.",
        also=_LENGTHS,
    ),
    Rule(
        "TEXT",
        "{member} may be any text: in every script, with punctuation, markup and line breaks.",
        lambda it: it.is_free_text,
    ),
    Rule("PATTERN", "{member} matches {pattern}: other text is refused.", _keyword("pattern")),
    Rule("PATTERN-ACCEPT", "{member} may be any text that matches {pattern}.", _keyword("pattern")),
    Rule(
        "ENUM",
        "{member} is {any}: anything else is refused.",
        _keyword("enum"),
        reading="Values are compared letter for letter, upper and lower case included.",
    ),
    Rule("ENUM-ACCEPT", "{member} may be each of {all}.", _keyword("enum")),
    Rule(
        "FORMAT",
        "{member} is a point in time: text that names none is refused.",
        lambda it: it.is_date_time,
        also=_DATE_TIMES,
    ),
    Rule(
        "FORMAT-ACCEPT",
        "{member} may be a date-time as RFC 3339 writes it, in UTC.",
        lambda it: it.is_date_time,
        reading="Instants to come; what a server makes of the past is not documented.",
        also=_DATE_TIMES,
    ),
    Rule(
        "FORMAT-IMPOSSIBLE",
        "{member} is on a day and at an hour that exist: others are refused.",
        lambda it: it.is_date_time,
        also=_EXISTING,
    ),
    Rule(
        "OFFSET",
        "{member} may be a date-time with a numeric offset, which is taken into account.",
        lambda it: it.is_date_time,
        reading="Instants are compared to the second, never texts.",
        also=_DATE_TIMES,
    ),
    Rule(
        "FRACTION",
        "{member} may be a date-time with fractions of a second.",
        lambda it: it.is_date_time,
        reading="Whether the fraction is kept is not documented.",
        also=_DATE_TIMES,
    ),
    Rule("MINIMUM", "{member} is at least {minimum}: one less is refused.", _keyword("minimum")),
    Rule("MINIMUM-ACCEPT", "{member} may be as low as {minimum}.", _keyword("minimum")),
    Rule("MAXIMUM", "{member} is at most {maximum}: one more is refused.", _keyword("maximum")),
    Rule("MAXIMUM-ACCEPT", "{member} may be as high as {maximum}.", _keyword("maximum")),
    Rule(
        "DEFAULT",
        "{member} is {default} unless the body says otherwise.",
        lambda it: it.has("default") and not it.ignores_case,
    ),
    Rule(
        "DEFAULT",
        "{member} is {default} unless the body says otherwise.",
        lambda it: it.has("default") and it.ignores_case,
        reading="Letter case is no difference.",
    ),
    Rule(
        "ECHO",
        "{member} comes back as it was sent.",
        lambda it: it.echoed and not it.is_date_time and not it.ignores_case,
        also=_PURPOSE,
    ),
    Rule(
        "ECHO",
        "{member} comes back as the instant that was sent.",
        lambda it: it.echoed and it.is_date_time,
        reading="Instants are compared to the second, never texts.",
        also=_PURPOSE,
    ),
    Rule(
        "ECHO",
        "{member} comes back as it was sent.",
        lambda it: it.echoed and it.ignores_case,
        reading="Letter case is no difference.",
        also=_PURPOSE,
    ),
)
