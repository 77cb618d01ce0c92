"""Declarations of the commands that read the results of runs."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance.cli.declarations.options import selection_options
from conformance.cli.interface.command import Command, examples
from conformance.cli.interface.json_output import json_option


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
    help="Output directory. Default: DIR, or conformance-results when merging; required for a certified "
    "bundle, which is never changed.",
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
@json_option
def compare(first: Path, second: Path, output: Path | None, *, as_json: bool) -> NoReturn:
    """Compare two runs and report changed verdicts.

    A and B are output directories or results.json files.

    Exit codes: 0 no verdict got worse, 1 at least one did, 2 invalid input.
    """
    from conformance.cli.report import compare_command

    sys.exit(compare_command(first, second, output, as_json=as_json))


@click.command(
    cls=Command,
    epilog=examples(
        "conformance waive conformance-results --until 2027-03-31 --reason 'fixed in 2.1'",
        "conformance waive conformance-results --until 2027-03-31 --reason '#42' --output conformance.toml",
    ),
)
@click.argument("path", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--until", required=True, metavar="DATE", help="Last day of the waivers: YYYY-MM-DD.")
@click.option("--reason", required=True, metavar="TEXT", help="Why the findings are accepted.")
@selection_options
@click.option("--inconclusive", is_flag=True, help="Also waive each must that could not be decided.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add the waivers to this configuration file. Default: print them.",
)
def waive(path: Path, **options: Any) -> NoReturn:
    """Write waivers for the findings of a run, one for each root cause.

    DIR is the output directory of a run, or its results.json. The waivers are printed, to paste into
    conformance.toml, or added to the end of FILE. Requirements that FILE waives already are left out.
    """
    from conformance.cli.waive import waive_command

    sys.exit(waive_command(path, **options))
