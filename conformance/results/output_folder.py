"""Output folder of a run: locking, protection of foreign files, and preservation of ledgers.

A folder belongs to the suite if it contains the marker file of a run, valid results or evidence. In any other
folder, existing files with the names of output files are overwritten only with --force. A ledger with
undeleted resources is never overwritten: it is moved to a folder of its own for cleanup.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import click

from conformance.config.setting_types import ConfigurationError
from conformance.evidence import evidence_file, evidence_reader
from conformance.http.resource_names import names_of_run
from conformance.results import har
from conformance.results.reproduction import finding_folders
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.runtime.tracebacks import CRASH_REPORT
from conformance.transport.resources import ledger_file
from reports import report_files
from reports.files import private_files, shared_files
from reports.formats import allure, replay_report
from reports.presentation.sanitize import escape_unprintable
from reports.records import results_file

MARKER: Final = ".conformance-output"
CERTIFICATE: Final = "certificate.json"
DEFAULT: Final = Path("conformance-results")
_MARKER_TEXT: Final = "This folder holds the output of conference-conformance, which overwrites its files.\n"
_EVIDENCE: Final = (evidence_file.FILE_NAME, evidence_file.COMPRESSED_FILE_NAME)
_EXPORTS: Final = (har.FINDINGS_FILE, har.EXCHANGES_FILE)
_FILES: Final = (
    *report_files.FILES,
    *_EVIDENCE,
    *_EXPORTS,
    ledger_file.FILE_NAME,
    CERTIFICATE,
    replay_report.FILE,
)
_SUBFOLDERS: Final = {allure.FOLDER: allure.is_foreign, finding_folders.FOLDER: finding_folders.is_foreign}
_SUBFOLDER: Final = re.compile(r"(worker|round|unfinished)-[0-9a-z-]+")  # subfolders of a run
_UNFINISHED: Final = "unfinished-"
_PREFIX: Final = re.compile(r"[0-9a-f]{8}")


class OutputFolderError(ConfigurationError):
    """The output folder cannot be used."""


@contextmanager
def open_output_folder(
    folder: Path, *, force: bool = False, subfolders: Iterable[Path] = ()
) -> Iterator[list[str]]:
    """Lock a folder for one run and clear it; yield the messages about ledgers that were kept.

    `subfolders` are those of the processes of the run, which are created. Raises OutputFolderError if another
    command uses one of the folders, it contains files that must not be overwritten, or it cannot be written
    to; earlier results are then unchanged.
    """
    with ExitStack() as stack:
        with _with_folder_errors(folder):
            shared_files.make_folder(folder)
            stack.enter_context(locked(folder))
            _expect_usable(folder, force=force)
            for subfolder in subfolders:
                create_subfolder(subfolder, force=force)
            with TemporaryFile(dir=folder) as probe:
                probe.write(b"\n")
            write_marker(folder)
            messages = list(_keep_ledgers(folder))
            _clear(folder)
        for message in messages:
            click.echo(escape_unprintable(f"conformance: {message}"), err=True)
        yield messages


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder; raise OutputFolderError if another command uses it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_lock.locked(folder))
        except FolderInUseError as error:
            raise OutputFolderError(
                f"{error}: wait until it has ended, or specify another folder with --output"
            ) from None
        yield


@contextmanager
def open_for_reports(folder: Path) -> Iterator[None]:
    """Lock a folder in order to write reports to it, and create it if it does not exist."""
    with ExitStack() as stack:
        with _with_folder_errors(folder):
            shared_files.make_folder(folder)
            stack.enter_context(locked(folder))
            _expect_usable(folder, force=False)
            write_marker(folder)
        yield


def foreign_subfolders(folder: Path) -> list[Path]:
    """Return the subfolders that a run would write to, and that exist although no run wrote them."""
    return [folder / name for name, is_foreign in _SUBFOLDERS.items() if is_foreign(folder / name)]


def create_subfolder(folder: Path, *, force: bool) -> Path:
    """Create the subfolder of one process in an output folder, and check that the process can use it."""
    with _with_folder_errors(folder):
        shared_files.make_subfolder(folder)
        with locked(folder):
            _expect_usable(folder, force=force)
    return folder


def write_marker(folder: Path) -> None:
    """Write the marker file by which later runs recognize the folder."""
    if not has_marker(folder):
        shared_files.write(_MARKER_TEXT, folder / MARKER)


def has_marker(folder: Path) -> bool:
    """Return whether a folder contains the marker file of a run."""
    path = folder / MARKER
    try:
        return (
            private_files.is_file(path)
            and path.stat().st_size == len(_MARKER_TEXT)
            and path.read_text() == _MARKER_TEXT
        )
    except (OSError, ValueError):
        return False


def discard(folder: Path) -> None:
    """Remove the files that runs wrote to a folder, and the folder if it is then empty."""
    with suppress(OSError):
        if private_files.is_folder(folder) and has_marker(folder):
            allure.remove(folder / allure.FOLDER)
            finding_folders.remove(folder / finding_folders.FOLDER)
            for name in (*_FILES, CRASH_REPORT):
                (folder / name).unlink(missing_ok=True)
        private_files.remove_marked(folder, MARKER)


def unfinished_subfolders(folder: Path) -> list[Path]:
    """Return the subfolders of an output folder whose ledgers contain undeleted resources."""
    return [subfolder for subfolder in _run_subfolders(folder) if _has_leftovers(subfolder)]


def cleanup_command(folder: Path) -> str:
    """Return the command that deletes the resources in the ledger of a folder."""
    origin = _origin(folder)
    target = f" --target {shlex.quote(origin)}" if origin else ""
    return f"conformance cleanup --run {shlex.quote(str(folder))}{target}"


def leftover_lines(folder: Path) -> list[str]:
    """Return a line for each undeleted resource in the ledger of a folder, and the cleanup command."""
    try:
        content = ledger_file.read_ledger(folder / ledger_file.FILE_NAME)
    except ledger_file.LedgerError:
        return []
    leftovers = [*content.created, *(resource for resource in content.unconfirmed if resource.searchable)]
    lines = [
        f"left behind: {leftover.collection}/{leftover.id or '(unknown id)'}  {leftover.name}"
        for leftover in leftovers
    ]
    return [*map(escape_unprintable, lines), escape_unprintable(cleanup_command(folder))] if leftovers else []


def _origin(folder: Path) -> str:
    """Return the target of the run whose evidence is in a folder; empty without evidence."""
    try:
        return str(evidence_reader.read_header(folder)["target"]["origin"])
    except evidence_reader.EvidenceError:
        return ""


@contextmanager
def _with_folder_errors(folder: Path) -> Iterator[None]:
    """Convert an OSError into an OutputFolderError."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename not in {None, str(folder)} else ""
        raise OutputFolderError(
            f"--output '{folder}' cannot be written to: {where}{error.strerror}"
        ) from None


