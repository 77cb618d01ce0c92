"""Which requirements a run decides: by claimed profile and by the user's choice."""

from difflib import get_close_matches
from fnmatch import fnmatchcase

from spec.catalogue import Requirement, catalogue

SHARED = "shared"  # the profile of what holds for every operation


class UnknownSelectionError(ValueError):
    """A selection names nothing that there is."""


def chosen(profiles: tuple[str, ...], select: str) -> tuple[Requirement, ...]:
    """Return the requirements of the profiles that a selection names; all without a selection.

    A selection is a list of ids or shell patterns over ids, with commas between them; the id of a
    documented statement stands for the requirements that cover it.
    """
    claimed = [each for each in catalogue().values() if each.profile in {*profiles, SHARED}]
    patterns = [part.strip().upper() for part in select.split(",") if part.strip()]
    if select and not patterns:
        raise UnknownSelectionError(
            f"--select {select!r} names no requirement; leave it out to decide them all"
        )
    for pattern in patterns:
        if not any(_named(each, pattern) for each in claimed):
            raise UnknownSelectionError(_nothing(pattern))
    return tuple(
        each for each in claimed if not patterns or any(_named(each, pattern) for pattern in patterns)
    )


def _named(requirement: Requirement, pattern: str) -> bool:
    return pattern in requirement.covers or fnmatchcase(requirement.id, pattern)


def _nothing(pattern: str) -> str:
    near = get_close_matches(pattern, list(catalogue()), 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"no requirement of the claimed profiles is called {pattern!r}{hint}"
