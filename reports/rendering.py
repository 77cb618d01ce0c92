"""All files that are derived from a record, written together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports import badge, junit, page, results, summary


def write(record: Mapping[str, Any], folder: Path) -> None:
    """Write results.json and everything that is made of it."""
    results.write(record, folder / results.FILE)
    junit.write(record, folder / "junit.xml")
    summary.write(record, folder / "summary.md")
    badge.write(record, folder / "badge.svg")
    page.write(record, folder / "report.html")
