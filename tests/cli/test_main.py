"""The help of the command, and options that several commands have."""

from pathlib import Path

import pytest

from conformance import __version__
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from tests.support.command_line import invoke

pytestmark = pytest.mark.usefixtures("empty_folder")
SENDING_COMMANDS = ("run", "doctor")


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
