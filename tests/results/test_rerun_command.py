"""The rerun command of a finding reproduces the finding."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spec.catalogue import catalogue


def run_failures(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run the command in a folder and return the findings by requirement."""
    subprocess.run(
        [sys.executable, "-m", "conformance", *arguments], cwd=folder, capture_output=True, check=False
    )
    record = json.loads((folder / "conformance-results" / "results.json").read_text(encoding="utf-8"))
    return {
        entry["id"]: entry["findings"][0] for entry in record["requirements"] if entry["verdict"] == "failed"
    }


@pytest.mark.parametrize(
    "fault, requirement, decided_by_another_check",
    [
        ("date-only-becomes-end-of-day", "VC-CREATE-DATE-ONLY", False),
        ("422-as-text", "API-ERR-JSON", True),
        ("get-description-escaped", "VC-GET-SAME-AS-CREATE", True),
    ],
)
def test_the_rerun_command_reproduces_the_finding(
    tmp_path: Path, fault: str, requirement: str, *, decided_by_another_check: bool
) -> None:
    command = run_failures(tmp_path, "run", "--effort", "smoke", "--fault", fault)[requirement]["rerun"]
    line, _, sender = command.partition(",")
    assert line == f"conformance run --fault {fault} --effort smoke --select {requirement}"
    assert (sender in catalogue()) is decided_by_another_check
    assert requirement in run_failures(tmp_path, *shlex.split(command)[1:])
