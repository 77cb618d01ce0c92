"""What a run writes is its owner's alone, from the first byte."""

import os
import stat
from pathlib import Path

from reports import private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folder_are_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = private.made(tmp_path / "some" / "where")
        with private.opened(folder / "file") as file:
            assert mode(folder / "file") == 0o600
            file.write(b"text")
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them_and_emptied(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a longer text of another run")
    path.chmod(0o644)
    private.write("text é", path)
    assert (mode(path), path.read_text("utf-8")) == (0o600, "text é")


def test_a_device_keeps_its_mode() -> None:
    before = mode(Path(os.devnull))
    private.write("text", Path(os.devnull))
    assert mode(Path(os.devnull)) == before


def test_what_others_make_meanwhile_is_private_and_nothing_after_that(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with private.files():
            (tmp_path / "one").touch()
        (tmp_path / "two").touch()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "one"), mode(tmp_path / "two")) == (0o600, 0o644)
