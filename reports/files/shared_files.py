"""Writing of reports: files and folders without secrets, whose access the umask of the user decides.

Another user of a CI machine can then read and archive them. As for private files, links are not followed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from reports.files import private_files

_FILE_MODE: Final = 0o666  # less the umask
_EXECUTABLE_MODE: Final = 0o777
_FOLDER_MODE: Final = 0o777


@contextmanager
def open_replacement(path: Path, *, is_executable: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces `path` when the block ends without an error."""
    with private_files.open_replacement(path, _EXECUTABLE_MODE if is_executable else _FILE_MODE) as file:
        yield file


def write(text: str, path: Path, *, is_executable: bool = False) -> None:
    """Write a file completely or not at all."""
    with open_replacement(path, is_executable=is_executable) as file:
        file.write(text.encode())


def make_folder(folder: Path) -> Path:
    """Create a folder, unless it exists."""
    folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    return folder


def make_subfolder(folder: Path) -> Path:
    """Create a folder within another, unless it exists; raise NotADirectoryError for a link to a folder."""
    return private_files.make_subfolder(folder, _FOLDER_MODE)
