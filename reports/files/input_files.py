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

from reports.presentation.sanitize import truncate

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB

RESULTS: Final = 32 * _MIB
CERTIFICATE: Final = 4 * _MIB
CONFIGURATION: Final = _MIB
CREDENTIALS: Final = 64 * _KIB  # a token, a key, a client certificate with its chain
AUTHORITIES: Final = _MIB  # all CA certificates together; OpenSSL takes quadratic time
BUNDLED: Final = 128 * _MIB  # any file of a bundle whose digest is computed

MAX_JSON_VALUES: Final = 500_000  # in one JSON document
MAX_JSON_DEPTH: Final = 300  # levels of arrays and objects in one JSON document

_MAX_MESSAGE: Final = 5_000  # characters; a path alone may have 4,096
_CHUNK: Final = 64 * _KIB
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
_MAX_KEY_PARTS: Final = 32  # of a dotted key
_LONG_KEY: Final = re.compile(
    rf"""(?:\.[ \t]*+(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+){{{_MAX_KEY_PARTS}}}"""
)


class InputFileError(ValueError):
    """A file cannot be used; the message is short enough for a terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(truncate(message, _MAX_MESSAGE))


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
    """Return whether the path exists; a dangling symbolic link does."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def is_folder(path: Path) -> bool:
    """Return whether the path is a folder or a link to one."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def check_readable(path: Path) -> None:
    """Raise InputFileError unless the path is a folder or a regular file."""
    if not is_folder(path):
        with _open_regular(path, sys.maxsize, follow_links=True):
            pass


def read_bytes(path: Path, *, limit: int, follow_links: bool = True) -> bytes:
    """Return the bytes of a regular file; raise InputFileError for another kind or a larger file."""
    return b"".join(_chunks(path, limit, follow_links=follow_links))


def read_text(path: Path, *, limit: int, follow_links: bool = True) -> str:
    """Return the text of a regular file in UTF-8; raise InputFileError if it is not valid."""
    try:
        return read_bytes(path, limit=limit, follow_links=follow_links).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputFileError(f"{path} is not valid UTF-8: byte {error.start}") from None


def readable_size(path: Path, *, limit: int) -> int:
    """Return the number of bytes that a library reads from a file that it opens by name.

    Raises InputFileError if the file has no end or exceeds the limit.
    """
    return sum(map(len, _chunks(path, limit, follow_links=True)))


def digest(path: Path, *, limit: int = BUNDLED) -> str:
    """Return the SHA-256 of a regular file that is not a symbolic link, in hexadecimal digits."""
    checksum = sha256()
    for chunk in _chunks(path, limit, follow_links=False):
        checksum.update(chunk)
    return checksum.hexdigest()


def read_lines(path: Path, limits: LineLimits, *, follow_links: bool = True) -> Iterator[bytes]:
    """Yield the lines of a regular file with their line ends; a file named *.gz is decompressed.

    Raises InputFileError if a limit is exceeded or the compressed data is not valid.
    """
    with _open_regular(path, limits.total, follow_links=follow_links) as file:
        source = io.BufferedReader(_GzipReader(file) if path.suffix == ".gz" else file, _CHUNK)
        total = 0
        try:
            for number in range(1, limits.lines + 2):
                line = source.readline(limits.line + 1)
                if not line:
                    return
                total += len(line)
                if len(line) > limits.line:
                    raise InputFileError(f"{path}, line {number}: longer than {limits.line:,} bytes")
                if total > limits.total:
                    raise InputFileError(f"{path} has more than {limits.total:,} bytes")
                if number > limits.lines:
                    raise InputFileError(f"{path} has more than {limits.lines:,} lines")
                yield line
        except (OSError, EOFError, zlib.error) as error:
            raise InputFileError(f"{path} cannot be read: {_reason(error)}") from None


def parse_json(document: bytes, *, values: int = MAX_JSON_VALUES, depth: int = MAX_JSON_DEPTH) -> Any:
    """Return the value of a JSON document in UTF-8 (RFC 8259); raise ValueError if it is not valid.

    Also rejected: a member that occurs twice in one object, a number outside the range of a double, and
    (before parsing) a document with more values or levels than the limits.
    """
    _check_extent(document, values, depth)
    try:
        decoded = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not valid UTF-8") from None
    if decoded.startswith("\ufeff"):
        raise ValueError("starts with a byte order mark")
    try:
        return _DECODER.decode(decoded)
    except RecursionError:  # the caller may already be deep in the stack
        raise ValueError("too deeply nested") from None


def parse_toml(document: str) -> dict[str, Any]:
    """Return the content of a TOML document; raise ValueError if it is not valid.

    Keys with many parts are rejected: tomllib takes quadratic time for them.
    """
    if _LONG_KEY.search(document):
        raise ValueError(f"a key has more than {_MAX_KEY_PARTS} parts")
    try:
        return tomllib.loads(document)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _check_extent(document: bytes, values: int, depth: int) -> None:
    """Raise ValueError if a document has too many values or levels, not counting strings."""
    opening = document.count(b"[") + document.count(b"{")
    if opening + document.count(b",") <= values and opening <= depth:
        return
    structure = _STRING.sub(b"", document)
    opening = structure.count(b"[") + structure.count(b"{")
    if opening + structure.count(b",") > values:
        raise ValueError(f"more than {values:,} values")
    level = 0
    for bracket in _BRACKET.findall(structure):
        level += 1 if bracket in b"[{" else -1
        if level > depth:
            raise ValueError(f"more than {depth} levels deep")


def _chunks(path: Path, limit: int, *, follow_links: bool) -> Iterator[bytes]:
    """Yield the content of a file in chunks: some files are larger than the size that they report."""
    with _open_regular(path, limit, follow_links=follow_links) as file:
        total = 0
        while chunk := _read(path, file):
            total += len(chunk)
            if total > limit:
                raise InputFileError(f"{path} has more than {limit:,} bytes")
            yield chunk


def _read(path: Path, file: io.FileIO) -> bytes:
    try:
        chunk = file.read(_CHUNK)
    except OSError as error:
        raise InputFileError(f"{path} cannot be read: {_reason(error)}") from None
    if chunk is None:  # a file in /proc that would block
        raise InputFileError(f"{path} cannot be read: it is unbounded")
    return chunk


@contextmanager
def _open_regular(path: Path, limit: int, *, follow_links: bool) -> Iterator[io.FileIO]:
    """Open a regular file without blocking; raise InputFileError for any other kind."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow_links else os.O_NOFOLLOW)
    try:
        _check_kind(
            path, path.stat(follow_symlinks=follow_links), limit
        )  # opening a device may have side effects
        file = io.FileIO(os.open(path, flags))
    except (OSError, ValueError) as error:
        if isinstance(error, InputFileError):
            raise
        raise InputFileError(f"{path} cannot be read: {_reason(error)}") from None
    with file:
        _check_kind(path, os.fstat(file.fileno()), limit)  # it may have been replaced meanwhile
        yield file


