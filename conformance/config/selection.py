"""Selection of the requirements of a run: by profile, and by a selection expression.

An expression is a comma-separated list of terms. A term is a requirement id, a glob pattern of ids, or a
criterion with a value: level:must, operation:VC-CREATE, member:name, keyword:date. The terms add up; `!`
before a term excludes what it matches. `with:ID` adds a check for its requests only, without a verdict.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from conformance.config.selection_criteria import (
    CRITERIA,
    ID,
    REQUESTS_ONLY,
    criterion_names,
    suggestion,
)
from spec.catalogue import Requirement, catalogue
from spec.models import SHARED_PROFILE

_EXCLUSION: Final = "!"
_GLOB: Final = re.compile(r"[*?\[]")


class UnknownSelectionError(ValueError):
    """A selection matches no requirement."""


@dataclass(frozen=True)
class _Term:
    """One term of an expression."""

    text: str  # without the exclusion mark
    excludes: bool
    criterion: str
    value: str
    setting: str = ""  # that a message about the term names, if it is not an option

    @property
    def option(self) -> str:
        """Return the option or setting that a message about the term names."""
        return self.setting or ("--exclude" if self.excludes else "--select")

    @property
    def is_id(self) -> bool:
        """Return whether the term is an id, not a pattern or a criterion."""
        return self.criterion == ID and not _GLOB.search(self.value)

    def matches(self, requirement: Requirement) -> bool:
        """Return whether the term matches a requirement."""
        return CRITERIA[self.criterion](requirement, self.value)


def selected_requirements(profiles: Iterable[str], select: str) -> tuple[Requirement, ...]:
    """Return the requirements of the profiles that an expression selects; all if no term selects any.

    The id of a documented statement selects the requirements that cover it. Raise UnknownSelectionError if a
    term matches nothing, or if the exclusions leave nothing.
    """
    requirements = _of_profiles(profiles)
    terms = _terms(select)
    if select and not terms:
        raise UnknownSelectionError(
            f"--select {select!r} matches no requirement; omit it to select all requirements"
        )
    for term in terms:
        _expect_match(term, list(catalogue().values()) if term.excludes else requirements)
    including = [term for term in terms if not term.excludes]
    excluding = [term for term in terms if term.excludes]
    deciding = [term for term in including if term.criterion != REQUESTS_ONLY]
    selected = tuple(
        requirement
        for requirement in requirements
        if (not including or any(term.matches(requirement) for term in deciding))
        and not any(term.matches(requirement) for term in excluding)
    )
    if not selected:
        raise UnknownSelectionError(f"--select {select!r}: the selection is empty")
    return selected


def requests_only_ids(select: str) -> frozenset[str]:
    """Return the requirements whose checks an expression adds for their requests only."""
    return _matched_ids(term for term in _terms(select) if term.criterion == REQUESTS_ONLY)


def explicit_ids(select: str) -> frozenset[str]:
    """Return the requirements that an expression selects by id or by level."""
    return _matched_ids(
        term for term in _terms(select) if not term.excludes and (term.criterion == "level" or term.is_id)
    )


@dataclass(frozen=True)
class Match:
    """A term of an expression, and the requirements that it matches."""

    text: str
    is_id: bool
    ids: tuple[str, ...]


def term_matches(expression: str, setting: str) -> list[Match]:
    """Return what each selecting term of an expression matches, without what others exclude.

    An id may be unknown; every other term must match a requirement. Messages name the setting. Raise
    UnknownSelectionError.
    """
    terms = _terms(expression, setting)
    for term in terms:
        if term.criterion == REQUESTS_ONLY:
            raise UnknownSelectionError(
                f"{setting}: {term.text!r} selects requests, not requirements; omit it"
            )
        if not term.is_id:
            _expect_match(term, catalogue().values())
    excluded = _matched_ids(term for term in terms if term.excludes)
    matches = [
        Match(term.text, is_id=True, ids=(term.text,))
        if term.is_id
        else Match(term.text, is_id=False, ids=_ids_of(term, excluded))
        for term in terms
        if not term.excludes
    ]
    for match in matches:
        if not match.ids:
            raise UnknownSelectionError(f"{setting}: the exclusions leave nothing of {match.text!r}")
    if not matches:
        raise UnknownSelectionError(f"{setting}: {expression!r} names no requirement")
    return matches


def _ids_of(term: _Term, excluded: Container[str]) -> tuple[str, ...]:
    return tuple(id_ for id_, entry in catalogue().items() if term.matches(entry) and id_ not in excluded)


def exact_selection(profiles: Iterable[str], ids: frozenset[str]) -> str:
    """Return a selection that matches the requirements with these ids and no others.

    An id that is also the id of a documented statement would select each requirement that covers it, so it is
    written as a glob pattern.
    """
    requirements = selected_requirements(profiles, "")
    covered = {statement for requirement in requirements for statement in requirement.covers}
    selected = [requirement.id for requirement in requirements if requirement.id in ids]
    return ",".join(f"[{id_[0]}]{id_[1:]}" if id_ in covered else id_ for id_ in selected)


def selection_expression(selected: Iterable[str], excluded: Iterable[str]) -> str:
    """Return one expression for several that select and several that exclude."""
    exclusions = (f"{_EXCLUSION}{term.text}" for expression in excluded for term in _terms(expression))
    return ",".join((*selected, *exclusions))


def _of_profiles(profiles: Iterable[str]) -> list[Requirement]:
    included = {*profiles, SHARED_PROFILE}
    return [requirement for requirement in catalogue().values() if requirement.profile in included]


def _terms(expression: str, setting: str = "") -> list[_Term]:
    return [_term(part, setting) for part in map(str.strip, expression.split(",")) if part]


def _term(part: str, setting: str) -> _Term:
    text = part.removeprefix(_EXCLUSION).strip()
    criterion, colon, value = (side.strip() for side in text.partition(":"))
    criterion = criterion.lower() if colon else ID
    term = _Term(text, part.startswith(_EXCLUSION), criterion, value if colon else text, setting)
    if criterion not in CRITERIA:
        close_matches = get_close_matches(criterion, criterion_names(), 1)
        available = f"available: {', '.join(criterion_names())}"
        hint = f"did you mean {close_matches[0]!r}?" if close_matches else available
        raise UnknownSelectionError(f"{term.option} {text!r}: unknown criterion {criterion!r}; {hint}")
    return term


def _expect_match(term: _Term, requirements: Iterable[Requirement]) -> None:
    if not any(map(term.matches, requirements)):
        where = "" if term.setting else " in the selected profiles"
        raise UnknownSelectionError(
            f"{term.option}: no requirement matches {term.text!r}{where}"
            f"{suggestion(term.criterion, term.value)}"
        )


def _matched_ids(terms: Iterable[_Term]) -> frozenset[str]:
    listed = list(terms)
    return frozenset(id_ for id_, entry in catalogue().items() if any(term.matches(entry) for term in listed))
