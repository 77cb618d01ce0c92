"""What went wrong in our own code, told so that it can be sent to us: types and places, without secrets."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import conformance

CRASH_REPORT: Final = "conformance-crash.txt"
_ROOT: Final = Path(conformance.__file__).parents[1]
_PACKAGES: Final = frozenset({"spec", "strategies", "conformance", "reports", "reference"})
_LONGEST: Final = 300  # characters of a message


def trace(error: BaseException, redact: Callable[[str], str]) -> list[str]:
    """Return the error in a line, then each place of our own code that it came through."""
    return [headline(error, redact), *_places(error)]


def headline(error: BaseException, redact: Callable[[str], str]) -> str:
    """Return an error in a line; one about a file names that."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return redact(f"{error.filename}: {error.strerror}")
    first = redact(str(error)).strip().partition("\n")[0][:_LONGEST]
    return f"{type(error).__name__}: {first}".rstrip(": ")


def _places(error: BaseException) -> list[str]:
    told = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _PACKAGES:
            told.append(f"{path.relative_to(_ROOT).as_posix()}:{frame.lineno} in {frame.name}")
    return told
