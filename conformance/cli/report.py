"""The `conformance report` and `conformance compare` commands."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from conformance.cli.interface.json_output import print_json
from conformance.config.selection import UnknownSelectionError, selected_requirements
from conformance.engine.runner import replay
from conformance.evidence import evidence_file, evidence_reader
from conformance.redaction.redactor import redact_environment_credentials
from conformance.results import output_folder
from conformance.results.output_folder import OutputFolderError
from conformance.results.reproduction import finding_folders
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.runtime.versions import suite_versions
from reports import github_actions, report_files
from reports.files import input_files, shared_files
from reports.formats import allure
from reports.formats.terminal.run_output import print_record
from reports.presentation.log_commands import escape_log_line
from reports.records import comparison, merge, record_compatibility, results_file
from reports.records.exit_codes import CONFORMS, NONCONFORMANT, USAGE_ERROR
from reports.records.overall_status import with_overall_status
from spec.catalogue import Requirement, catalogue


class InvalidInputError(ValueError):
    """An argument of a command cannot be used; the message names it and the reason."""


def compare_command(first: Path, second: Path, output: Path | None, *, as_json: bool = False) -> int:
    """Print which verdicts changed, and return 1 if any got worse."""
    try:
        writer = _comparison_writer(output)
        records = _load_compared(first), _load_compared(second)
        compared = comparison.compare_records(*records)
        if output is not None:
            _expect_unread(output, {first: records[0], second: records[1]})
            shared_files.write(writer(compared), output)
    except OSError as error:
        print_error(f"{output} cannot be written: {error.strerror}")
        return USAGE_ERROR
    except (
        InvalidInputError,
        OutputFolderError,
        results_file.UnusableResultsError,
        comparison.NothingToCompareError,
    ) as error:
        print_error(str(error))
        return USAGE_ERROR
    if as_json:
        print_json(compared)
    else:
        comparison.print_comparison(compared, Console(file=sys.stdout, highlight=False))
    return NONCONFORMANT if compared["worse"] else CONFORMS


def _expect_unread(output: Path, inputs: Mapping[Path, Mapping[str, Any]]) -> None:
    """Raise InvalidInputError for a file that was read, or that is in a certified bundle that was read."""
    files = {path / results_file.FILE if path.is_dir() else path: path for path in inputs}
    if output.resolve() in {file.resolve() for file in files}:
        raise InvalidInputError(f"{output} is one of the inputs; specify another file with --output")
    _expect_no_bundle(output, {file.parent: inputs[path] for file, path in files.items()})


def report_command(folders: Sequence[Path], output: Path | None) -> int:
    """Regenerate the reports of a record, or merge several, and return the exit code of the record."""
    try:
        record, destination = _write_reports(folders, output)
    except (
        InvalidInputError,
        OutputFolderError,
        results_file.UnusableResultsError,
        record_compatibility.IncompatibleRecordsError,
        evidence_reader.EvidenceError,
        UnknownSelectionError,
    ) as error:
        print_error(str(error))
        return USAGE_ERROR
    print_record(record, Console(file=sys.stdout, highlight=False), str(destination))
    github_actions.publish(record, destination, click.echo)
    return int(record["exit_code"])


def _write_reports(folders: Sequence[Path], output: Path | None) -> tuple[dict[str, Any], Path]:
    """Write the reports of all folders together; return the record and the output folder.

    A single shard is merged too: requirements of the missing shards become inconclusive.
    """
    records = [load_record(folder) for folder in folders]
    is_merge = len(records) > 1 or _is_shard(records[0])
    destination = output or (output_folder.DEFAULT if is_merge else folders[0])
    if is_merge and _is_one_of(destination, folders):
        raise InvalidInputError(f"{destination} is one of the inputs; specify another folder with --output")
    record = (
        merge.merge_records(records, merged_selection(records))
        if is_merge
        else with_overall_status(_without_certificate(records[0]))
    )
    for problem in record_compatibility.missing_shards(records) if is_merge else ():
        print_error(problem)
    with opened_for_writing(destination, dict(zip(folders, records, strict=True))):
        _write(record, destination)
    return record, destination


@contextmanager
def opened_for_writing(folder: Path, inputs: Mapping[Path, Mapping[str, Any]]) -> Iterator[None]:
    """Lock a folder in order to write to it; `inputs` are the records that were read, by folder.

    Raise InvalidInputError for a certified bundle, and OutputFolderError for a folder of foreign files.
    """
    _expect_no_bundle(folder, inputs)
    with _locked(folder) if _is_one_of(folder, inputs) else output_folder.open_for_reports(folder):
        yield


def _is_one_of(folder: Path, inputs: Iterable[Path]) -> bool:
    return folder.resolve() in {path.resolve() for path in inputs}


def _expect_no_bundle(path: Path, inputs: Mapping[Path, Mapping[str, Any]]) -> None:
    """Raise InvalidInputError for a path in a certified bundle that was read."""
    for folder, record in inputs.items():
        is_bundle = "certificate" in record or os.path.lexists(folder / output_folder.CERTIFICATE)
        if is_bundle and path.resolve().is_relative_to(folder.resolve()):
            raise InvalidInputError(
                f"{folder} contains a certified bundle, which is never changed; specify another folder with "
                "--output"
            )


def _without_certificate(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without its certificate, which is valid only for the files of its bundle."""
    return {name: value for name, value in record.items() if name != "certificate"}


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder from which a record was read; raise InvalidInputError if another command uses it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_lock.locked(folder))
        except FolderInUseError as error:
            raise InvalidInputError(f"{error}: wait until it has ended") from None
        except OSError as error:
            raise InvalidInputError(f"{folder} cannot be written: {error.strerror}") from None
        yield


