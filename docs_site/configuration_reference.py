"""Settings of a configuration file: type, option and description of each."""

from collections.abc import Iterator, Mapping
from typing import Final

import click

from conformance.cli.main import main
from conformance.config.setting_types import SETTING_TYPES
from docs_site.markdown import escaped, table

_WITHOUT_OPTION: Final[Mapping[str, str]] = {
    "base_paths": "Path of the API of a profile at the target.",
    "waivers": "Requirements that are excused until a date.",
}


def settings() -> str:
    """Return a table of all settings."""
    return table(("setting", "value", "option", "description"), _rows())


def _rows() -> Iterator[tuple[str, str, str, str]]:
    context = click.Context(main.commands["run"], info_name="run")
    options = {parameter.name: parameter for parameter in context.command.get_params(context)}
    for name, setting_type in SETTING_TYPES.items():
        record = options[name].get_help_record(context) if name in options else None
        option = f"`{record[0].split()[0]}`" if record else ""
        description = record[1] if record else _WITHOUT_OPTION[name]
        yield f"`{name}`", escaped(setting_type.description), option, escaped(description)
