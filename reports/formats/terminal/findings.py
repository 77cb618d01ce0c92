"""Terminal output of the findings of a run: one requirement for each root cause."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.formats.terminal.console import print_line
from reports.presentation import views
from reports.presentation.failure_text import INDENTATION, finding_fields
from reports.presentation.known_failures import known_failures
from reports.presentation.log_commands import escape_log_line
from reports.records.overall_status import count_with_noun

VERDICT_STYLES: Final = {
    "passed": "green",
    "failed": "bold red",
    "warned": "yellow",
    "inconclusive": "magenta",
    "not-applicable": "dim",
    "waived": "cyan",
    "error": "bold red",
}
_MAX_CAUSES: Final = {"must": 20, "should": 10, "may": 5}  # printed in full; the reports contain all
_MAX_MEMBERS: Final = 12  # in the list of members of a root cause
_MAX_COMMAND: Final = 4_000  # characters of the commands that reproduce a finding
_MAX_COMMAND_LINES: Final = 14
_MAX_ERRORS: Final = 100  # printed in full
_MAX_IDS: Final = 3  # in a list of requirements


def print_findings(record: Mapping[str, Any], console: Console, output: str) -> None:
    """Print each root cause once, with its primary requirement: level must first, then should, then may."""
    requirements = {requirement["id"]: requirement for requirement in record["requirements"]}
    for level, limit in _MAX_CAUSES.items():
        causes = [
            cause for cause in unknown_causes(record) if requirements[cause["primary"]]["level"] == level
        ]
        for cause in causes[:limit]:
            print_requirement(
                requirements[cause["primary"]], console, cause["related"], members=members_of(cause)
            )
        if len(causes) > limit:
            more = f"… and {len(causes) - limit} more of level {level}, see "
            print_line(console, (f"{more}{output}/report.html", "dim"))
            print_line(console)
    errors = [requirement for requirement in record["requirements"] if requirement["verdict"] == "error"]
    for requirement in errors[:_MAX_ERRORS]:
        print_requirement(requirement, console, ())
    if len(errors) > _MAX_ERRORS:
        print_line(console, (f"… and {len(errors) - _MAX_ERRORS} more errors in results.json", "dim"))
        print_line(console)


def unknown_causes(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the root causes by level: must, should, may; failures first within a level.

    Root causes that violate only requirements that are known failures are left out.
    """
    known = {entry["id"] for entry in known_failures(record["requirements"])}
    causes = (
        cause for cause in record["causes"] if not known.issuperset((cause["primary"], *cause["related"]))
    )
    return views.by_level(causes, record["requirements"])


def members_of(cause: Mapping[str, Any]) -> Sequence[str]:
    """Return the members of a root cause."""
    members: Sequence[str] = cause.get("members", ())
    return members


def print_requirement(
    requirement: Mapping[str, Any],
    console: Console,
    related: Sequence[str],
    where: str = "",
    *,
    members: Sequence[str] = (),
) -> None:
    """Print a requirement with its findings, and the ids of those that the same root cause violates."""
    print_line(console, headline(requirement))
    if len(members) > 1:
        print_line(console, ("  members   ", "dim"), f"{len(members)}: {joined(members, _MAX_MEMBERS)}")
    for finding in requirement["findings"]:
        for label, text in finding_fields(requirement, finding):
            _print_field(console, label, text)
    if requirement["reason"]:
        print_line(console, f"  reason    {requirement['reason']}")
    if related:
        print_line(console, f"  also      {joined(related)}")
    if where:
        print_line(console, f"  round     {where}")
    print_line(console)


def headline(requirement: Mapping[str, Any]) -> Text:
    """Return the verdict, the id, the level and the sentence of a requirement."""
    return Text.assemble(
        (requirement["verdict"], VERDICT_STYLES[requirement["verdict"]]),
        "  ",
        (escape_log_line(requirement["id"], starts_line=False), "bold"),
        f" ({requirement['level']})  {escape_log_line(requirement['sentence'], starts_line=False)}",
    )


def joined(names: Sequence[str], limit: int = _MAX_IDS) -> str:
    """Return the first names of a list and the number of the remaining ones."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{', '.join(names[:limit])}{more}"


def _print_field(console: Console, label: str, text: str) -> None:
    """Print a part of a finding; the lines of a command stay lines, so that it can be copied."""
    if label != "curl":
        print_line(console, (f"  {label:<9} ", "dim"), (text, "bold" if label == "problem" else ""))
        return
    lines = text.split("\n")
    if len(text) > _MAX_COMMAND or len(lines) > _MAX_COMMAND_LINES:
        size = f"{count_with_noun(len(lines), 'line')}, {count_with_noun(len(text), 'character')}"
        lines = [f"# {size}: see report.html or results.json"]
    for number, line in enumerate(lines):
        print_line(console, (f"  {label:<9} ", "dim") if number == 0 else " " * INDENTATION, line)
