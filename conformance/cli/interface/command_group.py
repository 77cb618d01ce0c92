"""The group of all commands, and what their declarations share."""

from typing import Any

import click

from conformance.runtime import standard_streams
from reports.records.exit_codes import INTERNAL_ERROR, INTERRUPTED, most_severe


class CommandGroup(click.Group):
    """A group of commands that redacts secrets in usage errors and reports failures of standard output."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line; exit with 4 if standard output could not be written."""
        standard_streams.prepare()
        try:
            return super().main(*arguments, **options)
        except SystemExit as system_exit:
            failure = standard_streams.output_failure()
            if failure is not None:
                problem = f"standard output cannot be written to: {failure.strerror}"
                click.echo(f"conformance: {problem}", err=True)
                system_exit.code = most_severe(
                    {INTERNAL_ERROR: True, INTERRUPTED: system_exit.code == INTERRUPTED}
                )
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; redact secrets in a usage error, which may repeat an argument."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from conformance.redaction.redactor import redact_environment_credentials

            message = redact_environment_credentials(error.message)
            if message == error.message:
                raise
            raise click.UsageError(message, error.ctx) from None


def examples(*lines: str) -> str:
    """Return an epilog of the help that shows command lines."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
