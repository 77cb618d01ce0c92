"""JSON as RFC 8259 recommends it: each member once, and no NaN or Infinity."""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """Return the value of a JSON text; raise ValueError or RecursionError for anything else."""
    return json.loads(text, object_pairs_hook=_members, parse_constant=_constant)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate member {max(names, key=names.count)!r}")
    return members


def _constant(word: str) -> None:
    raise ValueError(f"{word} is not a number of JSON")
