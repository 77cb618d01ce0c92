"""Output folder of a run: who writes to it, what may be overwritten there, and what is kept.

A folder belongs to the suite if a run left its mark in it, valid results or evidence. In any other
folder, files with the names of ours are somebody else's, and are overwritten only with --force. A ledger
that still holds resources is never overwritten: it moves to a folder of its own, where clean-up finds it.
"""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import click

from conformance.config.setting_types import ConfigurationError
from conformance.evidence import evidence_file, evidence_reader
from conformance.http.resource_names import of_run
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.runtime.tracebacks import CRASH_REPORT
from conformance.transport.resources import ledger_file
from reports import report_files
from reports.files import private_files
from reports.formats import allure
from reports.presentation.sanitize import inert
from reports.records import results_file

MARKER: Final = ".conformance-output"
CERTIFICATE: Final = "certificate.json"
DEFAULT: Final = Path("conformance-results")
_MARK: Final = "This folder holds the output of conference-conformance, which overwrites its files.\n"
_EVIDENCE: Final = (evidence_file.FILE, evidence_file.COMPRESSED)
_FILES: Final = (*report_files.FILES, *_EVIDENCE, ledger_file.FILE, CERTIFICATE)
_PART: Final = re.compile(r"(worker|round|unfinished)-[0-9a-z-]+")  # a folder of ours within the folder
_UNFINISHED: Final = "unfinished-"
_PREFIX: Final = re.compile(r"[0-9a-f]{8}")


class OutputFolderError(ConfigurationError):
    """The folder cannot be written to: which, why, and how to go on."""


@contextmanager
def claimed(folder: Path, *, force: bool = False) -> Iterator[list[str]]:
    """Hold a folder for one run, without the results of the run before; yield what is said about its ledger.

    Raises OutputFolderError if another command uses the folder, or it holds what must not be overwritten.
    """
    with ExitStack() as stack:
        with _reported(folder):
            private_files.made(folder)
            stack.enter_context(held(folder))
            _expect_usable(folder, force=force)
            kept = list(_keep_ledgers(folder))
            _clear(folder)
            mark(folder)
            with TemporaryFile(dir=folder) as probe:
                probe.write(b"\n")
        for each in kept:
            click.echo(inert(f"conformance: {each}"), err=True)
        yield kept


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; raise OutputFolderError if another command does."""
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_lock.held(folder))
        except FolderInUseError as error:
            raise OutputFolderError(
                f"{error}: wait until it has ended, or name another folder with --output"
            ) from None
        yield


@contextmanager
def held_for_reports(folder: Path) -> Iterator[None]:
    """Hold a folder to write reports to it, and create it if there is none."""
    with ExitStack() as stack:
        with _reported(folder):
            private_files.made(folder)
            stack.enter_context(held(folder))
            _expect_usable(folder, force=False)
            mark(folder)
        yield


def reserve(folder: Path, *, force: bool) -> Path:
    """Create the folder of one process within an output folder, and expect that the process can claim it."""
    with _reported(folder):
        private_files.subfolder(folder)
        with held(folder):
            _expect_usable(folder, force=force)
    return folder


def mark(folder: Path) -> None:
    """Leave the mark by which later runs know the folder."""
    if not is_marked(folder):
        private_files.write(_MARK, folder / MARKER)


def is_marked(folder: Path) -> bool:
    """Return whether a run left its mark in a folder."""
    path = folder / MARKER
    try:
        return private_files.is_file(path) and path.stat().st_size == len(_MARK) and path.read_text() == _MARK
    except (OSError, ValueError):
        return False


def discard(folder: Path) -> None:
    """Remove what runs wrote to a folder, and the folder if nothing else is in it."""
    with suppress(OSError):
        if private_files.is_folder(folder) and is_marked(folder):
            allure.remove(folder / allure.FOLDER)
            for name in (*_FILES, CRASH_REPORT):
                (folder / name).unlink(missing_ok=True)
        private_files.remove_marked(folder, MARKER)


def unfinished(folder: Path) -> list[Path]:
    """Return the folders within an output folder whose ledgers hold resources that were not deleted."""
    return [part for part in _parts(folder) if _leaves_something(part)]


def cleanup_command(folder: Path) -> str:
    """Return the command that deletes what the ledger in a folder holds."""
    origin = _origin(folder)
    target = f" --target {shlex.quote(origin)}" if origin else ""
    return f"conformance cleanup --run {shlex.quote(str(folder))}{target}"


def left_behind(folder: Path) -> list[str]:
    """Return what the ledger in a folder says is left, a line each, and the command that deletes it."""
    try:
        content = ledger_file.read(folder / ledger_file.FILE)
    except ledger_file.LedgerError:
        return []
    left = [*content.created, *(lost for lost in content.lost if lost.searchable)]
    named = [f"left behind: {each.collection}/{each.id or '(unknown id)'}  {each.name}" for each in left]
    return [*map(inert, named), inert(cleanup_command(folder))] if left else []


def _origin(folder: Path) -> str:
    """Return the target of the run whose evidence is in a folder; nothing without evidence."""
    try:
        return str(evidence_reader.header(folder)["target"]["origin"])
    except evidence_reader.EvidenceError:
        return ""


@contextmanager
def _reported(folder: Path) -> Iterator[None]:
    """Report an error of the operating system as one of --output."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename not in {None, str(folder)} else ""
        raise OutputFolderError(
            f"--output '{folder}' cannot be written to: {where}{error.strerror}"
        ) from None


