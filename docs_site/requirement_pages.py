"""Requirement catalogue: one page per operation, and a table of these pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from docs_site.markdown import escaped, table, with_links
from spec.catalogue import Level, Requirement, catalogue
from spec.subjects import subject

FOLDER: Final = "reference/requirements"


@dataclass(frozen=True)
class _Entry:
    """A requirement as the catalogue shows it."""

    id: str
    level: Level
    sentence: str
    source: str
    interpretation: str | None
    needs: tuple[str, ...]
    precondition: str | None
    rationale: str | None
    other_statements: tuple[str, ...]


def pages() -> Mapping[str, str]:
    """Return the Markdown of each page, by its path below docs/."""
    return {_path(name): _page(name, entries) for name, entries in _by_operation().items()}


def overview() -> str:
    """Return a table of all pages, with the number of requirements of each level."""
    rows = (
        (
            f"[{name}]({name.lower()}.md)",
            escaped(_title(name)),
            *(str(sum(entry.level is level for entry in entries)) for level in Level),
        )
        for name, entries in _by_operation().items()
    )
    return table(("prefix", "operation or resource", *Level), rows)


def _by_operation() -> Mapping[str, list[_Entry]]:
    groups: dict[str, list[_Entry]] = {}
    for requirement in catalogue().values():
        groups.setdefault(requirement.operation, []).append(_entry(requirement))
    return groups


def _entry(requirement: Requirement) -> _Entry:
    return _Entry(
        id=requirement.id,
        level=requirement.level,
        sentence=requirement.sentence,
        source=requirement.source,
        interpretation=requirement.interpretation,
        needs=requirement.needs,
        precondition=requirement.precondition,
        rationale=requirement.rationale,
        other_statements=requirement.covers,
    )


def _path(name: str) -> str:
    return f"{FOLDER}/{name.lower()}.md"


def _title(name: str) -> str:
    about = subject(name)
    return about.request or about.title


def _page(name: str, entries: list[_Entry]) -> str:
    return "\n\n".join((f"# {name}: {escaped(_title(name))}", *map(_section, entries))) + "\n"


def _section(entry: _Entry) -> str:
    return "\n\n".join((f"## {entry.id}", escaped(entry.sentence), "\n".join(_details(entry))))


def _details(entry: _Entry) -> Iterator[str]:
    yield f"- **Level**: {entry.level}"
    yield f"- **Source**: {with_links(entry.source)}"
    if entry.interpretation:
        yield f"- **Interpretation**: {escaped(entry.interpretation)}"
    if entry.needs:
        yield f"- **Needs**: {', '.join(entry.needs)}"
    if entry.precondition:
        yield f"- **Precondition**: {escaped(entry.precondition)}"
    if entry.rationale:
        yield f"- **Rationale**: {escaped(entry.rationale)}"
    if entry.other_statements:
        yield f"- **Also decides**: {', '.join(entry.other_statements)}"
