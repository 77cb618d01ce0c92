"""Text of a target cannot instruct the CI system in whose log it appears."""

import io

import pytest
from rich.console import Console

from reports.formats.terminal.console import Detail
from reports.formats.terminal.run_output import print_record
from reports.presentation.log_commands import escape_log_line
from tests.support.run_records import finding, full_record, record, requirement, with_hostile_text
from tests.support.texts.workflow_commands import parsed

COMMANDS = (
    "::error::x",
    "  ::add-mask::x",
    "::stop-commands::x",
    "text ##[error]x",
    "##[add-mask]x",
    "###[error]x",
    "##vso[task.setvariable variable=x]y",
    "##[group]x\r::error::y",
)


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_escaped(text: str) -> None:
    line = escape_log_line(text)
    assert parsed(line) is None
    assert "##vso[" not in line
    assert escape_log_line(line) == line


@pytest.mark.parametrize("text", ["a::b", "[::1]:443", "# comment", "## heading", "a #1 [b]", "10:30::45"])
def test_other_text_is_unchanged(text: str) -> None:
    assert escape_log_line(text) == text


def test_a_part_within_a_line_begins_no_command() -> None:
    assert escape_log_line("::error::x", starts_line=False) == "::error::x"


@pytest.mark.parametrize("text", COMMANDS)
@pytest.mark.parametrize("detail", Detail)
def test_the_terminal_output_of_a_run_contains_no_command(text: str, detail: Detail) -> None:
    curl = finding(curl=f"curl -d 'a\n{text}'")
    for result in (
        with_hostile_text(full_record(), text),
        record(requirement("failed", findings=[curl])),
        record(verdict="not-started", exit_code=2, notes=[text], footer={"complete": False}),
    ):
        output = io.StringIO()
        print_record(result, Console(file=output, width=200, color_system=None), "out", detail)
        assert output.getvalue()
        assert [line for line in output.getvalue().split("\n") if parsed(line)] == []
        assert "##vso[" not in output.getvalue()
