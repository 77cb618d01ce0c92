"""The ledger file: a line for each create request before it is sent, and a line for each later event.

Each line is passed to the operating system, which keeps it if this process dies, before the request is sent.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from conformance.http.exchange import is_addressable
from conformance.transport.resources.ownership import Leftover
from conformance.transport.throttling import RunStoppedError
from reports.files import input_files, private_files
from reports.presentation.sanitize import truncate

FILE_NAME: Final = "ledger.ndjson"
_MAX_PROBLEM_LENGTH: Final = 300  # characters of an error in a message


class LedgerError(input_files.InputFileError):
    """The ledger cannot be read: which line, and why."""


def _ignore() -> None:
    """Do nothing."""


class LedgerFile:
    """A file to which lines are appended, each passed to the operating system at once.

    After an error no more lines are written: the run has to end, and clean-up uses the data in memory.
    """

    def __init__(self, path: Path) -> None:
        self.write_error: str | None = None  # why no more lines are written
        self.on_write_error: Callable[[], None] = _ignore
        self._path = path
        self._file: IO[bytes] = private_files.open_private(path)

    def write(self, **line: Any) -> None:
        """Append a line, unless an earlier one could not be written."""
        if self.write_error is not None:
            return
        try:
            self._file.write(json.dumps(line).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            self.write_error = f"{self._path} cannot be written: {error.strerror}"
            self.on_write_error()

    def raise_if_incomplete(self) -> None:
        """Raise RunStoppedError if a line is missing: a new resource could not be found after a crash."""
        if self.write_error is not None:
            raise RunStoppedError(self.write_error)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # of a line that could not be written, which is already reported
            self._file.close()


@dataclass(frozen=True)
class LedgerContents:
    """The remaining resources in a ledger: those with a known id, and those that may exist."""

    created: tuple[Leftover, ...]
    unconfirmed: tuple[Leftover, ...]


def read_ledger(path: Path) -> LedgerContents:
    """Read the ledger of a run that may have been killed; a truncated last line is ignored."""
    parser = _LedgerParser()
    try:
        for number, line in enumerate(
            input_files.read_lines(path, input_files.LEDGER, follow_links=False), 1
        ):
            if line.endswith(b"\n"):
                _parse_line(parser, path, number, line)
    except input_files.InputFileError as error:
        raise LedgerError(str(error)) from None
    return LedgerContents(tuple(parser.created.values()), tuple(parser.lost.values()))


def _parse_line(parser: "_LedgerParser", path: Path, number: int, line: bytes) -> None:
    try:
        parser.apply(input_files.parse_json(line, values=input_files.LEDGER.values))
    except (ValueError, KeyError, TypeError) as error:
        problem = truncate(f"{type(error).__name__}: {error}", _MAX_PROBLEM_LENGTH)
        raise LedgerError(f"{path}, line {number}: not a valid ledger record ({problem})") from None


class _LedgerParser:
    """Applies the lines of a ledger, one at a time."""

    def __init__(self) -> None:
        self.created: dict[tuple[str, str], Leftover] = {}
        self.lost: dict[int, Leftover] = {}
        self._intents: dict[int, Leftover] = {}

    def apply(self, line: Mapping[str, Any]) -> None:
        """Apply a line; raise ValueError, KeyError or TypeError if it is not a valid record."""
        match line:
            case {"intent": int(number), "collection": str(collection), "name": str(name)}:
                intent = Leftover(collection, "", name, str(line.get("display_name", "")))
                self._intents[number] = self.lost[number] = intent
            case {"created": int(number), "id": identifier}:
                if is_addressable(identifier):
                    self.lost.pop(number, None)
                    self._add(number, identifier)
            case {"unconfirmed": int(number), "id": str(identifier)}:
                self._add(number, identifier)
            case {"disowned": int(number), "id": str(identifier)}:
                self.lost[number] = self._intents[number]
                self.created.pop((self.lost[number].collection, identifier), None)
            case {"rejected": int(number)} | {"unsent": int(number)} | {"absent": int(number)}:
                self.lost.pop(number)
            case {"deleted": str(identifier), "collection": str(collection)}:
                self.created.pop((collection, identifier), None)
            case {"cleared": True}:  # clean-up deleted all resources
                self.created.clear()
                self.lost.clear()
            case _:
                raise ValueError("unknown record type")

    def _add(self, number: int, identifier: str) -> None:
        leftover = replace(self._intents[number], id=identifier)
        self.created[leftover.collection, identifier] = leftover


def record_cleanup(path: Path, deleted: Iterable[Leftover], *, complete: bool) -> None:
    """Add to the ledger of an earlier run that clean-up has deleted some or all of its resources."""
    lines: list[dict[str, Any]] = [
        {"deleted": leftover.id, "collection": leftover.collection, "by": "cleanup"} for leftover in deleted
    ]
    if complete:
        lines.append({"cleared": True, "by": "cleanup"})
    whole, newline, _ = path.read_bytes().rpartition(b"\n")  # without a truncated last line
    with private_files.open_replacement(path) as file:
        file.write(whole + newline)
        file.writelines(json.dumps(line).encode() + b"\n" for line in lines)
