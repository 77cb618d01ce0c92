"""Time limit of a run that hangs, and runs on a machine without free threads."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.records import results_file
from tests.support.command_processes import command_environment
from tests.support.fake_targets import ENVIRONMENT, reference_server
from tests.support.killed_runs import resources

TIMEOUT = 120.0
FEW_THREADS = """
import sys, threading
from itertools import count

started, start = count(), threading.Thread.start

def limited(thread):
    if next(started) >= {threads}:
        raise RuntimeError("can't start new thread")
    start(thread)

threading.Thread.start = limited
from conformance.__main__ import main
main()
"""
HANGING_BLOCK = """
import sys, time
from conformance.runtime.time_limit import time_limit

with time_limit(0.2, lambda: "left behind: one"):
    time.sleep(60)
"""


@pytest.mark.parametrize("threads", [1, 3, 8, 12, 20])
def test_a_run_without_threads_ends_with_exit_code_4_and_leaves_no_resource(
    tmp_path: Path, threads: int
) -> None:
    with reference_server() as origin:
        before = resources(origin)
        script = FEW_THREADS.format(threads=threads)
        options = ("--effort", "smoke", "--max-seconds", "20", "--output", str(tmp_path / "out"))
        result = subprocess.run(
            [sys.executable, "-c", script, "run", "--target", origin, *options],
            env=command_environment(ENVIRONMENT),
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        assert result.returncode == 4, result.stdout + result.stderr
        assert resources(origin) == before
    record = results_file.read(tmp_path / "out" / results_file.FILE)
    assert not [requirement for requirement in record["requirements"] if requirement["verdict"] == "failed"]


def test_a_block_that_hangs_ends_the_process_and_prints_the_leftovers() -> None:
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", HANGING_BLOCK], capture_output=True, text=True, check=False, timeout=TIMEOUT
    )
    assert result.returncode == 4
    assert result.stderr.endswith("left behind: one")
    assert time.monotonic() - started < 30
