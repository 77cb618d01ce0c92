"""Standard streams that remain usable if they are closed, full or without a reader."""

import errno
import fcntl
import io
import os
import select
import sys
from typing import Any, Final, TextIO

_INPUT, _OUTPUT, _ERROR = 0, 1, 2
_MODES: Final = {_INPUT: os.O_RDONLY, _OUTPUT: os.O_WRONLY, _ERROR: os.O_WRONLY}
_NO_READER: Final = frozenset({errno.EPIPE, errno.EIO})  # EIO: the terminal was closed


def prepare() -> None:
    """Connect unusable standard descriptors to the null device, and make output errors harmless.

    A closed descriptor would be reused for the next file that is opened, and all output would be written to
    that file. Streams that were replaced, for example by a test, are not changed.
    """
    for descriptor, mode in _MODES.items():
        if not _is_usable(descriptor, mode):
            _connect_to_null(descriptor)
    if sys.stdin is None:
        sys.stdin = open(_INPUT, encoding="utf-8", closefd=False)  # noqa: SIM115 - open until the process ends
    if sys.stdout is sys.__stdout__:
        sys.stdout = _tolerant_stream(_OUTPUT, sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _tolerant_stream(_ERROR, sys.stderr)


def output_failure() -> OSError | None:
    """Flush the standard output, and return the error because of which output was lost, if any.

    A closed pipe is not an error.
    """
    stream = sys.stdout
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if not isinstance(raw, _TolerantFile):
        return None
    stream.flush()
    return raw.failure


class _TolerantFile(io.FileIO):
    """Descriptor whose output goes to the null device after the first error."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write the data, or discard it if it cannot be written."""
        try:
            while (written := super().write(data)) is None:  # a non-blocking pipe that is full
                select.select((), (self,), ())
        except OSError as error:
            if error.errno not in _NO_READER:
                self.failure = error
            _connect_to_null(self.fileno())
            return len(data)
        return written


def _tolerant_stream(descriptor: int, original: TextIO | None) -> TextIO:
    """Return a stream like the original, or a UTF-8 stream if the process was started without it."""
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
    """Return whether a descriptor is open in the required mode."""
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
