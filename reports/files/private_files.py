"""Writing of files that only the owner can read, without following links.

An existing link or pipe with the name of the file is replaced, and its target stays unchanged. For a folder
or a device with that name OSError is raised.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

FILE_MODE: Final = 0o600
FOLDER: Final = 0o700
TEMPORARY: Final = ".conformance-*.tmp"  # pattern of the names of temporary files


def open_private(path: Path) -> IO[bytes]:
    """Open a new, empty file under its final name."""
    _expect_replaceable(path)
    path.unlink(missing_ok=True)
    return create_file(path)


def create_file(path: Path, mode: int = FILE_MODE) -> IO[bytes]:
    """Open a new file; raise FileExistsError if the name exists, even as a dangling link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    return os.fdopen(descriptor, "wb")


@contextmanager
def open_replacement(path: Path, mode: int = FILE_MODE) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces `path` when the block ends without an error."""
    _expect_replaceable(path)
    temporary = path.with_name(TEMPORARY.replace("*", secrets.token_hex(8)))
    try:
        with create_file(temporary, mode) as file:
            yield file
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write(text: str, path: Path) -> None:
    """Write a file completely or not at all."""
    with open_replacement(path) as file:
        file.write(text.encode())


def rewrite(text: str, path: Path) -> None:
    """Write a file completely or not at all; an existing file keeps its permissions."""
    mode = stat.S_IMODE(path.stat().st_mode) if is_file(path) else FILE_MODE
    with open_replacement(path) as file:
        os.fchmod(file.fileno(), mode)
        file.write(text.encode())


def make_private_dir(folder: Path) -> Path:
    """Create a folder that only the owner can enter, unless it exists."""
    folder.mkdir(FOLDER, parents=True, exist_ok=True)
    return folder


def make_subfolder(folder: Path, mode: int = FOLDER) -> Path:
    """Create a folder within another, unless it exists; raise NotADirectoryError for a link to a folder."""
    with suppress(FileExistsError):
        folder.mkdir(mode)
    if not is_folder(folder):
        problem = "a symbolic link or a file exists instead of the folder"
        raise NotADirectoryError(errno.ENOTDIR, problem, str(folder))
    return folder


def remove_marked(folder: Path, marker: str) -> None:
    """Remove a folder that is empty or contains only the marker file of the suite."""
    if [path.name for path in folder.iterdir()] == [marker]:
        (folder / marker).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def is_folder(path: Path) -> bool:
    """Return whether the path is a folder, not a link to one."""
    return _has_type(path, stat.S_ISDIR)


def is_file(path: Path) -> bool:
    """Return whether the path is a regular file, not a link to one."""
    return _has_type(path, stat.S_ISREG)


def _expect_replaceable(path: Path) -> None:
    """Raise OSError for a folder or a device: root could otherwise replace /dev/null."""
    if is_folder(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if _has_type(path, stat.S_ISCHR) or _has_type(path, stat.S_ISBLK):
        raise FileExistsError(errno.EEXIST, "a device exists with the name of the file", str(path))


def _has_type(path: Path, test: Callable[[int], bool]) -> bool:
    try:
        return test(path.lstat().st_mode)
    except OSError:
        return False


@contextmanager
def private_umask() -> Iterator[None]:
    """Restrict all files and folders that the process creates within the block to their owner."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
