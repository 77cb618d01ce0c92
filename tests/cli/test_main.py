"""The commands and their options, within this process where nothing is sent to a real target."""

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from conformance import __version__
from conformance.cli.main import main
from conformance.cli.progress import Progress
from conformance.http.credentials import PROJECT, TOKEN
from conformance.processes import child_process, reference_process
from conformance.processes.reference_process import NotStartedError, Running, reference_server
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, Requirement, catalogue
from tests.support.fake_targets import ENVIRONMENT, Received, Reply, answering

NAME = "VC-CREATE-NAME-MAXLENGTH"
SENDING = ("run", "doctor")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "200"}, catch_exceptions=False)


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_tells_commands_credentials_and_exit_codes(flag: str) -> None:
    told = invoke(flag)
    assert told.exit_code == 0
    for text in (
        "run",
        "doctor",
        "prove",
        "serve",
        "list",
        "explain",
        "report",
        "compare",
        PROJECT,
        TOKEN,
        "130 interrupted",
    ):
        assert text in told.output


@pytest.mark.parametrize("command", SENDING)
def test_every_sending_command_has_the_shared_options(command: str) -> None:
    told = invoke(command, "--help").output
    for option in (
        *("--target", "--profile", "--project-id", "--api-token-file", "--effort", "--select", "--seed"),
        *("--concurrency", "--rate-limit", "--max-requests", "--timeout", "--header", "--ca"),
        *("--client-cert", "--proxy", "--active-session", "--output", "--strict", "--fail-fast", "--config"),
    ):
        assert option in told


def test_version_is_that_of_the_package() -> None:
    assert __version__ in invoke("--version").output


@pytest.mark.parametrize(
    "arguments, mend",
    [
        (["--effort", "lots"], "'smoke', 'standard', 'thorough'"),
        (["--concurrency", "0"], "1<=x<=256"),
        (["--max-requests", "0"], "x>=1"),
        (["--timeout", "0"], "x>=0.1"),
        (["--seed", "x"], "not a valid integer"),
        (["--output", "a-file"], "is a file"),
        (["--no-such-option"], "No such option"),
        (["--target", "ftp://example.test"], "needs scheme and host"),
        (["--target", "http://x"], "--allow-http"),
        (["--target", "x", "--rate-limit", "fast"], "such as 20/s"),
        (["--target", "x", "--header", "x"], "NAME:VALUE"),
        (["--target", "x", "--ca", "none.pem"], "none.pem cannot be read: No such file"),
        (["--config", "none.toml"], "none.toml cannot be read"),
    ],
)
@pytest.mark.parametrize("command", SENDING)
def test_an_option_that_cannot_be_used_is_exit_2_with_its_mend(
    command: str, arguments: list[str], mend: str
) -> None:
    Path("a-file").touch()
    told = invoke(command, *arguments)
    assert told.exit_code == 2
    assert mend in told.output


@pytest.mark.parametrize("option", ["--fault", "--variant"])
def test_faults_belong_to_the_built_in_server(option: str) -> None:
    told = invoke("run", "--target", "http://127.0.0.1:1", option, "create-201")
    assert told.exit_code == 2
    assert "leave --target out" in told.output


def test_an_unknown_fault_is_exit_2() -> None:
    told = invoke("run", "--fault", "none-such", "--variant", "slow")
    assert told.exit_code == 2
    assert "the reference server ended with status 2 before it was ready" in told.output


def test_list_shows_the_chosen_requirements_in_their_order() -> None:
    everything = invoke("list").output.splitlines()
    assert [line.split()[0] for line in everything] == list(catalogue())
    (line,) = invoke("list", "--select", NAME).output.splitlines()
    assert line.split(maxsplit=2) == [NAME, "must", catalogue()[NAME].sentence]
    rooms = invoke("list", "--profile", "fabric", "--select", "FCR-CREATE-*").output.splitlines()
    assert NAME not in "\n".join(rooms)


def test_list_names_what_is_near_to_what_is_not_there() -> None:
    told = invoke("list", "--select", "VC-CREATE-NAME-MAXLENTH")
    assert told.exit_code == 2
    assert f"did you mean {NAME!r}?" in told.output


@pytest.mark.parametrize("identifier", [NAME, NAME.lower()])
def test_explain_says_sentence_level_and_source(identifier: str) -> None:
    told = invoke("explain", identifier)
    head, *lines = told.output.splitlines()
    assert (told.exit_code, head) == (0, NAME)
    assert f"  sentence   {catalogue()[NAME].sentence}" in lines
    assert "  level      must" in lines
    assert "  profile    video" in lines
    assert not [line for line in lines if line.endswith("None") or not line.split()[1:]]


