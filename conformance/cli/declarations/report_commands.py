"""Declarations of the commands that read the results of runs."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance.cli.declarations.comparison_options import live_options
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


@click.command(
    cls=Command,
    epilog=examples(
        "conformance compare before after --output comparison.md",
        "conformance compare https://staging.example.com https://example.com --effort smoke",
    ),
)
@click.argument("first", type=click.Path(), metavar="A")
@click.argument("second", type=click.Path(), metavar="B")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the comparison to a Markdown (.md) or JSON (.json) file.",
)
@live_options
@json_option
def compare(first: str, second: str, output: Path | None, *, as_json: bool, **options: Any) -> NoReturn:
    """Compare two runs and report changed verdicts, or compare two live targets.

    A and B are output directories or results.json files, or the URLs of two targets. Both targets then
    receive the same requests; what they create is deleted. Reported are the requirements that one of them
    violates and the other does not, and documented members and statuses that differ.

    Exit codes: 0 no verdict got worse, or no difference between the targets; 1 at least one; 2 invalid input
    or failed preflight. With URLs also 3, 4, 5 and 130, as for run.
    """
    from conformance.cli.live_comparison import are_urls, live_comparison_command
    from conformance.cli.report import compare_command

    if are_urls(first, second, options):
        from conformance.runtime.shutdown import INTERRUPTION

        with INTERRUPTION.handle_signals():
            code = live_comparison_command((first, second), output, options, as_json=as_json)
        sys.exit(code)
    sys.exit(compare_command(Path(first), Path(second), output, as_json=as_json))


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
