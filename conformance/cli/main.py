"""The command `conformance`: options in, pytest run, exit code out.

Everything heavy is imported where it is used, so that `--help` answers at once.
"""

import io
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance import __version__
from conformance.cli.crash_report import Careful
from conformance.cli.options import EFFORT, flawed, overwriting, sending, workers
from conformance.runtime import standard_streams
from reports.records.exit_codes import BROKEN, INTERRUPTED, gravest


class _Commands(click.Group):
    """Commands that show no traceback unasked, and repeat no secret that was typed where none belongs."""

    command_class = Careful

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run with standard streams that stay usable; output that is lost to an error is exit code 4."""
        standard_streams.prepare()
        try:
            return super().main(*arguments, **options)
        except SystemExit as ended:
            failure = standard_streams.output_failure()
            if failure is not None:
                problem = f"standard output cannot be written to: {failure.strerror}"
                click.echo(f"conformance: {problem}", err=True)
                ended.code = gravest({BROKEN: True, INTERRUPTED: ended.code == INTERRUPTED})
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from conformance.redaction.redactor import redact_environment_credentials

            told = redact_environment_credentials(error.message)
            if told == error.message:
                raise
            raise click.UsageError(told, error.ctx) from None


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__)
def main() -> None:
    """Decide whether a server really speaks SignalWire's Conference API.

    Credentials come from SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN.
    Exit codes: 0 conforms, 1 does not, 2 usage or preflight, 3 inconclusive, 4 our own error,
    5 clean-up incomplete, 130 interrupted.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise click.UsageError(
            f"the working directory cannot be used ({error.strerror}): change to another one"
        ) from None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no letter that it lacks ends the command
            stream.reconfigure(errors="backslashreplace")


