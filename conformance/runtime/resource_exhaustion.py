"""Resources that this machine lacks: an internal error, never the fault of the target."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

CODE: Final = "exhausted"  # the code word of a run that was stopped for it
_CODES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})


class ExhaustedError(Exception):
    """This machine lacks a resource that a request needs: which one, and how to get more of it."""


def check(error: BaseException) -> None:
    """Raise ExhaustedError where an error, or one that it came from, is a lack of resources."""
    for each in _origins(error):
        lacking = _lack_behind(each)
        if lacking is not None:
            raise ExhaustedError(
                f"this machine lacks resources to send a request: {lacking.strerror}; "
                "raise its limits (ulimit -n), or lower --concurrency"
            ) from error


def allow_descriptors(count: int) -> None:
    """Raise the limit of open files to a count, where it is lower and the system permits that."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - it does not exist on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _origins(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _lack_behind(error: BaseException) -> OSError | None:
    """Return the lack of resources that an error is; a name that was not resolved may hide one."""
    if isinstance(error, socket.gaierror):
        return _descriptors_lacking()
    if isinstance(error, OSError) and error.errno in _CODES:
        return error
    return None


def _descriptors_lacking() -> OSError | None:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error if error.errno in _CODES else None
    return None
