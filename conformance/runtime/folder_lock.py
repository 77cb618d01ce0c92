"""Lock that prevents two commands from writing to one folder at the same time.

The folder itself is locked instead of a file in it, so that there is no lock file that could be a link, that
would be signed, or that has to be removed. The operating system releases the lock however the process ends.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class FolderInUseError(Exception):
    """Another command uses the folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder during the block; raise FolderInUseError if another command uses it."""
    if sys.platform == "win32":  # folders cannot be opened, so they are not locked
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    """Lock a folder; do nothing if the file system does not support it, such as NFS."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderInUseError(f"another run is using {folder}") from None
    except OSError:
        return
