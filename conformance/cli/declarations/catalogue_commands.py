"""Declarations of the commands that print requirements and API documents."""

import sys
from typing import NoReturn

import click

from conformance.cli.declarations.options import selection_options
from conformance.cli.declarations.target_options import profile_option
from conformance.cli.interface import completion
from conformance.cli.interface.command import Command, examples
from conformance.cli.interface.json_output import json_option


@click.command(
    cls=Command,
    name="list",
    epilog=examples(
        "conformance list --profile video --select 'VC-CREATE-*'",
        "conformance list --select member:join_from --exclude level:may",
    ),
)
@selection_options
@profile_option("Profile: video or fabric. Repeatable. Default: both.")
@json_option
def list_requirements(
    select: str | None, exclude: str | None, profiles: tuple[str, ...], *, as_json: bool
) -> NoReturn:
    """List requirements: id, level and sentence."""
    from conformance.cli.run import list_command

    sys.exit(list_command(select, exclude, profiles, as_json=as_json))


@click.command(cls=Command, epilog=examples("conformance explain VC-CREATE-DATE-ONLY"))
@click.argument("identifier", metavar="ID", shell_complete=completion.requirement_ids)
@json_option
def explain(identifier: str, *, as_json: bool) -> NoReturn:
    """Show a requirement with its source and interpretation."""
    from conformance.cli.run import explain_command

    sys.exit(explain_command(identifier, as_json=as_json))


@click.command(
    cls=Command,
    name="spec",
    epilog=examples(
        "conformance spec video > video.yaml", "conformance spec fabric --format json --openapi 3.0"
    ),
)
@click.argument("name", metavar="video|fabric", type=click.Choice(["video", "fabric"]))
@click.option(
    "--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="Format."
)
@click.option(
    "--openapi",
    "version",
    type=click.Choice(["3.1", "3.0"]),
    default="3.1",
    show_default=True,
    help="OpenAPI version.",
)
def print_spec(name: str, form: str, version: str) -> None:
    """Print the OpenAPI document of an API, for mock servers and code generators."""
    from conformance.cli.published_spec import document_text

    click.echo(document_text(name, form, version), nl=False)
