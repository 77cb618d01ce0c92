"""`conformance report DIR --format har`: the exchanges of a run as an HTTP Archive."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from conformance.cli.report import InvalidInputError, load_record, opened_for_writing, print_error
from conformance.evidence.evidence_reader import EvidenceError, read_exchanges
from conformance.results.har import EXCHANGES_FILE, FINDINGS_FILE, http_archive
from conformance.results.output_folder import OutputFolderError
from reports.files import private_files
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import CONFORMS, USAGE_ERROR
from reports.records.results_file import UnusableResultsError


def har_command(folders: Sequence[Path], output: Path | None, *, all_exchanges: bool) -> int:
    """Write the HTTP Archive of a run, and return the exit code."""
    try:
        path, entries = _write_archive(folders, output, all_exchanges=all_exchanges)
    except (InvalidInputError, OutputFolderError, UnusableResultsError, EvidenceError) as error:
        print_error(str(error))
        return USAGE_ERROR
    click.echo(escape_unprintable(f"{path}: exchanges: {entries}"))
    return CONFORMS


def _write_archive(folders: Sequence[Path], output: Path | None, *, all_exchanges: bool) -> tuple[Path, int]:
    """Write the archive; return its path and the number of exchanges in it."""
    if len(folders) > 1:
        raise InvalidInputError("--format har takes one folder: exchanges of shards are not merged")
    [folder] = folders
    record = load_record(folder)
    requirements = _violated_requirements(record)
    exchanges = [
        exchange for exchange in read_exchanges(folder) if all_exchanges or exchange.number in requirements
    ]
    archive = http_archive(exchanges, record["target"]["origin"], requirements)
    destination = output or folder
    path = destination / (EXCHANGES_FILE if all_exchanges else FINDINGS_FILE)
    with opened_for_writing(destination, {folder: record}):
        try:
            private_files.write(json.dumps(archive, indent=1) + "\n", path)
        except OSError as error:
            raise InvalidInputError(f"{path} cannot be written: {error.strerror}") from None
    return path, len(exchanges)


def _violated_requirements(record: Mapping[str, Any]) -> Mapping[int, Sequence[str]]:
    """Return the ids of the requirements with findings, by the number of each exchange in the evidence."""
    requirements: dict[int, list[str]] = defaultdict(list)
    for requirement in record["requirements"]:
        for finding in requirement["findings"]:
            for number in finding["exchanges"]:
                if requirement["id"] not in requirements[number]:
                    requirements[number].append(requirement["id"])
    return requirements
