"""Interruption of a run: exit code, record and clean-up."""

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
from tests.support.fake_targets import ENVIRONMENT, ReceivedRequest, Reply, reference_server, serve_between
from tests.support.killed_runs import INTERRUPTIBLE_COMMAND, resources, start_command
from tests.support.killed_runs import wait_for as wait_for_requests

LEDGER_LINES = 60  # the run has started, and is far from its end
TIMEOUT = 20.0


@dataclass(frozen=True)
class InterruptedRun:
    """An interrupted run, and the resources at the target before and after it."""

    code: int
    seconds: float
    output: str
    results: dict[str, Any]
    before: set[str]
    after: set[str]


def wait_for(ledger: Path, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + TIMEOUT
    while not ledger.exists() or ledger.read_text().count("\n") < LEDGER_LINES:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InterruptedRun]:
    folder = tmp_path_factory.mktemp("interrupted")
    with reference_server("--latency", "20") as origin:
        before = resources(origin)
        process = subprocess.Popen(
            [*INTERRUPTIBLE_COMMAND, "run", "--target", origin, "--effort", "smoke"],
            cwd=folder,
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            wait_for(folder / "conformance-results" / "ledger.ndjson", process)
            interrupted_at = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=TIMEOUT)
        seconds = time.monotonic() - interrupted_at
        results = json.loads((folder / "conformance-results" / "results.json").read_text())
        yield InterruptedRun(process.returncode, seconds, output, results, before, resources(origin))


def test_an_interrupted_run_ends_at_once_with_exit_code_130(interrupted: InterruptedRun) -> None:
    assert interrupted.code == 130
    assert interrupted.seconds < 10
    assert "Traceback" not in interrupted.output


def test_the_record_of_an_interrupted_run_is_valid_and_partial(interrupted: InterruptedRun) -> None:
    results = interrupted.results
    assert validation_errors(results_schema(), results) == []
    assert (results["verdict"], results["exit_code"]) == ("interrupted", 130)
    assert results["footer"]["complete"] is False
    assert results["footer"]["requirements"] == len(results["requirements"])


def test_undecided_requirements_of_an_interrupted_run_are_inconclusive(interrupted: InterruptedRun) -> None:
    outcomes = {
        (requirement["verdict"], requirement["reason"]) for requirement in interrupted.results["requirements"]
    }
    assert ("inconclusive", "interrupted: the run was stopped") in outcomes
    assert "failed" not in {verdict for verdict, _ in outcomes}
    assert "error" not in {verdict for verdict, _ in outcomes}


def test_an_interrupted_run_leaves_no_resource(interrupted: InterruptedRun) -> None:
    assert interrupted.before
    assert interrupted.after == interrupted.before


@dataclass(frozen=True)
class Moment:
    """The moment of an interruption: after a number of requests, or None for start-up."""

    requests: int | None
    options: tuple[str, ...] = ()

    def wait(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        if self.requests is not None:
            wait_for_requests(process, folder / "evidence.ndjson", self.requests)
        else:
            time.sleep(0.6)  # signals are handled, and no check is collected yet


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
    "during Hypothesis": Moment(
        40, ("--select", "VC-CREATE-CONFORMING,VC-GET-SEQUENCES", "--effort", "thorough")
    ),
}


@pytest.fixture(scope="module")
def origin_with_latency() -> Iterator[str]:
    with reference_server("--latency", "15") as origin:
        yield origin


@pytest.mark.parametrize("signal_number", INTERRUPTION_SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_run_can_be_interrupted_at_any_moment(
    origin_with_latency: str, tmp_path: Path, moment: Moment, signal_number: signal.Signals
) -> None:
    before = resources(origin_with_latency)
    process = start_command(
        origin_with_latency, tmp_path / "run", *moment.options, command=INTERRUPTIBLE_COMMAND
    )
    with process:
        moment.wait(process, tmp_path / "run")
        process.send_signal(signal_number)
        output, _ = process.communicate(timeout=TIMEOUT)
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert (process.returncode, results["verdict"], results["exit_code"]) == (130, "interrupted", 130), output
    assert validation_errors(results_schema(), results) == []
    assert results["requirements"]
    assert "Traceback" not in output
    assert resources(origin_with_latency) == before


def test_a_run_deletes_its_resources_after_its_terminal_is_lost(
    origin_with_latency: str, tmp_path: Path
) -> None:
    before = resources(origin_with_latency)
    controller, terminal = pty.openpty()
    options = ("--target", origin_with_latency, "--output", str(tmp_path / "run"))
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, "run", *options],
        env=os.environ | ENVIRONMENT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        text=True,
    )
    os.close(terminal)
    with process:
        wait_for_requests(process, tmp_path / "run" / "evidence.ndjson", 40)
        os.close(controller)
        process.wait(TIMEOUT)
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert (process.returncode, results["verdict"], results["leftovers"]) == (130, "interrupted", [])
    assert resources(origin_with_latency) == before


def delay_deletes(received: ReceivedRequest) -> Reply | None:
    if received.method == "DELETE":
        time.sleep(TIMEOUT)
    return None


def test_a_second_interruption_ends_the_run_at_once_and_prints_its_leftovers(
    origin_with_latency: str, tmp_path: Path
) -> None:
    with serve_between(origin_with_latency, delay_deletes) as origin:
        process = start_command(origin, tmp_path, "--timeout", str(TIMEOUT), command=INTERRUPTIBLE_COMMAND)
        with process:
            deadline = time.monotonic() + TIMEOUT
            while not has_created(tmp_path / "ledger.ndjson"):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            interrupted_again_at = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=TIMEOUT)
            seconds = time.monotonic() - interrupted_again_at
    assert process.returncode == 130
    assert seconds < 5
    assert "left behind: /api/video/conferences/" in output


def has_created(ledger: Path) -> bool:
    return ledger.exists() and '"created"' in ledger.read_text()


def test_the_built_in_server_ends_after_its_run_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conformance", "run", "--output", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        evidence = tmp_path / "out" / "evidence.ndjson"
        for _ in range(600):
            if evidence.is_file() and evidence.stat().st_size:
                break
            time.sleep(0.05)
        origin = json.loads(evidence.read_bytes().splitlines()[0])["header"]["target"]["origin"]
        process.kill()
    for _ in range(100):
        try:
            httpx.get(origin)
        except httpx.TransportError:
            return
        time.sleep(0.05)
    pytest.fail("the server is still running")
