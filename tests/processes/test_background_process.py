"""What is done in a process of its own: its results, its problems, and its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import NoReturn

import pytest

from conformance.http.credentials import TOKEN_VARIABLE
from conformance.processes.background_process import _OPERATIONS, BackgroundProcess, BackgroundProcessError
from conformance.processes.message_channel import Channel
from conformance.runtime import import_path
from tests.support import background_operations as operations

PATIENCE = 20.0  # seconds


@pytest.fixture
def aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[BackgroundProcess]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f".{os.pathsep}{tmp_path}{os.pathsep}/elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, "PTnobodyElseNeedsThis")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    made = BackgroundProcess([operations.__name__])
    yield made
    made.kill()


def test_it_returns_what_a_function_returns_elsewhere(aside: BackgroundProcess) -> None:
    assert aside.call(operations.power, 2, 10) == 1024
    assert aside.call(operations.process_id) == aside.process_id != os.getpid()


def test_what_is_prepared_is_not_answered(aside: BackgroundProcess) -> None:
    aside.submit(operations.power, 2, 10)
    assert aside.call(operations.power, 3, 2) == 9


def test_what_is_asked_for_does_not_wait_for_what_is_prepared(aside: BackgroundProcess) -> None:
    aside.submit(operations.sleep, 1)
    aside.submit(operations.change_directory, os.sep)
    assert aside.call(operations.working_directory) == str(Path.cwd())
    assert aside.call(operations.power, 3, 2) == 9


def test_what_is_printed_there_spoils_nothing(aside: BackgroundProcess) -> None:
    assert aside.call(operations.print_something) is None
    assert aside.call(operations.power, 3, 2) == 9


def test_a_problem_is_told_and_the_next_call_answered(aside: BackgroundProcess) -> None:
    with pytest.raises(BackgroundProcessError, match="ZeroDivisionError"):
        aside.call(operations.quotient, 1, 0)
    assert aside.call(operations.power, 3, 2) == 9


def test_it_gets_no_credentials_and_no_other_variable_that_it_does_not_need(aside: BackgroundProcess) -> None:
    assert os.environ[TOKEN_VARIABLE]
    assert os.environ["HTTPS_PROXY"]
    given = aside.call(operations.environment)
    assert TOKEN_VARIABLE not in given
    assert "HTTPS_PROXY" not in given
    assert given["PATH"] == os.environ["PATH"]


def test_it_imports_nothing_from_the_working_directory_or_pythonpath(aside: BackgroundProcess) -> None:
    path = aside.call(operations.import_path)
    assert import_path.FOLDER in path
    assert not {"", ".", str(Path.cwd())} & set(path)
    assert path[-1] == "/elsewhere"  # it may hold packages that are installed nowhere else


def test_values_come_back_as_they_were_sent(aside: BackgroundProcess) -> None:
    value = {"a": [(1, b"\xff", None), "\ud800", "\ud83d\ude00", {"$": 1}], "b": -0.0}
    assert repr(aside.call(operations.same, value)) == repr(value)


def test_a_result_that_cannot_be_sent_is_a_problem_of_its_call(aside: BackgroundProcess) -> None:
    with pytest.raises(BackgroundProcessError, match="class object cannot be sent"):
        aside.call(operations.unknown_class)
    assert aside.call(operations.power, 3, 2) == 9


@pytest.mark.parametrize(
    "name",
    [
        "tests.support.background_operations:not_an_operation",
        "conformance.testkit.request_bodies:_slow_bodies",
        "os:getpid",
    ],
)
def test_only_operations_of_the_named_modules_are_called(
    aside: BackgroundProcess, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    known = "tests.support.background_operations:process_id"
    monkeypatch.setitem(_OPERATIONS, known, replace(_OPERATIONS[known], name=name))
    with pytest.raises(BackgroundProcessError, match=f"LookupError: '{name}' is not an operation"):
        aside.call(operations.process_id)


def test_a_function_that_is_not_an_operation_is_rejected_before_it_is_sent(aside: BackgroundProcess) -> None:
    with pytest.raises(LookupError, match="not_an_operation"):
        aside.call(operations.not_an_operation)


def test_its_death_is_a_problem_of_whoever_calls(aside: BackgroundProcess) -> None:
    other = aside.call(operations.process_id)
    os.kill(other, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(BackgroundProcessError, match="ended with status"):
            aside.call(operations.power, 2, 2)
    aside.submit(operations.power, 2, 2)


def test_nobody_waits_for_others_longer_than_he_likes(aside: BackgroundProcess) -> None:
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(aside.call, operations.sleep, 2)
        while aside.submit(operations.power, 2, 2, timeout=0.01):
            assert not slow.done()
        with pytest.raises(BackgroundProcessError, match="in use"):
            aside.call(operations.power, 2, 2, timeout=0.01)
        assert slow.result() is None
    assert aside.call(operations.power, 3, 2, timeout=0.01) == 9


def test_steps_are_taken_while_nobody_asks(aside: BackgroundProcess, tmp_path: Path) -> None:
    aside.submit(operations.steps, tmp_path / "steps", 200)
    assert aside.call(operations.power, 3, 2) == 9
    assert not (tmp_path / "steps").exists() or len((tmp_path / "steps").read_text()) < 200
    ends = time.monotonic() + PATIENCE
    while not (tmp_path / "steps").exists() or len((tmp_path / "steps").read_text()) < 200:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_who_is_interrupted_takes_no_answer_from_others(
    aside: BackgroundProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(Channel, "receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        aside.call(operations.power, 2, 10)
    monkeypatch.undo()
    with pytest.raises(BackgroundProcessError):
        aside.call(operations.power, 3, 2)


def test_it_ends_when_nobody_is_there_any_more(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        dedent("""
            import os, signal
            from conformance.processes.background_process import aside
            print(aside().process_id, flush=True)
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
