"""The group of all commands: its help, its errors, and failures of standard output."""

from typing import Any, Final

import click

from conformance.cli.interface import near_misses
from conformance.runtime import standard_streams
from reports.records.exit_codes import INTERNAL_ERROR, INTERRUPTED, most_severe

_SUMMARY_LENGTH: Final = 1_000  # characters; no summary is longer


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

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names of the commands in the order in which they were added."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with the complete first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, self.commands[name].get_short_help_str(_SUMMARY_LENGTH))
                    for name in self.list_commands(ctx)
                ]
            )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options of the group; raise UsageError with a hint for an unknown one."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise near_misses.unknown_option(error.option_name, ctx) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that an argument names; raise UsageError with a hint if there is none."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            raise near_misses.unknown_command(args[0], self.commands, ctx)
        return super().resolve_command(ctx, args)
