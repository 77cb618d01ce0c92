"""The background process: results, errors, isolation and termination of its operations."""

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

TIMEOUT = 20.0  # seconds


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[BackgroundProcess]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f".{os.pathsep}{tmp_path}{os.pathsep}/elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, "PTforTheRunOnly")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    process = BackgroundProcess([operations.__name__])
    yield process
    process.kill()


def test_a_call_returns_the_result_of_the_operation_in_the_background_process(
    background: BackgroundProcess,
) -> None:
    assert background.call(operations.power, 2, 10) == 1024
    assert background.call(operations.process_id) == background.process_id != os.getpid()


def test_a_submitted_operation_sends_no_result(background: BackgroundProcess) -> None:
    background.submit(operations.power, 2, 10)
    assert background.call(operations.power, 3, 2) == 9


def test_a_call_precedes_submitted_operations(background: BackgroundProcess) -> None:
    background.submit(operations.sleep, 1)
    background.submit(operations.change_directory, os.sep)
    assert background.call(operations.working_directory) == str(Path.cwd())
    assert background.call(operations.power, 3, 2) == 9


def test_printed_output_does_not_affect_results(background: BackgroundProcess) -> None:
    assert background.call(operations.print_something) is None
    assert background.call(operations.power, 3, 2) == 9


def test_an_exception_is_raised_in_the_caller_and_the_next_call_succeeds(
    background: BackgroundProcess,
) -> None:
    with pytest.raises(BackgroundProcessError, match="ZeroDivisionError"):
        background.call(operations.quotient, 1, 0)
    assert background.call(operations.power, 3, 2) == 9


def test_the_background_process_gets_only_the_environment_variables_that_it_needs(
    background: BackgroundProcess,
) -> None:
    assert os.environ[TOKEN_VARIABLE]
    assert os.environ["HTTPS_PROXY"]
    variables = background.call(operations.environment)
    assert TOKEN_VARIABLE not in variables
    assert "HTTPS_PROXY" not in variables
    assert variables["PATH"] == os.environ["PATH"]


def test_the_background_process_imports_no_module_of_the_working_directory_or_relative_pythonpath(
    background: BackgroundProcess,
) -> None:
    path = background.call(operations.import_path)
    assert import_path.FOLDER in path
    assert not {"", ".", str(Path.cwd())} & set(path)
    assert path[-1] == "/elsewhere"  # it may contain packages that are not installed elsewhere


def test_values_are_returned_unchanged(background: BackgroundProcess) -> None:
    value = {"a": [(1, b"\xff", None), "\ud800", "\ud83d\ude00", {"$": 1}], "b": -0.0}
    assert repr(background.call(operations.same, value)) == repr(value)


def test_a_result_that_cannot_be_sent_is_an_error_of_its_call(background: BackgroundProcess) -> None:
    with pytest.raises(BackgroundProcessError, match="class object cannot be sent"):
        background.call(operations.unknown_class)
    assert background.call(operations.power, 3, 2) == 9


@pytest.mark.parametrize(
    "name",
    [
        "tests.support.background_operations:not_an_operation",
        "conformance.testkit.request_bodies:_slow_bodies",
        "os:getpid",
    ],
)
def test_only_operations_of_the_named_modules_are_called(
    background: BackgroundProcess, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    operation = "tests.support.background_operations:process_id"
    monkeypatch.setitem(_OPERATIONS, operation, replace(_OPERATIONS[operation], name=name))
    with pytest.raises(BackgroundProcessError, match=f"LookupError: '{name}' is not an operation"):
        background.call(operations.process_id)


def test_a_function_that_is_not_an_operation_is_rejected_before_it_is_sent(
    background: BackgroundProcess,
) -> None:
    with pytest.raises(LookupError, match="not_an_operation"):
        background.call(operations.not_an_operation)


def test_a_call_of_a_background_process_that_has_ended_is_an_error(background: BackgroundProcess) -> None:
    process_id = background.call(operations.process_id)
    os.kill(process_id, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(BackgroundProcessError, match="ended with status"):
            background.call(operations.power, 2, 2)
    background.submit(operations.power, 2, 2)


def test_a_call_waits_for_other_calls_up_to_its_timeout(background: BackgroundProcess) -> None:
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(background.call, operations.sleep, 2)
        while background.submit(operations.power, 2, 2, timeout=0.01):
            assert not slow.done()
        with pytest.raises(BackgroundProcessError, match="in use"):
            background.call(operations.power, 2, 2, timeout=0.01)
        assert slow.result() is None
    assert background.call(operations.power, 3, 2, timeout=0.01) == 9


def test_steps_are_executed_between_calls(background: BackgroundProcess, tmp_path: Path) -> None:
    background.submit(operations.steps, tmp_path / "steps", 200)
    assert background.call(operations.power, 3, 2) == 9
    assert not (tmp_path / "steps").exists() or len((tmp_path / "steps").read_text()) < 200
    deadline = time.monotonic() + TIMEOUT
    while not (tmp_path / "steps").exists() or len((tmp_path / "steps").read_text()) < 200:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_interrupted_call_does_not_affect_the_result_of_the_next_call(
    background: BackgroundProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(Channel, "receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        background.call(operations.power, 2, 10)
    monkeypatch.undo()
    with pytest.raises(BackgroundProcessError):
        background.call(operations.power, 3, 2)


def test_the_background_process_ends_after_its_parent_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        dedent("""
            import os, signal
            from conformance.processes.background_process import background_process
            print(background_process().process_id, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    command = [sys.executable, str(program)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert result.returncode == -signal.SIGKILL
    deadline = time.monotonic() + TIMEOUT
    while is_running(int(result.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process_id}/stat")  # a zombie whose parent has not called wait() has ended
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
