"""results.json: written and read here and nowhere else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = "results.json"


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record of a run."""
    path.write_text(json.dumps(record, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Read the record of a run."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record