def _write(record: dict[str, Any], folder: Path) -> None:
    """Write all files that are derived from a record."""
    _expect_own_subfolders(folder)
    try:
        report_files.write(record, folder)
        finding_folders.write(record, folder / finding_folders.FOLDER)
        allure.remove(folder / allure.FOLDER)
        allure.write(record, folder / allure.FOLDER, _end_times(record))
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be written: {error.strerror}") from None


def _expect_own_subfolders(folder: Path) -> None:
    for subfolder in output_folder.foreign_subfolders(folder):
        raise InvalidInputError(
            f"{subfolder} was not written by this suite: move it, or specify another folder with --output"
        )


def _end_times(record: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the end of the run as the time of each verdict, in milliseconds since 1970."""
    try:
        end = datetime.fromisoformat(record["started"]).timestamp() + record["seconds"]
        return {entry["id"]: round(1000 * end) for entry in record["requirements"]}
    except (ValueError, OverflowError):  # a year before 1 in UTC, for example
        return {}


def load_record(folder: Path) -> dict[str, Any]:
    """Return the record in a folder; for a killed run, recompute it from the evidence."""
    if input_files.exists(folder / results_file.FILE):
        return results_file.read_validated(folder / results_file.FILE)
    evidence_path = evidence_reader.evidence_path(folder)
    if evidence_path is None:
        raise InvalidInputError(
            f"{folder} contains neither {results_file.FILE} nor {evidence_file.FILE_NAME}; "
            "specify the output directory of a run"
        )
    return _recompute_record(evidence_path)


def _recompute_record(evidence_path: Path) -> dict[str, Any]:
    """Recompute the record of an incomplete run from its evidence."""
    folder = evidence_path.parent
    with _locked(folder):
        print_error(f"{folder} has no {results_file.FILE}; recomputing verdicts from the evidence")
        evidence = evidence_reader.read_evidence(evidence_path)
        if evidence.header.get("suite") != suite_versions():
            print_error(f"{evidence_path} was written by another version of this suite")
        return replay(evidence)


def _is_shard(record: dict[str, Any]) -> bool:
    shard = record.get("shard")
    return shard is not None and shard["of"] > 1


def merged_selection(records: Sequence[dict[str, Any]]) -> list[Requirement]:
    """Return the requirements that any of the runs selected, in the order of the catalogue."""
    selected_ids = {
        requirement.id
        for record in records
        for requirement in selected_requirements(tuple(record["profiles"]), record.get("select") or "")
    }
    return [requirement for requirement in catalogue().values() if requirement.id in selected_ids]


def _load_compared(path: Path) -> dict[str, Any]:
    """Return the record in a results.json file or an output folder."""
    return (
        load_record(path)
        if input_files.is_folder(path)
        else results_file.read_validated(path, follow_links=True)
    )


def _comparison_writer(output: Path | None) -> Callable[[Mapping[str, Any]], str]:
    writers = {".md": comparison.to_markdown, ".json": comparison.to_json}
    suffix = ".json" if output is None else output.suffix
    if suffix not in writers:
        raise InvalidInputError(f"--output {output}: the file name must end in {' or '.join(writers)}")
    return writers[suffix]


def print_error(text: str) -> None:
    """Print a message about the input to standard error, without secrets and control characters."""
    click.echo(escape_log_line(f"conformance: {redact_environment_credentials(text)}"), err=True)