def _expect_usable(folder: Path, *, force: bool) -> None:
    """Raise OutputFolderError if the folder contains files that must not be overwritten."""
    for name in _FILES:
        if private_files.is_folder(folder / name):
            raise OutputFolderError(
                f"{folder / name} is a folder, but a file of that name has to be written: move it, or "
                "specify another folder with --output"
            )
    for subfolder in foreign_subfolders(folder):
        raise OutputFolderError(
            f"{subfolder} was not written by this suite: move it, or specify another folder with --output"
        )
    if force:
        return
    if os.path.lexists(folder / CERTIFICATE):
        raise OutputFolderError(
            f"{folder} contains a signed certificate ({CERTIFICATE}): specify another folder with --output, "
            "or overwrite it with --force"
        )
    foreign = [name for name in _FILES if os.path.lexists(folder / name)]
    if foreign and not _was_written_by_a_run(folder):
        raise OutputFolderError(
            f"{folder} contains {', '.join(foreign)}, not written by this suite: specify another folder with "
            "--output, or overwrite with --force"
        )


def _was_written_by_a_run(folder: Path) -> bool:
    """Return whether a run wrote to a folder; earlier versions wrote no marker file."""
    return has_marker(folder) or _prefix(folder) is not None or _has_record(folder)


def _has_record(folder: Path) -> bool:
    try:
        return private_files.is_file(folder / results_file.FILE) and bool(
            results_file.read_validated(folder / results_file.FILE)
        )
    except results_file.UnusableResultsError:
        return False


