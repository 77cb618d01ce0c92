"""The unique names that a run gives to its resources: known by their form, and in use nowhere else."""

import re
from hashlib import blake2b
from typing import Any, Final

_UNIQUE: Final = re.compile("cc-[0-9a-z]+-[0-9a-f]{12}-[0-9a-f]+_Z")
_IN_BYTES: Final = re.compile(_UNIQUE.pattern.encode())
_OF_AN_ATTEMPT: Final = re.compile(rb"(cc-[0-9a-z]+-[0-9a-f]{12}-)[0-9a-f]+_Z")
_RUN: Final = re.compile("[0-9a-f]{8}")


def fresh(prefix: str, attempt: int, *parts: object) -> str:
    """Return the unique name for some parts, of every kind of character: run and attempt are in it."""
    digest = blake2b("\n".join(map(str, parts)).encode(), digest_size=6).hexdigest()
    return f"cc-{prefix}-{digest}-{attempt:x}_Z"


def is_run(prefix: Any) -> bool:
    """Return whether a value has the form of a run's prefix: eight hexadecimal digits."""
    return isinstance(prefix, str) and _RUN.fullmatch(prefix) is not None


def is_fresh(value: Any) -> bool:
    """Return whether a string holds a unique name of any run."""
    return isinstance(value, str) and _UNIQUE.search(value) is not None


def unique_names(text: str | bytes) -> frozenset[str]:
    """Return the unique names, of any run, that a text holds."""
    if isinstance(text, bytes):
        return frozenset(name.decode("ascii") for name in _IN_BYTES.findall(text))
    return frozenset(_UNIQUE.findall(text))


def of_run(names: frozenset[str], prefix: str) -> frozenset[str]:
    """Return those of some unique names that the run with a prefix gave."""
    return frozenset(name for name in names if name.startswith(f"cc-{prefix}-"))


def without_attempt(text: bytes) -> bytes:
    """Return a text whose names are the same in each attempt."""
    return _OF_AN_ATTEMPT.sub(rb"\1", text)
