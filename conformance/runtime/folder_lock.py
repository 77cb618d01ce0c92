"""Lock that keeps two commands from writing to one folder at the same time.

The folder itself is locked, not a file in it: there is no lock file to follow a link to, to sign or to
clean up, and the operating system releases the lock however the process ends.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class FolderInUseError(Exception):
    """Another command holds the folder."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; raise FolderInUseError if another command holds it."""
    if sys.platform == "win32":  # where a folder cannot be opened, commands are not kept apart
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    """Lock a folder; do without where the file system has no locks for folders, as NFS has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderInUseError(f"another run is using {folder}") from None
    except OSError:
        return
