"""All files that are derived from a record, written together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reports.formats import badge, html_report, junit, markdown_summary
from reports.records import results_file

Writers = Mapping[str, Callable[[Mapping[str, Any], Path], None]]  # by the name of what they write

_WRITERS: Final[Writers] = {
    results_file.FILE: results_file.write,
    "junit.xml": junit.write,
    "summary.md": markdown_summary.write,
    "badge.svg": badge.write,
    "report.html": html_report.write,
}
FILES: Final = tuple(_WRITERS)


def write(record: Mapping[str, Any], folder: Path) -> None:
    """Write results.json and everything that is made of it."""
    for name, writer in _WRITERS.items():
        writer(record, folder / name)


def attempted(record: Mapping[str, Any], folder: Path, more: Writers = MappingProxyType({})) -> list[str]:
    """Write what can be written, each file whole or not at all, and return what is wrong with the others."""
    problems = []
    for name, writer in {**_WRITERS, **more}.items():
        path = folder / name
        try:
            writer(record, path)
        except OSError as error:
            problems.append(f"{path} cannot be written: {error.strerror or error}")
            with suppress(OSError):
                path.unlink(missing_ok=True)
        except Exception as error:  # noqa: BLE001 - a mistake of ours in one report leaves the others
            problems.append(f"{path} cannot be made: {type(error).__name__}")
    return problems