def test_explain_names_what_is_near_to_what_is_not_there() -> None:
    told = invoke("explain", "VC-CREATE-NAME-MAXLENTH")
    assert told.exit_code == 2
    assert "did you mean" in told.output


def test_doctor_shows_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN)
    told = invoke("doctor")
    assert told.exit_code == 0
    steps = [line.split()[:2] for line in told.output.splitlines()]
    assert steps == [
        ["ok", name] for name in ("reach", "product", "credentials", "clock", "create", "delete")
    ]


def test_the_built_in_server_ends_without_a_word() -> None:
    line = [sys.executable, "-m", "conformance", "run", "--select", "VC-CREATE-MINIMAL", "--output", "out"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_doctor_ends_with_2_at_the_first_step_that_fails() -> None:
    with answering(lambda _: Reply(404, b'{"message":"not found"}')) as origin:
        told = invoke("doctor", "--target", origin)
    assert told.exit_code == 2
    assert told.output.splitlines()[0].startswith("ok  reach")
    assert f"no  {origin} is no Conference API" in told.output


def test_doctor_sends_the_headers_that_it_is_given() -> None:
    received: list[Received] = []

    def answer(request: Received) -> Reply:
        received.append(request)
        return Reply(500)

    with answering(answer) as origin:
        invoke("doctor", "--target", origin, "--header", "X-Gateway: a:b")
    assert {each.header("x-gateway") for each in received} == {"a:b"}
    assert all((each.header("user-agent") or "").startswith("conference-conformance/") for each in received)


def test_doctor_leaves_nothing_in_the_folder() -> None:
    invoke("doctor", "--target", "http://127.0.0.1:1")
    assert list(Path().iterdir()) == []


def test_serve_becomes_the_server_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _, *how: became.append(how))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    options = ("--port", "0", "--fault", "create-201", "--list")
    invoke("serve", *options)
    [(line, environment)] = became
    assert line == child_process.command("reference", *options)
    assert environment[TOKEN] == os.environ[TOKEN]
    assert "HTTPS_PROXY" not in environment


def test_serve_lists_faults_and_variants(tmp_path: Path) -> None:
    code = "from conformance.cli.main import main; main(['serve', '--list'])"
    served = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "fault    create-201: " in served.stdout


def test_the_built_in_server_ends_with_its_block() -> None:
    with reference_server(["--variant", "slow"]) as running:
        assert httpx.get(running.address, trust_env=False).is_error
    told = invoke("doctor", "--target", running.address)
    assert "cannot be reached" in told.output


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a server in place of the built-in one that does not end when it is told to."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    code += "print('hello', 'ready http://127.0.0.1:1', 'live conference x', sep=chr(10), flush=True); "
    code += "time.sleep(30)"
    monkeypatch.setattr(child_process, "command", lambda *_: [sys.executable, "-c", code])
    monkeypatch.setattr(reference_process, "_PATIENCE", 0.1)


@pytest.mark.usefixtures("stubborn")
def test_a_server_that_does_not_end_is_killed() -> None:
    with reference_server() as running:
        assert running == Running("http://127.0.0.1:1", "x")


def test_a_server_that_ends_before_it_is_ready_is_told() -> None:
    with pytest.raises(NotStartedError, match="ended with status 2"), reference_server(["--nonsense"]):
        pytest.fail("no server")


MUST = Requirement("VC-GET-ONE", Level.MUST, "It is there.", "a page", "video", "VC-GET")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(console: Console, total: int | None = None) -> str:
    """Return what stands on a screen when three requirements are decided, without its escape codes."""
    said = console.file = Terminal()
    with Progress(console, total) as progress:
        for number, verdict in enumerate([Verdict.PASSED, Verdict.PASSED, Verdict.FAILED]):
            progress(Outcome(replace(MUST, id=f"VC-GET-{number}"), verdict, 1), 7 + number)
        progress._bar.refresh()  # noqa: SLF001 - in place of waiting for it
    return ESCAPES.sub("", said.getvalue())


def forced(width: int = 200) -> Console:
    return Console(file=Terminal(), force_terminal=True, width=width, color_system="standard")


