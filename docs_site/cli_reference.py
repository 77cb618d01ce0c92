"""Command-line reference: usage, help and options of each command, from click."""

import inspect
from collections.abc import Iterator

import click

from conformance.cli.main import main
from docs_site.markdown import escaped, table


def reference() -> str:
    """Return a section for each command."""
    context = click.Context(main, info_name="conformance")
    names = main.list_commands(context)
    return "\n\n".join(part for name in names for part in _command(name, context))


def _command(name: str, parent: click.Context) -> Iterator[str]:
    command = main.commands[name]
    context = click.Context(command, info_name=name, parent=parent)
    yield f"## {name}"
    yield "\n\n".join(escaped(paragraph) for paragraph in inspect.cleandoc(command.help or "").split("\n\n"))
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {pieces}\n```"
    options = list(_options(command, context))
    if options:
        yield table(("option", "description"), options)


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield f"`{record[0]}`", escaped(record[1])
