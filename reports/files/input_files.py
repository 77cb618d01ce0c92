"""Reading of files from untrusted sources: regular files only, bounded in size, line length and JSON depth.

Every limit is several times what the largest real file needs; `docs/explanation/robustness.md` lists them.
"""

import io
import json
import math
import os
import re
import stat
import sys
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from reports.presentation.sanitize import bounded

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB

RESULTS: Final = 32 * _MIB
CERTIFICATE: Final = 4 * _MIB
CONFIGURATION: Final = _MIB
CREDENTIALS: Final = 64 * _KIB  # a token, a key, a client certificate with its chain
AUTHORITIES: Final = _MIB  # all certificates of authorities together; OpenSSL takes quadratic time
BUNDLED: Final = 128 * _MIB  # any file of a bundle whose digest is computed

MOST_VALUES: Final = 500_000  # in one JSON document
DEEPEST: Final = 300  # levels of arrays and objects in one JSON document

_LONGEST_MESSAGE: Final = 5_000  # characters; a path alone may have 4,096
_PIECE: Final = 64 * _KIB
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISLNK, "a symbolic link"),
)
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(rb"[\[\]{}]")
_PARTS: Final = 32  # of a dotted key
_MANY_PARTS: Final = re.compile(rf"""(?:\.[ \t]*+(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+){{{_PARTS}}}""")


class InputFileError(ValueError):
    """A file cannot be used: which one, and why, at a length that a screen can show."""

    def __init__(self, message: str) -> None:
        super().__init__(bounded(message, _LONGEST_MESSAGE))


@dataclass(frozen=True)
class LineLimits:
    """Limits of a file that is read line by line; `total` applies after decompression."""

    total: int
    line: int
    lines: int
    values: int  # JSON values in one line


EVIDENCE: Final = LineLimits(total=128 * _MIB, line=16 * _MIB, lines=60_000, values=10_000)
LEDGER: Final = LineLimits(total=128 * _MIB, line=8 * _MIB, lines=200_000, values=20_000)


def exists(path: Path) -> bool:
    """Return whether there is an entry of any kind at the path, a dangling symbolic link included."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def is_folder(path: Path) -> bool:
    """Return whether the path leads to a folder."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def check_place(path: Path) -> None:
    """Raise InputFileError unless there is a folder or a regular file at the path."""
    if not is_folder(path):
        with _opened(path, sys.maxsize, follow_links=True):
            pass


def content(path: Path, *, limit: int, follow_links: bool = True) -> bytes:
    """Return the bytes of a regular file; raise InputFileError where it is none or exceeds the limit."""
    return b"".join(_pieces(path, limit, follow_links=follow_links))


def text(path: Path, *, limit: int, follow_links: bool = True) -> str:
    """Return the text of a regular file in UTF-8; raise InputFileError where it is none."""
    try:
        return content(path, limit=limit, follow_links=follow_links).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputFileError(f"{path} is not text in UTF-8: byte {error.start} is not valid") from None


def readable_size(path: Path, *, limit: int) -> int:
    """Return how many bytes a library finds that opens a file by its name and reads it to its end.

    Raises InputFileError where there is no such end, or it is beyond the limit.
    """
    return sum(map(len, _pieces(path, limit, follow_links=True)))


def digest(path: Path, *, limit: int = BUNDLED) -> str:
    """Return the SHA-256 of a regular file that is not a symbolic link, in hexadecimal digits."""
    whole = sha256()
    for piece in _pieces(path, limit, follow_links=False):
        whole.update(piece)
    return whole.hexdigest()


def lines(path: Path, limits: LineLimits, *, follow_links: bool = True) -> Iterator[bytes]:
    """Yield the lines of a regular file with their line ends; a name that ends in .gz is decompressed.

    Raises InputFileError where a limit is exceeded or the compressed data is not valid.
    """
    with _opened(path, limits.total, follow_links=follow_links) as file:
        source = io.BufferedReader(_Decompressed(file) if path.suffix == ".gz" else file, _PIECE)
        total = 0
        try:
            for number in range(1, limits.lines + 2):
                line = source.readline(limits.line + 1)
                if not line:
                    return
                total += len(line)
                if len(line) > limits.line:
                    raise InputFileError(f"{path}, line {number}: it is longer than {limits.line:,} bytes")
                if total > limits.total:
                    raise InputFileError(f"{path} holds more than {limits.total:,} bytes")
                if number > limits.lines:
                    raise InputFileError(f"{path} has more than {limits.lines:,} lines")
                yield line
        except (OSError, EOFError, zlib.error) as error:
            raise InputFileError(f"{path} cannot be read: {_reason(error)}") from None


