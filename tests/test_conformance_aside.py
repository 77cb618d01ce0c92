"""What is done in a process of its own: its results, its problems, and its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from textwrap import dedent
from typing import NoReturn

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


def test_nobody_waits_for_others_longer_than_he_likes(aside: Aside) -> None:
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(aside.call, time.sleep, 2)
        while aside.prepare(pow, 2, 2, patience=0.01):
            assert not slow.done()
        with pytest.raises(AsideError, match="others"):
            aside.call(pow, 2, 2, patience=0.01)
        assert slow.result() is None
    assert aside.call(pow, 3, 2, patience=0.01) == 9


def test_steps_are_taken_while_nobody_asks(aside: Aside, tmp_path: Path) -> None:
    aside.prepare(steps, tmp_path / "steps", 200)
    assert aside.call(pow, 3, 2) == 9
    assert not (tmp_path / "steps").exists() or len((tmp_path / "steps").read_text()) < 200
    ends = time.monotonic() + PATIENCE
    while not (tmp_path / "steps").exists() or len((tmp_path / "steps").read_text()) < 200:
        assert time.monotonic() < ends
        time.sleep(0.01)


def steps(path: Path, number: int) -> Iterator[int]:
    """Take some steps that leave something behind."""
    for turn in range(number):
        path.write_text("x" * (turn + 1))
        time.sleep(0.01)
        yield turn


def test_who_is_interrupted_takes_no_answer_from_others(
    aside: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(Connection, "recv", interrupt)
    with pytest.raises(KeyboardInterrupt):
        aside.call(pow, 2, 10)
    monkeypatch.undo()
    with pytest.raises(AsideError):
        aside.call(pow, 3, 2)


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
