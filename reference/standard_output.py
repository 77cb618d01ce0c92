"""Output of the server command, which may be closed or have a reader who has left."""

import os
import sys
from collections.abc import Iterable


def announce(lines: Iterable[str]) -> None:
    """Write lines to the standard output; continue without it where nobody can read them."""
    if sys.stdout is None:  # the process was started without one
        return
    try:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
    except OSError:
        _discard_output()


def _discard_output() -> None:
    """Connect the standard output to the null device, or the interpreter would fail on it at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
