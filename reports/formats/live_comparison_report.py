"""Report of the comparison of two live targets: lines for the terminal, and Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.formats.markdown_summary import inline_text
from reports.presentation.sanitize import truncate

_FIELDS: Final = ("problem", "sent", "expected", "received", "related", "members")
_MAX_LINE: Final = 500  # characters
_MAX_SHOWN: Final = 50  # differences of each kind
_MAX_UNDECIDED: Final = 10


def lines(comparison: Mapping[str, Any], folder: str) -> list[tuple[str, str]]:
    """Return the lines for the terminal, each with the style of its first word."""
    return [(style, truncate(line, _MAX_LINE)) for style, line in _lines(comparison, folder)]


def markdown(comparison: Mapping[str, Any]) -> str:
    """Return the comparison as Markdown."""
    return "\n".join(_markdown(comparison)) + "\n"


def summary(comparison: Mapping[str, Any]) -> str:
    """Return the numbers of differences on one line."""
    causes, responses = len(comparison["requirements"]), len(comparison["responses"])
    return (
        f"{causes} differences in requirements, {responses} in other documented members or statuses, "
        f"{comparison['undocumented']} undocumented; {comparison['compared']:,} responses compared"
    )


def requirement_title(entry: Mapping[str, Any]) -> str:
    """Return the headline of a requirement that one target violates."""
    other = "A" if entry["violated_by"] == "B" else "B"
    return (
        f"{entry['requirement']} ({entry['level']})  violated by {entry['violated_by']}, "
        f"{other}: {entry['other_verdict']}: {entry['sentence']}"
    )


def response_title(entry: Mapping[str, Any]) -> str:
    """Return the headline of a difference between responses."""
    operations = ", ".join(entry["operations"])
    return (
        f"{entry['subject']} of {operations}: A {entry['a']}, B {entry['b']} ({entry['responses']} responses)"
    )


def _lines(comparison: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    for entry in comparison["requirements"][:_MAX_SHOWN]:
        yield "bold red", f"differs  {requirement_title(entry)}"
        for name in _FIELDS:
            text = ", ".join(entry[name]) if isinstance(entry[name], list) else entry[name]
            if text:
                yield "", f"  {name:<9} {text}"
    for entry in comparison["responses"][:_MAX_SHOWN]:
        yield "yellow", f"differs  {response_title(entry)}"
        yield "", f"  sent      {entry['sent']}"
    for name in ("requirements", "responses"):
        if len(comparison[name]) > _MAX_SHOWN:
            yield (
                "",
                f"… and {len(comparison[name]) - _MAX_SHOWN} more; use --output FILE for the complete list",
            )
    if comparison["undecided"]:
        listed = ", ".join(comparison["undecided"][:_MAX_UNDECIDED])
        yield (
            "magenta",
            f"undecided  at one target only: {len(comparison['undecided'])} requirements: {listed}",
        )
    for note in comparison["notes"]:
        yield "", f"note: {note}"
    yield "bold", f"{summary(comparison)} (exit code {comparison['exit_code']}); reports in {folder}/"


def _markdown(comparison: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Comparison of two targets: {summary(comparison)}"
    yield ""
    for name, one in zip("AB", comparison["runs"], strict=False):
        status = f"{inline_text(one['overall_status'])}, {one['requests']:,} requests"
        yield f"- {name}: {inline_text(one['target'])}, {status}"
    for note in comparison["notes"]:
        yield f"- {inline_text(note)}"
    if comparison["requirements"]:
        yield from ("", "## Requirements", "")
    for entry in comparison["requirements"]:
        yield f"- {inline_text(requirement_title(entry))}"
        for name in _FIELDS:
            text = ", ".join(entry[name]) if isinstance(entry[name], list) else entry[name]
            if text:
                yield f"    - {name}: {inline_text(text)}"
    if comparison["responses"]:
        yield from ("", "## Other documented members and statuses", "")
    for entry in comparison["responses"]:
        yield f"- {inline_text(response_title(entry))}"
        yield f"    - sent: {inline_text(entry['sent'])}"
    if comparison["undecided"]:
        yield from ("", "## Decided at one target only", "", inline_text(", ".join(comparison["undecided"])))
