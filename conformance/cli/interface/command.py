"""A command of the suite: help with groups of options, and hints in usage errors."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from conformance.cli.interface import near_misses
from conformance.cli.interface.crash_report import CrashSafeCommand
from conformance.cli.interface.option_groups import option_groups


class Command(CrashSafeCommand):
    """A command whose help has groups of options.

    `unused` are the names of options without effect on the command, `rejected` of those that it rejects with
    a reason: the help does not list them.
    """

    def __init__(
        self, *arguments: Any, unused: Sequence[str] = (), rejected: Sequence[str] = (), **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.unused = unused
        self.rejected = rejected

    def option_groups(self, ctx: click.Context) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield the title of each group of options, and the options, each with its help."""
        yield from option_groups(self, ctx, self.unused, self.rejected)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups of options."""
        for title, records in self.option_groups(ctx):
            with formatter.section(title):
                formatter.write_dl(records)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; raise UsageError with a hint for an unknown option or an extra argument."""
        ctx.allow_extra_args = True
        try:
            extra = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise near_misses.unknown_option(error.option_name, ctx) from None
        if extra and not ctx.resilient_parsing:
            raise near_misses.extra_argument(extra[0], ctx)
        return extra


def examples(*lines: str) -> str:
    """Return an epilog of the help that shows command lines."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
