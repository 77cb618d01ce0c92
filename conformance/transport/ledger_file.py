"""The ledger file: a line for each create before it is sent, and a line for each thing known of it after.

Each line reaches the operating system before the request goes out, which keeps it when this process dies.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from conformance.exchange import addressable
from conformance.transport.ownership import Leftover
from reports.private import opened

FILE: Final = "ledger.ndjson"


class LedgerError(ValueError):
    """The ledger cannot be read: which line, and why."""


class LedgerFile:
    """Writes the lines of one run."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = opened(path)

    def write(self, **line: Any) -> None:
        """Append a line and hand it to the operating system."""
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(frozen=True)
class LedgerContent:
    """What a ledger says is left: resources whose id is known, and creates that may have left one."""

    created: tuple[Leftover, ...]
    lost: tuple[Leftover, ...]


def read(path: Path) -> LedgerContent:
    """Read the ledger of a run that may have been killed: a last line that was cut short is left out."""
    reader = _Reader()
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        try:
            reader.take(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            problem = f"{type(error).__name__}: {error}"
            raise LedgerError(f"{path}, line {number} is not a line of a ledger ({problem})") from None
    return LedgerContent(tuple(reader.created.values()), tuple(reader.lost.values()))


class _Reader:
    """Follows a ledger line by line."""

    def __init__(self) -> None:
        self.created: dict[tuple[str, str], Leftover] = {}
        self.lost: dict[int, Leftover] = {}
        self._intents: dict[int, Leftover] = {}

    def take(self, line: Mapping[str, Any]) -> None:
        """Take one line; raise ValueError, KeyError or TypeError where it is not a line of a ledger."""
        match line:
            case {"intent": int(number), "collection": str(collection), "name": str(name)}:
                intent = Leftover(collection, "", name, str(line.get("display_name", "")))
                self._intents[number] = self.lost[number] = intent
            case {"created": int(number), "id": identifier}:
                if addressable(identifier):
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
            case _:
                raise ValueError("it has none of the known forms")

    def _add(self, number: int, identifier: str) -> None:
        leftover = replace(self._intents[number], id=identifier)
        self.created[leftover.collection, identifier] = leftover


def append(path: Path, deleted: Iterable[Leftover]) -> None:
    """Enter in the ledger of a run that some resources are not left any more."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"deleted": leftover.id, "collection": leftover.collection, "by": "cleanup"}) + "\n"
            for leftover in deleted
        )
