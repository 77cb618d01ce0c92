"""The `conformance` command with its subcommands.

Heavy modules are imported where a command is called, so that `--help` is fast.
"""

import io
import sys
from pathlib import Path
from typing import Final

import click

from conformance import __version__
from conformance.cli.declarations import (
    catalogue_commands,
    certificate_commands,
    finding_commands,
    project_commands,
    reference_commands,
    report_commands,
    run_commands,
)
from conformance.cli.interface.command import examples
from conformance.cli.interface.command_group import CommandGroup

_ENVIRONMENT: Final = """\b
Environment:
  SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN   credentials
  NO_COLOR=1                                    no colors on the terminal
  CONFORMANCE_DEBUG=1                           complete traceback of an internal error"""


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=f"{_ENVIRONMENT}\n\n"
    + examples(
        "conformance run                                     test the built-in reference server",
        "conformance doctor --target https://example.com     check that a run can start",
        "conformance run --target https://example.com        test a server",
    ),
)
@click.version_option(__version__)
def main() -> None:
    """Test whether a server conforms to SignalWire's Conference API.

    Exit codes: 0 conforms, 1 does not conform, 2 usage error or failed preflight, 3 inconclusive,
    4 internal error, 5 clean-up incomplete, 130 interrupted.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise click.UsageError(
            f"the current directory is not accessible ({error.strerror}); change to another directory"
        ) from None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a character that it cannot encode must not end the command
            stream.reconfigure(errors="backslashreplace")


for _command in (
    run_commands.run,
    run_commands.doctor,
    run_commands.fuzz,
    finding_commands.replay,
    certificate_commands.certify,
    certificate_commands.verify,
    certificate_commands.keygen,
    report_commands.report,
    report_commands.compare,
    report_commands.waive,
    project_commands.cleanup,
    project_commands.init,
    catalogue_commands.list_requirements,
    catalogue_commands.explain,
    catalogue_commands.print_spec,
    reference_commands.prove,
    reference_commands.serve,
):
    main.add_command(_command)
