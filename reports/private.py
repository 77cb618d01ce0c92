"""Files that hold exchanges: nobody but their owner may read them, from the first byte on."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

OWNER: Final = 0o600
FOLDER: Final = 0o700


def opened(path: Path) -> IO[bytes]:
    """Open a file to be written; one that is there already is emptied and closed to others first."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, OWNER)
    file = os.fdopen(descriptor, "wb")
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # no device is ours to change
        os.fchmod(descriptor, OWNER)
        os.ftruncate(descriptor, 0)
    return file


def write(text: str, path: Path) -> None:
    """Write a file that only its owner may read."""
    with opened(path) as file:
        file.write(text.encode())


def made(folder: Path) -> Path:
    """Make a folder that only its owner may enter, where there is none."""
    folder.mkdir(FOLDER, parents=True, exist_ok=True)
    return folder


@contextmanager
def files() -> Iterator[None]:
    """See to it that all files and folders that are made meanwhile, by whomever, are their owner's alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
