"""The requirements that failed or were not decided in an earlier run, as a selection."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from conformance.config.selection_criteria import REQUESTS_ONLY
from conformance.config.setting_types import ConfigurationError
from reports.records import results_file
from spec.catalogue import catalogue
from spec.models import SHARED_PROFILE

_UNSETTLED: Final = frozenset({"failed", "inconclusive", "error"})


def failed_selection(folder: Path, profiles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of the requirements, and a term for each check that sent a request with a finding.

    Requirements that this version does not know, or of other profiles, are left out. Raise ConfigurationError
    if the folder has no valid record.
    """
    try:
        record = results_file.read_validated(folder / results_file.FILE)
    except results_file.UnusableResultsError as error:
        raise ConfigurationError(f"--failed-from: {error}") from None
    selectable = {id_ for id_, entry in catalogue().items() if entry.profile in {*profiles, SHARED_PROFILE}}
    entries = [
        entry
        for entry in record["requirements"]
        if entry["verdict"] in _UNSETTLED and entry["id"] in selectable
    ]
    ids = dict.fromkeys(entry["id"] for entry in entries)
    senders = dict.fromkeys(sender for entry in entries for sender in _senders(entry))
    return (*ids, *(f"{REQUESTS_ONLY}:{id_}" for id_ in senders if id_ in selectable and id_ not in ids))


def _senders(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the requirements that the commands to rerun the findings select."""
    for finding in entry["findings"]:
        try:
            *_, selection = shlex.split(finding["rerun"])
        except ValueError:
            continue
        yield from selection.split(",")
