"""Selection of the requirements of a run, by profile and by --select."""

from difflib import get_close_matches
from fnmatch import fnmatchcase

from spec.catalogue import Requirement, catalogue

_SHARED_PROFILE = "shared"  # of requirements that apply to every operation


class UnknownSelectionError(ValueError):
    """A selection matches no requirement."""


def selected_requirements(profiles: tuple[str, ...], select: str) -> tuple[Requirement, ...]:
    """Return the requirements of the profiles that the selection matches; all if it is empty.

    A selection is a comma-separated list of ids and glob patterns; the id of a documented statement selects
    the requirements that cover it. Raise UnknownSelectionError if an item matches nothing.
    """
    requirements = [
        requirement
        for requirement in catalogue().values()
        if requirement.profile in {*profiles, _SHARED_PROFILE}
    ]
    patterns = [part.strip().upper() for part in select.split(",") if part.strip()]
    if select and not patterns:
        raise UnknownSelectionError(
            f"--select {select!r} matches no requirement; omit it to select all requirements"
        )
    for pattern in patterns:
        if not any(_matches(requirement, pattern) for requirement in requirements):
            raise UnknownSelectionError(_no_match_message(pattern))
    return tuple(
        requirement
        for requirement in requirements
        if not patterns or any(_matches(requirement, pattern) for pattern in patterns)
    )


def exact_selection(profiles: tuple[str, ...], ids: frozenset[str]) -> str:
    """Return a selection that matches the requirements with these ids and no others.

    An id that is also the id of a documented statement would select each requirement that covers it, so it is
    written as a glob pattern.
    """
    requirements = selected_requirements(profiles, "")
    covered = {statement for requirement in requirements for statement in requirement.covers}
    selected = [requirement.id for requirement in requirements if requirement.id in ids]
    return ",".join(f"[{id_[0]}]{id_[1:]}" if id_ in covered else id_ for id_ in selected)


def _matches(requirement: Requirement, pattern: str) -> bool:
    return pattern in requirement.covers or fnmatchcase(requirement.id, pattern)


def _no_match_message(pattern: str) -> str:
    close_matches = get_close_matches(pattern, list(catalogue()), 1)
    hint = f"; did you mean {close_matches[0]!r}?" if close_matches else ""
    return f"--select: no requirement matches {pattern!r} in the selected profiles{hint}"
