"""A run ends although its machine starts no threads, and a run that hangs is ended."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.records import results_file
from tests.support.command_processes import environment
from tests.support.fake_targets import ENVIRONMENT, reference
from tests.support.killed_runs import resources

PATIENCE = 120.0
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
HANGS = """
import sys, time
from conformance.runtime.time_limit import time_limit

with time_limit(0.2, lambda: "left behind: one"):
    time.sleep(60)
"""


@pytest.mark.parametrize("threads", [1, 3, 8, 12, 20])
def test_a_run_without_threads_ends_with_4_and_leaves_nothing(tmp_path: Path, threads: int) -> None:
    with reference() as origin:
        before = resources(origin)
        script = FEW_THREADS.format(threads=threads)
        options = ("--effort", "smoke", "--max-seconds", "20", "--output", str(tmp_path / "out"))
        done = subprocess.run(
            [sys.executable, "-c", script, "run", "--target", origin, *options],
            env=environment(ENVIRONMENT),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 4, done.stdout + done.stderr
        assert resources(origin) == before
    record = results_file.read(tmp_path / "out" / results_file.FILE)
    assert not [each for each in record["requirements"] if each["verdict"] == "failed"]


def test_a_block_that_hangs_ends_the_process_and_names_what_is_left() -> None:
    clock = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 4
    assert done.stderr.endswith("left behind: one")
    assert time.monotonic() - clock < 30
