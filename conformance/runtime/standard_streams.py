"""Standard streams that stay usable where they are closed, full or without a reader."""

import errno
import fcntl
import io
import os
import select
import sys
from typing import Any, Final, TextIO

_INPUT, _OUTPUT, _ERROR = 0, 1, 2
_NEEDED: Final = {_INPUT: os.O_RDONLY, _OUTPUT: os.O_WRONLY, _ERROR: os.O_WRONLY}
_NO_READER: Final = frozenset({errno.EPIPE, errno.EIO})  # EIO: the terminal was closed


def prepare() -> None:
    """Connect each unusable standard descriptor to the null device, and make output errors harmless.

    A closed descriptor would be reused for the next file that is opened, and everything printed would be
    written into that file. Streams that somebody has replaced, such as those of a test, stay as they are.
    """
    for descriptor, mode in _NEEDED.items():
        if not _is_usable(descriptor, mode):
            _connect_to_null(descriptor)
    if sys.stdin is None:
        sys.stdin = open(_INPUT, encoding="utf-8", closefd=False)  # noqa: SIM115 - lasts as long as the process
    if sys.stdout is sys.__stdout__:
        sys.stdout = _tolerant(_OUTPUT, sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _tolerant(_ERROR, sys.stderr)


def output_failure() -> OSError | None:
    """Flush the standard output, and return the error that kept a reader from getting all of it.

    A reader who has left wanted no more: that is not an error.
    """
    stream = sys.stdout
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if not isinstance(raw, _TolerantFile):
        return None
    stream.flush()
    return raw.failure


class _TolerantFile(io.FileIO):
    """A descriptor whose output goes to the null device from the first error on."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write the data, or discard it where it cannot be written."""
        try:
            while (written := super().write(data)) is None:  # a non-blocking pipe that is full
                select.select((), (self,), ())
        except OSError as error:
            if error.errno not in _NO_READER:
                self.failure = error
            _connect_to_null(self.fileno())
            return len(data)
        return written


def _tolerant(descriptor: int, original: TextIO | None) -> TextIO:
    """Return a stream like the original, or a UTF-8 one where the process was started without it."""
    buffer = io.BufferedWriter(_TolerantFile(descriptor, "w", closefd=False))
    if not isinstance(original, io.TextIOWrapper):
        return io.TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace")
    return io.TextIOWrapper(
        buffer,
        encoding=original.encoding,
        errors=original.errors,
        line_buffering=original.line_buffering,
        write_through=original.write_through,
    )


def _is_usable(descriptor: int, mode: int) -> bool:
    """Return whether a descriptor is open for reading or for writing, whichever is needed."""
    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    except OSError:
        return False
    return flags & os.O_ACCMODE in {mode, os.O_RDWR}


def _connect_to_null(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null == descriptor:
        os.set_inheritable(null, True)  # noqa: FBT003 - the parameter is positional-only
        return
    os.dup2(null, descriptor)
    os.close(null)
