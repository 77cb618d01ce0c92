"""The commands and their options, in this process where possible."""

import io
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from conformance import __version__
from conformance.cli.interface import progress as progress_module
from conformance.cli.interface.progress import Progress
from conformance.cli.main import main
from conformance.engine.preflight.steps import PreflightStep
from conformance.engine.progress_listener import RunProgress
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import child_process, reference_process
from conformance.processes.reference_process import NotStartedError, RunningServer, reference_server
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, Requirement, catalogue
from tests.support.fake_targets import ENVIRONMENT, ReceivedRequest, Reply, serve_replies

NAME = "VC-CREATE-NAME-MAXLENGTH"
SENDING_COMMANDS = ("run", "doctor")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to an empty folder, and set the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "200"}, catch_exceptions=False)


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_commands_credentials_and_exit_codes(flag: str) -> None:
    result = invoke(flag)
    assert result.exit_code == 0
    for text in (
        "run",
        "doctor",
        "prove",
        "serve",
        "list",
        "explain",
        "report",
        "compare",
        PROJECT_VARIABLE,
        TOKEN_VARIABLE,
        "130 interrupted",
    ):
        assert text in result.output


@pytest.mark.parametrize("command", SENDING_COMMANDS)
def test_every_command_that_sends_requests_has_the_shared_options(command: str) -> None:
    result = invoke(command, "--help").output
    for option in (
        *("--target", "--profile", "--project-id", "--api-token-file", "--effort", "--select", "--seed"),
        *("--concurrency", "--rate-limit", "--max-requests", "--timeout", "--header", "--ca"),
        *("--client-cert", "--proxy", "--active-session", "--output", "--strict", "--fail-fast", "--config"),
    ):
        assert option in result


def test_version_is_the_package_version() -> None:
    assert __version__ in invoke("--version").output


@pytest.mark.parametrize(
    "arguments, fix",
    [
        (["--effort", "lots"], "'smoke', 'standard', 'thorough'"),
        (["--concurrency", "0"], "1<=x<=256"),
        (["--max-requests", "0"], "x>=1"),
        (["--timeout", "0"], "of 0.1 s or more"),
        (["--seed", "x"], "not a valid integer"),
        (["--output", "a-file"], "is a file"),
        (["--no-such-option"], "No such option"),
        (["--target", "ftp://example.test"], "must be an http or https URL"),
        (["--target", "http://x"], "--allow-http"),
        (["--target", "x", "--rate-limit", "fast"], "e.g. 20/s"),
        (["--target", "x", "--header", "x"], "NAME:VALUE"),
        (["--target", "x", "--ca", "none.pem"], "none.pem cannot be read: No such file"),
        (["--config", "none.toml"], "none.toml cannot be read"),
    ],
)
@pytest.mark.parametrize("command", SENDING_COMMANDS)
def test_an_invalid_option_is_exit_2_with_its_fix(command: str, arguments: list[str], fix: str) -> None:
    Path("a-file").touch()
    result = invoke(command, *arguments)
    assert result.exit_code == 2
    assert fix in result.output


@pytest.mark.parametrize("option", ["--fault", "--variant"])
def test_faults_apply_only_to_the_built_in_server(option: str) -> None:
    result = invoke("run", "--target", "http://127.0.0.1:1", option, "create-201")
    assert result.exit_code == 2
    assert "omit --target" in result.output


def test_an_unknown_fault_is_exit_2() -> None:
    result = invoke("run", "--fault", "none-such", "--variant", "slow")
    assert result.exit_code == 2
    assert "the reference server exited with status 2 before it was ready" in result.output


def test_list_prints_the_selected_requirements_in_catalogue_order() -> None:
    everything = invoke("list").output.splitlines()
    assert [line.split()[0] for line in everything] == list(catalogue())
    (line,) = invoke("list", "--select", NAME).output.splitlines()
    assert line.split(maxsplit=2) == [NAME, "must", catalogue()[NAME].sentence]
    rooms = invoke("list", "--profile", "fabric", "--select", "FCR-CREATE-*").output.splitlines()
    assert NAME not in "\n".join(rooms)


