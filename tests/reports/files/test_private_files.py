"""Private files are accessible only to their owner, from the first byte; reports follow the umask."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.files import private_files, shared_files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folder_are_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = private_files.make_private_dir(tmp_path / "some" / "where")
        with private_files.open_private(folder / "file") as file:
            assert mode(folder / "file") == 0o600
            file.write(b"text")
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


def test_an_existing_readable_file_becomes_private_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a longer text of another run")
    path.chmod(0o644)
    private_files.write("text é", path)
    assert (mode(path), path.read_text("utf-8")) == (0o600, "text é")


def test_the_private_umask_applies_only_within_its_context(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with private_files.private_umask():
            (tmp_path / "one").touch()
        (tmp_path / "two").touch()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "one"), mode(tmp_path / "two")) == (0o600, 0o644)


@pytest.mark.parametrize(
    "umask, file, folder", [(0o022, 0o644, 0o755), (0o002, 0o664, 0o775), (0o077, 0o600, 0o700)]
)
def test_reports_and_their_folders_follow_the_umask(
    tmp_path: Path, umask: int, file: int, folder: int
) -> None:
    before = os.umask(umask)
    try:
        shared_files.make_folder(tmp_path / "some" / "where")
        shared_files.make_subfolder(tmp_path / "some" / "sub")
        shared_files.write("text é", tmp_path / "file")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "file"), (tmp_path / "file").read_text("utf-8")) == (file, "text é")
    assert {mode(tmp_path / name) for name in ("some", "some/where", "some/sub")} == {folder}


def test_a_subfolder_of_reports_that_is_a_link_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "inner").symlink_to(tmp_path)
    with pytest.raises(NotADirectoryError, match="a symbolic link"):
        shared_files.make_subfolder(tmp_path / "inner")


@dataclass(frozen=True)
class Obstacle:
    """An existing directory entry with the name of the file to be written."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "file"

    @property
    def other(self) -> Path:
        return self.folder / "other"

    def link(self) -> None:
        self.other.write_text("foreign")
        self.path.symlink_to(self.other)

    def link_to_nothing(self) -> None:
        self.path.symlink_to(self.other)

    def hard_link(self) -> None:
        self.other.write_text("foreign")
        self.path.hardlink_to(self.other)

    def pipe(self) -> None:
        os.mkfifo(self.path)


def write_text(path: Path) -> None:
    private_files.write("ours", path)


def write_report(path: Path) -> None:
    shared_files.write("ours", path)


def write_stream(path: Path) -> None:
    with private_files.open_private(path) as file:
        file.write(b"ours")


@pytest.mark.parametrize("write", [write_text, write_report, write_stream])
@pytest.mark.parametrize(
    "create", [Obstacle.link, Obstacle.link_to_nothing, Obstacle.hard_link, Obstacle.pipe]
)
def test_an_obstacle_is_replaced_and_its_target_is_unchanged(
    tmp_path: Path, create: Callable[[Obstacle], None], write: Callable[[Path], None]
) -> None:
    obstacle = Obstacle(tmp_path)
    create(obstacle)
    write(obstacle.path)
    assert (private_files.is_file(obstacle.path), obstacle.path.read_text()) == (True, "ours")
    assert not obstacle.other.exists() or obstacle.other.read_text() == "foreign"
    assert not list(tmp_path.glob(private_files.TEMPORARY))


@pytest.mark.parametrize("write", [write_text, write_report, write_stream])
def test_a_folder_is_not_replaced(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may create a device")
@pytest.mark.parametrize("write", [write_text, write_report, write_stream])
def test_a_device_is_not_replaced(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    with pytest.raises(FileExistsError, match="a device exists with the name of the file"):
        write(path)
    assert stat.S_ISCHR(path.stat().st_mode)


def write_half(path: Path) -> None:
    with private_files.open_replacement(path) as file:
        file.write(b"half")
        raise ZeroDivisionError


def test_an_incomplete_replacement_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "file")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "before")]


def test_a_subfolder_that_is_a_link_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "inner").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotADirectoryError, match="a symbolic link"):
        private_files.make_subfolder(tmp_path / "inner")
    assert private_files.make_subfolder(tmp_path / "new").is_dir()