def _prefix(folder: Path) -> str | None:
    """Return the resource prefix of the run whose evidence is in a folder; None without evidence."""
    if not any(private_files.is_file(folder / name) for name in _EVIDENCE):
        return None
    try:
        return str(evidence_reader.read_header(folder)["prefix"])
    except evidence_reader.EvidenceError:
        return None


def _clear(folder: Path) -> None:
    """Remove the files that could be mistaken for results of the new run."""
    for name in (results_file.FILE, report_files.CAMPAIGN, CERTIFICATE, CRASH_REPORT, replay_report.FILE):
        (folder / name).unlink(missing_ok=True)
    allure.remove(folder / allure.FOLDER)
    finding_folders.remove(folder / finding_folders.FOLDER)
    for temporary in folder.glob(private_files.TEMPORARY):
        temporary.unlink()


def _run_subfolders(folder: Path) -> list[Path]:
    """Return the subfolders that runs created in a folder."""
    with suppress(OSError):
        return sorted(
            path
            for path in folder.iterdir()
            if _SUBFOLDER.fullmatch(path.name) and private_files.is_folder(path)
        )
    return []


def _keep_ledgers(folder: Path) -> Iterator[str]:
    """Move each ledger with undeleted resources to a folder of its own; yield messages about them."""
    for subfolder in _run_subfolders(folder):
        try:
            with folder_lock.locked(subfolder):
                yield from _keep_ledger(subfolder, folder)
        except FolderInUseError:
            command = cleanup_command(subfolder)
            yield f"a process of an earlier run still uses {subfolder}; when it has ended: {command}"
    if _has_leftovers(folder):
        yield _note(_move_ledger(folder, folder))


def _keep_ledger(subfolder: Path, folder: Path) -> Iterator[str]:
    """Keep the ledger of a subfolder; discard a kept ledger without undeleted resources."""
    already_kept = subfolder.name.startswith(_UNFINISHED)
    if _has_leftovers(subfolder):
        yield _note(subfolder if already_kept else _move_ledger(subfolder, folder))
    elif already_kept:
        discard(subfolder)


def _note(folder: Path) -> str:
    return (
        f"an earlier run did not delete everything it created; its ledger is kept in {folder}: "
        f"{cleanup_command(folder)}"
    )


def _has_leftovers(folder: Path) -> bool:
    """Return whether the ledger of a folder may contain resources that still exist; an unreadable one may."""
    if not private_files.is_file(folder / ledger_file.FILE_NAME) or _used_built_in_server(folder):
        return False
    try:
        content = ledger_file.read_ledger(folder / ledger_file.FILE_NAME)
    except ledger_file.LedgerError:
        return True
    prefix = _prefix(folder)
    unconfirmed = (
        resource
        for resource in content.unconfirmed
        if prefix is None or names_of_run(resource.unique_names, prefix)
    )
    return bool(content.created) or any(unconfirmed)


def _used_built_in_server(folder: Path) -> bool:
    """Return whether the run used the built-in server, which has exited with all its resources."""
    with suppress(evidence_reader.EvidenceError):
        return evidence_reader.read_header(folder)["target"]["reference"] is True
    return False


def _move_ledger(folder: Path, into: Path) -> Path:
    """Move a ledger, and the evidence whose header cleanup needs, to a new folder; return the new folder.

    The evidence is linked and the ledger is moved last, so that a killed process loses neither.
    """
    new_folder = _create_ledger_folder(into, _prefix(folder) or "")
    write_marker(new_folder)
    for name in _EVIDENCE:
        if private_files.is_file(folder / name):
            _link(folder / name, new_folder / name)
    (folder / ledger_file.FILE_NAME).rename(new_folder / ledger_file.FILE_NAME)
    return new_folder


def _link(path: Path, other: Path) -> None:
    """Create a hard link; rename the file if the file system does not support links."""
    try:
        other.hardlink_to(path)
    except OSError:
        path.rename(other)


def _create_ledger_folder(folder: Path, prefix: str) -> Path:
    """Create a folder for the ledger of the run with a prefix."""
    name = _UNFINISHED + (prefix if _PREFIX.fullmatch(prefix) else "run")
    for number in count(1):
        new_folder = folder / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            new_folder.mkdir(private_files.FOLDER)
            return new_folder
    raise AssertionError  # unreachable: count() does not end