def _expect_usable(folder: Path, *, force: bool) -> None:
    """Raise OutputFolderError if the folder holds what must not be overwritten."""
    for name in _FILES:
        if private_files.is_folder(folder / name):
            raise OutputFolderError(
                f"{folder / name} is a folder where a file has to be written: move it, or name another "
                "folder with --output"
            )
    results_of_others = folder / allure.FOLDER
    if allure.is_foreign(results_of_others):
        raise OutputFolderError(
            f"{results_of_others} was not written by this suite: move it, or name another folder with "
            "--output"
        )
    if force:
        return
    if os.path.lexists(folder / CERTIFICATE):
        raise OutputFolderError(
            f"{folder} holds a signed certificate ({CERTIFICATE}): name another folder with --output, or "
            "overwrite it with --force"
        )
    foreign = [name for name in _FILES if os.path.lexists(folder / name)]
    if foreign and not _is_ours(folder):
        raise OutputFolderError(
            f"{folder} holds {', '.join(foreign)}, not written by this suite: name another folder with "
            "--output, or overwrite with --force"
        )


def _is_ours(folder: Path) -> bool:
    """Return whether a run wrote to a folder; earlier versions left no mark."""
    return is_marked(folder) or _prefix(folder) is not None or _has_record(folder)


def _has_record(folder: Path) -> bool:
    try:
        return private_files.is_file(folder / results_file.FILE) and bool(
            results_file.checked(folder / results_file.FILE)
        )
    except results_file.UnusableResultsError:
        return False


def _prefix(folder: Path) -> str | None:
    """Return the prefix of the names of the run whose evidence is in a folder; None without evidence."""
    if not any(private_files.is_file(folder / name) for name in _EVIDENCE):
        return None
    try:
        return str(evidence_reader.header(folder)["prefix"])
    except evidence_reader.EvidenceError:
        return None


def _clear(folder: Path) -> None:
    """Remove what must not be taken for a result of the run that begins."""
    for name in (results_file.FILE, CERTIFICATE, CRASH_REPORT):
        (folder / name).unlink(missing_ok=True)
    allure.remove(folder / allure.FOLDER)
    for left in folder.glob(private_files.TEMPORARY):
        left.unlink()


def _parts(folder: Path) -> list[Path]:
    """Return the folders of ours within a folder."""
    with suppress(OSError):
        return sorted(
            each for each in folder.iterdir() if _PART.fullmatch(each.name) and private_files.is_folder(each)
        )
    return []


def _keep_ledgers(folder: Path) -> Iterator[str]:
    """Move each ledger that holds resources out of the way; yield where it is and what to do about it."""
    for part in _parts(folder):
        try:
            with folder_lock.held(part):
                yield from _kept(part, folder)
        except FolderInUseError:
            yield f"a process of an earlier run still uses {part}; when it has ended: {cleanup_command(part)}"
    if _leaves_something(folder):
        yield _note(_moved(folder, folder))


def _kept(part: Path, folder: Path) -> Iterator[str]:
    """Keep the ledger of a folder within a folder; discard one kept before that holds nothing more."""
    before = part.name.startswith(_UNFINISHED)
    if _leaves_something(part):
        yield _note(part if before else _moved(part, folder))
    elif before:
        discard(part)


def _note(kept: Path) -> str:
    return (
        f"an earlier run did not delete everything it created; its ledger is kept in {kept}: "
        f"{cleanup_command(kept)}"
    )


def _leaves_something(folder: Path) -> bool:
    """Return whether a ledger holds resources that may exist still; one that cannot be read may."""
    if not private_files.is_file(folder / ledger_file.FILE) or _ended_with_its_target(folder):
        return False
    try:
        content = ledger_file.read(folder / ledger_file.FILE)
    except ledger_file.LedgerError:
        return True
    prefix = _prefix(folder)
    lost = [each for each in content.lost if prefix is None or of_run(each.unique_names, prefix)]
    return bool(content.created or lost)


def _ended_with_its_target(folder: Path) -> bool:
    """Return whether the run of a folder had the built-in server, of which nothing is left."""
    with suppress(evidence_reader.EvidenceError):
        return evidence_reader.header(folder)["target"]["reference"] is True
    return False


def _moved(folder: Path, into: Path) -> Path:
    """Move a ledger, with the evidence whose header clean-up needs, to a new folder; return that.

    The ledger moves last, and the evidence stays until it has: a process that is killed loses neither.
    """
    kept = _created(into, _prefix(folder) or "")
    mark(kept)
    for name in _EVIDENCE:
        if private_files.is_file(folder / name):
            _link(folder / name, kept / name)
    (folder / ledger_file.FILE).rename(kept / ledger_file.FILE)
    return kept


def _link(path: Path, other: Path) -> None:
    """Give a file a second name; where the file system has no links, another name."""
    try:
        other.hardlink_to(path)
    except OSError:
        path.rename(other)


def _created(folder: Path, prefix: str) -> Path:
    """Create a folder for the ledger of the run with a prefix."""
    name = _UNFINISHED + (prefix if _PREFIX.fullmatch(prefix) else "run")
    for number in count(1):
        kept = folder / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            kept.mkdir(private_files.FOLDER)
            return kept
    raise AssertionError  # there is always a next number
