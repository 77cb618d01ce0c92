"""The baseline of a run, read from the output directory of an earlier run."""

import os
from pathlib import Path

from conformance.config.selection import UnknownSelectionError, selected_requirements
from conformance.config.setting_types import ConfigurationError
from reports.files import input_files
from reports.records import results_file
from reports.records.baseline import Baseline
from spec.catalogue import Requirement, catalogue


def read_baseline(path: Path, profiles: tuple[str, ...], select: str, output: Path) -> Baseline:
    """Return the baseline in an output directory or a results.json file.

    Raise ConfigurationError if it cannot be read, if the run would replace it, or if it decided none of the
    selected requirements.
    """
    is_folder = input_files.is_folder(path)
    file = path / results_file.FILE if is_folder else path
    if os.path.realpath(file) == os.path.realpath(output / results_file.FILE):
        raise ConfigurationError(
            f"--baseline {path} is also the output directory, whose results the run replaces; "
            "copy it, or specify another directory with --output"
        )
    try:
        record = results_file.read_validated(file, follow_links=not is_folder)
    except results_file.UnusableResultsError as error:
        raise ConfigurationError(f"--baseline: {error}") from None
    baseline = Baseline.of(record, catalogue())
    selected_ids = {requirement.id for requirement in _selected(profiles, select)}
    if baseline.decided_ids.isdisjoint(selected_ids):
        raise ConfigurationError(
            f"--baseline {path}: nothing to compare: it decided none of the {len(selected_ids)} selected "
            "requirements; specify the output directory of a run of the same profiles and requirements"
        )
    return baseline


def _selected(profiles: tuple[str, ...], select: str) -> tuple[Requirement, ...]:
    try:
        return selected_requirements(profiles, select)
    except UnknownSelectionError as error:
        raise ConfigurationError(str(error)) from None
