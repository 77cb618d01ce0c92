"""Ctrl-C ends a run in good order, with a record of what was seen, and nothing stays at the target."""

import json
import os
import pty
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

from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ENVIRONMENT, Received, Reply, between, reference
from tests.support.killed_runs import HEARING, resources, started
from tests.support.killed_runs import wait_for as wait_for_requests

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
            [*HEARING, "run", "--target", origin, "--effort", "smoke"],
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
    assert validation_errors(results_schema(), results) == []
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


@dataclass(frozen=True)
class Moment:
    """When a run is ended: after so many requests, or while it is starting."""

    requests: int | None
    options: tuple[str, ...] = ()

    def comes(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        if self.requests is not None:
            wait_for_requests(process, folder / "evidence.ndjson", self.requests)
        else:
            time.sleep(0.6)  # the signals are heard; nothing is collected yet


# The system sends SIGHUP to the process whose controlling terminal is lost.
AT_A_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from conformance.cli.main import main
main()
"""
INTERRUPTION_SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
MOMENTS = {
    "start-up": Moment(None),
    "preflight": Moment(2),
    "mid-run": Moment(700),
    "Hypothesis": Moment(40, ("--select", "VC-CREATE-CONFORMING,VC-GET-SEQUENCES", "--effort", "thorough")),
}


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    with reference("--latency", "15") as origin:
        yield origin


@pytest.mark.parametrize("number", INTERRUPTION_SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_run_can_be_ended_at_any_moment(
    slow: str, tmp_path: Path, moment: Moment, number: signal.Signals
) -> None:
    before = resources(slow)
    process = started(slow, tmp_path / "run", *moment.options, command=HEARING)
    with process:
        moment.comes(process, tmp_path / "run")
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE)
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert (process.returncode, results["verdict"], results["exit_code"]) == (130, "interrupted", 130), said
    assert validation_errors(results_schema(), results) == []
    assert results["requirements"]
    assert "Traceback" not in said
    assert resources(slow) == before


def test_a_run_whose_terminal_is_lost_deletes_what_it_created(slow: str, tmp_path: Path) -> None:
    before = resources(slow)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, "run", "--target", slow, "--output", str(tmp_path / "run")],
        env=os.environ | ENVIRONMENT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        text=True,
    )
    os.close(theirs)
    with process:
        wait_for_requests(process, tmp_path / "run" / "evidence.ndjson", 40)
        os.close(ours)
        process.wait(PATIENCE)
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert (process.returncode, results["verdict"], results["leftovers"]) == (130, "interrupted", [])
    assert resources(slow) == before


def never_deleting(received: Received) -> Reply | None:
    if received.method == "DELETE":
        time.sleep(PATIENCE)
    return None


def test_the_second_time_a_run_ends_at_once_and_says_what_is_left(slow: str, tmp_path: Path) -> None:
    with between(slow, never_deleting) as origin:
        process = started(origin, tmp_path, "--timeout", str(PATIENCE), command=HEARING)
        with process:
            deadline = time.monotonic() + PATIENCE
            while not has_created(tmp_path / "ledger.ndjson"):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            clock = time.monotonic()
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=PATIENCE)
            seconds = time.monotonic() - clock
    assert process.returncode == 130
    assert seconds < 5
    assert "left behind: /api/video/conferences/" in said


def has_created(ledger: Path) -> bool:
    return ledger.exists() and '"created"' in ledger.read_text()


def test_the_built_in_server_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "conformance", "run", "--output", str(tmp_path / "out")]
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL) as running:
        evidence = tmp_path / "out" / "evidence.ndjson"
        for _ in range(600):
            if evidence.is_file() and evidence.stat().st_size:
                break
            time.sleep(0.05)
        origin = json.loads(evidence.read_bytes().splitlines()[0])["header"]["target"]["origin"]
        running.kill()
    for _ in range(100):
        try:
            httpx.get(origin)
        except httpx.TransportError:
            return
        time.sleep(0.05)
    pytest.fail("the server goes on")
