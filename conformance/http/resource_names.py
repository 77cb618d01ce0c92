"""Unique names of the resources of a run, recognizable by their form."""

import re
from hashlib import blake2b
from typing import Any, Final

_UNIQUE_NAME: Final = re.compile("cc-[0-9a-z]+-[0-9a-f]{12}-[0-9a-f]+_Z")
_UNIQUE_NAME_BYTES: Final = re.compile(_UNIQUE_NAME.pattern.encode())
_WITH_ATTEMPT: Final = re.compile(rb"(cc-[0-9a-z]+-[0-9a-f]{12}-)[0-9a-f]+_Z")
MAX_ATTEMPT: Final = 15  # greatest number of an attempt with one hexadecimal digit
_RUN_PREFIX: Final = re.compile("[0-9a-f]{8}")


def unique_name(prefix: str, attempt: int, *parts: object) -> str:
    """Return the unique name for the parts; it contains the run, the attempt and each kind of character."""
    digest = blake2b("\n".join(map(str, parts)).encode(), digest_size=6).hexdigest()
    return f"cc-{prefix}-{digest}-{attempt:x}_Z"


def is_run_prefix(prefix: Any) -> bool:
    """Return whether a value has the form of a run prefix: eight hexadecimal digits."""
    return isinstance(prefix, str) and _RUN_PREFIX.fullmatch(prefix) is not None


def has_unique_name(value: Any) -> bool:
    """Return whether a value is a string that contains a unique name of any run."""
    return isinstance(value, str) and _UNIQUE_NAME.search(value) is not None


def unique_names(text: str | bytes) -> frozenset[str]:
    """Return the unique names of any run in a text."""
    if isinstance(text, bytes):
        return frozenset(name.decode("ascii") for name in _UNIQUE_NAME_BYTES.findall(text))
    return frozenset(_UNIQUE_NAME.findall(text))


def names_of_run(names: frozenset[str], prefix: str) -> frozenset[str]:
    """Return those of the unique names that belong to the run with the prefix."""
    return frozenset(name for name in names if name.startswith(f"cc-{prefix}-"))


def with_attempt_number(text: bytes, attempt: int) -> bytes:
    """Return the text with the names that it has in an attempt, of the same length up to MAX_ATTEMPT."""
    return _WITH_ATTEMPT.sub(rb"\g<1>%x_Z" % attempt, text)


def without_attempt_number(text: bytes) -> bytes:
    """Return the text with the names that it has in every attempt."""
    return _WITH_ATTEMPT.sub(rb"\1", text)
