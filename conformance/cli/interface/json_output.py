"""Output of commands as JSON: one document on standard output, and nothing else there."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

SCHEMA_VERSION: Final = 1  # incremented when a member is removed or changes its meaning


def json_option(command: _Command) -> _Command:
    """Add the option --json to a command."""
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    return option(command)


def print_json(members: Mapping[str, Any]) -> None:
    """Print members as a JSON document in ASCII, after the version of its structure."""
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **members}, indent=1))
