"""Declarations of the commands that use recorded findings."""

import sys
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from conformance.cli.declarations.options import force_option, reference_server_options, run_options
from conformance.cli.interface.command import Command, examples
from conformance.cli.interface.json_output import json_option

_UNUSED: Final = (
    *("select", "exclude", "failed_from", "effort", "seed", "active_session", "fail_fast", "max_failures"),
    "strict",
)


@click.command(
    cls=Command,
    unused=_UNUSED,
    rejected=("read_only",),
    epilog=examples(
        "conformance replay conformance-results --target https://example.com",
        "conformance replay conformance-results/findings/VC-CREATE-DATE-ONLY-83408ef1",
        "conformance replay conformance-results --target https://example.com --prune",
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FINDING|DIR...")
@click.option(
    "--prune/--keep",
    default=False,
    help="Whether the folders of findings that are gone are deleted. Default: they are kept.",
)
@run_options(output="conformance-replay")
@force_option
@reference_server_options
@json_option
def replay(
    paths: tuple[Path, ...],
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    *,
    prune: bool,
    as_json: bool,
    **options: Any,
) -> NoReturn:
    """Send recorded findings again and report which of them are still present.

    FINDING is the folder of a finding, DIR the output directory of a run with findings. Each finding is sent
    with fresh names, up to twice (five times if it depends on timing), and is still present, gone, changed
    or not decided. What was created is deleted. The target that is recorded in a finding must be confirmed
    with --target or in the configuration file.

    Exit codes: 0 all findings are gone, 1 at least one is present, 2 invalid input or failed preflight,
    3 at least one has changed or could not be decided, 4 internal error, 5 clean-up incomplete,
    130 interrupted.
    """
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.handle_signals():
        from conformance.cli.replay import replay_command

        code = replay_command(paths, options, (faults, variants), prune=prune, as_json=as_json)
    sys.exit(code)
