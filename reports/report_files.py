"""Report files that are derived from a record, written together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reports.formats import badge, campaign_report, code_quality, html_report, junit, markdown_summary
from reports.records import results_file

Writers = Mapping[str, Callable[[Mapping[str, Any], Path], None]]  # by file name

_WRITERS: Final[Writers] = {
    results_file.FILE: results_file.write,
    "junit.xml": junit.write,
    "gl-code-quality-report.json": code_quality.write,
    "summary.md": markdown_summary.write,
    "badge.svg": badge.write,
    "report.html": html_report.write,
}
CAMPAIGN: Final = "campaign.html"
FILES: Final = (*_WRITERS, CAMPAIGN)


def write(record: Mapping[str, Any], folder: Path) -> None:
    """Write results.json and all reports."""
    for name, writer in _writers(record).items():
        writer(record, folder / name)


def write_all(
    record: Mapping[str, Any], folder: Path, extra_writers: Writers = MappingProxyType({})
) -> list[str]:
    """Write each file completely or not at all, and return the problems of those that cannot be written."""
    problems = []
    for name, writer in {**_writers(record), **extra_writers}.items():
        path = folder / name
        try:
            writer(record, path)
        except OSError as error:
            problems.append(f"{path} cannot be written: {error.strerror or error}")
            with suppress(OSError):
                path.unlink(missing_ok=True)
        except Exception as error:  # noqa: BLE001 - an internal error in one report does not affect the others
            problems.append(f"{path} cannot be created: {type(error).__name__}")
    return problems


def _writers(record: Mapping[str, Any]) -> Writers:
    """Return the writers of the files of a record; only a fuzz campaign has a page of its own."""
    return {**_WRITERS, CAMPAIGN: campaign_report.write} if "campaign" in record else _WRITERS
