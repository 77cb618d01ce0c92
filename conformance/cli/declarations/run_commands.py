"""Declarations of the commands that run checks or prepare a run."""

import sys
from typing import Any, Final, NoReturn

import click

from conformance.cli.declarations.options import (
    force_option,
    reference_server_options,
    run_options,
    workers_option,
)
from conformance.cli.interface.command import Command, examples
from conformance.cli.interface.json_output import json_option

_DEFAULT_CORPUS: Final = ".conformance/corpus"
_UNUSED_BY_DOCTOR: Final = (
    *("select", "exclude", "failed_from", "seed", "active_session", "fail_fast", "max_failures"),
    *("output", "strict"),
)


@click.command(
    cls=Command,
    epilog=examples(
        "conformance run --target https://example.com --effort smoke",
        "conformance run --select 'VC-CREATE-NAME-*'",
        "conformance run --fault date-only-becomes-end-of-day",
    ),
)
@run_options()
@force_option
@reference_server_options
@click.option(
    "--baseline",
    type=click.Path(),
    metavar="DIR",
    help="Fail only for what is new or worse than in the run with the output directory DIR.",
)
@click.option("--shard", metavar="K/N", help="Run shard K of N only; merge shards with `conformance report`.")
@workers_option(
    "Number of worker processes; they share --concurrency, --rate-limit, --max-requests and, if specified, "
    "--max-live."
)
@click.option("-q", "--quiet", is_flag=True, help="Print only failures and the verdict.")
@click.option("-v", "--verbose", is_flag=True, help="Print the verdict and duration of every requirement.")
def run(
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    *,
    workers: int,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> NoReturn:
    """Run the checks and report a verdict for each requirement."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose cannot be combined")
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.handle_signals():
        from reports.formats.terminal.console import Detail

        detail = Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.NORMAL
        if workers > 1:
            from conformance.cli.parallel_run import parallel_run_command

            code = parallel_run_command(options, faults, variants, workers, detail)
        else:
            from conformance.cli.run import run_command

            code = run_command(options, faults, variants, detail)
    sys.exit(code)


@click.command(
    cls=Command,
    rejected=("read_only", "allow_leftovers"),
    epilog=examples(
        "conformance fuzz --target https://example.com --max-seconds 3600",
        "conformance fuzz --target https://example.com --workers 4 --select 'VC-CREATE-*'",
    ),
)
@run_options(effort="thorough", max_seconds=600, seed="Seed of the first round. Default: random.")
@force_option
@reference_server_options
@workers_option(
    "Number of worker processes that search after the first round; they share --concurrency, --rate-limit "
    "and --max-live. Default: one for each core.",
    default=None,
)
@click.option(
    "--corpus",
    metavar="DIR",
    default=_DEFAULT_CORPUS,
    show_default=True,
    help="Folder, or URL of a Redis server, with the cases with which the next campaign begins; an empty "
    "value keeps none.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only findings and the verdict.")
def fuzz(
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    *,
    workers: int | None,
    corpus: str,
    quiet: bool,
    **options: Any,
) -> NoReturn:
    """Search for faults with random values and sequences of requests; report each fault once.

    The first round runs all checks. Then worker processes send values that trouble servers, combinations of
    members, sequences and bursts for --max-seconds or until interrupted, and vary what showed something new.
    Each finding is confirmed, reduced to the smallest request or sequence, and written to OUTPUT/findings as
    soon as it is found. --max-requests and --max-seconds apply to all rounds together. A round with new
    findings is kept in OUTPUT/round-SEED.
    """
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.handle_signals():
        from conformance.cli.fuzz import CampaignOptions, fuzz_command
        from reports.formats.terminal.console import Detail

        detail = Detail.QUIET if quiet else Detail.NORMAL
        code = fuzz_command(options, faults, variants, CampaignOptions(workers, corpus, detail))
    sys.exit(code)


@click.command(
    cls=Command,
    unused=_UNUSED_BY_DOCTOR,
    epilog=examples("conformance doctor", "conformance doctor --target https://example.com --read-only"),
)
@run_options()
@json_option
def doctor(*, as_json: bool, **options: Any) -> NoReturn:
    """Check that a run can start.

    Checks the connection, the API, the credentials and the clock of the target. Unless --read-only is
    specified, also creates, gets, lists and deletes one resource of each claimed profile. Warns of a target
    that accepts any token, does not return what was created, or looks like a stateless mock. Stops at the
    first failure.

    Exit codes: 0 a run can start, 2 it cannot, 4 internal error, 5 a created resource was not deleted.
    """
    from conformance.cli.doctor import doctor_command

    sys.exit(doctor_command(options, as_json=as_json))
