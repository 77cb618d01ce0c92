"""Files of a bundle: those that a run writes, and unexpected ones."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.evidence import evidence_file
from conformance.results.output_folder import CERTIFICATE, MARKER
from conformance.results.reproduction import finding_folders
from conformance.results.reproduction.finding_folders import is_finding_file, is_finding_folder
from conformance.transport.resources import ledger_file
from reports import report_files
from reports.files import input_files
from reports.formats import allure

EVIDENCE_FILES: Final = (evidence_file.FILE_NAME, evidence_file.COMPRESSED_FILE_NAME)
ALLURE: Final = allure.FOLDER
FINDINGS: Final = finding_folders.FOLDER
_FILES: Final = frozenset({CERTIFICATE, MARKER, *EVIDENCE_FILES, ledger_file.FILE_NAME, *report_files.FILES})
_ALLURE_FILE: Final = re.compile(
    rf"{ALLURE}/([0-9a-f-]+-(result\.json|attachment\.txt)|categories\.json|environment\.properties"
    rf"|{re.escape(allure.MANIFEST)})"
)


@dataclass(frozen=True)
class BundleFiles:
    """Entries of a bundle by their paths in it; no file was opened and no link followed."""

    regular: frozenset[str]
    folders: frozenset[str]
    special: tuple[str, ...]  # a message for each link, device, socket and pipe

    @property
    def unexpected(self) -> list[str]:
        """Return the files and folders that a run does not write."""
        files = [name for name in self.regular if not _is_written_by_a_run(name)]
        folders = (name for name in self.folders - {ALLURE, FINDINGS} if not is_finding_folder(name))
        return sorted(files) + sorted(f"{name}/" for name in folders)

    @property
    def problems(self) -> list[str]:
        """Return the problems that make any bundle invalid, signed or not."""
        both_exist = self.regular.issuperset(EVIDENCE_FILES)
        names = " and ".join(EVIDENCE_FILES)
        duplicate = [f"{names} both exist: a run writes only one of them"] if both_exist else []
        misplaced = sorted(name for name in self.folders if _is_written_by_a_run(name))
        return [*self.special, *(f"{name} is a folder, not a regular file" for name in misplaced), *duplicate]


def file_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a bundle except the certificate, by its path in the bundle."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / CERTIFICATE)
    return {path.relative_to(folder).as_posix(): input_files.digest(path) for path in files}


def list_bundle(folder: Path) -> BundleFiles:
    """Return the entries of a folder and its subfolders."""
    regular, folders, special = set(), set(), []
    for path, entry in _entries(folder):
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISREG(mode):
            regular.add(path)
        elif stat.S_ISDIR(mode):
            folders.add(path)
        else:
            special.append(f"{path} is {_kind(mode)}, not a regular file")
    return BundleFiles(frozenset(regular), frozenset(folders), tuple(sorted(special)))


def _entries(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    pending = [(root, "")]
    while pending:
        folder, prefix = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                yield path, entry
                if entry.is_dir(follow_symlinks=False):
                    pending.append((folder / entry.name, f"{path}/"))


def _is_written_by_a_run(name: str) -> bool:
    return name in _FILES or _ALLURE_FILE.fullmatch(name) is not None or is_finding_file(name)


def _kind(mode: int) -> str:
    kinds = {stat.S_ISLNK: "a symbolic link", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device")