@main.command()
@sending
@overwriting
@flawed
@click.option(
    "--shard", metavar="K/N", help="Decide part K of N only; `conformance report` puts the parts together."
)
@workers("Processes; they share --concurrency, --rate-limit, --max-requests and a --max-live that is named.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is broken, and the verdict.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Say what became of each requirement, and how long it took."
)
def run(
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    *,
    workers: int,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> NoReturn:
    """Give one verdict for each documented requirement."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.heard():
        from reports.formats.terminal import Detail

        detail = Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.USUAL
        if workers > 1:
            from conformance.cli.parallel_run import workers_command

            code = workers_command(options, faults, variants, workers, detail)
        else:
            from conformance.cli.run import run_command

            code = run_command(options, faults, variants, detail)
    sys.exit(code)


@main.command()
@sending
@overwriting
@flawed
@workers("Rounds at a time, but for the first; they share --concurrency, --rate-limit and --max-live.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is found, and the verdict.")
def fuzz(
    faults: tuple[str, ...], variants: tuple[str, ...], *, workers: int, quiet: bool, **options: Any
) -> NoReturn:
    """Explore: run after run with other random values, and tell each finding once, as soon as it is found.

    For --max-seconds (600 by default here) with --effort thorough, until it is over or you end it. The first
    round decides everything, those after it what random values can show. --max-requests and --max-seconds
    are for all rounds together. A round that found something is kept in --output, as round-SEED.
    """
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.heard():
        from conformance.cli.fuzz import fuzz_command
        from reports.formats.terminal import Detail

        code = fuzz_command(options, faults, variants, workers, Detail.QUIET if quiet else Detail.USUAL)
    sys.exit(code)


@main.command()
@sending
def doctor(**options: Any) -> NoReturn:
    """Look whether a run could start: address, product, credentials, clock, create."""
    from conformance.cli.run import doctor_command

    sys.exit(doctor_command(options))


@main.command()
@click.option("--fault", "faults", multiple=True, metavar="ID", help="Only these, by id or pattern.")
@click.option("--variant", "variants", multiple=True, metavar="ID", help="Only these, by id or pattern.")
@click.option(
    "--seeds", type=click.IntRange(0), default=50, metavar="N", help="Mixtures of variants. Default: 50."
)
@click.option("--effort", type=EFFORT, default="standard", show_default=True)
@click.option("--everything", is_flag=True, help="Run all checks over each fault: what else does it break?")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes. Default: one for each core.")
@click.option(
    "--output", type=click.Path(file_okay=False), metavar="DIR", help="Write matrix.json, .md and .html."
)
def prove(effort: str, **options: Any) -> NoReturn:
    """Prove that each check bites and none barks: every fault and variant of the reference server in turn.

    Needs no network and no target. Exit codes: 0 all faults caught and nobody blamed, 1 not so.
    """
    from conformance.cli.prove import prove_command
    from conformance.config.settings import Effort

    sys.exit(prove_command(effort=Effort(effort), **options))


@main.command()
@sending
@overwriting
@click.option("--key", required=True, type=click.Path(), metavar="FILE", help="A private key: see keygen.")
@click.option("--vendor", required=True, metavar="NAME", help="Who made what is tested.")
@click.option("--product", required=True, metavar="NAME", help="What is tested.")
@click.option("--product-version", required=True, metavar="V", help="Which version of it.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long the certificate is valid.",
)
def certify(**options: Any) -> NoReturn:
    """Run all checks on a server that you name, and sign what was found.

    Writes a bundle: the results, the evidence, and certificate.json with the digest of each file.
    """
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.heard():
        from conformance.cli.certify import certify_command

        code = certify_command(options)
    sys.exit(code)


@main.command()
@click.option(
    "--run",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The output of the run.",
)
@click.option("--target", metavar="ORIGIN", help="The target of the run, to confirm where credentials go.")
@click.option("--yes", is_flag=True, help="Trust DIR: use the target that it names without --target.")
@click.option("--project-id", metavar="ID", help="In place of SIGNALWIRE_PROJECT_ID.")
@click.option("--api-token-file", type=click.Path(), metavar="FILE", help="In place of SIGNALWIRE_API_TOKEN.")
@click.option("--rate-limit", metavar="N/s", help="Requests per second at the most.")
@click.option("--timeout", type=click.FloatRange(0.1), metavar="S", help="Seconds for one request.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header for every request.")
@click.option("--ca", type=click.Path(), metavar="FILE", help="Certificates of the authorities to trust.")
@click.option("--client-cert", type=click.Path(), metavar="FILE", help="Our own certificate and key.")
@click.option("--proxy", metavar="URL", help="A proxy on the way to the target.")
@click.option("--config", type=click.Path(), metavar="FILE", help="As for run.")
def cleanup(folder: Path, *, yes: bool, **options: Any) -> NoReturn:
    """Delete what a run that was killed has left at its target.

    Only what its ledger lists, and only if a get shows the unique name of its create. DIR names a target:
    confirm it with --target, in the configuration, or with --yes. Exit codes: 0 nothing is left,
    5 something is left, 2 clean-up cannot be done.
    """
    from conformance.cli.cleanup import cleanup_command

    sys.exit(cleanup_command(folder, options, confirmed=yes))


@main.command()
@click.argument("path", type=click.Path(), metavar="DIR|FILE")
@click.option(
    "--public-key", type=click.Path(), metavar="FILE", help="The key that the bundle must be signed with."
)
@click.option(
    "--require",
    "required",
    type=click.Choice(["conforms"]),
    help="Exit with 1 unless the bundle conforms, is valid, and is signed with --public-key.",
)
def verify(path: str, public_key: str | None, required: str | None) -> NoReturn:
    """Evaluate a bundle again from its evidence, offline, and check its certificate.

    The first line is the status, and who vouches for it. Exit codes: 0 the bundle is what it says, even if
    that is "does not conform"; 1 it is not, or has expired; 2 it cannot be evaluated by this version of the
    suite. For pipelines: --require conforms.
    """
    from conformance.cli.certify import verify_command

    sys.exit(verify_command(path, public_key, required))


@main.command()
@click.argument("folder", type=click.Path(file_okay=False), metavar="DIR")
def keygen(folder: str) -> NoReturn:
    """Make a key pair to sign certificates with: private.pem, for your eyes only, and public.pem."""
    from conformance.cli.certify import keygen_command

    sys.exit(keygen_command(folder))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> NoReturn:
    """Run the reference server: --port N, --fault ID, --variant ID, --latency MS, --list.

    It keeps everything in memory, listens on 127.0.0.1 and prints `ready http://127.0.0.1:PORT` and which
    credentials it accepts: those of the environment, or built-in ones.
    """
    from conformance.config.credentials_input import prepared_variables
    from conformance.config.setting_types import ConfigurationError
    from conformance.processes.reference_process import become

    try:
        variables, notices = prepared_variables()
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    for notice in notices:
        click.echo(notice, err=True)
    os.environ.update(variables)
    become(*arguments)


@main.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where it goes. Default: where it came from; conformance-results for several.",
)
def report(folders: tuple[Path, ...], output: Path | None) -> NoReturn:
    """Write all reports of a run again, or put the shards of one together.

    DIR is the output of a run. A run that was killed is judged by the evidence that it left. Of several, the
    worst verdict on each requirement stands; what none decided is inconclusive. The exit code is that of the
    run, or of all together.
    """
    from conformance.cli.report import report_command

    sys.exit(report_command(folders, output))


@main.command()
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it as well: Markdown (.md) or JSON (.json).",
)
def compare(first: Path, second: Path, output: Path | None) -> NoReturn:
    """Tell which verdicts changed from run A to run B, with what B found where they got worse.

    A and B are the outputs of runs, or their results.json. Exit codes: 0 nothing got worse, 1 something did,
    2 one of them cannot be used.
    """
    from conformance.cli.report import compare_command

    sys.exit(compare_command(first, second, output))


@main.command(name="list")
@click.option("--select", metavar="EXPR", default="", help="Ids or patterns, with commas.")
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="video, fabric. Default: both.")
def list_requirements(select: str, profiles: tuple[str, ...]) -> NoReturn:
    """List the requirements: id, level and sentence."""
    from conformance.cli.run import list_command

    sys.exit(list_command(select, profiles))


@main.command()
@click.argument("identifier")
def explain(identifier: str) -> NoReturn:
    """Explain one requirement: what it says, where that stands, how it is read."""
    from conformance.cli.run import explain_command

    sys.exit(explain_command(identifier))