def _check_kind(path: Path, status: os.stat_result, limit: int) -> None:
    kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), None)
    if kind is not None:
        raise InputFileError(f"{path} is {kind}, not a regular file")
    if status.st_size > limit:
        raise InputFileError(f"{path} has {status.st_size:,} bytes; the limit is {limit:,}")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class _GzipReader(io.RawIOBase):
    """Reader of a gzip file that decompresses no more than is read.

    A run writes one gzip member; further members and trailing data are rejected.
    """

    def __init__(self, file: io.FileIO) -> None:
        super().__init__()
        self._file = file
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._inflater.eof:
            compressed = self._inflater.unconsumed_tail or self._file.read(_CHUNK)
            if not compressed:
                raise EOFError("the compressed data is truncated")
            chunk = self._inflater.decompress(compressed, len(buffer))
            if chunk:
                buffer[: len(chunk)] = chunk
                return len(chunk)
        if self._inflater.unused_data or self._file.read(1):
            raise EOFError("unexpected data after the end of the compressed data")
        return 0


def _object(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        names = [name for name, _ in members]
        duplicate = Counter(names).most_common(1)[0][0]
        raise ValueError(f"the member {duplicate!r} occurs twice in one object")
    return value


def _float(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is outside the range of a double")
    return value


def _constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON value")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
