"""File of a ledger: lines that outlive the process, and what happens when one cannot be written."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from conformance.transport.pacing import StoppedError
from reports.private import opened


def _ignore() -> None:
    """Do nothing."""


class LedgerFile:
    """Lines that are handed to the operating system one at a time.

    After a line that could not be written there are no more: the run has to end, and clean-up goes on with
    what is known in memory.
    """

    def __init__(self, path: Path) -> None:
        self.lost: str | None = None  # why nothing is written any more
        self.on_loss: Callable[[], None] = _ignore
        self._path = path
        self._file: IO[bytes] = opened(path)

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line, unless an earlier one could not be written."""
        if self.lost is not None:
            return
        try:
            self._file.write(json.dumps(line).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            self.lost = f"{self._path} cannot be written: {error.strerror}"
            self.on_loss()

    def expect_written(self) -> None:
        """Raise StoppedError if a line is missing: what is created then could not be found after a crash."""
        if self.lost is not None:
            raise StoppedError(self.lost)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # of a line that could not be written, which is known by now
            self._file.close()
