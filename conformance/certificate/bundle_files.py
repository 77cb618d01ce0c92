"""The files of a bundle: which a run writes, and which do not belong there."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.evidence import evidence_file
from conformance.results.output_folder import CERTIFICATE, MARKER
from conformance.transport.resources import ledger_file
from reports import report_files
from reports.formats import allure

RESPONSES: Final = (evidence_file.FILE, evidence_file.COMPRESSED)
ALLURE: Final = allure.FOLDER
_FILES: Final = frozenset({CERTIFICATE, MARKER, *RESPONSES, ledger_file.FILE, *report_files.FILES})
_ALLURE_FILE: Final = re.compile(
    rf"{ALLURE}/([0-9a-f-]+-(result\.json|attachment\.txt)|categories\.json|environment\.properties"
    rf"|{re.escape(allure.MANIFEST)})"
)


@dataclass(frozen=True)
class BundleFiles:
    """The entries of a bundle by their paths in it; no entry was opened or followed."""

    regular: frozenset[str]
    folders: frozenset[str]
    special: tuple[str, ...]  # links, devices, sockets and pipes, each with what it is

    @property
    def unexpected(self) -> list[str]:
        """Return what no run writes."""
        files = [name for name in self.regular if not _is_written_by_a_run(name)]
        return sorted(files) + sorted(f"{name}/" for name in self.folders - {ALLURE})

    @property
    def problems(self) -> list[str]:
        """Return what no bundle may hold, signed or not."""
        both = self.regular.issuperset(RESPONSES)
        twice = [f"{' and '.join(RESPONSES)} are both there: a run writes one of them"] if both else []
        misplaced = sorted(name for name in self.folders if _is_written_by_a_run(name))
        return [*self.special, *(f"{name} is a folder, not a regular file" for name in misplaced), *twice]


def listed(folder: Path) -> BundleFiles:
    """Return the entries of a folder and of the folders in it."""
    regular, folders, special = set(), set(), []
    for path, entry in _entries(folder, ""):
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISREG(mode):
            regular.add(path)
        elif stat.S_ISDIR(mode):
            folders.add(path)
        else:
            special.append(f"{path} is {_kind(mode)}, not a regular file")
    return BundleFiles(frozenset(regular), frozenset(folders), tuple(sorted(special)))


def _entries(folder: Path, within: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    waiting = [(folder, within)]
    while waiting:
        place, prefix = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                yield path, entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((place / entry.name, f"{path}/"))


def _is_written_by_a_run(name: str) -> bool:
    return name in _FILES or _ALLURE_FILE.fullmatch(name) is not None


def _kind(mode: int) -> str:
    kinds = {stat.S_ISLNK: "a symbolic link", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device")
