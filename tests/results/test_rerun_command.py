"""The command that a finding ends with shows the finding again."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spec.catalogue import catalogue


def broken(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run the command in a folder and return the findings by requirement."""
    subprocess.run(
        [sys.executable, "-m", "conformance", *arguments], cwd=folder, capture_output=True, check=False
    )
    record = json.loads((folder / "conformance-results" / "results.json").read_text(encoding="utf-8"))
    return {each["id"]: each["findings"][0] for each in record["requirements"] if each["verdict"] == "failed"}


@pytest.mark.parametrize(
    "fault, requirement, judged_by_another",
    [
        ("date-only-becomes-end-of-day", "VC-CREATE-DATE-ONLY", False),
        ("422-as-text", "API-ERR-JSON", True),
        ("get-description-escaped", "VC-GET-SAME-AS-CREATE", True),
    ],
)
def test_the_command_shows_the_finding_again(
    tmp_path: Path, fault: str, requirement: str, *, judged_by_another: bool
) -> None:
    told = broken(tmp_path, "run", "--effort", "smoke", "--fault", fault)[requirement]["rerun"]
    line, _, sender = told.partition(",")
    assert line == f"conformance run --fault {fault} --effort smoke --select {requirement}"
    assert (sender in catalogue()) is judged_by_another
    assert requirement in broken(tmp_path, *shlex.split(told)[1:])
