"""Completion of ids in a shell; each function imports only what it needs, as it runs at each key press."""

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem


def requirement_ids(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the id of a requirement."""
    from spec.catalogue import catalogue

    return _matching(catalogue(), incomplete.upper())


def selection_terms(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last term of a selection: the id of a requirement, or a level or an operation."""
    from spec.catalogue import Level, catalogue

    earlier, comma, last = incomplete.rpartition(",")
    operations = dict.fromkeys(f"operation:{entry.operation}" for entry in catalogue().values())
    terms = [*(f"level:{level}" for level in Level), *operations]
    matching = (
        [*_matching(catalogue(), last.upper()), *_matching(terms, last)]
        if last
        else _matching(catalogue(), "")
    )
    return [CompletionItem(f"{earlier}{comma}{item.value}") for item in matching]


def profiles(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a profile."""
    from reports.records.plain_run import BASE_PATHS

    return _matching(BASE_PATHS, incomplete)


def faults(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the id of a fault of the reference server."""
    return _matching(_reference_ids("fault"), incomplete)


def variants(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the id of a permitted variant of the reference server."""
    return _matching(_reference_ids("variant"), incomplete)


def _reference_ids(kind: str) -> list[str]:
    from conformance.processes.reference_process import listed_ids

    return listed_ids(kind)


def _matching(values: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values if value.startswith(incomplete)]
