"""Redacted tracebacks of internal errors for bug reports."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import conformance

CRASH_REPORT: Final = "conformance-crash.txt"
_ROOT: Final = Path(conformance.__file__).parents[1]
_PACKAGES: Final = frozenset({"spec", "strategies", "conformance", "reports", "reference"})
_MAX_MESSAGE: Final = 300  # characters


def trace(error: BaseException, redact: Callable[[str], str]) -> list[str]:
    """Return the error on one line, followed by its frames in the packages of the suite."""
    return [headline(error, redact), *_frames(error)]


def headline(error: BaseException, redact: Callable[[str], str]) -> str:
    """Return an error on one line; an error about a file includes its name."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return redact(f"{error.filename}: {error.strerror}")
    first = redact(str(error)).strip().partition("\n")[0][:_MAX_MESSAGE]
    return f"{type(error).__name__}: {first}".rstrip(": ")


def _frames(error: BaseException) -> list[str]:
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _PACKAGES:
            lines.append(f"{path.relative_to(_ROOT).as_posix()}:{frame.lineno} in {frame.name}")
    return lines
