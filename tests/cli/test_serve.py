"""The `conformance serve` command, and the process of the built-in server."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import child_process, reference_process
from conformance.processes.reference_process import NotStartedError, RunningServer, reference_server
from tests.support.command_line import invoke

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_the_built_in_server_prints_nothing_to_standard_error() -> None:
    line = [sys.executable, "-m", "conformance", "run", "--select", "VC-CREATE-MINIMAL", "--output", "out"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_serve_executes_the_server_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _, *arguments: calls.append(arguments))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    options = ("--port", "8", "--host", "::1", "--fault", "a", "--fault", "b", "--variant", "c", "--list")
    invoke("serve", *options, "--latency", "2.5", "--project-id", " own-project ")
    [(line, environment)] = calls
    program = child_process.command("reference")
    assert line[: len(program)] == program
    pairs = list(zip(line[len(program) : -1 : 2], line[len(program) + 1 :: 2], strict=True))
    assert sorted(pairs) == [
        ("--fault", "a"),
        ("--fault", "b"),
        ("--host", "::1"),
        ("--latency", "2.5"),
        ("--port", "8"),
        ("--variant", "c"),
    ]
    assert line[-1] == "--list"
    assert environment[PROJECT_VARIABLE] == "own-project"
    assert environment[TOKEN_VARIABLE] == os.environ[TOKEN_VARIABLE]
    assert "HTTPS_PROXY" not in environment


def test_serve_lists_faults_and_variants(tmp_path: Path) -> None:
    code = "from conformance.cli.main import main; main(['serve', '--list'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "fault    create-201: " in done.stdout


def test_the_built_in_server_ends_with_its_context() -> None:
    with reference_server(["--variant", "slow"]) as running:
        assert httpx.get(running.address, trust_env=False).is_error
    result = invoke("doctor", "--target", running.address)
    assert "cannot be reached" in result.output


@pytest.fixture
def server_that_ignores_sigterm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the built-in server with one that ignores SIGTERM."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    code += "print('hello', 'ready http://127.0.0.1:1', 'live conference x', sep=chr(10), flush=True); "
    code += "time.sleep(30)"
    monkeypatch.setattr(child_process, "command", lambda *_: [sys.executable, "-c", code])
    monkeypatch.setattr(reference_process, "_SHUTDOWN_TIMEOUT", 0.1)


@pytest.mark.usefixtures("server_that_ignores_sigterm")
def test_a_server_that_does_not_end_is_killed() -> None:
    with reference_server() as running:
        assert running == RunningServer("http://127.0.0.1:1", "x")


def test_a_server_that_ends_before_it_is_ready_is_an_error() -> None:
    with pytest.raises(NotStartedError, match="exited with status 2"), reference_server(["--nonsense"]):
        pytest.fail("no server")
