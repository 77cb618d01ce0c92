"""The waivers of the configuration.

A waiver names requirements like a selection: by id, by glob pattern or by criterion. The waiver that names a
requirement by id applies to it; otherwise the first one with a pattern that matches it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from conformance.config.selection import Match, UnknownSelectionError, term_matches
from conformance.config.setting_types import SELECTION, ConfigurationError
from conformance.config.settings import Waiver
from spec.catalogue import UnknownRequirementError, requirement

MEMBERS: Final = ("requirement", "reason", "expires")


def parse_waivers(tables: Any) -> tuple[Waiver, ...]:
    """Return a waiver for each requirement that the tables waive, in their order.

    Raise ConfigurationError for an invalid table, a requirement that is waived twice, and a pattern without
    effect: it matches nothing, or other waivers apply to all that it matches.
    """
    parsed = [waiver for table in tables for waiver in _waivers(table)]
    _expect_distinct(parsed)
    first = {waiver.requirement: waiver for waiver in parsed if not waiver.pattern}
    for waiver in parsed:
        first.setdefault(waiver.requirement, waiver)
    effective = tuple(waiver for waiver in parsed if first[waiver.requirement] is waiver)
    _expect_effect(parsed, effective)
    return effective


def _expect_distinct(waivers: Iterable[Waiver]) -> None:
    """Raise ConfigurationError if two waivers name the same id or have the same pattern."""
    counts = Counter((waiver.pattern, waiver.requirement) for waiver in waivers)
    for (pattern, identifier), count in counts.items():
        if count > 1:
            raise ConfigurationError(
                f"waivers: {pattern or identifier!r} is waived twice; remove one of the waivers"
            )


def _expect_effect(parsed: Sequence[Waiver], effective: Sequence[Waiver]) -> None:
    """Raise ConfigurationError for a pattern whose requirements are all waived by other waivers."""
    used = {waiver.pattern for waiver in effective}
    for waiver in parsed:
        if waiver.pattern not in used:
            raise ConfigurationError(
                f"waivers: {waiver.pattern!r} has no effect: other waivers apply to all requirements that it "
                "matches; remove it"
            )


def _waivers(table: Any) -> Iterator[Waiver]:
    """Yield a waiver for each requirement of a table."""
    members = ", ".join(MEMBERS)
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"waivers: {table!r} must be a table with {members}")
    waived = table.get("requirement")
    for name in table:
        if name not in MEMBERS:
            raise ConfigurationError(f"waiver of {waived!r}: unknown setting {name!r}; available: {members}")
    for name in MEMBERS:
        if name not in table:
            raise ConfigurationError(f"waiver of {waived!r}: {name!r} is missing")
    matches = list(_matches(waived))
    reason, expires = _reason(waived, table["reason"]), _expiry_date(waived, table["expires"])
    for match in matches:
        for identifier in match.ids:
            yield Waiver(identifier, reason, expires, "" if match.is_id else match.text)


def _matches(waived: Any) -> Iterator[Match]:
    """Yield what each term of a waiver matches; an id must be that of a requirement."""
    if not SELECTION.accepts(waived):
        raise ConfigurationError(
            f"waivers: {waived!r} is not a requirement id, e.g. 'VC-CREATE-DATE-ONLY', a pattern, e.g. "
            "'VC-CREATE-*-TYPE', or a list of them"
        )
    if not waived:
        raise ConfigurationError(f"waivers: {waived!r} names no requirement")
    expression = waived if isinstance(waived, str) else ",".join(waived)
    try:
        matches = term_matches(expression, "waivers")
    except UnknownSelectionError as error:
        raise ConfigurationError(str(error)) from None
    for match in matches:
        if match.is_id:
            _expect_requirement(match.text)
        yield match


def _expect_requirement(identifier: str) -> None:
    """Raise ConfigurationError for an unknown id, and for that of a statement that a requirement covers."""
    try:
        waived = requirement(identifier)
    except UnknownRequirementError as error:
        raise ConfigurationError(f"waivers: {error.args[0]}") from None
    if waived.id != identifier:
        raise ConfigurationError(
            f"waivers: {identifier!r} is covered by the requirement {waived.id!r}; use that id"
        )


def _reason(waived: Any, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(
            f"waiver of {waived!r}: invalid reason {value!r} (expected a non-empty string)"
        )
    return value.strip()


def _expiry_date(waived: Any, value: Any) -> date:
    try:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return date.fromisoformat(value if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else "")
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"waiver of {waived!r}: invalid expiry date {str(value)!r} (expected YYYY-MM-DD)"
        ) from None
