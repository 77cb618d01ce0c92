"""Ctrl-C ends a run at once, with a record of what was seen, and nothing stays at the target."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from spec.documents import results_schema
from spec.schemas import errors
from tests.servers import ACCOUNT, CONFERENCES, ENVIRONMENT, ROOMS, reference

COMMAND = [sys.executable, "-c", "from conformance.cli import main; main()"]
LINES = 60  # of the ledger: the run is well under way, and far from its end
PATIENCE = 20.0


@dataclass(frozen=True)
class Interrupted:
    """A run that was ended by Ctrl-C, and what was at the target before and after."""

    code: int
    seconds: float
    said: str
    results: dict[str, Any]
    before: set[str]
    after: set[str]


def resources(origin: str) -> set[str]:
    answers = [
        httpx.get(f"{origin}{path}", params={"page_size": "1000"}, auth=(ACCOUNT.project, ACCOUNT.token))
        for path in (CONFERENCES, ROOMS)
    ]
    return {each["id"] for answer in answers for each in answer.json()["data"]}


# A job in the background of a script is started deaf to Ctrl-C; this one has to hear it.
LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from conformance.cli import main
main()
"""


def wait_for(ledger: Path, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not ledger.exists() or ledger.read_text().count("\n") < LINES:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interrupted]:
    folder = tmp_path_factory.mktemp("interrupted")
    with reference("--latency", "20") as origin:
        before = resources(origin)
        process = subprocess.Popen(
            [sys.executable, "-c", LISTENING, "run", "--target", origin, "--effort", "smoke"],
            cwd=folder,
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            wait_for(folder / "conformance-results" / "ledger.ndjson", process)
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=PATIENCE)
        seconds = time.monotonic() - started
        results = json.loads((folder / "conformance-results" / "results.json").read_text())
        yield Interrupted(process.returncode, seconds, said, results, before, resources(origin))


def test_an_interrupted_run_ends_at_once_with_130(interrupted: Interrupted) -> None:
    assert interrupted.code == 130
    assert interrupted.seconds < 10
    assert "Traceback" not in interrupted.said


def test_its_record_is_valid_and_says_that_it_is_partial(interrupted: Interrupted) -> None:
    results = interrupted.results
    assert errors(results_schema(), results) == []
    assert (results["verdict"], results["exit_code"]) == ("interrupted", 130)
    assert results["footer"]["complete"] is False
    assert results["footer"]["requirements"] == len(results["requirements"])


def test_what_was_not_decided_is_inconclusive(interrupted: Interrupted) -> None:
    told = {(each["verdict"], each["reason"]) for each in interrupted.results["requirements"]}
    assert ("inconclusive", "interrupted: the run was stopped") in told
    assert "failed" not in {verdict for verdict, _ in told}
    assert "error" not in {verdict for verdict, _ in told}


def test_nothing_stays_at_the_target(interrupted: Interrupted) -> None:
    assert interrupted.before
    assert interrupted.after == interrupted.before
