"""Command-line reference: usage, help and options of each command, from click."""

import inspect
from collections.abc import Iterator

import click

from conformance.cli.interface.command import Command
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
    for title, options in _groups(command, context):
        if title:
            yield f"**{title}**"
        yield table(("option", "description"), [(f"`{name}`", escaped(text)) for name, text in options])


def _groups(command: click.Command, context: click.Context) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the groups of options of a command; a single group has no title."""
    groups = list(command.option_groups(context)) if isinstance(command, Command) else []
    for title, options in groups:
        yield title if len(groups) > 1 else "", options
