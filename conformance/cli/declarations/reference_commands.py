"""Declarations of the commands that use the reference server."""

import os
import sys
from typing import Any, NoReturn

import click

from conformance.cli.declarations.options import EFFORT, fault_and_variant_options, reference_server_options
from conformance.cli.interface.command import Command, examples


@click.command(
    cls=Command,
    epilog=examples("conformance prove --output proof", "conformance prove --fault 'name-*'"),
)
@fault_and_variant_options(
    "Only these faults: ids or glob patterns.", "Only these variants: ids or glob patterns."
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
    cls=Command,
    epilog=examples(
        "conformance serve --port 8080",
        "conformance serve --port 8080 --fault date-only-becomes-end-of-day",
        "conformance serve --list",
    ),
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    metavar="N",
    help="Port to listen on; 0 selects a free port. Default: 0.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Address to listen on. Default: 127.0.0.1. Other hosts can connect to any other address, over plain "
    "HTTP.",
)
@reference_server_options
@click.option(
    "--latency",
    type=click.FloatRange(0, 60_000),
    default=0.0,
    metavar="MS",
    help="Delay of each response in milliseconds. Default: 0.",
)
@click.option(
    "--project-id", metavar="ID", help="Project ID to accept. Default: that in SIGNALWIRE_PROJECT_ID."
)
@click.option("--list", "lists_ids", is_flag=True, help="Print all faults and variants, and exit.")
def serve(
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    *,
    lists_ids: bool,
    project_id: str | None,
    **options: Any,
) -> NoReturn:
    """Start the reference server, for use as a mock.

    The first line of its output is `ready http://127.0.0.1:PORT`. The next ones are the id of a conference
    with an active session, the accepted credentials, and commands that use them. The server accepts the
    credentials in SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN, or built-in ones. It stores resources in
    memory, and stops at Ctrl-C.
    """
    from conformance.config.credentials_input import prepared_variables
    from conformance.config.setting_types import ConfigurationError
    from conformance.http.credentials import PROJECT_VARIABLE
    from conformance.processes.reference_process import behavior_options, exec_reference_server

    if project_id is not None:
        os.environ[PROJECT_VARIABLE] = project_id
    try:
        variables, notices = prepared_variables()
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    for notice in notices:
        click.echo(notice, err=True)
    os.environ.update(variables)
    server_options = [text for name, value in options.items() for text in (f"--{name}", f"{value}")]
    listing = ["--list"] if lists_ids else []
    exec_reference_server(*server_options, *behavior_options(faults, variants), *listing)
