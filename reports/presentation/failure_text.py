"""Text of a failed requirement: verdict, findings, reason and trace."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

FIELDS: Final = ("problem", "sent", "expected", "received", "why", "source", "curl", "rerun")  # as printed
INDENTATION: Final = 12  # columns of the labels


def failure_text(requirement: Mapping[str, Any]) -> str:
    """Return the lines that describe a requirement and its findings."""
    lines = [
        f"{requirement['verdict']}  {requirement['id']} ({requirement['level']})  {requirement['sentence']}"
    ]
    for finding in requirement["findings"]:
        for label, text in finding_fields(requirement, finding):
            lines.append(f"  {label:<9} {_indented(text)}")
    if requirement["reason"]:
        lines.append(f"  reason    {requirement['reason']}")
    lines += [f"  trace     {frame}" for frame in requirement.get("trace", ())]
    return "\n".join(lines)


def finding_fields(requirement: Mapping[str, Any], finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each part of a finding; commands may have several lines."""
    values = {**finding, "source": requirement["source"]}
    for name in FIELDS:
        if name in values:
            yield name, values[name]


def _indented(text: str) -> str:
    return text.replace("\n", f"\n{' ' * INDENTATION}")