def json_value(document: bytes, *, values: int = MOST_VALUES, depth: int = DEEPEST) -> Any:
    """Return the value of a JSON document in UTF-8 by RFC 8259; raise ValueError where it is not one.

    Rejected as well are a member that occurs twice in one object, a number beyond the range of a double,
    and a document with more values or levels than the limits, before anything is built from it.
    """
    _check_extent(document, values, depth)
    try:
        decoded = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not valid UTF-8") from None
    if decoded.startswith("\ufeff"):
        raise ValueError("it begins with a byte order mark")
    try:
        return _DECODER.decode(decoded)
    except RecursionError:  # of a caller that is deep in the stack itself
        raise ValueError("it is nested too deeply") from None


def toml_table(document: str) -> dict[str, Any]:
    """Return the table that a TOML document holds; raise ValueError where it is not one.

    Keys of many parts are rejected: tomllib takes quadratic time for them.
    """
    if _MANY_PARTS.search(document):
        raise ValueError(f"a key has more than {_PARTS} parts")
    try:
        return tomllib.loads(document)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _check_extent(document: bytes, values: int, depth: int) -> None:
    """Raise ValueError where a document has too many values or levels; what is in strings does not count."""
    opening = document.count(b"[") + document.count(b"{")
    if opening + document.count(b",") <= values and opening <= depth:
        return
    structure = _STRING.sub(b"", document)
    opening = structure.count(b"[") + structure.count(b"{")
    if opening + structure.count(b",") > values:
        raise ValueError(f"it holds more than {values:,} values")
    level = 0
    for bracket in _BRACKET.findall(structure):
        level += 1 if bracket in b"[{" else -1
        if level > depth:
            raise ValueError(f"it is nested more than {depth} levels deep")


def _pieces(path: Path, limit: int, *, follow_links: bool) -> Iterator[bytes]:
    """Yield the content of a file piece by piece: some files have more than the size that they report."""
    with _opened(path, limit, follow_links=follow_links) as file:
        total = 0
        while piece := _read(path, file):
            total += len(piece)
            if total > limit:
                raise InputFileError(f"{path} holds more than {limit:,} bytes")
            yield piece


def _read(path: Path, file: io.FileIO) -> bytes:
    try:
        piece = file.read(_PIECE)
    except OSError as error:
        raise InputFileError(f"{path} cannot be read: {_reason(error)}") from None
    if piece is None:  # a file of /proc that would block
        raise InputFileError(f"{path} cannot be read: it has no end")
    return piece


@contextmanager
def _opened(path: Path, limit: int, *, follow_links: bool) -> Iterator[io.FileIO]:
    """Open a regular file without waiting for anything; raise InputFileError for whatever else it is."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow_links else os.O_NOFOLLOW)
    try:
        _check_kind(path, path.stat(follow_symlinks=follow_links), limit)  # opening a device may act on it
        file = io.FileIO(os.open(path, flags))
    except (OSError, ValueError) as error:
        if isinstance(error, InputFileError):
            raise
        raise InputFileError(f"{path} cannot be read: {_reason(error)}") from None
    with file:
        _check_kind(path, os.fstat(file.fileno()), limit)  # it may have been replaced since
        yield file


def _check_kind(path: Path, status: os.stat_result, limit: int) -> None:
    kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), None)
    if kind is not None:
        raise InputFileError(f"{path} is {kind}, not a regular file")
    if status.st_size > limit:
        raise InputFileError(f"{path} has {status.st_size:,} bytes; at most {limit:,} are read")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class _Decompressed(io.RawIOBase):
    """What a gzip file holds, decompressed no further than it is read.

    A run writes one member; more of them, or anything else behind it, are rejected.
    """

    def __init__(self, file: io.FileIO) -> None:
        super().__init__()
        self._file = file
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._inflater.eof:
            compressed = self._inflater.unconsumed_tail or self._file.read(_PIECE)
            if not compressed:
                raise EOFError("the compressed data ends too early")
            piece = self._inflater.decompress(compressed, len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
        if self._inflater.unused_data or self._file.read(1):
            raise EOFError("there is data after the end of the compressed data")
        return 0


def _object(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) < len(members):
        names = [name for name, _ in members]
        twice = Counter(names).most_common(1)[0][0]
        raise ValueError(f"the member {twice!r} occurs twice in one object")
    return made


def _float(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is beyond the range of a double")
    return value


def _constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON value")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
