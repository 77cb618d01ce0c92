"""Hints for misspelt commands and options."""

import pytest
from click.testing import CliRunner, Result

from conformance.cli.interface import near_misses
from conformance.cli.main import main

NAME = "VC-CREATE-NAME-MAXLENGTH"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(
    "arguments, hint",
    [
        (["https://host.test"], "to test a server: conformance run --target https://host.test"),
        (["localhost:8080"], "to test a server: conformance run --target localhost:8080"),
        (["api.example.com"], "to test a server: conformance run --target api.example.com"),
        ([NAME], f"to show a requirement: conformance explain {NAME}"),
        (["test"], "did you mean `conformance run`?"),
        (["TEST"], "did you mean `conformance run`?"),
        (["rnu"], "did you mean `conformance run`?"),
        (["docter"], "did you mean `conformance doctor`?"),
        (["mock"], "did you mean `conformance serve`?"),
        (["diff"], "did you mean `conformance compare`?"),
        (["help"], "did you mean `conformance --help`?"),
        (["results.json"], "available: run, doctor, "),
        (["xyzzy"], "available: run, doctor, "),
        (["--target", "https://host.test"], "did you mean `conformance run --target`?"),
        (["--url", "https://host.test"], "did you mean `conformance run --target`?"),
        (["--effort", "smoke"], "did you mean `conformance run --effort`?"),
        (["--token", "x"], "set SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN"),
        (["--versoin"], "did you mean --version?"),
        (["run", "https://host.test"], "to test a server: conformance run --target https://host.test"),
        (["doctor", "host.test:443"], "to test a server: conformance doctor --target host.test:443"),
        (["run", "VC-CREATE-*"], "to select requirements: conformance run --select VC-CREATE-*"),
        (["run", "--url", "https://host.test"], "did you mean --target?"),
        (["run", "--base-url=https://host.test"], "did you mean --target?"),
        (["run", "--host", "host.test"], "did you mean --target?"),
        (["run", "--tagret", "x"], "did you mean --target?"),
        (["run", "--insecure"], "did you mean --no-verify-tls?"),
        (["run", "-o", "x"], "did you mean --output?"),
        (["run", "-x"], "did you mean --fail-fast?"),
        (["run", "--password", "x"], "set SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN"),
        (["cleanup", "--run", "x", "--token", "x"], "set SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN"),
        (["doctor", "--fault", "x"], "--fault is an option of run, fuzz, replay, prove, serve"),
        (["list", "--url", "x"], "--target is an option of run, doctor, fuzz, replay, certify, cleanup"),
    ],
)
def test_a_near_miss_is_exit_2_with_the_right_command_or_option(arguments: list[str], hint: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert hint in " ".join(result.output.split())


@pytest.mark.parametrize(
    "arguments", [["--xyzzy"], ["run", "--xyzzy"], ["run", "xyzzy"], ["explain", "a", "b"]]
)
def test_without_a_near_miss_the_argument_is_named(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert arguments[-1] in result.output
    assert ";" not in result.output


@pytest.mark.parametrize(
    "arguments", [["https://me:sesame@host.test/?k=v"], ["run", "https://me:sesame@host.test"]]
)
def test_credentials_in_an_address_are_not_repeated(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "host.test" in result.output
    assert "sesame" not in result.output


def test_a_credential_of_the_environment_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", "PTsesamesesamesesame")
    for arguments in (["PTsesamesesamesesame"], ["run", "PTsesamesesamesesame"]):
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert "sesame" not in result.output


def test_a_hostile_argument_is_escaped() -> None:
    result = invoke("run", "\x1b[2J" + "a" * 1000)
    assert "\x1b" not in result.output
    assert len(result.output) < 500


def test_each_hint_names_a_command_or_an_option_that_exists() -> None:
    commands = {*main.commands, "--help", "--version"}
    assert set(near_misses._COMMANDS.values()) <= commands  # noqa: SLF001 - the table that is tested
    assert not commands & near_misses._COMMANDS.keys()  # noqa: SLF001 - the same
    options = {
        name
        for command in main.commands.values()
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(near_misses._OPTIONS.values()) <= options  # noqa: SLF001 - the same
