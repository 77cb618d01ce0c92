"""What `conformance report` and `conformance compare` do, once they are more than their options."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from conformance.config.selection import UnknownSelectionError, chosen
from conformance.engine.runner import judged_again
from conformance.evidence import evidence_file, evidence_reader
from conformance.redaction.redactor import redact_environment_credentials
from conformance.results import output_folder
from conformance.results.output_folder import OutputFolderError
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.runtime.versions import suite
from reports import report_files
from reports.files import input_files, private_files
from reports.formats import terminal
from reports.presentation.sanitize import inert
from reports.records import comparison, merge, results_file
from reports.records.exit_codes import CONFORMS, FAILS, UNUSABLE
from spec.catalogue import Requirement, catalogue

_EVIDENCE: Final = (evidence_file.FILE, evidence_file.COMPRESSED)


class UnusableError(ValueError):
    """What a command was given cannot be reported of: which, and why."""


def compare_command(first: Path, second: Path, output: Path | None) -> int:
    """Show which verdicts changed, and return 1 if any got worse."""
    try:
        writer = _writer(output)
        compared = comparison.compared(_given(first), _given(second))
        if output is not None:
            private_files.write(writer(compared), output)
    except OSError as error:
        _say(f"{output} cannot be written: {error.strerror}")
        return UNUSABLE
    except (
        UnusableError,
        OutputFolderError,
        results_file.UnusableResultsError,
        comparison.NothingToCompareError,
    ) as error:
        _say(str(error))
        return UNUSABLE
    comparison.show(compared, Console(file=sys.stdout, highlight=False))
    return FAILS if compared["worse"] else CONFORMS


def report_command(folders: Sequence[Path], output: Path | None) -> int:
    """Render one record again, or several as one, and return its exit code."""
    try:
        record, where = _reported(folders, output)
    except (
        UnusableError,
        OutputFolderError,
        results_file.UnusableResultsError,
        merge.UnlikeError,
        evidence_reader.EvidenceError,
        UnknownSelectionError,
    ) as error:
        _say(str(error))
        return UNUSABLE
    terminal.show(record, Console(file=sys.stdout, highlight=False), str(where))
    return int(record["exit_code"])


def _reported(folders: Sequence[Path], output: Path | None) -> tuple[dict[str, Any], Path]:
    """Return the record of all folders, written with everything that is made of it, and where.

    One shard alone is merged as well: what the others decide is missing.
    """
    records = [recorded(folder) for folder in folders]
    part = len(records) > 1 or _is_part(records[0])
    where = output or (output_folder.DEFAULT if part else folders[0])
    if part and where.resolve() in {folder.resolve() for folder in folders}:
        raise UnusableError(f"{where} is one of the inputs; name another folder with --output")
    record = merge.merged(records, wanted(records)) if part else records[0]
    for missing in merge.lost(records) if part else ():
        _say(missing)
    in_place = where.resolve() in {folder.resolve() for folder in folders}
    with _held(where) if in_place else output_folder.held_for_reports(where):
        _write(record, where)
    return record, where


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder that was read, and belongs to the suite as it is."""
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_lock.held(folder))
        except FolderInUseError as error:
            raise UnusableError(f"{error}: wait until it has ended") from None
        except OSError as error:
            raise UnusableError(f"{folder} cannot be written: {error.strerror}") from None
        yield


def _write(record: dict[str, Any], folder: Path) -> None:
    try:
        report_files.write(record, folder)
    except OSError as error:
        raise UnusableError(f"{folder} cannot be written: {error.strerror}") from None


def recorded(folder: Path) -> dict[str, Any]:
    """Return the record in a folder; where a run was killed before it wrote one, judge its evidence."""
    if input_files.exists(folder / results_file.FILE):
        return results_file.checked(folder / results_file.FILE)
    left = next((folder / name for name in _EVIDENCE if input_files.exists(folder / name)), None)
    if left is None:
        raise UnusableError(
            f"{folder} holds neither {results_file.FILE} nor {evidence_file.FILE}: name the --output of a run"
        )
    return _judged(left)


def _judged(left: Path) -> dict[str, Any]:
    """Return the record of a run that came to no end, judged by its evidence, and write it beside that."""
    with _held(left.parent):
        _say(f"{left.parent} has no {results_file.FILE}; its evidence is judged again")
        told = evidence_reader.read(left)
        if told.header.get("suite") != suite():
            _say(f"{left} was made by another version of this suite")
        record = judged_again(told)
        _write(record, left.parent)
    return record


def _is_part(record: dict[str, Any]) -> bool:
    shard = record.get("shard")
    return shard is not None and shard["of"] > 1


def wanted(records: Sequence[dict[str, Any]]) -> list[Requirement]:
    """Return what the records were to decide together, in the order of the catalogue."""
    asked = {
        each.id
        for record in records
        for each in chosen(tuple(record["profiles"]), record.get("select") or "")
    }
    return [each for each in catalogue().values() if each.id in asked]


def _given(path: Path) -> dict[str, Any]:
    """Return the record that stands in a file, or in the output of a run."""
    return recorded(path) if input_files.is_folder(path) else results_file.checked(path, follow_links=True)


def _writer(output: Path | None) -> Callable[[Mapping[str, Any]], str]:
    writers = {".md": comparison.markdown, ".json": comparison.as_json}
    suffix = ".json" if output is None else output.suffix
    if suffix not in writers:
        raise UnusableError(f"--output {output} ends in neither {' nor '.join(writers)}")
    return writers[suffix]


def _say(text: str) -> None:
    click.echo(inert(f"conformance: {redact_environment_credentials(text)}"), err=True)
