"""Input files are read within limits, and only if they are regular files."""

import gzip
import os
import socket
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.files import input_files
from reports.files.input_files import InputFileError, LineLimits

SMALL = LineLimits(total=1_000, line=100, lines=20, values=10)
TIMEOUT = 20  # seconds, on a busy machine


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_link_loop(path: Path) -> None:
    path.symlink_to(path)


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_sparse_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20 * 2**30)


NOT_READABLE: list[tuple[Callable[[Path], None], str]] = [
    (make_fifo, "is a FIFO, not a regular file"),
    (make_socket, "is a socket, not a regular file"),
    (Path.mkdir, "is a folder, not a regular file"),
    (link_to_device, "is a character device, not a regular file"),
    (make_link_loop, "cannot be read: Too many levels of symbolic links"),
    (make_sparse_file, "has 21,474,836,480 bytes; the limit is 1,000"),
    (lambda _: None, "cannot be read: No such file or directory"),
]


@pytest.mark.parametrize("make, problem", NOT_READABLE)
def test_an_irregular_or_oversized_file_is_rejected_at_once(
    tmp_path: Path, make: Callable[[Path], None], problem: str
) -> None:
    path = tmp_path / "x"
    make(path)
    messages: list[str] = []

    def read() -> None:
        for reader in (input_files.read_bytes, input_files.read_text, input_files.readable_size):
            with pytest.raises(InputFileError) as raised:
                reader(path, limit=1_000)
            messages.append(str(raised.value))
        with pytest.raises(InputFileError) as raised:
            list(input_files.read_lines(path, SMALL))
        messages.append(str(raised.value))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    assert messages == [f"{path} {problem}"] * 4


def test_a_symbolic_link_is_followed_only_if_specified_by_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a")
    (tmp_path / "link").symlink_to("file")
    assert input_files.read_text(tmp_path / "link", limit=10) == "a"
    with pytest.raises(InputFileError, match="link is a symbolic link, not a regular file"):
        input_files.read_text(tmp_path / "link", limit=10, follow_links=False)
    with pytest.raises(InputFileError, match="link is a symbolic link, not a regular file"):
        input_files.digest(tmp_path / "link")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc on this system")
def test_a_file_with_more_than_the_size_it_reports_is_read_within_the_limit() -> None:
    path = Path("/proc/self/status")
    assert path.stat().st_size == 0
    assert b"Name:" in input_files.read_bytes(path, limit=100_000)
    with pytest.raises(InputFileError, match="has more than 10 bytes"):
        input_files.read_bytes(path, limit=10)


def test_an_impossible_path_is_rejected() -> None:
    for path in (Path("a\0b"), Path("x" * 1_000)):
        with pytest.raises(InputFileError, match="cannot be read"):
            input_files.read_bytes(path, limit=10)
        assert not input_files.exists(path)
        assert not input_files.is_folder(path)


def test_line_ends_are_preserved_in_plain_and_compressed_files(tmp_path: Path) -> None:
    content = b"a\n\nb\r\nc"
    (tmp_path / "plain").write_bytes(content)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(content))
    for name in ("plain", "packed.gz"):
        assert list(input_files.read_lines(tmp_path / name, SMALL)) == [b"a\n", b"\n", b"b\r\n", b"c"]


MEMBER = gzip.compress(b"a\n", mtime=0)
INVALID_FILES: list[tuple[str, bytes, str]] = [
    ("long", b"x" * 101, "line 1: longer than 100 bytes"),
    ("many", b"\n" * 21, "has more than 20 lines"),
    ("large", b"x" * 1_001, "has 1,001 bytes; the limit is 1,000"),
    ("bomb.gz", gzip.compress(b"\0" * 10**7, mtime=0)[:1_000], "line 1: longer than 100 bytes"),
    ("inflated.gz", gzip.compress((b"x" * 90 + b"\n") * 15, mtime=0), "has more than 1,000 bytes"),
    ("members.gz", MEMBER * 2, "unexpected data after the end of the compressed data"),
    ("trailing.gz", MEMBER + b"garbage", "unexpected data after the end of the compressed data"),
    ("cut.gz", MEMBER[:-4], "the compressed data is truncated"),
    ("empty.gz", b"", "the compressed data is truncated"),
    ("plain.gz", b"a\n", "incorrect header check"),
    ("spoiled.gz", MEMBER[:-8] + b"\0" * 8, "incorrect data check"),
    ("zlib.gz", zlib.compress(b"a\n"), "incorrect header check"),
]


@pytest.mark.parametrize("name, content, problem", INVALID_FILES)
def test_an_oversized_or_corrupt_file_is_rejected(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputFileError, match=problem):
        list(input_files.read_lines(tmp_path / name, SMALL))


def test_json_is_parsed_according_to_rfc_8259() -> None:
    assert input_files.parse_json(b'{"a": [1, -2.5e3, "\\u00e9", null, true]}') == {
        "a": [1, -2500.0, "é", None, True]
    }


@pytest.mark.parametrize(
    "document, problem",
    [
        (b"", "Expecting value"),
        (b"[1,]", "Expecting value"),
        (b"\xef\xbb\xbf{}", "starts with a byte order mark"),
        ("{}".encode("utf-16"), "is not valid UTF-8"),
        (b'"\xff"', "byte 1 is not valid UTF-8"),
        (b'"a\0b"', "Invalid control character"),
        (b"[NaN]", "NaN is not a JSON value"),
        (b"[-Infinity]", "-Infinity is not a JSON value"),
        (b"[1e999]", "1e999 is outside the range of a double"),
        (b"[" + b"9" * 5_000 + b"]", "digits"),
        (b'{"a": 1, "b": 2, "a": 1}', "the member 'a' occurs twice in one object"),
        (b"[" * 400_000, "more than 300 levels deep"),
        (b'{"a":' * 10**5 + b"1" + b"}" * 10**5, "more than 300 levels deep"),
        (b"[" + b"0," * 10**6 + b"0]", "more than 500,000 values"),
        (b'["' + b"[" * 1_000 + b'", ' + b"[" * 301, "more than 300 levels deep"),
    ],
)
def test_invalid_or_oversized_json_is_rejected(document: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        input_files.parse_json(document)


def test_brackets_and_commas_in_strings_do_not_count() -> None:
    text = '[{,"\\' * 1_000
    document = b'["' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"]'
    assert input_files.parse_json(document, values=2, depth=1) == [text]


@pytest.mark.parametrize("key", ["a" + ".a" * 500_000 + " = 1", "[a" + " . 'a'" * 100_000 + "]"])
def test_a_toml_key_of_many_parts_is_rejected(key: str) -> None:
    with pytest.raises(ValueError, match="a key has more than 32 parts"):
        input_files.parse_toml(key)
    assert input_files.parse_toml('a.b = "1.2.3"') == {"a": {"b": "1.2.3"}}