def test_progress_counts_verdicts_and_requests_on_one_line() -> None:
    assert "2 passed  1 failed  9 requests  VC-GET-2" in watched(forced())
    assert "3 of 40  2 passed  1 failed  9 requests  VC-GET-2" in watched(forced(), 40)


@pytest.mark.parametrize("width", [10, 20, 40, 80])
def test_progress_keeps_within_its_line(width: int) -> None:
    lines = re.split(r"[\r\n]+", watched(forced(width), 40))
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.startswith("requests")]


def test_progress_is_silent_on_a_terminal_that_takes_no_escape_codes() -> None:
    assert watched(Console(file=Terminal(), force_terminal=True, color_system=None)) == ""


def test_progress_is_silent_without_a_terminal() -> None:
    assert watched(Console(force_terminal=False, color_system="standard")) == ""


def test_progress_is_silent_where_colours_are_forced_upon_a_file() -> None:
    said = io.StringIO()
    with Progress(Console(file=said, force_terminal=True, color_system="standard")) as progress:
        progress(Outcome(MUST, Verdict.PASSED, 1), 7)
    assert said.getvalue() == ""


QUICK = ("run", "--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")


def test_a_quiet_run_says_its_verdict_alone() -> None:
    told = invoke(*QUICK, "--quiet")
    (line,) = told.output.splitlines()
    assert line.startswith("conforms  1 requirements, ")
    assert told.exit_code == 0


def test_a_verbose_run_says_what_became_of_each_requirement() -> None:
    told = invoke(*QUICK, "--verbose")
    lines = told.output.splitlines()
    assert lines[3].startswith("passed  API-AUTH-BASIC-ACCEPT (must)  The project's id and one of its tokens")
    heads = {line.split()[0] for line in lines if line}
    assert {"operation", "latency", "slowest", "versions", "conforms"} <= heads


def test_quiet_and_verbose_exclude_each_other() -> None:
    told = invoke(*QUICK, "-q", "-v")
    assert told.exit_code == 2
    assert "exclude each other" in told.output


@pytest.mark.parametrize("amount", [(), ("--quiet",), ("--verbose",)])
def test_every_run_says_which_selection_is_wrong(amount: tuple[str, ...]) -> None:
    told = invoke("run", "--select", "VC-NONE", *amount)
    assert told.exit_code == 2
    assert "VC-NONE" in told.output


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["ascii", "C"],
)
@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["explain", NAME],
        [
            "run",
            "--effort",
            "smoke",
            "--fault",
            "date-only-becomes-end-of-day",
            "--select",
            "VC-CREATE-DATE-*",
        ],
        ["run", "--effort", "smoke", "--fault", "date-only-becomes-end-of-day", "--select", "API-*", "-v"],
    ],
    ids=["list", "explain", "run", "run verbosely"],
)
def test_a_screen_that_lacks_letters_ends_no_command(
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


class Hostile:
    """A step of the preflight that tells what a target wrote."""

    name = "product"
    told = f"\x1b[2J[bold]{ENVIRONMENT[TOKEN]}[/bold]\u202e"


def test_doctor_says_what_a_target_wrote_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.cli.run.steps", lambda _, **__: [Hostile])
    told = invoke("doctor", "--target", "http://127.0.0.1:9").output
    assert told == "ok  product      \\x1b[2J[bold][secret][/bold]\\u202e\n"


def test_the_address_of_a_target_is_no_markup() -> None:
    told = invoke("run", "--target", "https://[fe80::1]:9", "--timeout", "0.1").output
    assert told.startswith("conference-conformance  https://[fe80::1]:9\n")


def test_a_quiet_run_says_one_line_for_what_is_broken(tmp_path: Path) -> None:
    broken = (
        "--effort",
        "smoke",
        "--fault",
        "date-only-becomes-end-of-day",
        "--select",
        "VC-CREATE-DATE-ONLY",
    )
    told = invoke("run", *broken, "-q")
    headline, verdict = told.output.splitlines()
    assert headline.startswith("failed  VC-CREATE-DATE-ONLY (must)  A date with no time ")
    assert verdict.startswith("does not conform: 1 of 1 requirement violated (1 root cause), ")
    attached = list((tmp_path / "conformance-results" / "allure-results").glob("*-attachment.txt"))
    assert len(attached) >= 3
    assert told.exit_code == 1


def test_output_may_go_to_what_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stdout", said)
    with pytest.raises(SystemExit):
        main(["list", "--select", NAME])
    assert said.getvalue().startswith(NAME)
