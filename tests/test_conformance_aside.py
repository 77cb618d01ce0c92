"""What is done in a process of its own: its results, its problems, and its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from conformance.aside import Aside, AsideError
from conformance.credentials import TOKEN

PATIENCE = 20.0  # seconds


@pytest.fixture
def aside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aside]:
    monkeypatch.setenv(TOKEN, "PTnobodyElseNeedsThis")
    made = Aside()
    yield made
    made.end()


def test_it_returns_what_a_function_returns_elsewhere(aside: Aside) -> None:
    assert aside.call(pow, 2, 10) == 1024
    assert aside.call(os.getpid) != os.getpid()


def test_what_is_prepared_is_not_answered(aside: Aside) -> None:
    aside.prepare(pow, 2, 10)
    assert aside.call(pow, 3, 2) == 9


def test_what_is_asked_for_does_not_wait_for_what_is_prepared(aside: Aside) -> None:
    aside.prepare(time.sleep, 1)
    aside.prepare(os.chdir, os.sep)
    assert aside.call(os.getcwd) == str(Path.cwd())
    assert aside.call(pow, 3, 2) == 9


def test_what_is_printed_there_spoils_nothing(aside: Aside) -> None:
    assert aside.call(print, "something") is None
    assert aside.call(pow, 3, 2) == 9


def test_a_problem_is_told_and_the_next_call_answered(aside: Aside) -> None:
    with pytest.raises(AsideError, match="ZeroDivisionError"):
        aside.call(divmod, 1, 0)
    assert aside.call(pow, 3, 2) == 9


def test_it_knows_no_credentials(aside: Aside) -> None:
    assert os.environ[TOKEN]
    assert aside.call(os.getenv, TOKEN) is None


def test_its_death_is_a_problem_of_whoever_calls(aside: Aside) -> None:
    other = aside.call(os.getpid)
    os.kill(other, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(AsideError, match="ended with status"):
            aside.call(pow, 2, 2)
    aside.prepare(pow, 2, 2)


def test_it_ends_when_nobody_is_there_any_more(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        dedent("""
            import os, signal
            from conformance.aside import aside
            print(aside().call(os.getpid), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    line = [sys.executable, str(program)]
    said = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert said.returncode == -signal.SIGKILL
    ends = time.monotonic() + PATIENCE
    while is_there(int(said.stdout)):
        assert time.monotonic() < ends
        time.sleep(0.05)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")  # whoever adopts it may leave it unburied
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