def test_list_suggests_a_similar_id() -> None:
    result = invoke("list", "--select", "VC-CREATE-NAME-MAXLENTH")
    assert result.exit_code == 2
    assert f"did you mean {NAME!r}?" in result.output


def test_list_adds_up_selections_and_subtracts_exclusions() -> None:
    result = invoke("list", "--select", "level:must", "--select", "level:may", "--exclude", "API-*,VC-*")
    levels = {line.split()[1] for line in result.output.splitlines()}
    assert levels == {"must", "may"}
    assert all(line.startswith("FCR-") for line in result.output.splitlines())


@pytest.mark.parametrize(
    "options, message",
    [
        (("--profile", "x"), "unknown profile 'x'; available: video, fabric"),
        (("--profile", "vidio"), "unknown profile 'vidio'; did you mean 'video'?"),
        (("--select", "level:mist"), "available: level:must, level:should, level:may"),
        (("--exclude", "operation:VC-GETS"), "--exclude: no requirement matches 'operation:VC-GETS'"),
        (("--exclude", "colour:red"), "unknown criterion 'colour'"),
    ],
)
def test_an_unknown_selection_of_list_is_exit_2(options: tuple[str, ...], message: str) -> None:
    result = invoke("list", *options)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize("identifier", [NAME, NAME.lower()])
def test_explain_prints_sentence_level_and_profile(identifier: str) -> None:
    result = invoke("explain", identifier)
    head, *lines = result.output.splitlines()
    assert (result.exit_code, head) == (0, NAME)
    assert f"  sentence       {catalogue()[NAME].sentence}" in lines
    assert "  level          must" in lines
    assert "  profile        video" in lines
    assert not [line for line in lines if line.endswith("None") or not line.split()[1:]]


def test_explain_suggests_a_similar_id() -> None:
    result = invoke("explain", "VC-CREATE-NAME-MAXLENTH")
    assert result.exit_code == 2
    assert "did you mean" in result.output


def test_doctor_prints_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    result = invoke("doctor")
    assert result.exit_code == 0
    steps = [line.split()[:2] for line in result.output.splitlines()]
    profile = ("create", "get", "list", "delete")
    names = ("connection", "api", "credentials", "clock", "token", *profile, *profile)
    assert steps == [["ok", name] for name in names]


def test_the_built_in_server_prints_nothing_to_standard_error() -> None:
    line = [sys.executable, "-m", "conformance", "run", "--select", "VC-CREATE-MINIMAL", "--output", "out"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_doctor_stops_with_exit_2_at_the_first_failed_step() -> None:
    with serve_replies(lambda _: Reply(404, b'{"message":"not found"}')) as origin:
        result = invoke("doctor", "--target", origin)
    assert result.exit_code == 2
    assert result.output.splitlines()[0].startswith("ok    connection")
    assert f"FAIL  {origin} does not look like the Conference API" in result.output


def test_doctor_sends_the_specified_headers() -> None:
    received: list[ReceivedRequest] = []

    def respond(request: ReceivedRequest) -> Reply:
        received.append(request)
        return Reply(500)

    with serve_replies(respond) as origin:
        invoke("doctor", "--target", origin, "--header", "X-Gateway: a:b")
    assert {request.header("x-gateway") for request in received} == {"a:b"}
    assert all(
        (request.header("user-agent") or "").startswith("conference-conformance/") for request in received
    )


def test_doctor_writes_no_files() -> None:
    invoke("doctor", "--target", "http://127.0.0.1:1")
    assert list(Path().iterdir()) == []


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


MUST = Requirement("VC-GET-ONE", Level.MUST, "It is there.", "a page", "video", "VC-GET")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress_output(console: Console, total: int | None = None) -> str:
    """Return the progress output for three outcomes, without escape codes."""
    screen = console.file = Terminal()
    with Progress(console, total) as progress:
        for number, verdict in enumerate([Verdict.PASSED, Verdict.PASSED, Verdict.FAILED]):
            progress(Outcome(replace(MUST, id=f"VC-GET-{number}"), verdict, 1), 7 + number)
        progress._bar.refresh()  # noqa: SLF001 - instead of waiting for a refresh
    return ESCAPES.sub("", screen.getvalue())


def color_console(width: int = 200) -> Console:
    return Console(file=Terminal(), force_terminal=True, width=width, color_system="standard")


def test_progress_counts_verdicts_and_requests_on_one_line() -> None:
    assert "2 passed  1 failed  9 requests  VC-GET-2" in progress_output(color_console())
    assert "3 of 40  2 passed  1 failed  9 requests  VC-GET-2" in progress_output(color_console(), 40)


@pytest.mark.parametrize("width", [10, 20, 40, 80])
def test_progress_fits_on_one_line(width: int) -> None:
    lines = re.split(r"[\r\n]+", progress_output(color_console(width), 40))
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.startswith("requests")]


