"""The names that a run gives: known by their form, and in use nowhere else."""

import re
from hashlib import blake2b
from typing import Any, Final

_FRESH: Final = re.compile("cc-[0-9a-z]+-[0-9a-f]{12}-[0-9a-f]+_Z")
_OF_AN_ATTEMPT: Final = re.compile(rb"(cc-[0-9a-z]+-[0-9a-f]{12}-)[0-9a-f]+_Z")


def fresh(prefix: str, attempt: int, *told: object) -> str:
    """Return the name of what is told, of every kind of character: run and attempt are in it."""
    digest = blake2b("\n".join(map(str, told)).encode(), digest_size=6).hexdigest()
    return f"cc-{prefix}-{digest}-{attempt:x}_Z"


def is_fresh(value: Any) -> bool:
    """Tell whether a text holds a name that a run made up."""
    return isinstance(value, str) and _FRESH.search(value) is not None


def without_attempt(text: bytes) -> bytes:
    """Return a text whose names are the same in each attempt."""
    return _OF_AN_ATTEMPT.sub(rb"\1", text)
