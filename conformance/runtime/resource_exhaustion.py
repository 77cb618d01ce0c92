"""Detection of exhausted resources of this machine, which are an internal error and not a finding."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

REASON_CODE: Final = "exhausted"  # reason code of a run that was stopped for it
_CODES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})


class ResourceExhaustedError(Exception):
    """This machine lacks a resource that is needed to send a request."""


def raise_if_exhausted(error: BaseException) -> None:
    """Raise ResourceExhaustedError if an error or one of its causes is a lack of resources."""
    for cause in _causes(error):
        exhaustion = _exhaustion(cause)
        if exhaustion is not None:
            raise ResourceExhaustedError(
                f"this machine lacks resources to send a request: {exhaustion.strerror}; "
                "raise its limits (ulimit -n) or lower --concurrency"
            ) from error


def raise_descriptor_limit(count: int) -> None:
    """Raise the limit of open files to a count if it is lower and the system permits it."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - it does not exist on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = count if hard == resource.RLIM_INFINITY else min(count, hard)
        if soft != resource.RLIM_INFINITY and soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _exhaustion(error: BaseException) -> OSError | None:
    """Return the lack of resources that an error reports; a failed name resolution may hide one."""
    if isinstance(error, socket.gaierror):
        return _descriptor_exhaustion()
    if isinstance(error, OSError) and error.errno in _CODES:
        return error
    return None


def _descriptor_exhaustion() -> OSError | None:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error if error.errno in _CODES else None
    return None