def test_progress_is_silent_on_a_terminal_without_escape_codes() -> None:
    assert progress_output(Console(file=Terminal(), force_terminal=True, color_system=None)) == ""


def test_progress_is_silent_without_a_terminal() -> None:
    assert progress_output(Console(force_terminal=False, color_system="standard")) == ""


def test_progress_is_silent_if_colors_are_forced_for_a_file() -> None:
    screen = io.StringIO()
    with Progress(Console(file=screen, force_terminal=True, color_system="standard")) as progress:
        progress(Outcome(MUST, Verdict.PASSED, 1), 7)
    assert screen.getvalue() == ""


def heartbeat(monkeypatch: pytest.MonkeyPatch, total: int | None, *, is_started: bool = True) -> list[str]:
    """Return the first lines that a run prints without a terminal."""
    monkeypatch.setattr(progress_module, "HEARTBEAT_INTERVAL", 0.02)
    screen = io.StringIO()
    with Progress(Console(file=screen, width=40), total) as progress:
        if is_started:
            progress.on_start(lambda: RunProgress(requests=1234, decided=120, failed=2))
        else:
            progress.on_not_ready("ConnectError: refused\x1b[2J", 0.1)
            progress.on_not_ready("ConnectError: refused\x1b[2J", 1.1)
        deadline = time.monotonic() + 10
        while screen.getvalue().count("\n") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    return screen.getvalue().splitlines()


def test_without_a_terminal_the_progress_is_one_line_from_time_to_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, *_ = heartbeat(monkeypatch, 584)
    assert first == "0 s  1,234 requests  120 of 584 requirements decided  2 failed"
    assert second == first


def test_the_progress_of_worker_processes_counts_their_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    line = heartbeat(monkeypatch, None)[0]
    assert line == "0 s  1,234 requests  120 verdicts of the worker processes  2 failed"


def test_without_a_terminal_waiting_for_the_target_is_printed_once_and_with_each_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, *_ = heartbeat(monkeypatch, 584, is_started=False)
    assert first == "waiting for the target: ConnectError: refused\\x1b[2J"
    assert second == f"0 s  {first}"


@pytest.mark.parametrize("command", ["run", "run --workers 2", "doctor", "fuzz"])
def test_a_target_that_is_not_ready_in_time_is_exit_2(command: str) -> None:
    result = invoke(*command.split(), "--target", "http://127.0.0.1:1", "--wait", "200ms")
    assert result.exit_code == 2
    assert "waiting for the target: ConnectError" in result.output
    assert "http://127.0.0.1:1 is not ready after 0.2 s (--wait): ConnectError" in result.output


