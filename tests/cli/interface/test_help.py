"""Help of the commands: groups of options, true defaults, complete summaries."""

import re
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from conformance.cli import fuzz
from conformance.cli.interface.command import Command
from conformance.cli.interface.option_groups import GROUPS, option_groups
from conformance.cli.main import main
from conformance.config.target import Limits
from tests.config.test_settings_encoding import MINIMAL

DEFAULT = re.compile(r"Default: ([^.]*(?:\\.\\d+[^.]*)*)\\.?")
COMMANDS = {name: command for name, command in main.commands.items() if isinstance(command, Command)}
RUN_COMMANDS = ("run", "doctor", "fuzz", "certify")


def context(name: str) -> click.Context:
    root = click.Context(main, info_name="conformance", **main.context_settings)
    return click.Context(main.commands[name], info_name=name, parent=root)


def help_text(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--help"], env={"COLUMNS": "400"}, terminal_width=400)
    assert result.exit_code == 0
    return result.output


def option_help(command: str, option: str) -> str:
    groups = COMMANDS[command].option_groups(context(command))
    return next(text for _, records in groups for name, text in records if option in re.split("[ ,/]+", name))


def test_every_command_has_groups_and_examples() -> None:
    assert COMMANDS.keys() == main.commands.keys()
    for name in COMMANDS:
        text = help_text(name)
        assert "Examples:" in text, name
        assert f"conformance {name}" in text.partition("Examples:")[2], name


def test_every_option_of_a_command_with_groups_is_in_one_of_them() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped))
    for name, command in COMMANDS.items():
        if len(dict(command.option_groups(context(name)))) > 1:
            visible = {
                str(parameter.name)
                for parameter in command.params
                if isinstance(parameter, click.Option) and not parameter.hidden
            }
            assert visible - set(grouped) == set(), (
                "add the option to GROUPS in cli/interface/option_groups.py"
            )


def test_the_groups_of_run_are_in_the_order_of_a_pipeline() -> None:
    titles = [title for title, _ in COMMANDS["run"].option_groups(context("run"))]
    assert titles == [title for title in GROUPS if title != "Certificate"]


def test_a_command_with_few_options_has_one_group() -> None:
    assert [title for title, _ in COMMANDS["list"].option_groups(context("list"))] == ["Options"]


def test_an_option_without_a_group_is_listed_among_the_others() -> None:
    extended = click.Command(
        "x", params=[*COMMANDS["run"].params, click.Option(["--brand-new"], help="New.")]
    )
    groups = dict(option_groups(extended, click.Context(extended)))
    assert ("--brand-new", "New.") in [(name.split()[0], text) for name, text in groups["Other options"]]


def test_options_without_effect_are_named_as_such_and_rejected_ones_are_hidden() -> None:
    _, _, unused = help_text("doctor").partition("Without effect on this command, accepted as for run:")
    assert "--select" in unused
    assert "--output" in unused
    assert "--read-only" not in help_text("fuzz")
    assert not re.search(r"^  --(seed|fail-fast|no-verify-tls)", help_text("certify"), re.MULTILINE)


@pytest.mark.parametrize("option", ["--read-only", "--allow-leftovers"])
def test_a_hidden_option_is_rejected_with_a_reason(option: str) -> None:
    result = CliRunner().invoke(main, ["fuzz", option])
    assert result.exit_code == 2
    assert f"fuzz cannot be combined with {option}: " in result.output


LIMITS = Limits()
TRUE_DEFAULTS: dict[str, Any] = {
    "--concurrency": LIMITS.concurrency,
    "--max-live": LIMITS.max_live,
    "--timeout": f"{LIMITS.timeout:g}",
    "--max-seconds": f"{LIMITS.max_seconds:g}",
    "--effort": MINIMAL.effort,
    "--output": MINIMAL.output,
}


@pytest.mark.parametrize("command", ["run", "doctor", "certify"])
@pytest.mark.parametrize("option", TRUE_DEFAULTS)
def test_the_help_states_the_default_of_an_option(command: str, option: str) -> None:
    assert f"Default: {TRUE_DEFAULTS[option]}." in option_help(command, option)


def test_the_help_of_fuzz_states_its_own_defaults() -> None:
    settings = fuzz._campaign_settings(MINIMAL, {}, 1)  # noqa: SLF001 - the defaults of this command
    assert f"Default: {settings.effort}." in option_help("fuzz", "--effort")
    assert f"Default: {settings.limits.max_seconds:g}." in option_help("fuzz", "--max-seconds")
    assert "Default: random." in option_help("fuzz", "--seed")


def test_certify_requires_a_target() -> None:
    assert option_help("certify", "--target").endswith("Required.")
    assert option_help("run", "--target").endswith("Default: the built-in reference server.")


@pytest.mark.parametrize("command", [*RUN_COMMANDS, "cleanup"])
def test_the_options_for_credentials_name_the_variables(command: str) -> None:
    assert "SIGNALWIRE_PROJECT_ID" in option_help(command, "--project-id")
    assert "SIGNALWIRE_API_TOKEN" in option_help(command, "--api-token-file")


def test_the_summaries_of_the_commands_are_complete() -> None:
    text = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    for name, command in COMMANDS.items():
        first = " ".join((command.help or "").partition("\n\n")[0].split())
        assert f"{name} {first.partition('. ')[0].rstrip('.')}" in text
    assert "..." not in text.partition("Commands:")[2].partition("Environment:")[0]


def test_help_imports_no_heavy_module() -> None:
    code = (
        "import sys; from conformance.cli.main import main\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'httpx', 'pytest', 'hypothesis', 'jsonschema', 'yaml', 'rich', 'jinja2', 'pydantic'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
