"""Files that only their owner may read, written without following a link.

Whatever has the name of a file that is written (a symbolic link, a hard link, a pipe) loses the name and
keeps its content. A folder and a device keep the name: OSError is raised.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

OWNER: Final = 0o600
FOLDER: Final = 0o700
TEMPORARY: Final = ".conformance-*.tmp"  # the pattern of the names under which files are written at first


def opened(path: Path) -> IO[bytes]:
    """Open a new, empty file that can be read while it is written."""
    _expect_replaceable(path)
    path.unlink(missing_ok=True)
    return created(path)


def created(path: Path, mode: int = OWNER) -> IO[bytes]:
    """Open a new file; raise FileExistsError if anything has its name, even a link to nowhere."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    return os.fdopen(descriptor, "wb")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that gets its name when the block ends; after an error the name is as it was."""
    _expect_replaceable(path)
    temporary = path.with_name(TEMPORARY.replace("*", secrets.token_hex(8)))
    try:
        with created(temporary) as file:
            yield file
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write(text: str, path: Path) -> None:
    """Write a file, completely or not at all."""
    with replacing(path) as file:
        file.write(text.encode())


def made(folder: Path) -> Path:
    """Create a folder that only its owner may enter, unless there is one."""
    folder.mkdir(FOLDER, parents=True, exist_ok=True)
    return folder


def subfolder(folder: Path) -> Path:
    """Create a folder within another, unless there is one; raise NotADirectoryError for a link to one."""
    with suppress(FileExistsError):
        folder.mkdir(FOLDER)
    if not is_folder(folder):
        problem = "a symbolic link or a file is in the place of the folder"
        raise NotADirectoryError(errno.ENOTDIR, problem, str(folder))
    return folder


def remove_marked(folder: Path, marker: str) -> None:
    """Remove a folder that holds nothing, or nothing but a file that marks it as ours."""
    if [each.name for each in folder.iterdir()] == [marker]:
        (folder / marker).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder, and not a link to one."""
    return _has_type(path, stat.S_ISDIR)


def is_file(path: Path) -> bool:
    """Return whether a path is a regular file, and not a link to one."""
    return _has_type(path, stat.S_ISREG)


def _expect_replaceable(path: Path) -> None:
    """Raise OSError if a folder or a device has the name: root could replace /dev/null."""
    if is_folder(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if _has_type(path, stat.S_ISCHR) or _has_type(path, stat.S_ISBLK):
        raise FileExistsError(errno.EEXIST, "a device has the name of the file", str(path))


def _has_type(path: Path, test: Callable[[int], bool]) -> bool:
    try:
        return test(path.lstat().st_mode)
    except OSError:
        return False


@contextmanager
def files() -> Iterator[None]:
    """See to it that all files and folders that are made meanwhile, by whomever, are their owner's alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