def test_the_preflight_follows_the_wait() -> None:
    statuses = iter([503, 502])
    with serve_replies(lambda _: Reply(next(statuses, 404))) as origin:
        result = invoke("doctor", "--target", origin, "--wait", "1m")
    first, second, third, *_ = result.output.splitlines()
    assert first == "waiting for the target: it returns status 503"
    assert second.startswith("ok    connection")
    assert "does not look like the Conference API" in third


QUICK = ("run", "--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")


def test_a_quiet_run_prints_only_the_verdict() -> None:
    result = invoke(*QUICK, "--quiet")
    (line,) = result.output.splitlines()
    assert line.startswith("partial: 1 requirement, ")
    assert result.exit_code == 0


def test_a_verbose_run_prints_every_requirement() -> None:
    result = invoke(*QUICK, "--verbose")
    lines = result.output.splitlines()
    assert lines[3].startswith("passed  API-AUTH-BASIC-ACCEPT (must)  A request with the Project ID")
    heads = {line.split()[0] for line in lines if line}
    assert {"operation", "latency", "slowest", "versions", "partial:"} <= heads


def test_quiet_and_verbose_cannot_be_combined() -> None:
    result = invoke(*QUICK, "-q", "-v")
    assert result.exit_code == 2
    assert "cannot be combined" in result.output


@pytest.mark.parametrize("amount", [(), ("--quiet",), ("--verbose",)])
def test_an_invalid_selection_is_always_printed(amount: tuple[str, ...]) -> None:
    result = invoke("run", "--select", "VC-NONE", *amount)
    assert result.exit_code == 2
    assert "VC-NONE" in result.output


ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
RUN_WITH_FINDING = ("run", "--effort", "smoke", "--fault", "date-only-becomes-end-of-day", "--select")


@pytest.mark.parametrize(
    "arguments, environment",
    [
        (["list"], ASCII),
        (["list"], C_LOCALE),
        (["explain", NAME], ASCII),
        ([*RUN_WITH_FINDING, "VC-CREATE-DATE-*"], C_LOCALE),
        ([*RUN_WITH_FINDING, "API-*,VC-CREATE-DATE-ONLY", "-v"], ASCII),
    ],
    ids=["list-ascii", "list-C", "explain-ascii", "run-C", "run verbosely-ascii"],
)
def test_characters_that_the_terminal_cannot_encode_are_escaped(
    arguments: list[str], environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}
    assert done.stdout.isascii()
    assert b"Traceback" not in done.stderr


HOSTILE_STEP = PreflightStep("product", f"\x1b[2J[bold]{ENVIRONMENT[TOKEN_VARIABLE]}[/bold]\u202e")


def test_doctor_escapes_the_text_of_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.cli.doctor.preflight_steps", lambda _, **__: [HOSTILE_STEP])
    result = invoke("doctor", "--target", "http://127.0.0.1:9").output
    assert result == "ok    product      \\x1b[2J[bold][secret][/bold]\\u202e\n"


def test_the_address_of_a_target_is_not_interpreted_as_markup() -> None:
    result = invoke("run", "--target", "https://[fe80::1]:9", "--timeout", "0.1").output
    assert result.startswith("conference-conformance  https://[fe80::1]:9\n")


def test_a_quiet_run_prints_one_line_per_failure(tmp_path: Path) -> None:
    options = (
        "--effort",
        "smoke",
        "--fault",
        "date-only-becomes-end-of-day",
        "--select",
        "VC-CREATE-DATE-ONLY",
    )
    result = invoke("run", *options, "-q")
    headline, verdict = result.output.splitlines()
    assert headline.startswith("failed  VC-CREATE-DATE-ONLY (must)  A date without a time ")
    assert verdict.startswith("does not conform: 1 must, 0 should and 0 may of 1 requirement violated ")
    attachments = list((tmp_path / "conformance-results" / "allure-results").glob("*-attachment.txt"))
    assert len(attachments) >= 3
    assert result.exit_code == 1


def test_standard_output_may_be_an_object_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    with pytest.raises(SystemExit):
        main(["list", "--select", NAME])
    assert screen.getvalue().startswith(NAME)
