"""Text of a failed requirement: the finding in the order in which people ask."""

from collections.abc import Mapping
from typing import Any


def failure_text(requirement: Mapping[str, Any]) -> str:
    """Return what is told of a requirement that was not kept, in the order in which people ask."""
    lines = [
        f"{requirement['verdict']}  {requirement['id']} ({requirement['level']})  {requirement['sentence']}"
    ]
    for finding in requirement["findings"]:
        told = {**finding, "source": requirement["source"]}
        lines += [
            f"  {label:<9} {told[label]}"
            for label in ("sent", "expected", "received", "why", "source", "curl", "again")
        ]
    if requirement["reason"]:
        lines.append(f"  reason    {requirement['reason']}")
    lines += [f"  trace     {place}" for place in requirement.get("trace", ())]
    return "\n".join(lines)
