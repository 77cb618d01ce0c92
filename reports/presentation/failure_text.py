"""Text of a failed requirement: verdict, findings, reason and trace."""

from collections.abc import Mapping
from typing import Any, Final

FIELDS: Final = ("sent", "expected", "received", "why", "source", "curl", "rerun")  # of a finding, as printed


def failure_text(requirement: Mapping[str, Any]) -> str:
    """Return the lines that describe a requirement and its findings."""
    lines = [
        f"{requirement['verdict']}  {requirement['id']} ({requirement['level']})  {requirement['sentence']}"
    ]
    for finding in requirement["findings"]:
        values = {**finding, "source": requirement["source"]}
        lines += [f"  {name:<9} {values[name]}" for name in FIELDS]
    if requirement["reason"]:
        lines.append(f"  reason    {requirement['reason']}")
    lines += [f"  trace     {frame}" for frame in requirement.get("trace", ())]
    return "\n".join(lines)
