"""Declarations of the commands that use the reference server."""

import os
import sys
from typing import Any, NoReturn

import click

from conformance.cli.crash_report import CrashSafeCommand
from conformance.cli.declarations.options import EFFORT
from conformance.cli.interface.command_group import examples


@click.command(
    cls=CrashSafeCommand,
    epilog=examples("conformance prove --output proof", "conformance prove --fault 'name-*'"),
)
@click.option(
    "--fault", "faults", multiple=True, metavar="ID", help="Only these faults: ids or glob patterns."
)
@click.option(
    "--variant", "variants", multiple=True, metavar="ID", help="Only these variants: ids or glob patterns."
)
@click.option(
    "--seeds",
    type=click.IntRange(0),
    default=50,
    metavar="N",
    help="Number of random combinations of variants. Default: 50.",
)
@click.option(
    "--effort", type=EFFORT, default="standard", show_default=True, help="Number of test cases of each run."
)
@click.option(
    "--everything",
    is_flag=True,
    help="Run all checks against each fault, not only those that should detect it.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Number of worker processes. Default: one per core.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write matrix.json, matrix.md and matrix.html to this directory.",
)
def prove(effort: str, **options: Any) -> NoReturn:
    """Mutation-test the suite against faults of the reference server.

    Runs the checks against the reference server with each fault and each permitted variant in turn, and with
    random combinations of variants. Needs neither network nor target.

    Exit codes: 0 all faults detected and no false positives, 1 otherwise, 2 usage error, 4 the output cannot
    be written, 130 interrupted.
    """
    from conformance.cli.prove import prove_command
    from conformance.config.settings import Effort

    sys.exit(prove_command(effort=Effort(effort), **options))


@click.command(
    cls=CrashSafeCommand,
    context_settings={"ignore_unknown_options": True},
    epilog=examples("conformance serve --port 8080", "conformance serve --list"),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> NoReturn:
    """Start the reference server.

    ARGUMENTS are --port N, --fault ID, --variant ID, --latency MS, or --list to list all faults and variants.

    The server stores resources in memory, listens on 127.0.0.1, and prints `ready http://127.0.0.1:PORT` and
    the credentials that it accepts: those of the environment, or built-in ones.
    """
    from conformance.config.credentials_input import prepared_variables
    from conformance.config.setting_types import ConfigurationError
    from conformance.processes.reference_process import exec_reference_server

    try:
        variables, notices = prepared_variables()
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    for notice in notices:
        click.echo(notice, err=True)
    os.environ.update(variables)
    exec_reference_server(*arguments)
