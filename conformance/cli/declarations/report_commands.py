"""Declarations of the commands that read the results of runs."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from conformance.cli.interface.command import Command, examples


@click.command(
    cls=Command,
    epilog=examples(
        "conformance report conformance-results",
        "conformance report shard-1 shard-2 shard-3",
        "conformance report conformance-results --format har",
    ),
)
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Output directory. Default: DIR, or conformance-results when merging.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["reports", "har"]),
    default="reports",
    show_default=True,
    help="har: write only findings.har, an HTTP Archive of the exchanges of the findings.",
)
@click.option("--all-exchanges", is_flag=True, help="With --format har: all exchanges, to exchanges.har.")
def report(folders: tuple[Path, ...], output: Path | None, *, form: str, all_exchanges: bool) -> NoReturn:
    """Regenerate the reports of a run, or merge shards.

    DIR is the output directory of a run. The verdicts of a killed run are recomputed from its evidence. When
    merging, the worst verdict on each requirement counts, and a requirement that no shard decided is
    inconclusive. The exit code is that of the run or of the merged result.
    """
    from conformance.cli.har_export import har_command
    from conformance.cli.report import report_command

    if form == "har":
        sys.exit(har_command(folders, output, all_exchanges=all_exchanges))
    if all_exchanges:
        raise click.UsageError("--all-exchanges requires --format har")
    sys.exit(report_command(folders, output))


@click.command(cls=Command, epilog=examples("conformance compare before after --output comparison.md"))
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the comparison to a Markdown (.md) or JSON (.json) file.",
)
def compare(first: Path, second: Path, output: Path | None) -> NoReturn:
    """Compare two runs and report changed verdicts.

    A and B are output directories or results.json files.

    Exit codes: 0 no verdict got worse, 1 at least one did, 2 invalid input.
    """
    from conformance.cli.report import compare_command

    sys.exit(compare_command(first, second, output))
